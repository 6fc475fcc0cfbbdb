// portrait: a person, head and shoulders. The words that name the character decide how it looks, so
// that the same character is known again in another scene.
#pragma once

#include "engine/sim/art/palette.hpp"
#include "engine/sim/art/sketch.hpp"

namespace engine::sim::art {

struct character {
    colour skin, hair, clothes, extra;
    enum class haircut {
        cropped,
        parted,
        bob,
        lengthy,
        bun,
        curls,
        tail,
        bald
    } cut = haircut::parted;
    enum class headgear { bare, fedora, wizard, chef, helmet, crown } wears = headgear::bare;
    enum class garment { hoodie, shirt, rollneck, jacket } dressed = garment::shirt;
    enum class expression {
        smile,
        laugh,
        calm,
        surprised,
        sleepy,
        determined,
        sad
    } mood = expression::smile;
    bool glasses = false, beard = false, freckles = false, earrings = false;
    float face = 1; // width of it
    colour eyes;
};
[[nodiscard]] character read_character(const wording& words);

// Shoulders end at y = 0, the crown of the head is at about -1. `pose` turns head and gaze a
// little.
void draw_portrait(const pen& on, const character& who, std::uint64_t pose);

// Its parts: what is behind the face, before it, and on top (head.cpp).
void hair_behind(const pen& head, const character& who);
void hair_before(const pen& head, const character& who);
void draw_headgear(const pen& head, const character& who);

} // namespace engine::sim::art
