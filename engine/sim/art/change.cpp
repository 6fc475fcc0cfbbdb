#include "engine/sim/art/change.hpp"

#include <algorithm>
#include <initializer_list>

namespace engine::sim::art {

namespace {

bool says_any(const wording& words, std::initializer_list<std::string_view> any)
{
    return std::ranges::any_of(any, [&](std::string_view word) { return words.says(word); });
}

season season_of(const wording& words)
{
    if (says_any(words, {"winter", "wintry", "snow", "snowy", "snowing", "snowfall", "frost", "icy",
                         "christmas"}))
        return season::winter;
    if (says_any(words, {"autumn", "autumnal", "october", "leaves"}))
        return season::autumn;
    if (says_any(words, {"spring", "springtime", "blossom", "blossoms", "blooming"}))
        return season::spring;
    if (says_any(words, {"summer", "summery", "sunny"}))
        return season::summer;
    return season::any;
}

// A season is no journey: "in winter" leaves the subject where it is.
bool goes_elsewhere(const wording& words)
{
    if (words.where == place::plain)
        return true;
    if (!words.placed || words.same_place || !words.led_there)
        return false;
    if (words.where == place::snow)
        return false;
    if (words.where == place::garden)
        return says_any(words, {"garden", "meadow", "park", "field"});
    return true;
}

garment garment_of(const wording& words)
{
    if (!says_any(words, {"wearing", "wears", "wear", "with", "add", "put", "give"}))
        return garment::none;
    if (says_any(words, {"scarf", "shawl", "bandana"}))
        return garment::scarf;
    if (!says_any(words, {"wearing", "wears", "wear"}))
        return garment::none;
    if (says_any(words, {"hat", "cap", "beanie"}))
        return garment::hat;
    if (says_any(words, {"glasses", "sunglasses", "spectacles"}))
        return garment::glasses;
    return garment::none;
}

} // namespace

bool change::any() const
{
    return in != season::any || when != light::day || sky != weather::clear ||
           print != tone::colours || elsewhere || worn != garment::none || adds || subject ||
           background || closer != 1;
}

change read_change(const wording& words)
{
    change found;
    found.in = season_of(words);
    found.when = words.when;
    // "autumn" alone is no sunset.
    if (found.in == season::autumn && found.when == light::golden &&
        !says_any(words, {"sunset", "dusk", "golden"}))
        found.when = light::day;
    found.sky = words.sky;
    found.elsewhere = goes_elsewhere(words);
    found.worn = garment_of(words);
    if (words.says("monochrome") || words.says("greyscale") || words.says("grayscale") ||
        (words.says("black") && words.says("white")))
        found.print = tone::grey;
    else if (says_any(words, {"sepia", "vintage", "antique"}))
        found.print = tone::sepia;
    const auto named_colour = words.main ? words.main : words.accent;
    found.adds = found.worn == garment::none && words.named &&
                 says_any(words, {"add", "adds", "adding", "put", "place", "another"});
    if (found.worn != garment::none)
        found.worn_colour = named_colour;
    else if (!found.adds && found.print == tone::colours)
        found.subject = named_colour;
    if (words.where != place::plain)
        found.background = words.background;
    if (says_any(words, {"closer", "closeup", "zoom", "tighter"}) ||
        (words.says("close") && words.says("up")))
        found.closer = 1.4f;
    return found;
}

} // namespace engine::sim::art
