// grade: the light, the season and the print of a finished picture, changed sample by sample.
#pragma once

#include "engine/sim/art/change.hpp"
#include "engine/sim/art/layer.hpp"

namespace engine::sim::art {

void grade_light(layer& picture, light when);
void grade_season(layer& picture, season in);
void grade_weather(layer& picture, weather sky); // what it does to colours; nothing falls
void grade_print(layer& picture, tone print);
// Turns what is coloured towards `tint`, by `share`; light and shade stay.
void recolour(layer& picture, colour tint, float share);

} // namespace engine::sim::art
