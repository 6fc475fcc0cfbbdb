// ascii: letters, digits and blanks of protocols and file formats. Bytes above 0x7F belong to none
// of these, whatever the locale; so UTF-8 passes through unchanged.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace engine::base {

[[nodiscard]] constexpr bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
[[nodiscard]] constexpr bool is_letter(char c)
{
    return lower(c) >= 'a' && lower(c) <= 'z';
}
[[nodiscard]] constexpr bool is_letter_or_digit(char c)
{
    return is_letter(c) || is_digit(c);
}
// A letter, a digit, or one of `others`.
[[nodiscard]] constexpr bool is_plain(char c, std::string_view others)
{
    return is_letter_or_digit(c) || others.find(c) != std::string_view::npos;
}
[[nodiscard]] inline std::string lowered(std::string_view text)
{
    std::string made(text);
    std::ranges::transform(made, made.begin(), lower);
    return made;
}
// Without the blanks at both ends; points into `text`.
[[nodiscard]] constexpr std::string_view trimmed(std::string_view text,
                                                 std::string_view blanks = " \t\r\n")
{
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

} // namespace engine::base
