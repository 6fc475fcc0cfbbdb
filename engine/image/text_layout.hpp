// text_layout: a text becomes glyphs at places: shaped, broken into lines, put into a box.
//
// Letters are chosen and joined by HarfBuzz, both directions ordered by the Unicode bidirectional
// algorithm (raqm does both), lines broken where Unicode allows it: at blanks and hyphens, between
// ideographs, never inside a word. A letter that the first font does not have comes from the next.
// Explicit direction marks hold within their line. Pure.
#pragma once

#include "engine/base/result.hpp"
#include "engine/image/fonts.hpp"
#include "engine/job/output_spec.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace engine::image {

struct layout_wish {
    double width = 0, height = 0; // of the box, pixels
    double size_max = 0;          // pixels an em
    double size_min = 0;          // the same if only one size will do
    double line_height = 1.2;
    std::optional<int> lines_max = {};
    job::text_align align = job::text_align::start;
    job::text_valign valign = job::text_valign::top;
};

struct placed_glyph {
    std::size_t font = 0; // in the set
    std::uint32_t glyph = 0;
    std::uint32_t character = 0; // its place in the text that was set, after code_points_of()
    double x = 0, y = 0;         // of its origin on the baseline; from the box's left and top, down
};

struct text_layout {
    double size = 0; // pixels an em
    int lines = 0;
    std::vector<placed_glyph> glyphs; // line by line, from left to right
};

// missing_glyph: with the characters; text_too_large: does not fit even at size_min, with the
// reason. Between the two sizes the largest is taken, in steps of 1 %.
[[nodiscard]] base::result<text_layout> lay_out(const font_set& fonts, std::string_view text,
                                                const layout_wish& wish);

} // namespace engine::image
