// colour: how the look-alike's painter names and mixes colours. Pure.
#pragma once

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <vector>

namespace engine::sim::art {

// sRGB-coded, 0 to 1. Mixing happens in this space: it is what people see in two-colour gradients.
struct colour {
    float r = 0, g = 0, b = 0;
    friend constexpr bool operator==(colour, colour) = default;
};

[[nodiscard]] constexpr colour mix(colour from, colour to, float share)
{
    return {from.r + (to.r - from.r) * share, from.g + (to.g - from.g) * share,
            from.b + (to.b - from.b) * share};
}
[[nodiscard]] constexpr colour lighter(colour c, float share)
{
    return mix(c, {1, 1, 1}, share);
}
// Towards a cool black: shadows outdoors and in a studio are never neutral.
[[nodiscard]] constexpr colour darker(colour c, float share)
{
    return mix(c, {0.03f, 0.03f, 0.06f}, share);
}
[[nodiscard]] constexpr float luma(colour c)
{
    return 0.299f * c.r + 0.587f * c.g + 0.114f * c.b;
}
[[nodiscard]] constexpr colour muted(colour c, float share)
{
    const float grey = luma(c);
    return mix(c, {grey, grey, grey}, share);
}
// 0xrrggbb
[[nodiscard]] constexpr colour hex(unsigned code)
{
    return {static_cast<float>(code >> 16 & 255) / 255.0f,
            static_cast<float>(code >> 8 & 255) / 255.0f, static_cast<float>(code & 255) / 255.0f};
}

struct hsl {
    float hue = 0;        // turns, any; 0 red, 1/3 green, 2/3 blue
    float saturation = 0; // 0 to 1
    float lightness = 0;  // 0 to 1
};
[[nodiscard]] colour to_colour(hsl wanted);
[[nodiscard]] hsl to_hsl(colour c);

// A colour with its place on a gradient.
struct stop {
    float at = 0; // 0 to 1, rising
    colour tint;
    float alpha = 1;
};
using stops = std::vector<stop>;

// A gradient as a table, so that a pixel costs one look-up.
struct ramp {
    static constexpr int steps = 512;
    std::vector<float> r, g, b, a; // steps each; alpha is straight

    ramp() = default;
    explicit ramp(const stops& from);
};

} // namespace engine::sim::art
