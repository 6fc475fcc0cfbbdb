#include "engine/image/alpha.hpp"

namespace engine::image {

namespace {

// Exactly round((above * alpha + below * (255 - alpha)) / 255) without a division.
std::uint8_t blend(std::uint32_t above, std::uint32_t below, std::uint32_t alpha)
{
    const std::uint32_t sum = above * alpha + below * (255 - alpha) + 128;
    return static_cast<std::uint8_t>((sum + (sum >> 8)) >> 8);
}

} // namespace

bool has_transparency(const pixels& picture)
{
    if (!picture.has_alpha)
        return false;
    for (int y = 0; y < picture.size.height; ++y) {
        const std::uint8_t* row = picture.row(y);
        std::uint8_t all = 255; // without an early exit the loop runs sixteen samples at a time
        for (std::size_t i = 3; i < picture.row_bytes(); i += 4)
            all &= row[i];
        if (all != 255)
            return true;
    }
    return false;
}

pixels flattened(const pixels& picture, job::rgba_color ground)
{
    if (!picture.has_alpha)
        return picture;
    pixels flat = blank(picture.size, false);
    const std::uint8_t* from = picture.samples.data();
    std::uint8_t* to = flat.samples.data();
    for (std::int64_t i = 0; i < picture.size.area(); ++i, from += 4, to += 3) {
        to[0] = blend(from[0], ground.red, from[3]);
        to[1] = blend(from[1], ground.green, from[3]);
        to[2] = blend(from[2], ground.blue, from[3]);
    }
    flat.meta = picture.meta;
    return flat;
}

} // namespace engine::image
