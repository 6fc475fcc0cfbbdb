#include "engine/sim/art/landscape.hpp"

#include "engine/base/random.hpp"

#include <cmath>

namespace engine::sim::art {

namespace {

sky_look sky_of(light when)
{
    switch (when) {
    case light::golden:
        return {hex(0x3f5d92), hex(0xe79a78), hex(0xffd79a), hex(0xfff0c4), hex(0xffc3a0)};
    case light::night:
        return {hex(0x0a1128), hex(0x1b2450), hex(0x3f3a6b), hex(0xf2f0df), hex(0x4a4f80)};
    case light::morning:
        return {hex(0x8fb8dd), hex(0xf3cfd0), hex(0xffead2), hex(0xfff8e4), hex(0xfff1ea)};
    default:
        return {hex(0x3f86cf), hex(0x8fc3ee), hex(0xe3f2fa), hex(0xfffdf0), hex(0xffffff)};
    }
}

} // namespace

sky_look draw_sky(const pen& on, const mood& with, float horizon)
{
    const float w = on.width();
    const sky_look sky = sky_of(with.when);
    base::random chance(with.seed ^ 0x736b79u);
    const path all = path::rectangle(-0.1f, -0.1f, w + 0.1f, horizon + 0.02f);
    on.flood(paint::solid(sky.low)); // whatever nothing else covers
    on.fill(all,
            paint::linear({0, 0}, {0, horizon}, {{0, sky.top}, {0.62f, sky.middle}, {1, sky.low}}));
    const point sun{w * static_cast<float>(chance.between(0.2, 0.8)),
                    horizon *
                        static_cast<float>(with.when == light::golden || with.when == light::morning
                                               ? chance.between(0.72, 0.9)
                                               : chance.between(0.16, 0.4))};
    if (with.when == light::night)
        for (int i = 0; i < 130; ++i) {
            const float r = static_cast<float>(chance.between(0.0008, 0.0026));
            on.fill(path::ellipse({static_cast<float>(chance.between(0, w)),
                                   horizon * static_cast<float>(chance.between(0, 0.9))},
                                  r, r),
                    hex(0xf5f3ff), {.opacity = static_cast<float>(chance.between(0.3, 1))});
        }
    on.fill(all,
            paint::radial(sun, 0.62f, 0.62f,
                          {{0, sky.sun, 0.75f}, {0.35f, sky.sun, 0.22f}, {1, sky.sun, 0}}),
            {.how = blend::screen});
    const float r = with.when == light::golden ? 0.075f : 0.05f;
    on.fill(path::ellipse(sun, r, r), lighter(sky.sun, 0.5f), {.opacity = 0.95f, .blur = 0.004f});
    if (with.sky != weather::clear)
        on.fill(all, paint::linear({0, 0}, {0, horizon},
                                   {{0, hex(0x8b97a6), 0.75f}, {1, hex(0xd4dbe2), 0.75f}}));
    on.fill(all,
            clouds({0, 0, w, horizon}, sky.cloud,
                   {.across = 2.6f * w, .down = 5.5f, .low = 0.47f, .high = 0.80f, .octaves = 5},
                   with.seed),
            {.opacity = with.when == light::night ? 0.35f : 0.85f});
    return sky;
}

path ridge(const pen& on, float base_y, float height, float rough, std::uint64_t seed)
{
    const float w = on.width();
    const auto pattern = static_cast<std::uint32_t>(seed * 2654435761u);
    std::vector<point> line;
    for (int i = 0; i <= 90; ++i) {
        const float x = -0.05f + (w + 0.1f) * static_cast<float>(i) / 90;
        const float broad = noise_at(x * 1.7f, 3.3f, pattern);
        const float fine = cloud_at(x * 7, 1.7f, pattern + 5, 4) - 0.5f;
        line.push_back({x, base_y - height * (broad + rough * fine)});
    }
    line.push_back({w + 0.1f, on.height() + 0.1f});
    line.push_back({-0.1f, on.height() + 0.1f});
    return path::polygon(line);
}

void draw_fir(const pen& on, point foot, float size, colour needle, bool snowy)
{
    const pen tree = on.at(foot.x, foot.y, size);
    tree.fill(path::rectangle(-0.03f, -0.12f, 0.03f, 0), hex(0x4a382b));
    for (int i = 0; i < 5; ++i) {
        const float t = static_cast<float>(i) / 5;
        const float y = -0.10f - 0.78f * t, half = 0.27f * (1 - t * 0.78f),
                    tall = 0.30f * (1 - t * 0.35f);
        const path skirt = path::polygon({{-half, y},
                                          {-half * 0.5f, y + 0.02f},
                                          {0, y - 0.01f},
                                          {half * 0.5f, y + 0.02f},
                                          {half, y},
                                          {half * 0.3f, y - tall * 0.55f},
                                          {0, y - tall},
                                          {-half * 0.3f, y - tall * 0.55f}});
        tree.fill(skirt,
                  paint::linear(
                      {-half, 0}, {half, 0},
                      {{0, lighter(needle, 0.10f)}, {0.5f, needle}, {1, darker(needle, 0.4f)}}));
        if (snowy)
            tree.fill(path::polygon({{-half * 0.85f, y - 0.015f},
                                     {-half * 0.3f, y - tall * 0.45f},
                                     {0, y - tall},
                                     {half * 0.25f, y - tall * 0.55f},
                                     {half * 0.1f, y - tall * 0.35f},
                                     {-half * 0.2f, y - 0.05f}}),
                      hex(0xf4f8ff), {.opacity = 0.92f});
    }
}

staging stage_on(const mood& with, ground under, float edge, colour glow)
{
    staging where;
    where.blur = with.stage ? 0.011f : 0;
    where.under = with.stage ? under : ground::none;
    where.edge = edge;
    where.stand = edge + 0.115f;
    where.glow = glow;
    where.shade = with.when == light::night ? 0.5f : 0.42f;
    return where;
}

void draw_water(const pen& on, float top, float bottom, const sky_look& sky, colour deep,
                std::uint64_t seed)
{
    base::random chance(seed ^ 0x77617665u);
    const float w = on.width();
    const path sea = path::rectangle(-0.1f, top, w + 0.1f, bottom);
    on.fill(sea, paint::linear({0, top}, {0, bottom},
                               {{0, mix(sky.low, deep, 0.45f)},
                                {0.35f, mix(sky.middle, deep, 0.65f)},
                                {1, deep}}));
    for (int i = 0; i < 130; ++i) {
        const float t = static_cast<float>(chance.unit());
        const float y = top + (bottom - top) * t * t;
        const float size = 0.012f + 0.13f * t,
                    x = static_cast<float>(chance.between(-0.05, w + 0.05));
        on.fill(path::smooth({{x - size, y},
                              {x - size * 0.3f, y - size * 0.045f},
                              {x + size, y},
                              {x + size * 0.2f, y + size * 0.05f}}),
                chance.chance(0.6) ? lighter(sky.low, 0.4f) : darker(deep, 0.3f),
                {.opacity = static_cast<float>(chance.between(0.15, 0.5)), .clip = &sea});
    }
}

} // namespace engine::sim::art
