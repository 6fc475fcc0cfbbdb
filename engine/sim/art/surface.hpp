// surface: how light falls on what things are made of, as gradients. Pure.
#pragma once

#include "engine/sim/art/colour.hpp"
#include "engine/sim/art/sketch.hpp"
#include "engine/sim/art/wording.hpp"

#include <cstdint>

namespace engine::sim::art {

// How a subject looks, settled before it is drawn.
struct look {
    colour main, accent; // the body, and the second colour of details
    colour trim;         // metal or wood parts
    material of = material::plain;
    std::uint64_t variant = 0; // chooses between shapes of the same thing
    bool glows = true;         // light and steam around it; not before a colour to be keyed out
};

// Across a turned body with the light from the upper left.
[[nodiscard]] stops turned_ramp(colour tint, material of);
// Down a flat body: a little lighter where it faces the sky.
[[nodiscard]] stops face_ramp(colour tint, material of);
[[nodiscard]] paint turned_paint(colour tint, material of, float top, float bottom);
[[nodiscard]] paint face_paint(colour tint, material of, box over);

// A soft bright streak, `tilt` turns, for polish on glass and lacquer.
void add_highlight(const pen& on, const path& where, float strength, float blur,
                   const path* clip = nullptr);

} // namespace engine::sim::art
