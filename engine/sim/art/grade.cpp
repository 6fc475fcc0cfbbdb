#include "engine/sim/art/grade.hpp"

#include <algorithm>
#include <cmath>

namespace engine::sim::art {

namespace {

// Straight colours of each pixel through `change`; alpha stays.
template <class Change>
void each(layer& picture, Change change)
{
    for (std::size_t i = 0; i < picture.count(); ++i) {
        const float alpha = picture.a[i];
        if (alpha <= 0.001f)
            continue;
        const colour made =
            change(colour{picture.r[i] / alpha, picture.g[i] / alpha, picture.b[i] / alpha});
        picture.r[i] = std::clamp(made.r, 0.0f, 1.0f) * alpha;
        picture.g[i] = std::clamp(made.g, 0.0f, 1.0f) * alpha;
        picture.b[i] = std::clamp(made.b, 0.0f, 1.0f) * alpha;
    }
}

colour times(colour c, colour by)
{
    return {c.r * by.r, c.g * by.g, c.b * by.b};
}

// How much of a leaf or a lawn a colour is, 0 to 1.
float greenness(colour c)
{
    return std::clamp((c.g - std::max(c.r * 0.97f, c.b * 1.02f)) * 9, 0.0f, 1.0f);
}

} // namespace

void grade_light(layer& picture, light when)
{
    switch (when) {
    case light::day:
        return;
    case light::night:
        each(picture, [](colour c) {
            const float bright = luma(c);
            // Lamps and the moon stay bright; all else is dim and blue.
            const float lamp = std::clamp((bright - 0.93f) * 14, 0.0f, 1.0f);
            const float lift = 0.06f * bright;
            const colour dim =
                times(muted(c, 0.22f), {0.27f + lift, 0.33f + lift, 0.47f + lift * 1.6f});
            return mix(dim, times(c, {0.80f, 0.82f, 0.88f}), lamp * 0.5f);
        });
        return;
    case light::golden:
        each(picture, [](colour c) {
            const float bright = luma(c);
            const colour warm = times(c, {1.05f, 0.85f, 0.70f});
            return mix(warm, {1.0f, 0.64f, 0.34f}, 0.04f + 0.20f * bright * bright);
        });
        return;
    case light::morning:
        each(picture, [](colour c) {
            return mix(times(muted(c, 0.12f), {1.03f, 0.99f, 0.97f}), {1.0f, 0.93f, 0.88f}, 0.22f);
        });
        return;
    }
}

void grade_season(layer& picture, season in)
{
    switch (in) {
    case season::any:
        return;
    case season::winter:
        each(picture, [](colour c) {
            const float bright = luma(c), leaf = greenness(c);
            const float snow = std::min(1.0f, 0.34f + 0.95f * bright);
            const colour cold = times(muted(c, 0.22f), {0.92f, 0.98f, 1.07f});
            return mix(cold, {snow * 0.94f, snow * 0.97f, snow * 1.02f}, leaf * 0.78f);
        });
        return;
    case season::autumn:
        each(picture, [](colour c) {
            const float bright = luma(c), leaf = greenness(c);
            const colour dry{0.16f + 1.35f * bright, 0.05f + 0.78f * bright, 0.20f * bright};
            return times(mix(c, dry, leaf * 0.85f), {1.04f, 0.97f, 0.86f});
        });
        return;
    case season::spring:
        each(picture, [](colour c) {
            const colour fresh = mix(c, {0.62f, 0.86f, 0.42f}, greenness(c) * 0.35f);
            return mix(times(fresh, {1.04f, 1.03f, 1.0f}), {1.0f, 0.90f, 0.94f}, 0.08f);
        });
        return;
    case season::summer:
        each(picture, [](colour c) {
            const colour rich = mix(muted(c, -0.18f), c, 0.2f);
            return times(rich, {1.07f, 1.04f, 0.93f});
        });
        return;
    }
}

void grade_weather(layer& picture, weather sky)
{
    if (sky == weather::rain)
        each(picture, [](colour c) { return times(muted(c, 0.45f), {0.70f, 0.75f, 0.82f}); });
    if (sky == weather::fog)
        each(picture, [](colour c) { return mix(muted(c, 0.4f), {0.86f, 0.88f, 0.90f}, 0.22f); });
}

void grade_print(layer& picture, tone print)
{
    if (print == tone::colours)
        return;
    each(picture, [print](colour c) {
        const float bright = luma(c);
        const float steep = std::clamp((bright - 0.5f) * 1.12f + 0.5f, 0.0f, 1.0f);
        return print == tone::grey ? colour{steep, steep, steep}
                                   : mix({0.20f, 0.13f, 0.08f}, {1.0f, 0.95f, 0.84f}, steep);
    });
}

void recolour(layer& picture, colour tint, float share)
{
    const hsl wanted = to_hsl(tint);
    double weight = 0, strength = 0;
    for (std::size_t i = 0; i < picture.count(); ++i) {
        const colour c{picture.r[i], picture.g[i], picture.b[i]};
        weight += static_cast<double>(picture.a[i]);
        strength += static_cast<double>(std::max({c.r, c.g, c.b}) - std::min({c.r, c.g, c.b}));
    }
    const bool pale = strength < 0.14 * weight; // a white vase takes the colour all over
    each(picture, [&](colour c) {
        const hsl seen = to_hsl(c);
        // Metal, glass and paper keep their grey; a grey wish takes the colour away.
        const float coloured = pale ? 1.0f : std::clamp((seen.saturation - 0.10f) * 6, 0.0f, 1.0f);
        const float lightness =
            std::clamp(seen.lightness + (wanted.lightness - 0.45f) * 0.55f, 0.02f, 0.98f);
        const colour made =
            to_colour({.hue = wanted.hue, .saturation = wanted.saturation, .lightness = lightness});
        return mix(c, made, coloured * share);
    });
}

} // namespace engine::sim::art
