// orient: turns stored pixels upright as their EXIF orientation says.
#pragma once

#include "engine/image/pixels.hpp"

namespace engine::image {

// `orientation` is 1 to 8 as in EXIF (1 = upright already; 6 = was shot turned left, needs a
// quarter turn to the right). Metadata are moved along untouched.
[[nodiscard]] pixels turn_upright(pixels picture, int orientation);

} // namespace engine::image
