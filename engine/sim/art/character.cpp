// What a prompt says about a character, and what its hash adds.
#include "engine/sim/art/portrait.hpp"

#include "engine/base/random.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <ranges>

namespace engine::sim::art {

namespace {

using haircut = character::haircut;
using headgear = character::headgear;

// The word just before "hair" or "haired", or a word that is a hair colour by itself.
std::optional<colour> hair_colour(const wording& words)
{
    constexpr std::array<std::pair<std::string_view, unsigned>, 14> known = {{{"black", 0x1d1a1c},
                                                                              {"dark", 0x2a1f1c},
                                                                              {"brown", 0x5a3a26},
                                                                              {"red", 0xb1492b},
                                                                              {"ginger", 0xc4622d},
                                                                              {"auburn", 0x84391f},
                                                                              {"blonde", 0xdcb46a},
                                                                              {"blond", 0xdcb46a},
                                                                              {"grey", 0x9a9a9e},
                                                                              {"gray", 0x9a9a9e},
                                                                              {"white", 0xe8e6e2},
                                                                              {"silver", 0xc9ccd2},
                                                                              {"pink", 0xe58aa8},
                                                                              {"blue", 0x4a78c2}}};
    for (std::size_t i = 0; i < words.words.size(); ++i) {
        const auto& word = words.words[i];
        const bool alone =
            word == "blonde" || word == "blond" || word == "ginger" || word == "auburn";
        bool of_hair = alone;
        for (std::size_t k = i + 1; k < std::min(i + 4, words.words.size()); ++k)
            of_hair = of_hair || words.words[k].starts_with("hair") || words.words[k] == "beard" ||
                      words.words[k] == "curls";
        for (const auto& [name, code] : known)
            if (of_hair && name == word)
                return hex(code);
    }
    return std::nullopt;
}

haircut choose_cut(const wording& words, bool masculine, std::uint64_t chance)
{
    if (words.says("bald"))
        return haircut::bald;
    if (words.says("curly") || words.says("curls") || words.says("afro"))
        return haircut::curls;
    if (words.says("ponytail") || words.says("braid"))
        return haircut::tail;
    if (words.says("bun"))
        return haircut::bun;
    if (words.says("bob"))
        return haircut::bob;
    if (words.says("long"))
        return haircut::lengthy;
    if (words.says("short") || words.says("cropped"))
        return haircut::cropped;
    constexpr std::array<haircut, 4> his = {haircut::cropped, haircut::parted, haircut::curls,
                                            haircut::parted};
    constexpr std::array<haircut, 5> hers = {haircut::bob, haircut::lengthy, haircut::bun,
                                             haircut::tail, haircut::curls};
    return masculine ? his[chance % his.size()] : hers[chance % hers.size()];
}

headgear choose_headgear(const wording& words)
{
    if (words.says("wizard") || words.says("witch"))
        return headgear::wizard;
    if (words.says("chef") || words.says("baker"))
        return headgear::chef;
    if (words.says("astronaut") || words.says("spacesuit"))
        return headgear::helmet;
    if (words.says("detective") || words.says("explorer") || words.says("fedora") ||
        words.says("hat"))
        return headgear::fedora;
    if (words.says("king") || words.says("queen") || words.says("princess") || words.says("prince"))
        return headgear::crown;
    return headgear::bare;
}

// What the face shows; the rest of a character does not change with it.
character::expression choose_mood(const wording& words)
{
    using expression = character::expression;
    constexpr std::pair<std::string_view, expression> known[] = {
        {"laughing", expression::laugh},
        {"laugh", expression::laugh},
        {"joyful", expression::laugh},
        {"excited", expression::laugh},
        {"surprised", expression::surprised},
        {"amazed", expression::surprised},
        {"shocked", expression::surprised},
        {"sleepy", expression::sleepy},
        {"tired", expression::sleepy},
        {"sleeping", expression::sleepy},
        {"determined", expression::determined},
        {"angry", expression::determined},
        {"serious", expression::calm},
        {"thoughtful", expression::calm},
        {"calm", expression::calm},
        {"stern", expression::determined},
        {"sad", expression::sad},
        {"worried", expression::sad}};
    for (const auto& [word, mood] : known)
        if (words.says(word))
            return mood;
    return expression::smile;
}

} // namespace

character read_character(const wording& words)
{
    base::random chance(words.who);
    const auto pick = [&](std::initializer_list<unsigned> codes) {
        return hex(*(codes.begin() + static_cast<std::ptrdiff_t>(chance.below(codes.size()))));
    };
    character who;
    who.skin = pick({0xf3d3bd, 0xe8bd9c, 0xd39f78, 0xb27a52, 0x87573a, 0x5f3d2a});
    who.hair = pick({0x2a1f1c, 0x4a2f20, 0x6e4526, 0xa8672f, 0xd2a860, 0x1d1a1c, 0x8a3d22});
    who.hair = hair_colour(words).value_or(who.hair);
    who.eyes = pick({0x4a6d8c, 0x5b7a4a, 0x6b4a2e, 0x3b2a20, 0x5f8f8a});
    const bool says_man = words.says("man") || words.says("boy") || words.says("king") ||
                          words.says("wizard") || words.says("he") || words.says("his") ||
                          words.says("gentleman");
    const bool says_woman = words.says("woman") || words.says("girl") || words.says("queen") ||
                            words.says("witch") || words.says("she") || words.says("her") ||
                            words.says("lady");
    // A name among the first words may tell: many of women's end in a.
    const auto names = words.words | std::views::take(6);
    const bool named_woman = std::ranges::any_of(
        names, [](const std::string& word) { return word.size() >= 3 && word.ends_with('a'); });
    const bool fair_coin = chance.chance(0.5); // drawn in every case: the rest stays the same
    const bool masculine = says_man || (!says_woman && !named_woman && fair_coin);
    const bool young = words.says("boy") || words.says("girl") || words.says("child") ||
                       words.says("kid") || words.says("young");
    who.cut = choose_cut(words, masculine, chance());
    who.wears = choose_headgear(words);
    who.dressed = static_cast<character::garment>(chance.below(4));
    who.beard = words.says("beard") || words.says("bearded") ||
                (masculine && !young && chance.chance(0.35));
    who.glasses = words.says("glasses") || words.says("spectacles") || chance.chance(0.18);
    who.freckles = words.says("freckles") || words.says("freckled") || chance.chance(0.15);
    who.earrings = !masculine && chance.chance(0.4);
    who.mood = choose_mood(words);
    who.face = static_cast<float>(chance.between(0.94, 1.06)) * (young ? 1.04f : 1.0f);
    const auto own = choose_palette(words, words.who); // clothes belong to the character
    who.clothes = own.main;
    who.extra = luma(own.deep) < 0.25f ? lighter(own.deep, 0.12f) : own.deep;
    return who;
}

} // namespace engine::sim::art
