// continuation: a picture again, with what the prompt changes of it: its hour, season, weather,
// place, colours, or what someone wears. What the words do not speak of stays as it was.
#pragma once

#include "engine/sim/art/composition.hpp"

namespace engine::sim::art {

// The references of `from` after the first `shown` lie on it as prints.
void continue_picture(const plan& from, const pen& on, const image::pixels& earlier,
                      job::image_size size, std::size_t shown);

} // namespace engine::sim::art
