#include "engine/sim/response_text.hpp"

#include "engine/sim/reply_text.hpp"

#include <fmt/format.h>

namespace engine::sim {

namespace {

std::string quoted(std::string_view text)
{
    std::string made;
    base::append_json_string(made, text);
    return made;
}

base::json mainline_usage(const response_facts& facts)
{
    const auto& used = facts.used;
    const std::string_view in = facts.wire.completion_usage ? "prompt_tokens" : "input_tokens";
    const std::string_view out =
        facts.wire.completion_usage ? "completion_tokens" : "output_tokens";
    auto usage = base::json::make_object({{std::string(in), used.mainline_input}});
    if (!facts.wire.short_usage)
        usage.set(std::string(in) + "_details",
                  base::json::make_object({{"cached_tokens", used.mainline_cached}}));
    usage.set(out, used.mainline_output);
    if (!facts.wire.short_usage)
        usage.set(std::string(out) + "_details",
                  base::json::make_object({{"reasoning_tokens", 0}}));
    usage.set("total_tokens", used.mainline_input + used.mainline_output);
    return usage;
}

base::json tool_usage(const response_facts& facts)
{
    const auto image = usage_json(facts.used, {.short_form = facts.wire.short_usage,
                                               .output_details = true,
                                               .completion_names = facts.wire.completion_usage});
    return base::json::make_object(
        {{"image_gen", image}, {"web_search", base::json::make_object({{"num_requests", 0}})}});
}

std::string output_of(const response_facts& facts, const std::string& picture)
{
    std::string items;
    const auto add = [&](const std::string& item) {
        if (!items.empty())
            items += ',';
        items += item;
    };
    if (facts.shows_picture())
        add(done_image_item(facts, picture, "completed"));
    else if (facts.order.draws && facts.end == response_end::item_failed)
        add(done_image_item(facts, {}, "failed"));
    else if (facts.order.draws && facts.end == response_end::nothing && facts.empty_item)
        add(done_image_item(facts, {}, "completed"));
    else if (facts.order.draws && facts.end == response_end::incomplete)
        add(begun_image_item(facts));
    if (facts.has_words())
        add(message_item(facts, true));
    return items;
}

} // namespace

std::string_view response_facts::final_status() const
{
    return end == response_end::failed       ? "failed"
           : end == response_end::incomplete ? "incomplete"
                                             : "completed";
}

std::string response_document(const response_facts& facts, std::string_view status,
                              const std::string& picture, bool with_output)
{
    const bool ended = status == facts.final_status();
    base::json error, incomplete;
    if (ended && facts.end == response_end::failed)
        error =
            base::json::make_object({{"code", facts.error.code}, {"message", facts.error.message}});
    if (ended && facts.end == response_end::incomplete)
        incomplete = base::json::make_object({{"reason", facts.reason}});
    const auto head = base::json::make_object(
        {{"id", facts.id},
         {"object", "response"},
         {"created_at", facts.created},
         {"status", status},
         {"completed_at",
          ended && status == "completed" ? base::json(facts.completed) : base::json()},
         {"error", std::move(error)},
         {"incomplete_details", std::move(incomplete)},
         {"model", facts.order.model}});
    auto tail = facts.order.echoed;
    tail.set("store", facts.order.store);
    const bool tells = ended && facts.charged && facts.end != response_end::failed;
    tail.set("usage", tells ? mainline_usage(facts) : base::json());
    if (tells && facts.used.total() > 0)
        tail.set("tool_usage", tool_usage(facts));
    std::string text = head.dump();
    text.back() = ','; // its brace
    const std::string rest = tail.dump();
    text.reserve(text.size() + picture.size() + rest.size() + facts.words.size() * 2 + 1000);
    text += R"("output":[)";
    if (ended && with_output)
        text += output_of(facts, picture);
    text += "],";
    text.append(rest, 1);
    return text;
}

std::string response_event(const response_facts& facts, std::string_view type, std::size_t sequence,
                           const std::string& fields)
{
    std::string data = fmt::format(R"({{"type":"{}","sequence_number":{})", type, sequence);
    data.reserve(data.size() + fields.size() + 2);
    if (!fields.empty())
        data += ',' + fields;
    data += '}';
    return sse_event(type, data, facts.wire.crlf);
}

std::string begun_image_item(const response_facts& facts)
{
    return fmt::format(
        R"({{"id":"{}","type":"image_generation_call","status":"in_progress","result":null}})",
        facts.image_id);
}

std::string done_image_item(const response_facts& facts, const std::string& picture,
                            std::string_view status)
{
    if (status == "failed")
        return fmt::format(
            R"({{"id":"{}","type":"image_generation_call","status":"failed","result":null,"error":{}}})",
            facts.image_id, error_in_event(facts.error).dump());
    const auto& request = facts.order.image.request;
    std::string text = fmt::format(
        R"({{"id":"{}","type":"image_generation_call","status":"{}","action":"{}",)"
        R"("background":{},"output_format":"{}","quality":{},"size":"{}","revised_prompt":{},)",
        facts.image_id, status, facts.order.edits ? "edit" : "generate", quoted(request.background),
        job::name_of(*request.format), quoted(request.quality),
        job::to_string(facts.order.image.size()), quoted(facts.revised_prompt));
    text.reserve(text.size() + picture.size() + 20);
    text += R"("result":)";
    text += picture.empty() ? "null" : '"' + picture + '"';
    text += '}';
    return text;
}

std::string message_item(const response_facts& facts, bool done)
{
    return fmt::format(
        R"({{"id":"{}","type":"message","status":"{}","role":"assistant","content":[{}]}})",
        facts.message_id, done ? "completed" : "in_progress",
        done ? text_part(facts.words) : std::string{});
}

std::string asked_item(const response_facts& facts)
{
    return fmt::format(R"({{"id":"{}_asked","type":"message","status":"completed","role":"user",)"
                       R"("content":[{{"type":"input_text","text":{}}}]}})",
                       facts.message_id, quoted(facts.order.image.request.prompt));
}

std::string text_part(std::string_view text)
{
    return R"({"type":"output_text","annotations":[],"logprobs":[],"text":)" + quoted(text) + "}";
}

} // namespace engine::sim
