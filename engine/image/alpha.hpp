// alpha: is a picture really transparent, and how does it become opaque.
#pragma once

#include "engine/image/pixels.hpp"
#include "engine/job/output_spec.hpp"

namespace engine::image {

// Is at least one pixel not fully opaque? An alpha channel full of 255 is not transparency.
[[nodiscard]] bool has_transparency(const pixels& picture);

// The picture on a ground of that colour (whose alpha is ignored), RGB, metadata included. Blends
// the encoded samples and not linear light, because browsers and viewers do: the result looks as
// the transparent picture looks on a page of that colour.
[[nodiscard]] pixels flattened(const pixels& picture, job::rgba_color ground);

} // namespace engine::image
