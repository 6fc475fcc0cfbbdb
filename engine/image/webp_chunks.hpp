// webp_chunks: walks the RIFF container of a WebP file (RFC 9649). Private to the room.
#pragma once

#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"
#include "engine/image/errc.hpp"

namespace engine::image {

// Views into the file.
struct webp_parts {
    base::byte_view whole; // the file without anything that may follow the picture
    base::byte_view icc, exif, xmp;
    bool animated = false;
    bool c2pa = false;
};

// truncated: the file is shorter than its container says; corrupt: chunks that cannot be.
[[nodiscard]] base::result<webp_parts> collect_webp_parts(base::byte_view file);

} // namespace engine::image
