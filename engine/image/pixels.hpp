// pixels: a decoded picture, and what came with it that is not pixels.
#pragma once

#include "engine/base/bytes.hpp"
#include "engine/job/image_size.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace engine::image {

// Everything here is outside bytes, bounded by decode_limits and never interpreted beyond what a
// field's comment says.
struct metadata {
    base::byte_buffer icc;     // an ICC profile for RGB data; empty means sRGB
    base::byte_buffer exif;    // from the TIFF header ("II*\0" or "MM\0*") on; its orientation is 1
    base::byte_buffer xmp;     // an XMP packet, UTF-8
    bool c2pa_present = false; // the received file holds a C2PA manifest; it is never copied,
                               // because it signs the bytes of that file
    std::vector<std::string> notes; // what could not be carried over, one clean sentence each
};

// 8 bits a sample, RGB or RGBA (straight alpha), rows from the top without gaps.
struct pixels {
    job::image_size size; // both edges > 0
    bool has_alpha = false;
    std::vector<std::uint8_t> samples = {}; // width * height * channels()
    metadata meta = {};

    [[nodiscard]] std::size_t channels() const { return has_alpha ? 4 : 3; }
    [[nodiscard]] std::size_t row_bytes() const
    {
        return static_cast<std::size_t>(size.width) * channels();
    }
    [[nodiscard]] const std::uint8_t* row(int y) const
    {
        return samples.data() + static_cast<std::size_t>(y) * row_bytes();
    }
    [[nodiscard]] std::uint8_t* row(int y)
    {
        return samples.data() + static_cast<std::size_t>(y) * row_bytes();
    }
};

// A picture of that size with every sample 0 (black; transparent if it has alpha).
[[nodiscard]] inline pixels blank(job::image_size size, bool has_alpha)
{
    pixels made{.size = size, .has_alpha = has_alpha};
    made.samples.resize(static_cast<std::size_t>(size.area()) * made.channels());
    return made;
}

} // namespace engine::image
