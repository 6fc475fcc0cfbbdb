// resample: a rectangle of a picture at another size, with a good filter, in linear light.
//
// Lanczos (3 lobes) where the picture shrinks, Mitchell where it grows: the first keeps detail, the
// second does not ring. Samples are made linear first (sRGB's curve), because averages of encoded
// samples come out too dark, and colours are weighted by their alpha, so that invisible colours do
// not bleed into edges. Holds a dozen or so rows as floats, never the whole picture. The same bytes
// on every x86-64 machine.
#pragma once

#include "engine/image/pixels.hpp"
#include "engine/job/image_size.hpp"

namespace engine::image {

// In pixels of the source, fractions allowed; must lie inside the picture and not be empty.
struct window {
    double left = 0, top = 0, width = 0, height = 0;
};

// Both edges of `target` > 0. Metadata are copied. A target of the window's own whole size is a
// plain copy.
[[nodiscard]] pixels resample(const pixels& source, window part, job::image_size target);

} // namespace engine::image
