#include "engine/provider/conversation_reply.hpp"

namespace engine::provider {

conversation_reply::conversation_reply(image_sink& sink, const runtime::clock& time, bool)
    : answer_reader(sink, time, {"result"}, {})
{}

void conversation_reply::take_document(const base::json& body, bool has_blob)
{
    if (is_truthy_error(body["error"]))
        return take_error(body);
    if (!body["data"].is_array())
        return fail(job::outcome::bad_output, "not_a_list", "the answer is no list of items", true);
    listed_ = true;
    for (const auto& item : body["data"].items())
        if (!has_image() && item["type"].text_or({}) == "image_generation_call")
            take_call(item, has_blob);
    if (has_image())
        return take_all();
    for (const auto& item : body["data"].items())
        if (!failed() && item["type"].text_or({}) == "message" &&
            item["role"].text_or({}) == "assistant")
            take_words(item);
    ended_ = failed();
    if (!ended_)
        fail(job::outcome::unknown, "nothing_there_yet", "the conversation holds no answer", true);
}

void conversation_reply::take_call(const base::json& item, bool has_blob)
{
    constexpr std::size_t id_bytes_max = 200;
    if (has_blob && is_result(item["result"])) {
        take_image();
        ended_ = true;
        reply_.image_call_id = base::clean_detail(item["id"].text_or({}), id_bytes_max);
        reply_.revised_prompt = base::clean_detail(item["revised_prompt"].text_or({}), 4000);
        return;
    }
    if (!failed() && is_truthy_error(item["error"])) {
        auto wrapped = base::json::make_object();
        wrapped.set("error", item["error"]);
        take_error(wrapped);
    }
}

void conversation_reply::take_words(const base::json& message)
{
    std::string said;
    for (const auto& part : message["content"].items())
        said += part["text"].is_string() ? part["text"].text_or({}) : part["refusal"].text_or({});
    if (!said.empty())
        fail(job::outcome::refused, "text_instead_of_image", said, true); // its tokens are not told
}

} // namespace engine::provider
