#include "engine/provider/images_reply.hpp"

#include "engine/provider/usage_reader.hpp"

namespace engine::provider {

images_reply::images_reply(image_sink& sink, const runtime::clock& time, bool is_edit)
    : answer_reader(sink, time, {"b64_json"}, {}), is_edit_(is_edit)
{}

void images_reply::take_event(std::string_view type, const base::json& body, bool has_blob)
{
    const bool completed = type == "image_generation.completed" || type == "image_edit.completed";
    if (completed && has_blob)
        take_result(body);
    else if (completed && !failed() && !body["url"].text_or({}).empty())
        take_only_url(body, body["url"].text_or({}));
    // Anything else: keepalives and events of tomorrow.
}

void images_reply::take_only_url(const base::json& holder, std::string_view url)
{
    take_url(url);
    take_words(holder);
}

void images_reply::take_result(const base::json& holder)
{
    take_image();
    take_all();
    take_words(holder);
}

void images_reply::take_words(const base::json& holder)
{
    reply_.used = read_image_usage(holder["usage"], is_edit_);
    reply_.model_returned = base::clean_detail(holder["model"].text_or({}), 100);
    reply_.revised_prompt = base::clean_detail(holder["revised_prompt"].text_or({}), 4000);
}

void images_reply::take_document(const base::json& body, bool has_blob)
{
    if (!has_blob && is_truthy_error(body["error"])) {
        take_error(body);
        return;
    }
    const auto& images = body["data"].items();
    if (!has_blob) {
        // An empty list is how some gateways say that moderation took the image.
        if (body["data"].is_array() && images.empty())
            fail(job::outcome::refused, "empty_data", "the answer holds no image", true);
        else if (!images.empty() && !images.front()["url"].text_or({}).empty())
            take_only_url(body, images.front()["url"].text_or({}));
        else
            fail(job::outcome::bad_output, "no_image", "the answer holds no base64 image", false);
        return;
    }
    take_result(body);
    if (!images.empty() && reply_.revised_prompt.empty())
        reply_.revised_prompt =
            base::clean_detail(images.front()["revised_prompt"].text_or({}), 4000);
}

} // namespace engine::provider
