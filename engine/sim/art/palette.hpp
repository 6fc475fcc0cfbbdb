// palette: colours that go together, chosen by hash and bent by the words of a prompt. Pure.
#pragma once

#include "engine/sim/art/colour.hpp"
#include "engine/sim/art/wording.hpp"

#include <cstdint>

namespace engine::sim::art {

struct palette {
    colour backdrop; // light and quiet
    colour main;     // of the subject
    colour accent;
    colour deep; // dark
    colour trim; // metal
};

[[nodiscard]] palette choose_palette(const wording& words, std::uint64_t seed);

} // namespace engine::sim::art
