#include "engine/image/webp_chunks.hpp"

#include "engine/image/byte_order.hpp"

#include <string_view>

namespace engine::image {

base::result<webp_parts> collect_webp_parts(base::byte_view file)
{
    if (file.size() < 12)
        return base::fail(errc::truncated, "read WebP");
    const std::size_t riff_bytes = little32(&file[4]); // counts from "WEBP" on
    if (riff_bytes < 4)
        return base::fail(errc::corrupt, "read WebP", "impossible container length");
    if (riff_bytes > file.size() - 8)
        return base::fail(errc::truncated, "read WebP");

    webp_parts parts;
    parts.whole = file.first(8 + riff_bytes);
    for (base::byte_view rest = parts.whole.subspan(12); !rest.empty();) {
        if (rest.size() < 8)
            return base::fail(errc::corrupt, "read WebP", "a piece of a chunk at the end");
        const std::size_t length = little32(&rest[4]);
        if (length > rest.size() - 8)
            return base::fail(errc::corrupt, "read WebP", "a chunk larger than its container");
        const std::string_view type = base::as_text(rest.first(4));
        const base::byte_view data = rest.subspan(8, length);
        if (type == "ICCP")
            parts.icc = data;
        else if (type == "EXIF")
            parts.exif = data;
        else if (type == "XMP ")
            parts.xmp = data;
        else if (type == "C2PA")
            parts.c2pa = true;
        else if (type == "ANIM" || type == "ANMF")
            parts.animated = true;
        // Chunks are padded to even lengths; some writers leave out the last padding byte.
        const std::size_t framed = 8 + length + length % 2;
        rest = rest.subspan(framed < rest.size() ? framed : rest.size());
    }
    return parts;
}

} // namespace engine::image
