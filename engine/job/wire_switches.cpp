#include "engine/job/wire_switches.hpp"

#include "engine/base/ascii.hpp"
#include "engine/base/nearest_name.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace engine::job {

namespace {

using complaint_text = std::optional<std::string>;

constexpr std::size_t text_bytes_max = 512;

struct named_flag {
    std::string_view name;
    bool wire_switches::* member;
};
constexpr named_flag flags[] = {{"send_model", &wire_switches::send_model},
                                {"send_tool_model", &wire_switches::send_tool_model},
                                {"send_response_format", &wire_switches::send_response_format},
                                {"send_max_output_tokens", &wire_switches::send_max_output_tokens},
                                {"moderation_in_edits", &wire_switches::moderation_in_edits},
                                {"supports_stream", &wire_switches::supports_stream},
                                {"supports_files", &wire_switches::supports_files},
                                {"supports_responses", &wire_switches::supports_responses},
                                {"supports_models_list", &wire_switches::supports_models_list},
                                {"stores_responses", &wire_switches::stores_responses},
                                {"retrieves_responses", &wire_switches::retrieves_responses},
                                {"supports_background", &wire_switches::supports_background},
                                {"supports_conversations", &wire_switches::supports_conversations},
                                {"stream_needs_partial", &wire_switches::stream_needs_partial},
                                {"allow_url_results", &wire_switches::allow_url_results}};

struct named_path {
    std::string_view name;
    std::string wire_switches::* member;
};
constexpr named_path paths[] = {{"generations_path", &wire_switches::generations_path},
                                {"edits_path", &wire_switches::edits_path},
                                {"responses_path", &wire_switches::responses_path},
                                {"conversations_path", &wire_switches::conversations_path},
                                {"files_path", &wire_switches::files_path},
                                {"models_path", &wire_switches::models_path}};

bool made_of(std::string_view text, std::string_view more)
{
    return text.size() <= text_bytes_max &&
           std::ranges::all_of(text, [&](char c) { return base::is_plain(c, more); });
}

// Without {deployment} and {api_version}; what is left must not have braces.
std::string without_places(std::string text)
{
    for (const std::string_view place : {"{deployment}", "{api_version}"})
        for (auto at = text.find(place); at != std::string::npos; at = text.find(place))
            text.erase(at, place.size());
    return text;
}

complaint_text set_path(std::string& target, std::string_view text)
{
    if (!text.starts_with('/') || !made_of(without_places(std::string(text)), "/-._~%:"))
        return "expected a path that starts with '/', in which {deployment} and {api_version} are "
               "filled in";
    target = text;
    return std::nullopt;
}

complaint_text set_query(std::string& target, std::string_view text)
{
    if (!made_of(without_places(std::string(text)), "-._~%:=&"))
        return "expected a query without '?', such as api-version={api_version}";
    target = text;
    return std::nullopt;
}

// The key, the body's framing and what the client itself adds are not for a manifest to write.
bool is_reserved_header(std::string_view lower)
{
    constexpr std::array<std::string_view, 12> reserved = {
        "authorization", "api-key",    "host",   "content-length", "content-type", "connection",
        "accept",        "user-agent", "expect", "upgrade",        "te",           "trailer"};
    return std::ranges::find(reserved, lower) != reserved.end() || lower.starts_with("proxy-") ||
           lower.starts_with("transfer-") || lower.starts_with("accept-encoding") ||
           lower == "x-client-request-id";
}

complaint_text set_headers(std::map<std::string, std::string>& target, const base::json& value)
{
    if (!value.is_object())
        return "expected a mapping of header names to texts";
    std::map<std::string, std::string> headers;
    for (const auto& [name, text] : value.members()) {
        const auto lower = base::lowered(name);
        if (name.empty() || !made_of(name, "-_"))
            return "'" + base::clean_detail(name, 60) + "' is no header name";
        if (is_reserved_header(lower))
            return "the header '" + name + "' is written by darkroom itself";
        const auto said = text.text_or({});
        const bool printable =
            std::ranges::all_of(said, [](char c) { return c >= ' ' && c <= '~'; });
        if (!text.is_string() || said.empty() || said.size() > text_bytes_max || !printable)
            return "the header '" + name + "' needs a text of printable ASCII in one line";
        headers[name] = said;
    }
    target = std::move(headers);
    return std::nullopt;
}

complaint_text set_omit(std::vector<std::string>& target, const base::json& value)
{
    std::vector<std::string> fields;
    for (const auto& one : value.items()) {
        const auto name = one.text_or({});
        if (name.empty() || name == "prompt" || name == "input" || name == "tools" ||
            !made_of(name, "_"))
            return "expected names of request fields, such as moderation; prompt, input and tools "
                   "are always sent";
        fields.emplace_back(name);
    }
    if (!value.is_array())
        return "expected a list of request fields";
    target = std::move(fields);
    return std::nullopt;
}

template <class Enum, std::size_t N>
complaint_text set_word(Enum& target, const std::array<std::string_view, N>& names,
                        std::string_view text)
{
    const auto found = std::ranges::find(names, text);
    if (found != names.end()) {
        target = static_cast<Enum>(found - names.begin());
        return std::nullopt;
    }
    std::string all;
    for (const auto name : names)
        all += (all.empty() ? "" : ", ") + std::string(name);
    return "expected one of " + all + base::did_you_mean(text, names);
}

} // namespace

std::vector<std::string_view> switch_names()
{
    std::vector<std::string_view> names = {"key",     "edits",        "size", "query",
                                           "headers", "model_prefix", "omit"};
    for (const auto& one : paths)
        names.push_back(one.name);
    for (const auto& one : flags)
        names.push_back(one.name);
    return names;
}

bool is_wire_name(std::string_view text)
{
    return !text.empty() && text.size() <= 128 &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

std::optional<std::string> set_switch(wire_switches& wire, std::string_view name,
                                      const base::json& value)
{
    for (const auto& one : flags)
        if (one.name == name) {
            if (!value.is_bool())
                return "expected true or false";
            wire.*one.member = value.bool_or(false);
            return std::nullopt;
        }
    if (name == "headers")
        return set_headers(wire.headers, value);
    if (name == "omit")
        return set_omit(wire.omit, value);
    if (!value.is_string())
        return "expected a text";
    const auto text = value.text_or({});
    for (const auto& one : paths)
        if (one.name == name)
            return set_path(wire.*one.member, text);
    if (name == "key")
        return set_word(wire.key, key_header_names, text);
    if (name == "edits")
        return set_word(wire.edits, edit_form_names, text);
    if (name == "size")
        return set_word(wire.size, size_form_names, text);
    if (name == "query")
        return set_query(wire.query, text);
    if (name == "model_prefix") {
        if (!text.empty() && (!is_wire_name(text) || !made_of(text, "/-._:")))
            return "expected what stands before a model's name, such as openai/";
        wire.model_prefix = text;
        return std::nullopt;
    }
    return "no such switch" + base::did_you_mean(name, switch_names());
}

} // namespace engine::job
