// abstract_art: covers and banners without objects: waves, tiles of simple shapes, drifting blobs.
#pragma once

#include "engine/sim/art/palette.hpp"
#include "engine/sim/art/sketch.hpp"

namespace engine::sim::art {

void draw_abstract(const pen& on, const palette& colours, std::uint64_t seed);

} // namespace engine::sim::art
