// encode: pixels to a PNG, JPEG or WebP file.
//
// PNG is exact, and by default made fast (25 times as fast as libpng's level 6, a tenth larger).
// JPEG samples colour at half resolution (4:2:0) below quality 90 and fully (4:4:4) from there on.
// Transparency is flattened onto a colour when the format has none; an alpha channel that is opaque
// everywhere is left out. A colour profile is never silently lost: `strip` drops it only when it
// says no more than sRGB, which is what a file without profile means anyway.
#pragma once

#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"
#include "engine/image/errc.hpp"
#include "engine/image/pixels.hpp"
#include "engine/job/output_spec.hpp"

#include <string>
#include <vector>

namespace engine::image {

enum class png_effort {
    fast,  // ISA-L level 1
    small, // libdeflate level 10: a tenth smaller (as small as libpng's level 6), 15 times the time
};

struct encode_options {
    job::image_format format = job::image_format::png;
    int quality = 85;      // JPEG and lossy WebP, 1 to 100
    bool lossless = false; // WebP; colours under fully transparent pixels are not kept
    job::metadata_policy metadata = job::metadata_policy::keep;
    job::rgba_color background = {};      // JPEG: what transparency is flattened onto
    png_effort effort = png_effort::fast; // PNG; changes size and speed, never pixels
    int webp_method = 2; // lossy WebP, 0 to 6: 4 takes 2.5 times as long for 4 % fewer bytes
};

struct encoded {
    base::byte_buffer bytes;
    std::vector<std::string> notes; // what was changed or lost on the way, one sentence each
};

// cannot_encode: larger than the format allows (WebP 16383 pixels an edge, JPEG 65500), or the
// codec refused.
[[nodiscard]] base::result<encoded> encode(const pixels& picture, const encode_options& options);

} // namespace engine::image
