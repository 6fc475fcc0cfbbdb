#include "engine/image/orient.hpp"

#include <cstring>
#include <utility>

namespace engine::image {

namespace {

template <std::size_t Channels>
void copy_turned(const pixels& from, pixels& to, int orientation)
{
    // Where the pixel of `to` at (x, y) lies in `from`. Orientations 5 to 8 swap the axes; then one
    // or both are mirrored.
    const bool swapped = orientation >= 5;
    const bool mirror_x =
        orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    const bool mirror_y =
        orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    for (int y = 0; y < to.size.height; ++y) {
        std::uint8_t* out = to.row(y);
        for (int x = 0; x < to.size.width; ++x, out += Channels) {
            int from_x = swapped ? y : x;
            int from_y = swapped ? x : y;
            if (mirror_x)
                from_x = from.size.width - 1 - from_x;
            if (mirror_y)
                from_y = from.size.height - 1 - from_y;
            std::memcpy(out, from.row(from_y) + static_cast<std::size_t>(from_x) * Channels,
                        Channels);
        }
    }
}

} // namespace

pixels turn_upright(pixels picture, int orientation)
{
    if (orientation < 2 || orientation > 8)
        return picture;
    job::image_size size = picture.size;
    if (orientation >= 5)
        std::swap(size.width, size.height);
    pixels turned = blank(size, picture.has_alpha);
    if (picture.has_alpha)
        copy_turned<4>(picture, turned, orientation);
    else
        copy_turned<3>(picture, turned, orientation);
    turned.meta = std::move(picture.meta);
    return turned;
}

} // namespace engine::image
