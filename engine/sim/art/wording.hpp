// wording: what a prompt asks to see, as far as a few hundred words of English tell. Pure.
//
// The look-alike does not understand prompts; it knows names of things, places, colours, light and
// framing, and leaves the rest to a hash of the text, so that every prompt has its own picture and
// the same words always look the same.
#pragma once

#include "engine/sim/art/colour.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace engine::sim::art {

enum class thing {
    none, // a landscape
    lamp,
    mug,
    chair,
    bottle,
    shoe,
    bag,
    watch,
    headphones,
    teapot,
    plant,
    camera,
    backpack,
    clock,
    candle,
    vase,
    glasses,
    phone,
    laptop,
    book,
    sofa,
    jar,
    hat,
    lighthouse,
    house,
    tree,
    cat,
    bowl,
    ball,
    person,
    abstract, // composition without objects: covers, banners, patterns
};

enum class place {
    studio,
    plain, // one even colour, to be keyed out
    beach,
    snow,
    city,
    kitchen,
    forest,
    room,
    desk,
    garden,
    desert,
    mountains,
    space,
    sea,
    cafe,
};

enum class light { day, golden, night, morning };
enum class weather { clear, snow, rain, fog };
enum class material { plain, glossy, metal, glass, wood, leather, fabric, paper };

struct wording {
    thing what = thing::none;
    bool named = false; // `what` was in the text, not left to chance
    place where = place::studio;
    bool placed = false;    // `where` was in the text
    bool led_there = false; // by "in", "on", "at" and the like: not the desk of a "desk lamp"
    light when = light::day;
    weather sky = weather::clear;
    material of = material::plain;
    std::optional<colour> main;       // the subject's
    std::optional<colour> accent;     // a second colour word
    std::optional<colour> background; // "... on a plain green background"
    float aside = 0;                  // -1 subject at the left, +1 at the right
    float size = 1;                   // of the subject; close-up 1.3, wide shot 0.7
    bool continues = false;  // speaks of a picture that is there: "the same ...", "now", "replace"
    bool same_place = false; // "the same room", "the same view": that picture is the place too
    std::uint64_t hash = 0;  // of the whole text
    std::uint64_t who = 0; // of the words that say what the subject is: a character keeps its face
    std::vector<std::string> words; // lower case, in order
    [[nodiscard]] bool says(std::string_view word) const;
};

[[nodiscard]] wording read_wording(std::string_view prompt);

} // namespace engine::sim::art
