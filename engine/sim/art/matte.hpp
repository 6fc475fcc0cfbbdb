// matte: what stands in the foreground of a picture that was drawn before, so that it can be put
// before another place.
//
// A guess from colours, place and sharpness: the subject is near the middle and in focus, what is
// behind it reaches the sides. `sure` says whether the guess looks like one thing; a landscape has
// no subject, and then nothing should be cut out.
#pragma once

#include "engine/sim/art/layer.hpp"
#include "engine/sim/art/path.hpp"

#include <vector>

namespace engine::sim::art {

struct matte {
    int width = 0, height = 0; // as the picture's
    std::vector<float> alpha;  // 0 behind, 1 subject
    box around;                // pixels
    bool sure = false;
};

[[nodiscard]] matte find_subject(const layer& picture);

// The subject with transparency around it, in the place where it was: what shone through from
// behind at its soft edges is taken off.
[[nodiscard]] layer lifted(const layer& picture, const matte& subject);

} // namespace engine::sim::art
