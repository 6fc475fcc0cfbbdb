#include "engine/report/display_width.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace engine::report {

namespace {

struct range {
    char32_t first, last;
};

constexpr std::array wide = {
    range{0x1100, 0x115F}, // Hangul initial consonants
    range{0x231A, 0x231B},   range{0x23E9, 0x23EC},   range{0x2614, 0x2615},
    range{0x2648, 0x2653},   range{0x26A1, 0x26A1},   range{0x26BD, 0x26BE},
    range{0x2705, 0x2705},   range{0x2728, 0x2728},   range{0x274C, 0x274C},
    range{0x2753, 0x2755},   range{0x2795, 0x2797},   range{0x2B50, 0x2B50},
    range{0x2E80, 0x303E},                          // CJK radicals, punctuation
    range{0x3041, 0x33FF},                          // kana, CJK symbols
    range{0x3400, 0x4DBF},   range{0x4E00, 0x9FFF}, // unified ideographs
    range{0xA000, 0xA4CF},   range{0xA960, 0xA97F},   range{0xAC00, 0xD7A3},   // Hangul syllables
    range{0xF900, 0xFAFF},   range{0xFE30, 0xFE6F},   range{0xFF00, 0xFF60},   // full width forms
    range{0xFFE0, 0xFFE6},   range{0x1F300, 0x1F64F}, range{0x1F680, 0x1F6FF}, // emoji
    range{0x1F900, 0x1FAFF}, range{0x20000, 0x3FFFD},
};

constexpr std::array zero = {
    range{0x0300, 0x036F}, range{0x0483, 0x0489}, range{0x0591, 0x05BD},   range{0x0610, 0x061A},
    range{0x064B, 0x065F}, range{0x0E34, 0x0E3A}, range{0x0E47, 0x0E4E},   range{0x1AB0, 0x1AFF},
    range{0x1DC0, 0x1DFF}, range{0x200B, 0x200F}, range{0x20D0, 0x20FF},   range{0x3099, 0x309A},
    range{0xFE00, 0xFE0F}, range{0xFE20, 0xFE2F}, range{0xE0100, 0xE01EF},
};

template <std::size_t N>
bool in(const std::array<range, N>& ranges, char32_t c)
{
    const auto after = std::ranges::upper_bound(ranges, c, {}, &range::first);
    return after != ranges.begin() && c <= std::prev(after)->last;
}

int cells_of(char32_t c)
{
    if (c < 0x300)
        return 1;
    if (in(zero, c))
        return 0;
    return in(wide, c) ? 2 : 1;
}

// The character at `at` and how many bytes it has; a byte that starts none stands for itself.
struct character {
    char32_t point = 0;
    std::size_t bytes = 1;
};
character character_at(std::string_view text, std::size_t at)
{
    const auto lead = static_cast<std::uint8_t>(text[at]);
    const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (bytes == 1 || at + bytes > text.size())
        return {lead, 1};
    char32_t point = lead & (0x7Fu >> bytes);
    for (std::size_t i = 1; i < bytes; ++i)
        point = (point << 6) | (static_cast<std::uint8_t>(text[at + i]) & 0x3Fu);
    return {point, bytes};
}

} // namespace

int display_width(std::string_view text)
{
    int cells = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto [point, bytes] = character_at(text, at);
        cells += cells_of(point);
        at += bytes;
    }
    return cells;
}

std::string fit_to_width(std::string_view text, int cells)
{
    if (display_width(text) <= cells)
        return std::string(text);
    int used = 1; // the ellipsis
    std::size_t at = 0;
    while (at < text.size()) {
        const auto [point, bytes] = character_at(text, at);
        if (used + cells_of(point) > cells)
            break;
        used += cells_of(point);
        at += bytes;
    }
    return cells < 1 ? std::string() : std::string(text.substr(0, at)) + "…";
}

} // namespace engine::report
