#include "engine/sim/art/landscape.hpp"
#include "engine/sim/art/subject.hpp"

#include "engine/base/random.hpp"

#include <cmath>

namespace engine::sim::art {

namespace {

staging forest(const pen& on, const mood& with)
{
    const float w = on.width(), h = on.height();
    const bool night = with.when == light::night;
    const colour mist = night                        ? hex(0x2c3f55)
                        : with.when == light::golden ? hex(0xf2d7a2)
                                                     : hex(0xdbe8cf);
    const colour dark = night                        ? hex(0x0a141a)
                        : with.when == light::golden ? hex(0x4a3a1c)
                                                     : hex(0x1d3524);
    on.flood(paint::linear(
        {0, 0}, {0, h}, {{0, mix(mist, dark, 0.25f)}, {0.5f, mist}, {1, mix(mist, dark, 0.6f)}}));
    base::random chance(with.seed ^ 0x74726565u);
    const auto between = [&](double low, double high) {
        return static_cast<float>(chance.between(low, high));
    };
    for (int depth = 0; depth < 4; ++depth) {
        const float t = static_cast<float>(depth) / 3;
        const colour bark = mix(mist, dark, 0.25f + 0.62f * t);
        for (int i = 0; i < 9 - depth; ++i) {
            const float x = w * between(-0.05, 1.05),
                        half = 0.010f + 0.030f * t * between(0.6, 1.2), lean = between(-0.03, 0.03);
            if (t > 0.6f && std::abs(x - w / 2) < 0.22f)
                continue; // leaves room for the subject, or a view
            on.fill(
                path::polygon({{x - half * 0.8f + lean, -0.1f},
                               {x + half * 0.8f + lean, -0.1f},
                               {x + half * 1.1f, h * (0.66f + 0.10f * t)},
                               {x + half * 1.8f, h * (0.70f + 0.10f * t)},
                               {x - half * 1.8f, h * (0.70f + 0.10f * t)},
                               {x - half * 1.1f, h * (0.66f + 0.10f * t)}}),
                paint::linear({x - half, 0}, {x + half, 0},
                              {{0, lighter(bark, 0.22f)}, {0.4f, bark}, {1, darker(bark, 0.35f)}}));
        }
        const colour leafy = mix(mix(mist, hex(0x5e8c3f), 0.55f), dark, 0.2f + 0.45f * t);
        on.flood(clouds({0, -0.1f, w, h * (0.55f - 0.08f * t)}, leafy,
                        {.across = (7 - t) * w,
                         .down = 6,
                         .low = 0.42f + 0.05f * t,
                         .high = 0.62f,
                         .octaves = 5},
                        with.seed + static_cast<std::uint64_t>(depth)),
                 {.opacity = 0.75f, .clip = nullptr});
        on.fill(ridge(on, h * (0.69f + 0.055f * t), 0.06f, 0.7f,
                      with.seed + 40 + static_cast<std::uint64_t>(depth)),
                mix(mix(mist, hex(0x6a8a45), 0.6f), dark, 0.15f + 0.55f * t));
    }
    if (!with.stage) { // a path, and ferns beside it
        on.fill(path::smooth({{w * 0.49f, h * 0.70f},
                              {w * 0.53f, h * 0.70f},
                              {w * 0.56f, h * 0.80f},
                              {w * 0.74f, h * 1.1f},
                              {w * 0.22f, h * 1.1f},
                              {w * 0.43f, h * 0.84f}}),
                paint::linear(
                    {0, h * 0.7f}, {0, h},
                    {{0, lighter(mist, 0.2f), 0.9f}, {1, mix(mist, hex(0x8a6f4a), 0.5f), 0.75f}}),
                {.blur = 0.02f});
        for (int i = 0; i < 46; ++i) {
            const float t = static_cast<float>(i) / 46;
            const float x = between(0.0, 0.40) * w, size = 0.05f + 0.12f * t;
            const point foot{i % 2 == 0 ? x : w - x, h * (0.78f + 0.24f * t)};
            for (int k = -3; k <= 3; ++k)
                on.at(affine::move(foot.x, foot.y) * affine::turn(0.32f * static_cast<float>(k)))
                    .fill(path::smooth({{0, 0},
                                        {-size * 0.09f, -size * 0.5f},
                                        {0, -size},
                                        {size * 0.09f, -size * 0.5f}}),
                          mix(mix(hex(0x7fae55), dark, 0.35f + 0.3f * t), mist, 0.25f * (1 - t)));
        }
    }
    for (int i = 0; i < 5; ++i) { // shafts of light
        const float x = w * (0.1f + 0.2f * static_cast<float>(i)) + between(-0.05, 0.05);
        on.fill(
            path::polygon(
                {{x, -0.1f}, {x + 0.07f, -0.1f}, {x - 0.12f, h * 0.85f}, {x - 0.30f, h * 0.85f}}),
            paint::linear({0, 0}, {0, h * 0.85f}, {{0, lighter(mist, 0.5f), 0.40f}, {1, mist, 0}}),
            {.opacity = night ? 0.25f : 0.8f, .blur = 0.025f, .how = blend::screen});
    }
    return stage_on(with, ground::moss, 0.755f, lighter(mist, 0.2f));
}

staging garden(const pen& on, const mood& with)
{
    const float w = on.width(), h = on.height();
    const sky_look sky = draw_sky(on, with, h * 0.5f);
    base::random chance(with.seed ^ 0x666c6f77u);
    const auto between = [&](double low, double high) {
        return static_cast<float>(chance.between(low, high));
    };
    const colour green = darker(hex(0x7fae55), with.when == light::night ? 0.6f : 0.0f);
    on.fill(ridge(on, h * 0.52f, 0.16f, 0.4f, with.seed), mix(green, sky.low, 0.45f));
    for (int i = 0; i < 9; ++i) {
        look leaf{hex(0x4f8a3f), with.colours.accent, with.colours.trim, material::plain, chance()};
        draw_subject(on.at(w * between(-0.05, 1.05), h * between(0.56, 0.62), between(0.18, 0.34)),
                     thing::tree, leaf);
    }
    on.fill(path::rectangle(-0.1f, h * 0.59f, w + 0.1f, h + 0.1f),
            paint::linear({0, h * 0.58f}, {0, h},
                          {{0, lighter(green, 0.25f)}, {0.4f, green}, {1, darker(green, 0.35f)}}),
            {.blur = 0.01f});
    const colour petals[] = {with.colours.accent, hex(0xf4f0ff), hex(0xf2a7b8), hex(0xf6cf5a),
                             lighter(with.colours.main, 0.3f)};
    for (int i = 0; i < 190; ++i) {
        const float t = static_cast<float>(i) / 190;
        const point at{between(-0.02, w + 0.02), h * (0.60f + 0.40f * t * t)};
        if (with.stage && t > 0.6f && std::abs(at.x - w / 2) < 0.2f)
            continue;
        const float r = 0.004f + 0.020f * t;
        on.fill(path::stroke({at, {at.x + between(-0.01, 0.01), at.y + r * 3.2f}}, r * 0.22f),
                darker(green, 0.3f));
        const colour petal = petals[chance.below(5)];
        for (int k = 0; k < 5; ++k)
            on.at(affine::move(at.x, at.y) * affine::turn(static_cast<float>(k) * 1.2566f))
                .fill(path::ellipse({0, -r * 0.62f}, r * 0.42f, r * 0.6f),
                      mix(petal, hex(0xffffff), 0.12f * static_cast<float>(k % 2)));
        on.fill(path::ellipse(at, r * 0.32f, r * 0.32f), hex(0xf2c14b));
    }
    return stage_on(with, ground::wood, 0.76f, lighter(sky.low, 0.2f));
}

staging city(const pen& on, const mood& with)
{
    const float w = on.width(), h = on.height();
    mood late = with;
    if (late.when == light::day && late.seed % 2 == 0)
        late.when = light::golden;
    const bool night = late.when == light::night;
    const sky_look sky = draw_sky(on, late, h * 0.72f);
    base::random chance(with.seed ^ 0x63697479u);
    const auto between = [&](double low, double high) {
        return static_cast<float>(chance.between(low, high));
    };
    for (int depth = 0; depth < 3; ++depth) {
        const float t = static_cast<float>(depth) / 2;
        const colour body = night ? mix(hex(0x2a3160), hex(0x0d1022), t)
                                  : mix(sky.middle, hex(0x39424f), 0.35f + 0.5f * t);
        for (float x = -0.05f; x < w;) {
            const float wide = between(0.07, 0.15),
                        tall = h * between(0.22, 0.52) * (1.1f - 0.3f * t);
            const float top = h * 0.74f - tall;
            on.fill(path::rectangle(x, top, x + wide, h * 0.76f),
                    paint::linear({x, top}, {x + wide, h * 0.75f},
                                  {{0, lighter(body, 0.08f)}, {1, darker(body, 0.25f)}}));
            if (chance.chance(0.3))
                on.fill(path::rectangle(x + wide * 0.45f, top - 0.05f, x + wide * 0.5f, top), body);
            for (float wy = top + 0.02f; wy < h * 0.73f; wy += 0.024f)
                for (float wx = x + 0.012f; wx < x + wide - 0.012f; wx += 0.019f)
                    if (chance.chance(night ? 0.45 : 0.6))
                        on.fill(path::rectangle(wx, wy, wx + 0.010f, wy + 0.013f),
                                night ? (chance.chance(0.8) ? hex(0xffd489) : hex(0xa9d4ff))
                                      : lighter(sky.low, 0.2f),
                                {.opacity = between(0.3, 0.95) * (night ? 1.0f : 0.45f)});
            x += wide + between(0.0, 0.025);
        }
    }
    on.fill(path::rectangle(-0.1f, h * 0.74f, w + 0.1f, h + 0.1f),
            paint::linear({0, h * 0.74f}, {0, h},
                          {{0, night ? hex(0x2a2a45) : hex(0x8a8c92)},
                           {1, night ? hex(0x0b0d16) : hex(0x5d6067)}}));
    if (night) {
        const colour lights[] = {hex(0xff7a59), hex(0xffc46b), hex(0x6bc7ff), hex(0xff5fa8),
                                 with.colours.accent};
        for (int i = 0; i < 40; ++i) {
            const point at{between(0, w), h * between(0.5, 0.78)};
            const float r = between(0.010, 0.036);
            const colour tint = lights[chance.below(5)];
            on.fill(path::ellipse(at, r, r),
                    paint::radial(
                        at, r, r,
                        {{0, tint, 0.75f}, {0.85f, lighter(tint, 0.3f), 0.85f}, {1, tint, 0.1f}}),
                    {.opacity = between(0.35, 0.9), .how = blend::screen});
            on.fill(path::ellipse({at.x, 1.48f * h - at.y}, r * 0.8f, r * 3.5f), tint,
                    {.opacity = 0.22f, .blur = 0.015f, .how = blend::screen});
        }
    }
    return stage_on(late, night ? ground::wet : ground::stone, 0.75f,
                    night ? hex(0x8f86d8) : lighter(sky.low, 0.3f));
}

staging space(const pen& on, const mood& with)
{
    const float w = on.width(), h = on.height();
    on.flood(paint::linear({0, 0}, {w, h},
                           {{0, hex(0x070a1c)}, {0.5f, hex(0x140f33)}, {1, hex(0x05060f)}}));
    on.flood(clouds({0, 0, w, h}, with.colours.main,
                    {.across = 2.2f * w, .down = 2.2f, .low = 0.42f, .high = 0.85f, .octaves = 5},
                    with.seed),
             {.opacity = 0.75f, .how = blend::screen});
    on.flood(clouds({0, 0, w, h}, with.colours.accent,
                    {.across = 2.6f * w, .down = 2.0f, .low = 0.48f, .high = 0.9f, .octaves = 5},
                    with.seed + 9),
             {.opacity = 0.65f, .how = blend::screen});
    base::random chance(with.seed ^ 0x73746172u);
    const auto between = [&](double low, double high) {
        return static_cast<float>(chance.between(low, high));
    };
    for (int i = 0; i < 330; ++i) {
        const float r = i < 310 ? between(0.0007, 0.0022) : between(0.003, 0.0048);
        const point at{between(0, w), between(0, h)};
        on.fill(path::ellipse(at, r, r),
                mix(hex(0xffffff), i % 3 == 0 ? hex(0xaecbff) : hex(0xffdcb0), 0.5f),
                {.opacity = between(0.4, 1)});
        if (i >= 310)
            on.fill(
                path::ellipse(at, r * 8, r * 8),
                paint::radial(at, r * 8, r * 8, {{0, hex(0xcfe0ff), 0.5f}, {1, hex(0xcfe0ff), 0}}),
                {.how = blend::screen});
    }
    const point planet{w * between(0.15, 0.85), h * between(0.14, 0.34)};
    const float r = between(0.14, 0.22);
    const colour crust = mix(with.colours.accent, hex(0xc98a5e), 0.4f);
    on.fill(path::ellipse(planet, r * 1.5f, r * 1.5f),
            paint::radial(planet, r * 1.5f, r * 1.5f,
                          {{0.5f, lighter(crust, 0.3f), 0.45f}, {1, crust, 0}}),
            {.how = blend::screen});
    on.fill(path::ellipse(planet, r, r),
            paint::radial({planet.x - r * 0.45f, planet.y - r * 0.45f}, r * 1.7f, r * 1.7f,
                          {{0, lighter(crust, 0.5f)},
                           {0.4f, crust},
                           {0.85f, darker(crust, 0.75f)},
                           {1, hex(0x05060f)}}));
    const path disc = path::ellipse(planet, r, r);
    on.fill(disc,
            clouds({planet.x - r, planet.y - r, planet.x + r, planet.y + r}, darker(crust, 0.5f),
                   {.across = 1.2f, .down = 7, .low = 0.4f, .high = 0.7f}, with.seed + 3),
            {.opacity = 0.4f, .clip = &disc});
    staging where = stage_on(with, ground::none, 0.68f, hex(0x9aa5e6));
    where.shade = 0; // nothing to fall on
    return where;
}

} // namespace

staging draw_lush(const pen& on, const mood& with)
{
    switch (with.where) {
    case place::city:
        return city(on, with);
    case place::garden:
        return garden(on, with);
    case place::space:
        return space(on, with);
    default:
        return forest(on, with);
    }
}

} // namespace engine::sim::art
