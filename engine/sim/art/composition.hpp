// composition: what a request's words and pictures ask for, decided once, and the drawing of it.
#pragma once

#include "engine/sim/art/backdrop.hpp"
#include "engine/sim/art/reference.hpp"
#include "engine/sim/art/scene.hpp"
#include "engine/sim/art/subject.hpp"

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
// The subject alone, into what is there already; it stands at where.stand.
void add_subject(const plan& from, const pen& on, const staging& where);

// What both kinds of picture are made of.
[[nodiscard]] mood mood_of(const plan& from);
[[nodiscard]] look look_of(const plan& from);
// The place; with `floor` also the surface that something stands on.
staging draw_place(const pen& on, const mood& with, bool floor);
void draw_shadow(const pen& on, const footprint& foot, const staging& where);
// Light of the hour over everything, and a little less of it at the edges.
void grade(const plan& from, const pen& frame, float strength);
// Cards with the references from number `first` on, in the lower corner away from `subject_x`.
void draw_prints(const plan& from, const pen& on, std::size_t first, float subject_x);

} // namespace engine::sim::art
