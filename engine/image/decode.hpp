// decode: a whole PNG, JPEG or WebP file to pixels, or a reason why not; never a part of a picture.
//
// 8-bit RGB or RGBA comes out of everything: 16 bits are rounded to 8, grey and palettes become
// RGB. The EXIF orientation is applied. Nothing is allocated before the size is known to be within
// limits. Bytes behind the end of the picture are tolerated; a missing end, a wrong checksum, or a
// warning of a codec about damaged data is a failure, because otherwise a half grey picture counts
// as good.
#pragma once

#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"
#include "engine/image/errc.hpp"
#include "engine/image/pixels.hpp"

#include <cstdint>

namespace engine::image {

struct decode_limits {
    std::int64_t pixels_max = 64'000'000; // 256 MB as RGBA; the largest provider size is 8.3 MP
    int edge_max = 16384;                 // pixels
    std::size_t metadata_bytes_max = 8u << 20; // for each of ICC, EXIF, XMP, unpacked; larger is
                                               // dropped with a note
};

// not_an_image, unsupported, truncated, corrupt, too_large. Uses about 5 bytes a pixel meanwhile
// (a progressive JPEG about 9).
[[nodiscard]] base::result<pixels> decode(base::byte_view file, const decode_limits& limits = {});

} // namespace engine::image
