#include "engine/sim/art/palette.hpp"
#include "engine/sim/art/portrait.hpp"
#include "engine/sim/art/wording.hpp"

#include <doctest/doctest.h>

using namespace engine::sim::art;

TEST_CASE("a prompt's thing is the noun that it is about, not what stands around it")
{
    CHECK(read_wording("A ceramic table lamp, studio photograph").what == thing::lamp);
    CHECK(read_wording("A camera bag on a wooden desk").what == thing::bag);
    CHECK(read_wording("coffee mug beside a plant").what == thing::mug);
    CHECK(read_wording("On a desk: a watch").what == thing::watch);
    CHECK(read_wording("Two leather backpacks").what == thing::backpack);
    CHECK(read_wording("Blog cover about a teapot").what == thing::teapot);
    CHECK(read_wording("Blog cover about ideas").what == thing::abstract);
    CHECK(read_wording("mountain landscape at dawn").what == thing::none);
    CHECK(read_wording("qwertz").what != thing::none);
    CHECK(!read_wording("qwertz").named);
    CHECK(read_wording("").what != thing::none);
}

TEST_CASE("place, light, weather and material are told by words")
{
    const auto words = read_wording("A brass lamp in a misty forest at night");
    CHECK(words.where == place::forest);
    CHECK(words.when == light::night);
    CHECK(words.sky == weather::fog);
    CHECK(words.of == material::metal);
    CHECK(read_wording("a cup, negative space on the left").where == place::studio);
    CHECK(!read_wording("the same product, now in falling snow").placed);
    CHECK(read_wording("the same product, now in falling snow").continues);
    CHECK(read_wording("the same product, now in falling snow").sky == weather::snow);
    CHECK(read_wording("a shoe in the snow").where == place::snow);
}

TEST_CASE("framing and colours go where the words put them")
{
    CHECK(read_wording("a mug, negative space on the left").aside == 1);
    CHECK(read_wording("a mug, copy space to the right side").aside == -1);
    CHECK(read_wording("close up of a mug").size > 1);
    CHECK(read_wording("a red mug with a blue handle").main == hex(0xC8322B));
    CHECK(read_wording("a red mug with a blue handle").accent == hex(0x3568B0));
    CHECK(read_wording("a mug in sage green").main.has_value());
    CHECK(read_wording("a mug before a teal wall").background == hex(0x2A7F86));
    CHECK(!read_wording("a mug before a teal wall").main);
}

TEST_CASE("a plain background is meant exactly")
{
    const auto words = read_wording("A candle on a plain pure green background");
    CHECK(words.where == place::plain);
    CHECK(words.background == colour{0, 1, 0});
    CHECK(read_wording("a red mug on a plain white background").background == colour{1, 1, 1});
    CHECK(read_wording("a mug on a pure black background").background == colour{0, 0, 0});
    CHECK(read_wording("a lamp on a plain background").background == colour{1, 1, 1});
}

TEST_CASE("a character keeps its face in another scene, and another character has its own")
{
    const auto face = [](std::string_view prompt) { return read_character(read_wording(prompt)); };
    const auto here = face("Mira, a young woman with curly red hair, in a forest");
    const auto there = face("Mira, a young woman with curly red hair, reading in a cafe at night");
    CHECK(here.skin == there.skin);
    CHECK(here.hair == there.hair);
    CHECK(here.clothes == there.clothes);
    CHECK(here.cut == there.cut);
    CHECK(here.glasses == there.glasses);
    CHECK(here.hair == hex(0xb1492b));
    CHECK(here.cut == character::haircut::curls);
    const auto other = face("Bruno, an old man with a white beard");
    CHECK(other.beard);
    CHECK(other.hair == hex(0xe8e6e2));
    CHECK(face("a bald chef").wears == character::headgear::chef);
    CHECK(face("a bald chef").cut == character::haircut::bald);
}

TEST_CASE("a subject stands out from its backdrop, whatever the hash chose")
{
    for (std::uint64_t seed = 0; seed < 200; ++seed)
        for (const char* prompt : {"a lamp", "a white lamp", "a black lamp", "a beige mug"}) {
            const auto colours = choose_palette(read_wording(prompt), seed);
            CHECK(std::abs(luma(colours.main) - luma(colours.backdrop)) > 0.12f);
        }
}
