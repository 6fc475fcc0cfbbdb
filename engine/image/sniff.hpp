// sniff: what a file is, by its bytes: format, size, alpha, from the header alone, without
// decoding.
//
// A prefix is enough: errc::need_more means "a picture so far, come back with more bytes" (for a
// file that is whole it means the file is cut off). Believes only magic bytes, never a name or a
// Content-Type. The header may still lie about what follows; decode() finds that out.
// Sources: PNG (W3C, third edition), JPEG (ITU T.81), WebP container (RFC 9649).
#pragma once

#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"
#include "engine/image/errc.hpp"
#include "engine/job/image_size.hpp"
#include "engine/job/output_spec.hpp"

#include <string_view>

namespace engine::image {

struct image_header {
    job::image_format format = job::image_format::png;
    job::image_size size = {}; // as shown: a JPEG's EXIF orientation is applied. A PNG or WebP
                               // keeps its EXIF anywhere, so there it is known only after decode()
    bool has_alpha =
        false;             // an alpha channel or transparent colour exists; all may still be opaque
    bool animated = false; // APNG or animated WebP
    int bit_depth = 8;     // bits a sample
    int orientation = 1;   // JPEG: EXIF orientation, 1 to 8 (5 to 8 swap width and height)
};

// need_more; not_an_image (detail says what it looks like); corrupt (impossible header);
// unsupported (a JPEG that is neither 8-bit grey nor colour).
[[nodiscard]] base::result<image_header> sniff(base::byte_view prefix);

// "a GIF image", "JSON text", "an HTML page", "nothing (0 bytes)", ...: for messages about bytes
// that should have been a picture.
[[nodiscard]] std::string_view content_name(base::byte_view prefix);

} // namespace engine::image
