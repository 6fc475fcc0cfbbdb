// text_overlay: sets words into a picture, as the last step before it is encoded.
//
// Blends in linear light, antialiased, over what is there, transparent or not: outlines first, then
// the letters; a shadow below both. Colours are sRGB's. Pure.
#pragma once

#include "engine/base/result.hpp"
#include "engine/image/fonts.hpp"
#include "engine/image/pixels.hpp"
#include "engine/image/text_layout.hpp"
#include "engine/job/image_size.hpp"
#include "engine/job/output_spec.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace engine::image {

// The bytes of font files by their SHA-256 in hexadecimal digits. Shared, not copied.
using font_bytes = std::map<std::string, std::shared_ptr<const std::string>, std::less<>>;

// Where the letters of a text (not empty) go on an output of that size; from the left and top of
// its box, less the outline. missing_glyph, text_too_large, bad_font.
[[nodiscard]] base::result<text_layout> place_text(const job::text_spec& spec,
                                                   job::image_size output, const font_set& fonts);

// Every font of `texts` must be among `fonts`. missing_glyph, text_too_large, bad_font: nothing was
// drawn of that text; those before it were.
[[nodiscard]] base::result<void>
draw_texts(pixels& picture, const std::vector<job::text_spec>& texts, const font_bytes& fonts);

} // namespace engine::image
