#include "engine/sim/art/landscape.hpp"
#include "engine/sim/art/subject.hpp"

#include "engine/base/random.hpp"

#include <cmath>

namespace engine::sim::art {

namespace {

staging beach(const pen& on, const mood& with)
{
    const float w = on.width(), h = on.height(), horizon = h * 0.46f;
    const sky_look sky = draw_sky(on, with, horizon);
    const bool night = with.when == light::night;
    draw_water(on, horizon, h * 0.72f, sky,
               night                        ? hex(0x14224a)
               : with.when == light::golden ? hex(0x2f6f86)
                                            : hex(0x1c93a8),
               with.seed);
    const colour sand = night                        ? hex(0x5d5a6c)
                        : with.when == light::golden ? hex(0xdcae7e)
                                                     : hex(0xecd3a6);
    const auto shore = [&](float y) {
        return path::smooth({{-0.2f, h + 0.2f},
                             {-0.2f, y + 0.02f},
                             {w * 0.25f, y - 0.018f},
                             {w * 0.55f, y + 0.03f},
                             {w * 0.8f, y - 0.012f},
                             {w + 0.2f, y + 0.02f},
                             {w + 0.2f, h + 0.2f}});
    };
    on.fill(shore(h * 0.655f), hex(0xffffff), {.opacity = 0.75f, .blur = 0.006f});
    on.fill(shore(h * 0.672f), darker(sand, 0.30f));
    on.fill(shore(h * 0.700f),
            paint::linear({0, h * 0.68f}, {0, h},
                          {{0, darker(sand, 0.12f)}, {0.3f, sand}, {1, lighter(sand, 0.12f)}}),
            {.blur = 0.008f});
    if (with.seed % 3 != 0) // a palm leaf in the corner
        for (int i = 0; i < 7; ++i) {
            const float angle = 1.9f + 0.27f * static_cast<float>(i);
            on.at(affine::move(-0.02f, -0.02f) * affine::turn(angle) * affine::scale(0.52f, 0.52f))
                .fill(path::smooth({{0, 0},
                                    {-0.06f, -0.4f},
                                    {0.05f, -0.98f},
                                    {0.10f, -0.55f},
                                    {0.05f, -0.2f}}),
                      darker(hex(0x2f6b3f), night ? 0.6f : 0.05f * static_cast<float>(i)));
        }
    return stage_on(with, ground::sand, 0.745f, lighter(sky.low, 0.2f));
}

staging sea(const pen& on, const mood& with)
{
    const float w = on.width(), h = on.height(), horizon = h * 0.52f;
    const sky_look sky = draw_sky(on, with, horizon);
    on.fill(ridge(on, horizon, 0.07f, 0.5f, with.seed), mix(sky.low, hex(0x4a6076), 0.45f));
    draw_water(on, horizon, h + 0.05f, sky,
               with.when == light::night    ? hex(0x0f1c3d)
               : with.when == light::golden ? hex(0x2a4d6e)
                                            : hex(0x1b6790),
               with.seed);
    if (!with.stage) { // a sailing boat
        const pen boat = on.at(w * 0.62f, horizon + 0.06f, 0.22f);
        boat.fill(path::polygon({{0.02f, -0.95f}, {0.42f, -0.14f}, {0.02f, -0.14f}}),
                  paint::linear({0, -1}, {0.4f, 0}, {{0, hex(0xffffff)}, {1, hex(0xdfe3e6)}}));
        boat.fill(path::polygon({{-0.03f, -0.80f}, {-0.30f, -0.14f}, {-0.03f, -0.14f}}),
                  lighter(with.colours.accent, 0.25f));
        boat.fill(path::smooth({{-0.42f, -0.08f}, {0.5f, -0.08f}, {0.36f, 0.08f}, {-0.30f, 0.08f}}),
                  darker(with.colours.main, 0.15f));
        boat.fill(path::ellipse({0.02f, 0.12f}, 0.45f, 0.04f), hex(0x000000),
                  {.opacity = 0.3f, .blur = 0.05f});
    }
    return stage_on(with, ground::wood, 0.75f, lighter(sky.low, 0.25f));
}

staging desert(const pen& on, const mood& with)
{
    const float w = on.width(), h = on.height();
    mood warm = with;
    if (warm.when == light::day)
        warm.when = warm.seed % 2 == 0 ? light::golden : light::day;
    const sky_look sky = draw_sky(on, warm, h * 0.58f);
    const bool night = warm.when == light::night;
    for (int i = 0; i < 4; ++i) {
        const float t = static_cast<float>(i) / 3, y = h * (0.50f + 0.12f * t),
                    lift = 0.10f + 0.02f * t;
        const float peak = w * (with.seed >> (i * 3) & 7) / 7.0f;
        const colour sand =
            darker(mix(mix(hex(0xe8b67a), sky.low, 0.45f * (1 - t)), hex(0xc9814a), 0.25f * t),
                   night ? 0.55f : 0.0f);
        const path dune = path::smooth({{-0.3f, y + 0.05f},
                                        {peak - 0.35f, y - lift * 0.3f},
                                        {peak, y - lift},
                                        {peak + 0.3f, y + 0.01f},
                                        {w + 0.3f, y - 0.04f},
                                        {w + 0.3f, h + 0.3f},
                                        {-0.3f, h + 0.3f}});
        on.fill(dune,
                paint::linear({0, y - lift}, {0, h},
                              {{0, lighter(sand, 0.18f)}, {0.35f, sand}, {1, darker(sand, 0.3f)}}));
        on.fill(path::smooth({{peak, y - lift},
                              {peak + 0.13f, y + 0.03f},
                              {peak + 0.06f, y + 0.16f},
                              {peak + 0.25f, y + 0.34f},
                              {peak + 0.7f, y + 0.3f},
                              {peak + 0.38f, y + 0.03f}}),
                darker(sand, 0.42f), {.opacity = 0.55f, .blur = 0.008f, .clip = nullptr});
    }
    return stage_on(warm, ground::sand, 0.75f, lighter(sky.low, 0.15f));
}

staging mountains(const pen& on, const mood& with)
{
    const float h = on.height();
    const sky_look sky = draw_sky(on, with, h * 0.62f);
    const colour far = mix(sky.low, hex(0x8fa3c4), 0.45f),
                 near = with.when == light::night ? hex(0x0f1a2c) : hex(0x2d4a43);
    for (int i = 0; i < 6; ++i) {
        const float t = static_cast<float>(i) / 5;
        const colour rock = mix(far, near, t * t * 0.6f + t * 0.4f);
        const float base_y = h * (0.56f + 0.25f * t);
        const path outline = ridge(on, base_y, 0.36f - 0.18f * t, 0.75f - 0.2f * t,
                                   with.seed + static_cast<std::uint64_t>(i) * 31);
        on.fill(outline,
                paint::linear({0, base_y - 0.3f}, {0, base_y + 0.18f},
                              {{0, lighter(rock, i < 2 ? 0.45f : 0.08f)},
                               {0.5f, rock},
                               {1, i < 5 ? mix(rock, sky.low, 0.55f) : darker(rock, 0.35f)}}));
    }
    base::random chance(with.seed ^ 0x70696e65u);
    const float w = on.width();
    for (int i = 0; i < 34; ++i) {
        const float t = static_cast<float>(i) / 34;
        draw_fir(on, {w * static_cast<float>(chance.between(-0.03, 1.03)), h * (0.86f + 0.16f * t)},
                 0.13f + 0.16f * t, darker(near, 0.25f * t), false);
    }
    return stage_on(with, ground::stone, 0.76f, lighter(sky.low, 0.2f));
}

staging snow(const pen& on, const mood& with)
{
    const float w = on.width(), h = on.height();
    mood cold = with;
    if (cold.sky == weather::snow)
        cold.sky = weather::clear; // flakes come later; a grey sky would swallow them
    const sky_look sky = draw_sky(on, cold, h * 0.6f);
    const bool night = with.when == light::night;
    for (int i = 0; i < 3; ++i) {
        const float t = static_cast<float>(i) / 2;
        on.fill(ridge(on, h * (0.52f + 0.07f * t), 0.30f - 0.10f * t, 0.55f,
                      with.seed + static_cast<std::uint64_t>(i) * 17),
                paint::linear({0, h * 0.3f}, {0, h * 0.7f},
                              {{0, mix(sky.middle, hex(0xf4f8ff), night ? 0.15f : 0.75f)},
                               {1, mix(sky.middle, hex(0x9fb4cf), 0.5f)}}));
    }
    base::random chance(with.seed ^ 0x66697273u);
    for (int i = 0; i < 26; ++i) {
        const float t = static_cast<float>(i) / 26;
        const float x = w * static_cast<float>(chance.between(-0.05, 1.05));
        if (with.stage && std::abs(x - w / 2) < 0.16f && t > 0.5f)
            continue;
        draw_fir(on, {x, h * (0.60f + 0.13f * t)}, 0.10f + 0.22f * t,
                 mix(mix(hex(0x2f5248), sky.middle, 0.55f * (1 - t)), hex(0x0d1a24),
                     night ? 0.5f : 0.0f),
                 true);
    }
    const colour white = night ? hex(0x8fa0c8) : hex(0xf6faff);
    on.fill(path::smooth({{-0.2f, h * 0.70f},
                          {w * 0.3f, h * 0.665f},
                          {w * 0.7f, h * 0.715f},
                          {w + 0.2f, h * 0.67f},
                          {w + 0.2f, h + 0.2f},
                          {-0.2f, h + 0.2f}}),
            paint::linear({0, h * 0.66f}, {0, h},
                          {{0, white},
                           {0.5f, mix(white, hex(0xbfd2ea), 0.45f)},
                           {1, mix(white, hex(0xa9c0de), 0.6f)}}));
    if (!with.stage)
        on.fill(path::smooth({{-0.2f, h * 0.86f},
                              {w * 0.4f, h * 0.80f},
                              {w * 0.8f, h * 0.88f},
                              {w + 0.2f, h * 0.84f},
                              {w + 0.2f, h + 0.2f},
                              {-0.2f, h + 0.2f}}),
                paint::linear({0, h * 0.8f}, {0, h},
                              {{0, lighter(white, 0.6f)}, {1, mix(white, hex(0xb4c9e4), 0.5f)}}));
    return stage_on(with, ground::snow, 0.74f, night ? hex(0xaab8e0) : hex(0xf2f7ff));
}

} // namespace

staging draw_open(const pen& on, const mood& with)
{
    switch (with.where) {
    case place::snow:
        return snow(on, with);
    case place::desert:
        return desert(on, with);
    case place::mountains:
        return mountains(on, with);
    case place::sea:
        return sea(on, with);
    default:
        return beach(on, with);
    }
}

staging draw_outdoors(const pen& on, const mood& with)
{
    switch (with.where) {
    case place::city:
    case place::forest:
    case place::garden:
    case place::space:
        return draw_lush(on, with);
    default:
        return draw_open(on, with);
    }
}

} // namespace engine::sim::art
