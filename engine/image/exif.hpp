// exif: the one EXIF tag that changes how a picture looks. The block starts at its TIFF header.
#pragma once

#include "engine/base/bytes.hpp"

#include <span>

namespace engine::image {

// 1 to 8 as in EXIF 2.32 (tag 0x0112); 1, upright, when there is none or the block is broken.
[[nodiscard]] int exif_orientation(base::byte_view exif);

// Sets the tag to 1, if there is one: for pixels that have been turned upright.
void reset_exif_orientation(std::span<std::uint8_t> exif);

// The block without the "Exif\0\0" that JPEG, and some WebP writers, put before it.
[[nodiscard]] base::byte_view without_exif_prefix(base::byte_view block);

} // namespace engine::image
