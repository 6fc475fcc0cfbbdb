// change: what a prompt asks to be different in a picture that is there. Pure.
#pragma once

#include "engine/sim/art/wording.hpp"

#include <optional>

namespace engine::sim::art {

enum class season { any, winter, spring, summer, autumn };
enum class garment { none, scarf, hat, glasses };
enum class tone { colours, grey, sepia };

struct change {
    season in = season::any;
    light when = light::day;
    weather sky = weather::clear;
    tone print = tone::colours;
    bool elsewhere = false; // the subject goes to the place of the words
    garment worn = garment::none;
    std::optional<colour> worn_colour;
    bool adds = false;                // the thing of the words comes in beside the subject
    std::optional<colour> subject;    // "make it blue"
    std::optional<colour> background; // "with a green background"
    float closer = 1;                 // above 1: the middle fills more of the picture

    // Whether anything of this can be seen.
    [[nodiscard]] bool any() const;
};

[[nodiscard]] change read_change(const wording& words);

} // namespace engine::sim::art
