// text_overlay: sets words into a picture, as the last step before it is encoded.
//
// Blends in linear light, antialiased, over what is there, transparent or not: outlines first, then
// the letters; a shadow below both. Colours are sRGB's. Pure.
#pragma once

#include "engine/base/result.hpp"
#include "engine/image/fonts.hpp"
#include "engine/image/pixels.hpp"
#include "engine/job/output_spec.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace engine::image {

// The bytes of font files by their SHA-256 in hexadecimal digits. Shared, not copied.
using font_bytes = std::map<std::string, std::shared_ptr<const std::string>, std::less<>>;

// Every font of `texts` must be among `fonts`. missing_glyph, text_too_large, bad_font: nothing was
// drawn of that text; those before it were.
[[nodiscard]] base::result<void>
draw_texts(pixels& picture, const std::vector<job::text_spec>& texts, const font_bytes& fonts);

} // namespace engine::image
