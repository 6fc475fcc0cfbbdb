#include "engine/provider/leading_text.hpp"

#include <cstddef>

namespace engine::provider {

namespace {

constexpr auto npos = std::string_view::npos;

// Where the string that begins at `quote` ends, its closing quote; npos if that has not come.
std::size_t closing_quote(std::string_view text, std::size_t quote)
{
    for (auto at = quote + 1; at < text.size(); ++at) {
        if (text[at] == '\\')
            ++at;
        else if (text[at] == '"')
            return at;
    }
    return npos;
}

std::size_t past_space(std::string_view text, std::size_t at)
{
    const auto next = text.find_first_not_of(" \t\r\n", at);
    return next == npos ? text.size() : next;
}

} // namespace

std::string_view leading_text(std::string_view beginning, std::string_view name)
{
    int depth = 0;
    bool is_key = false; // the next string of the outermost object names a member
    for (std::size_t at = 0; at < beginning.size(); ++at) {
        const char c = beginning[at];
        if (c == '{' || c == '[')
            is_key = ++depth == 1 && c == '{';
        else if (c == '}' || c == ']')
            --depth;
        else if (c == ',')
            is_key = depth == 1;
        if (c != '"')
            continue;
        const auto end = closing_quote(beginning, at);
        if (end == npos)
            return {};
        const bool found = is_key && beginning.substr(at + 1, end - at - 1) == name;
        is_key = false;
        at = end;
        if (!found)
            continue;
        const auto colon = past_space(beginning, end + 1);
        const auto quote = past_space(beginning, colon + 1);
        if (quote >= beginning.size() || beginning[colon] != ':' || beginning[quote] != '"')
            return {};
        const auto close = closing_quote(beginning, quote);
        if (close == npos)
            return {};
        const auto text = beginning.substr(quote + 1, close - quote - 1);
        return text.find('\\') == npos ? text : std::string_view{};
    }
    return {};
}

} // namespace engine::provider
