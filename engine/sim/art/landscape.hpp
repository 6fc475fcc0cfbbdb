// landscape: what open places are made of: skies, ridges, firs, water.
#pragma once

#include "engine/sim/art/backdrop.hpp"

namespace engine::sim::art {

struct sky_look {
    colour top, middle, low, sun, cloud;
};
// Sky down to `horizon` (units), with clouds, sun or moon, and stars at night.
sky_look draw_sky(const pen& on, const mood& with, float horizon);
// Waves from `top` down to `bottom`.
void draw_water(const pen& on, float top, float bottom, const sky_look& sky, colour deep,
                std::uint64_t seed);
void draw_fir(const pen& on, point foot, float size, colour needle, bool snowy);

// A line of hills or mountains from the left to the right edge and down to the lower one; `rough`
// is the share of detail.
[[nodiscard]] path ridge(const pen& on, float base_y, float height, float rough,
                         std::uint64_t seed);
// How a subject stands in an open place; without one there is no such ground.
[[nodiscard]] staging stage_on(const mood& with, ground under, float edge, colour glow);

} // namespace engine::sim::art
