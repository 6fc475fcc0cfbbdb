// glyph_ink: how much of each pixel the letters of a text cover.
#pragma once

#include "engine/base/result.hpp"
#include "engine/image/fonts.hpp"
#include "engine/image/text_layout.hpp"
#include "engine/job/image_size.hpp"

#include <cstdint>
#include <vector>

namespace engine::image {

// A part of a canvas; empty when width or height is 0.
struct ink {
    int left = 0, top = 0, width = 0, height = 0;
    std::vector<std::uint8_t> cover; // 0 to 255, rows without gaps

    [[nodiscard]] std::uint8_t* row(int y)
    {
        return cover.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width);
    }
    [[nodiscard]] const std::uint8_t* row(int y) const
    {
        return cover.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width);
    }
};

struct ink_wish {
    job::image_size canvas;
    double left = 0, top = 0; // of the layout's box on the canvas
    double grown = 0;         // pixels that every letter is larger to all sides: for an outline
    int margin = 0; // pixels of nothing to be left around the letters, also off the canvas
};

// What lies off the canvas (and its margin) is left out. bad_font: a font's outline cannot be
// drawn.
[[nodiscard]] base::result<ink> draw_glyphs(const font_set& fonts, const text_layout& layout,
                                            const ink_wish& wish);

// Out of focus, as CSS blurs shadows: `radius` is twice the deviation of a Gauss curve.
void blur(ink& drawn, double radius);

} // namespace engine::image
