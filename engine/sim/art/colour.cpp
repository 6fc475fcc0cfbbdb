#include "engine/sim/art/colour.hpp"

namespace engine::sim::art {

colour to_colour(hsl wanted)
{
    const float hue = wanted.hue - std::floor(wanted.hue);
    const float chroma = (1 - std::abs(2 * wanted.lightness - 1)) * wanted.saturation;
    const auto channel = [&](float offset) {
        const float k = std::fmod(offset + hue * 12, 12.0f);
        return wanted.lightness - chroma / 2 * std::max(-1.0f, std::min({k - 3, 9 - k, 1.0f}));
    };
    return {channel(0), channel(8), channel(4)};
}

hsl to_hsl(colour c)
{
    const float high = std::max({c.r, c.g, c.b});
    const float low = std::min({c.r, c.g, c.b});
    const float span = high - low;
    hsl found{0, 0, (high + low) / 2};
    if (span < 1e-5f)
        return found;
    found.saturation = span / std::max(1e-5f, 1 - std::abs(2 * found.lightness - 1));
    if (high == c.r)
        found.hue = (c.g - c.b) / span / 6;
    else if (high == c.g)
        found.hue = (c.b - c.r) / span / 6 + 1.0f / 3;
    else
        found.hue = (c.r - c.g) / span / 6 + 2.0f / 3;
    found.hue -= std::floor(found.hue);
    found.saturation = std::min(found.saturation, 1.0f);
    return found;
}

ramp::ramp(const stops& from) : r(steps), g(steps), b(steps), a(steps)
{
    std::size_t next = 0;
    for (std::size_t i = 0; i < steps; ++i) {
        const float at = static_cast<float>(i) / (steps - 1);
        while (next < from.size() && from[next].at <= at)
            ++next;
        const stop& before = from[next == 0 ? 0 : next - 1];
        const stop& after = from[std::min(next, from.size() - 1)];
        const float span = after.at - before.at;
        float share = span > 1e-6f ? std::clamp((at - before.at) / span, 0.0f, 1.0f) : 0.0f;
        share = share * share * (3 - 2 * share); // no creases where two stops meet
        const colour tint = mix(before.tint, after.tint, share);
        r[i] = tint.r;
        g[i] = tint.g;
        b[i] = tint.b;
        a[i] = before.alpha + (after.alpha - before.alpha) * share;
    }
}

} // namespace engine::sim::art
