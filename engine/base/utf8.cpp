#include "engine/base/utf8.hpp"

#include "engine/base/assert.hpp"

namespace engine::base {

namespace {

// The length of the valid character at `at`, or 0.
std::size_t character_length(std::string_view text, std::size_t at)
{
    const auto byte = [&](std::size_t i) -> unsigned {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
    };
    const unsigned lead = byte(at);
    const auto tail = [&](std::size_t i) { return (byte(at + i) & 0xC0u) == 0x80u; };
    if (lead < 0x80u)
        return 1;
    if (lead >= 0xC2u && lead <= 0xDFu)
        return tail(1) ? 2 : 0;
    if (lead >= 0xE0u && lead <= 0xEFu) {
        const unsigned second = byte(at + 1);
        if ((lead == 0xE0u && second < 0xA0u) || (lead == 0xEDu && second > 0x9Fu))
            return 0;
        return tail(1) && tail(2) ? 3 : 0;
    }
    if (lead >= 0xF0u && lead <= 0xF4u) {
        const unsigned second = byte(at + 1);
        if ((lead == 0xF0u && second < 0x90u) || (lead == 0xF4u && second > 0x8Fu))
            return 0;
        return tail(1) && tail(2) && tail(3) ? 4 : 0;
    }
    return 0;
}

char32_t decode(std::string_view text, std::size_t at, std::size_t length)
{
    constexpr unsigned lead_mask[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    char32_t value = static_cast<unsigned char>(text[at]) & lead_mask[length];
    for (std::size_t i = 1; i < length; ++i)
        value = (value << 6) | (static_cast<unsigned char>(text[at + i]) & 0x3Fu);
    return value;
}

} // namespace

std::optional<std::size_t> find_invalid_utf8(std::string_view text)
{
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = character_length(text, at);
        if (length == 0)
            return at;
        at += length;
    }
    return std::nullopt;
}

std::size_t utf8_prefix(std::string_view text, std::size_t bytes_max)
{
    if (text.size() <= bytes_max)
        return text.size();
    std::size_t end = bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u)
        --end;
    return end;
}

std::size_t utf8_length(std::string_view text)
{
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size(); ++count) {
        const std::size_t length = character_length(text, at);
        at += length == 0 ? 1 : length;
    }
    return count;
}

void append_utf8(std::string& text, char32_t code_point)
{
    ENGINE_ASSERT(code_point <= 0x10FFFF && (code_point < 0xD800 || code_point > 0xDFFF));
    const auto put = [&](char32_t value) { text += static_cast<char>(value); };
    if (code_point < 0x80) {
        put(code_point);
    } else if (code_point < 0x800) {
        put(0xC0 | (code_point >> 6));
        put(0x80 | (code_point & 0x3F));
    } else if (code_point < 0x10000) {
        put(0xE0 | (code_point >> 12));
        put(0x80 | ((code_point >> 6) & 0x3F));
        put(0x80 | (code_point & 0x3F));
    } else {
        put(0xF0 | (code_point >> 18));
        put(0x80 | ((code_point >> 12) & 0x3F));
        put(0x80 | ((code_point >> 6) & 0x3F));
        put(0x80 | (code_point & 0x3F));
    }
}

std::string printable(std::string_view outside)
{
    std::string text;
    text.reserve(outside.size());
    for (std::size_t at = 0; at < outside.size();) {
        const std::size_t length = character_length(outside, at);
        if (length == 0) {
            text += '?';
            ++at;
            continue;
        }
        const char32_t c = decode(outside, at, length);
        const bool control = c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E) ||
                             (c >= 0x2066 && c <= 0x2069) || c == 0x2028 || c == 0x2029;
        if (c == '\n' || c == '\t' || c == '\r')
            text += ' ';
        else if (control)
            text += '?';
        else
            text += outside.substr(at, length);
        at += length;
    }
    return text;
}

} // namespace engine::base
