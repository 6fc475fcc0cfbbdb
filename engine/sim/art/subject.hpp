// subject: the things that the look-alike can draw, each standing on y = 0 and about one unit high.
#pragma once

#include "engine/sim/art/surface.hpp"

namespace engine::sim::art {

// What a subject covers of the ground, for its shadow.
struct footprint {
    float half_width = 0.3f;
    float height = 1;
    bool floats = false; // hangs or hovers: its shadow is soft and below
};

// `thing::person`, `none` and `abstract` are not drawn here (portrait.hpp, abstract_art.hpp).
footprint draw_subject(const pen& on, thing what, const look& with);

// The groups it is made of, by file.
footprint draw_vessel(const pen& on, thing what, const look& with);     // what is turned
footprint draw_wearable(const pen& on, thing what, const look& with);   // worn or carried
footprint draw_device(const pen& on, thing what, const look& with);     // technical
footprint draw_furnishing(const pen& on, thing what, const look& with); // of a house, and outdoors

} // namespace engine::sim::art
