// composition: what a request's words and pictures ask for, decided once, and the drawing of it.
#pragma once

#include "engine/sim/art/backdrop.hpp"
#include "engine/sim/art/reference.hpp"
#include "engine/sim/art/scene.hpp"

#include <vector>

namespace engine::sim::art {

// Everything that is decided before anything is drawn.
struct plan {
    wording words;
    palette colours;
    std::uint64_t seed = 0; // of the place and of small things: differs by variant
    std::uint64_t kind = 0; // of the subject: the same for the same words
    bool transparent = false;
    std::vector<shared_layer> references;
    shared_layer cut; // the first reference without its background, if that could be found
};

[[nodiscard]] plan make_plan(const wish& wanted);

// A whole scene for the prompt, with the references in it.
void compose(const plan& from, const pen& on);
// A picture again, under the light and weather that the prompt asks for now. The references after
// the first `shown` lie on it as prints.
void continue_picture(const plan& from, const pen& on, const image::pixels& earlier,
                      job::image_size size, std::size_t shown);
// The subject alone, into what is there already; it stands at where.stand.
void add_subject(const plan& from, const pen& on, const staging& where);

} // namespace engine::sim::art
