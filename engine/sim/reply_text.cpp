#include "engine/sim/reply_text.hpp"

#include "engine/base/json.hpp"

#include <fmt/format.h>
#include <string_view>

namespace engine::sim {

namespace {

base::json usage_of(const reply_facts& facts, bool with_output_details)
{
    return usage_json(facts.used, {.short_form = facts.short_usage,
                                   .output_details = with_output_details,
                                   .completion_names = facts.completion_usage});
}

std::string quoted(std::string_view text)
{
    std::string made;
    base::append_json_string(made, text);
    return made;
}

// The fields that every event of an image carries after the picture.
std::string shared_fields(const image_order& order, const reply_facts& facts)
{
    return fmt::format(
        R"("created_at":{},"size":"{}","quality":{},"background":{},"output_format":"{}")",
        facts.created, job::to_string(order.size()), quoted(order.request.quality),
        quoted(order.request.background), job::name_of(*order.request.format));
}

std::string image_event(const image_order& order, const reply_facts& facts, std::string_view stage,
                        const std::string& picture, const std::string& last_fields)
{
    const std::string name =
        std::string(order.is_edit() ? "image_edit." : "image_generation.") + std::string(stage);
    std::string data;
    data.reserve(picture.size() + 600 + last_fields.size());
    data += R"({"type":")" + name + R"(","b64_json":")";
    data += picture;
    data += R"(",)" + shared_fields(order, facts) + last_fields + "}";
    return sse_event(name, data, facts.crlf);
}

std::string safety_field(const image_order& order)
{
    return order.safety_identifier.empty()
               ? std::string{}
               : R"(,"safety_identifier":)" + quoted(order.safety_identifier);
}

std::string openrouter_document(const image_order& order, const reply_facts& facts,
                                std::span<const shared_text> pictures)
{
    auto usage = usage_json(facts.used, {.short_form = true, .completion_names = true});
    usage.set("cost", facts.cost_usd);
    std::string text = fmt::format(R"({{"created":{},"data":[)", facts.created);
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        text += i == 0 ? R"({"b64_json":")" : R"(,{"b64_json":")";
        text += *pictures[i];
        text += fmt::format(R"(","media_type":"{}"}})", job::media_type_of(*order.request.format));
    }
    return text + R"(],"usage":)" + usage.dump() + "}\n";
}

} // namespace

base::json usage_json(const job::usage& used, const usage_form& form)
{
    const std::string in = form.completion_names ? "prompt_tokens" : "input_tokens";
    const std::string out = form.completion_names ? "completion_tokens" : "output_tokens";
    auto usage = base::json::make_object({{in, used.input_text + used.input_image}});
    if (!form.short_form)
        usage.set(in + "_details", base::json::make_object({{"image_tokens", used.input_image},
                                                            {"text_tokens", used.input_text}}));
    usage.set(out, used.output_image + used.output_text);
    if (form.output_details && !form.short_form)
        usage.set(out + "_details", base::json::make_object({{"image_tokens", used.output_image},
                                                             {"text_tokens", used.output_text}}));
    usage.set("total_tokens", used.total());
    return usage;
}

std::string sse_event(std::string_view name, const std::string& data, bool crlf)
{
    const std::string_view line_end = crlf ? "\r\n" : "\n";
    std::string text;
    text.reserve(name.size() + data.size() + 24);
    text += "event: ";
    text += name;
    text += line_end;
    text += "data: ";
    text += data;
    text += line_end;
    text += line_end;
    return text;
}

std::string images_document(const image_order& order, const reply_facts& facts,
                            std::span<const shared_text> pictures,
                            std::span<const std::string> urls)
{
    if (facts.openrouter)
        return openrouter_document(order, facts, pictures);
    std::size_t size = 1000 + order.request.prompt.size() * 2 * pictures.size();
    for (const auto& picture : pictures)
        size += picture->size() + 60;
    std::string text;
    text.reserve(size);
    text += fmt::format("{{\n  \"created\": {},\n  \"background\": {},\n  \"data\": [",
                        facts.created, quoted(order.request.background));
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        text += i == 0 ? "\n    {\n      " : ",\n    {\n      ";
        if (urls.empty()) {
            text += "\"b64_json\": \"";
            text += *pictures[i];
            text += '"';
        } else {
            text += "\"url\": " + quoted(urls[i]);
        }
        if (facts.revised_prompt)
            text += ",\n      \"revised_prompt\": " + quoted(order.request.prompt);
        text += "\n    }";
    }
    text += pictures.empty() ? "]" : "\n  ]";
    text +=
        fmt::format(",\n  \"output_format\": \"{}\",\n  \"quality\": {},\n  \"size\": \"{}\",\n",
                    job::name_of(*order.request.format), quoted(order.request.quality),
                    job::to_string(order.size()));
    text += "  \"usage\": " + usage_of(facts, true).dump();
    if (!order.safety_identifier.empty())
        text += ",\n  \"safety_identifier\": " + quoted(order.safety_identifier);
    text += "\n}\n";
    return text;
}

std::string partial_event(const image_order& order, const reply_facts& facts,
                          const std::string& picture, int index)
{
    return image_event(order, facts, "partial_image", picture,
                       fmt::format(R"(,"partial_image_index":{})", index));
}

std::string completed_event(const image_order& order, const reply_facts& facts,
                            const std::string& picture)
{
    return image_event(order, facts, "completed", picture,
                       R"(,"usage":)" + usage_of(facts, false).dump() + safety_field(order));
}

base::json error_in_event(const api_error& error)
{
    const base::json plain = error.to_json();
    auto inner = base::json::make_object();
    for (const char* name : {"type", "code", "message", "param"})
        inner.set(name, plain[name]);
    if (plain.contains("moderation_details"))
        inner.set("moderation_details", plain["moderation_details"]);
    return inner;
}

std::string error_event(const api_error& error, const reply_facts& facts)
{
    const auto data =
        base::json::make_object({{"type", "error"}, {"error", error_in_event(error)}});
    return sse_event("error", data.dump(), facts.crlf);
}

std::string keepalive_comment(const reply_facts& facts)
{
    return facts.crlf ? ": keepalive\r\n\r\n" : ": keepalive\n\n";
}

std::string done_marker(const reply_facts& facts)
{
    return facts.crlf ? "data: [DONE]\r\n\r\n" : "data: [DONE]\n\n";
}

} // namespace engine::sim
