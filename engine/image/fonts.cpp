#include "engine/image/fonts.hpp"

#include "engine/base/assert.hpp"
#include "engine/base/utf8.hpp"
#include "engine/image/code_points.hpp"
#include "engine/image/font_faces.hpp"
#include "engine/job/output_spec.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <ft2build.h>
#include <utility>
#include FT_FREETYPE_H
#include FT_ERRORS_H

namespace engine::image {

const int font_load_flags = FT_LOAD_NO_HINTING | FT_LOAD_NO_BITMAP;

namespace {

std::unexpected<base::failure> refuse(const std::string& name, std::string why)
{
    return base::fail(errc::bad_font, "open font " + name, std::move(why));
}

// Sizes of hostile fonts can be anything.
double of_em(FT_Short units, FT_UShort em)
{
    return std::clamp(static_cast<double>(units) / em, -2.0, 2.0);
}

} // namespace

font_set::font_set() : parts_(std::make_unique<parts>())
{}
font_set::~font_set() = default;
font_set::font_set(font_set&&) noexcept = default;
font_set& font_set::operator=(font_set&&) noexcept = default;

font_set::parts::~parts()
{
    for (const auto& one : faces)
        FT_Done_Face(one.handle);
    if (library)
        FT_Done_FreeType(library);
}

bool font_set::parts::has(std::size_t face, std::uint32_t character) const
{
    return FT_Get_Char_Index(faces[face].handle, character) != 0;
}

bool font_set::parts::set_size(double pixels) const
{
    return std::ranges::all_of(faces, [&](const face& one) {
        return FT_Set_Char_Size(one.handle, 0, std::lround(pixels * 64), 72, 72) == 0;
    });
}

base::result<font_set> font_set::open(const std::vector<font_source>& sources)
{
    ENGINE_ASSERT(!sources.empty() && sources.size() <= job::fonts_max);
    font_set made;
    if (FT_Init_FreeType(&made.parts_->library) != 0)
        return refuse(sources.front().name, "FreeType does not start");
    for (const auto& source : sources) {
        if (source.bytes->size() > job::font_bytes_max)
            return refuse(source.name, "more than 32 MiB");
        FT_Face face = nullptr;
        const auto error = FT_New_Memory_Face(
            made.parts_->library, reinterpret_cast<const FT_Byte*>(source.bytes->data()),
            static_cast<FT_Long>(source.bytes->size()), 0, &face);
        if (error != 0) {
            const char* why = FT_Error_String(error);
            return refuse(source.name, std::string("not a font that FreeType can read") +
                                           (why ? std::string(": ") + why : ""));
        }
        made.parts_->faces.push_back({source.name, source.bytes, face});
        if (!FT_IS_SCALABLE(face) || face->units_per_EM == 0)
            return refuse(source.name, "a bitmap font; expected one with outlines");
        if (FT_Select_Charmap(face, FT_ENCODING_UNICODE) != 0)
            return refuse(source.name, "does not say which characters it has (no Unicode table)");
        made.parts_->faces.back().ascent = of_em(face->ascender, face->units_per_EM);
        made.parts_->faces.back().descent =
            of_em(static_cast<FT_Short>(-face->descender), face->units_per_EM);
    }
    return made;
}

std::u32string font_set::missing(std::string_view text) const
{
    std::u32string lacking;
    for (const auto character : code_points_of(text)) {
        if (!is_letterlike(character))
            continue;
        bool found = false;
        for (std::size_t i = 0; i < parts_->faces.size() && !found; ++i)
            found = parts_->has(i, character);
        if (!found && !lacking.contains(static_cast<char32_t>(character)))
            lacking += static_cast<char32_t>(character);
    }
    return lacking;
}

std::string name_characters(std::u32string_view characters)
{
    constexpr std::size_t named_max = 8;
    std::string names;
    const auto shown = std::min(characters.size(), named_max);
    for (std::size_t i = 0; i < shown; ++i) {
        std::string character;
        base::append_utf8(character, characters[i]);
        const bool last = i + 1 == characters.size();
        names += i == 0 ? "" : last ? " and " : ", ";
        names += fmt::format("'{}' (U+{:04X})", base::printable(character),
                             static_cast<std::uint32_t>(characters[i]));
    }
    if (shown < characters.size())
        names += fmt::format(" and {} more", characters.size() - shown);
    return names;
}

} // namespace engine::image
