// font_faces: what a font_set holds, for the sources that shape and draw with it.
#pragma once

#include "engine/image/fonts.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

struct FT_LibraryRec_; // FreeType's own names; its headers stay in the sources
struct FT_FaceRec_;

namespace engine::image {

struct font_set::parts {
    struct face {
        std::string name;
        std::shared_ptr<const std::string> bytes; // FreeType reads from them as long as it is open
        FT_FaceRec_* handle = nullptr;
        double ascent = 0, descent = 0; // of an em, both above 0 for usual fonts
    };

    FT_LibraryRec_* library = nullptr;
    std::vector<face> faces;

    parts() = default;
    ~parts();
    parts(const parts&) = delete;
    parts& operator=(const parts&) = delete;

    // Whether the font has a glyph for the character.
    [[nodiscard]] bool has(std::size_t face, std::uint32_t character) const;
    // All faces at that many pixels an em. False when FreeType refuses.
    [[nodiscard]] bool set_size(double pixels) const;
};

// Neither unhinted glyphs nor their advances depend on the size but by proportion.
extern const int font_load_flags;

} // namespace engine::image
