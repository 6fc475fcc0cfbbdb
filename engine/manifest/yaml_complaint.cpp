#include "engine/manifest/yaml_complaint.hpp"

#include "engine/base/utf8.hpp"

#include <algorithm>
#include <array>

namespace engine::manifest {

namespace {

// yaml-cpp names the rule that was broken; these say what to do.
std::string in_plain_words(std::string_view message)
{
    constexpr std::array<std::pair<std::string_view, std::string_view>, 12> known = {{
        {"illegal map value",
         "a ': ' that does not belong here; put the text in quotes, or check the indentation"},
        {"illegal map key", "a key that does not belong here; check the indentation"},
        {"end of map not found",
         "this does not belong to the mapping above it; check quotes and indentation"},
        {"end of sequence not found",
         "this does not belong to the list above it; check quotes and indentation"},
        {"illegal block entry",
         "a '- ' that does not belong here; start the list on a line of its own"},
        {"illegal tab when looking for indentation", "a tab in the indentation; use spaces"},
        {"illegal EOF in scalar", "a quote that is never closed"},
        {"illegal flow end", "a closing bracket without an opening one"},
        {"unknown token", "this character cannot start a value; put the text in quotes"},
        {"the referenced anchor is not defined", "there is no anchor of this name above"},
        {"bad file", "nested too deeply"},
        {"illegal document indicator in scalar", "a '---' or '...' inside quotes"},
    }};
    for (const auto& [theirs, ours] : known)
        if (message.starts_with(theirs))
            return std::string(ours);
    return "not valid YAML: " + std::string(message);
}

// The first quote behind the last scalar that opens a value and is never closed.
std::optional<std::size_t> find_unclosed_quote(std::string_view text, std::size_t last_scalar)
{
    std::size_t at = last_scalar == std::string::npos ? 0 : last_scalar;
    char before = ' ';
    while (at < text.size()) {
        const bool opens = std::string_view(" \t\n[{,:-").find(before) != std::string_view::npos;
        if (opens && text[at] == '#') {
            at = std::min(text.find('\n', at), text.size());
            continue;
        }
        if (opens && (text[at] == '"' || text[at] == '\'')) {
            const std::size_t end = end_of_quoted(text, at);
            if (end == std::string_view::npos)
                return at;
            at = end;
            before = '"';
            continue;
        }
        before = text[at++];
    }
    return std::nullopt;
}

// The offset of a tab in the indentation of the line of `offset`, or of the line above.
std::optional<std::size_t> find_tab(const source_text& source, std::size_t offset)
{
    const std::string_view text = source.text();
    std::size_t start = source.line_start(offset);
    for (int i = 0; i < 2; ++i) {
        const auto end = std::min(text.find_first_not_of(" \t", start), text.size());
        const auto tab = text.substr(start, end - start).find('\t');
        if (tab != std::string_view::npos)
            return start + tab;
        if (start == 0)
            break;
        start = source.line_start(start - 1);
    }
    return std::nullopt;
}

} // namespace

std::size_t end_of_quoted(std::string_view text, std::size_t offset)
{
    const char quote = text[offset];
    for (std::size_t at = offset + 1; at < text.size(); ++at) {
        if (quote == '"' && text[at] == '\\')
            ++at;
        else if (text[at] == quote && quote == '\'' && at + 1 < text.size() &&
                 text[at + 1] == quote)
            ++at;
        else if (text[at] == quote)
            return at + 1;
    }
    return std::string_view::npos;
}

bool is_bracket_closed(std::string_view text, std::size_t offset)
{
    std::ptrdiff_t depth = 0;
    for (std::size_t at = offset; at < text.size(); ++at) {
        if (text[at] == '[' || text[at] == '{')
            ++depth;
        else if (text[at] == ']' || text[at] == '}')
            --depth;
        if (depth <= 0)
            return true;
    }
    return false;
}

refusal explain(const yaml_failure& failure, const source_text& source)
{
    const std::string_view text = source.text();
    const std::string_view message = failure.message;
    const std::size_t offset =
        failure.offset <= 0 && failure.open_bracket
            ? text.size()
            : static_cast<std::size_t>(std::max<std::ptrdiff_t>(failure.offset, 0));
    if (message == "illegal EOF in scalar" || offset >= text.size())
        if (const auto quote = find_unclosed_quote(text, failure.last_scalar))
            return {*quote, "this quote is never closed"};
    if (const auto tab = find_tab(source, offset))
        return {*tab, "a tab in the indentation; use spaces"};
    if (message.starts_with("invalid unicode") || message.starts_with("unknown escape"))
        if (const auto escape = text.rfind('\\', offset == 0 ? 0 : offset - 1);
            escape != std::string_view::npos)
            return {escape, "an escape that YAML does not have; write the character itself"};
    const bool unfinished =
        message == "end of map flow not found" || message == "end of sequence flow not found";
    if (unfinished && failure.open_bracket)
        return {*failure.open_bracket,
                std::string("this '") + text[*failure.open_bracket] + "' is never closed"};
    return {offset, in_plain_words(message)};
}

std::optional<refusal> check_bytes(std::string_view text, std::size_t bytes_max)
{
    if (text.size() > bytes_max)
        return refusal{0, "the manifest has " + std::to_string(text.size()) + " bytes; at most " +
                              std::to_string(bytes_max) +
                              " are read: put the rows into a CSV or JSONL file"};
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
        return refusal{0, "this file is UTF-16; save it as UTF-8"};
    if (const auto invalid = base::find_invalid_utf8(text))
        return refusal{*invalid, "not valid UTF-8; save the file as UTF-8"};
    const auto control = std::ranges::find_if(text, [](char c) {
        return (c >= 0 && c < ' ' && c != '\n' && c != '\r' && c != '\t') || c == 0x7F;
    });
    if (control != text.end())
        return refusal{static_cast<std::size_t>(control - text.begin()),
                       "a control character; remove it, or write it as an escape in double quotes"};
    return std::nullopt;
}

} // namespace engine::manifest
