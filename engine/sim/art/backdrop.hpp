// backdrop: the places that a subject can stand in front of, or that are the picture themselves.
#pragma once

#include "engine/sim/art/palette.hpp"
#include "engine/sim/art/sketch.hpp"

namespace engine::sim::art {

enum class ground { none, seamless, wood, stone, marble, sand, snow, moss, wet };

struct mood {
    place where = place::studio;
    light when = light::day;
    weather sky = weather::clear;
    palette colours;
    std::uint64_t seed = 0;
    bool stage = true; // something will stand before it; otherwise the place is the picture
};

// What the backdrop says about what stands in front of it.
struct staging {
    float blur = 0; // of the backdrop, in frame units: how far behind it lies
    ground under = ground::none;
    float edge = 0.70f;  // where the ground begins, as a share of the height
    float stand = 0.84f; // where the subject stands, likewise
    colour glow;         // colour of the light
    float shade = 0.4f;  // strength of the subject's shadow
};

[[nodiscard]] staging draw_backdrop(const pen& on, const mood& with);
// The groups it is made of, by file.
[[nodiscard]] staging draw_outdoors(const pen& on, const mood& with); // coasts, hills, sand, snow
[[nodiscard]] staging draw_lush(const pen& on, const mood& with);     // full of small things
[[nodiscard]] staging draw_indoors(const pen& on, const mood& with);

// The surface that the subject stands on, sharp, from `edge` down.
void draw_ground(const pen& on, const staging& where, const mood& with);
// What is in the air: snow, rain, fog; in front of everything. `strength` weakens fog only.
void draw_weather(const pen& on, weather sky, std::uint64_t seed, float strength);

// A low-resolution picture of a random field, to be laid over something: alpha follows the field
// between `low` and `high`.
struct cloud_look {
    float across = 3, down = 3; // lattice cells over the area
    float low = 0.45f, high = 0.75f;
    int octaves = 4;
};
[[nodiscard]] paint clouds(box over, colour tint, const cloud_look& look, std::uint64_t seed);

} // namespace engine::sim::art
