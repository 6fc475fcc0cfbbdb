// worn: what someone puts on in a picture that is there: a scarf, a hat, glasses.
#pragma once

#include "engine/sim/art/change.hpp"
#include "engine/sim/art/matte.hpp"
#include "engine/sim/art/sketch.hpp"

#include <cstdint>

namespace engine::sim::art {

// Onto the subject that `found` has in a picture of which a unit is `pixels_a_unit` pixels.
void put_on(const pen& on, garment what, colour tint, const matte& found, float pixels_a_unit,
            std::uint64_t seed);

} // namespace engine::sim::art
