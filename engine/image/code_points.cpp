#include "engine/image/code_points.hpp"

#include <fribidi.h>
#include <linebreak.h>

namespace engine::image {

namespace {

struct decoded {
    std::uint32_t character;
    std::size_t bytes;
};

// Of a text that is not empty.
decoded decode_first(std::string_view text)
{
    constexpr decoded wrong{0xfffd, 1};
    const auto at = [&](std::size_t i) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]));
    };
    const std::uint32_t first = at(0);
    if (first < 0x80)
        return {first, 1};
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < length)
        return wrong;
    std::uint32_t character = first & (0x7fu >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((at(i) & 0xc0) != 0x80)
            return wrong;
        character = character << 6 | (at(i) & 0x3f);
    }
    const bool overlong =
        (length == 3 && character < 0x800) || (length == 4 && character < 0x10000);
    if (overlong || character > 0x10ffff || (character >= 0xd800 && character < 0xe000))
        return wrong;
    return {character, length};
}

bool breaks_line(std::uint32_t character)
{
    return (character >= 0x0a && character <= 0x0d) || character == 0x85 || character == 0x2028 ||
           character == 0x2029;
}

// Class CJ of UAX #14: the library lets a line begin with them, careful typesetters do not.
bool is_small_kana(std::uint32_t character)
{
    constexpr std::u32string_view scattered = U"ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶー";
    return scattered.contains(static_cast<char32_t>(character)) ||
           (character >= 0x31f0 && character <= 0x31ff) ||
           (character >= 0xff67 && character <= 0xff70);
}

} // namespace

code_points code_points_of(std::string_view utf8)
{
    code_points all;
    all.reserve(utf8.size());
    while (!utf8.empty()) {
        const auto [character, bytes] = decode_first(utf8);
        utf8.remove_prefix(bytes);
        if (character == '\r' && utf8.starts_with('\n'))
            continue;
        if (character == '\t')
            all.push_back(' ');
        else if (breaks_line(character))
            all.push_back('\n');
        else if (character >= 0x20 && !(character >= 0x7f && character < 0xa0))
            all.push_back(character);
    }
    return all;
}

bool is_letterlike(std::uint32_t character)
{
    return character != '\n' && !is_blank(character) && !is_attached(character);
}

bool is_attached(std::uint32_t character)
{
    const auto type = fribidi_get_bidi_type(character);
    // Marks; joiners and other invisible characters; directional controls; variation selectors.
    return type == FRIBIDI_TYPE_NSM || type == FRIBIDI_TYPE_BN || FRIBIDI_IS_EXPLICIT_OR_BN(type) ||
           FRIBIDI_IS_ISOLATE(type) || character == 0x200e || character == 0x200f ||
           character == 0x061c;
}

bool is_blank(std::uint32_t character)
{
    return character == ' ' || character == 0xa0 || character == 0x3000 || character == 0x1680 ||
           (character >= 0x2000 && character <= 0x200b) || character == 0x202f ||
           character == 0x205f;
}

bool is_right_to_left(const code_points& paragraph)
{
    std::vector<FriBidiCharType> types(paragraph.size());
    const auto count = static_cast<FriBidiStrIndex>(paragraph.size());
    fribidi_get_bidi_types(paragraph.data(), count, types.data());
    return FRIBIDI_IS_RTL(fribidi_get_par_direction(types.data(), count));
}

std::vector<bool> break_opportunities(const code_points& paragraph)
{
    // Sorts a table of the library, once.
    [[maybe_unused]] static const bool ready = [] {
        init_linebreak();
        return true;
    }();
    std::vector<char> breaks(paragraph.size());
    set_linebreaks_utf32(paragraph.data(), paragraph.size(), nullptr, breaks.data());
    std::vector<bool> may(paragraph.size());
    for (std::size_t i = 0; i < may.size(); ++i)
        may[i] = (breaks[i] == LINEBREAK_ALLOWBREAK || breaks[i] == LINEBREAK_MUSTBREAK) &&
                 !(i + 1 < may.size() && is_small_kana(paragraph[i + 1]));
    if (!may.empty())
        may.back() = true;
    return may;
}

} // namespace engine::image
