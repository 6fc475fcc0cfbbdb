// key_distance: how far the colours of a picture are from one colour, as people see it.
#pragma once

#include "engine/image/pixels.hpp"
#include "engine/job/output_spec.hpp"

#include <cstddef>
#include <vector>

namespace engine::image {

struct oklab {
    float lightness = 0, a = 0, b = 0; // lightness 0 to 1; a and b about -0.4 to 0.4
};
[[nodiscard]] oklab to_oklab(job::rgba_color color);
[[nodiscard]] float chroma_of(oklab color);

// For every pixel its distance from the key; lightness counts half if the key is a strong colour.
// Alpha is ignored.
[[nodiscard]] std::vector<float> distances_from(const pixels& picture, job::rgba_color key);

} // namespace engine::image
