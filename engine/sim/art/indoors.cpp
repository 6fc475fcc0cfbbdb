#include "engine/sim/art/backdrop.hpp"
#include "engine/sim/art/subject.hpp"

#include "engine/base/random.hpp"

#include <cmath>

namespace engine::sim::art {

namespace {

// The shadow of leaves at a window, on a wall.
void leaf_shadows(const pen& on, const mood& with, float strength)
{
    base::random chance(with.seed ^ 0x6c656166u);
    const float w = on.width(), h = on.height();
    const bool left = chance.chance(0.5);
    for (int branch = 0; branch < 3; ++branch) {
        const float x = left ? -0.05f : w + 0.05f;
        const float y = h * static_cast<float>(chance.between(-0.02, 0.35));
        const float lean = (left ? 1.0f : -1.0f) * static_cast<float>(chance.between(0.75, 1.35));
        const pen stem = on.at(affine::move(x, y) * affine::turn(lean));
        const float reach = static_cast<float>(chance.between(0.55, 0.8));
        for (int i = 1; i < 9; ++i) {
            for (const float side : {-1.0f, 1.0f}) {
                const float t = static_cast<float>(i) / 9;
                const float size = 0.30f * std::sin(t * 2.6f + 0.35f);
                stem.at(affine::move(0, -reach * t) * affine::turn(side * (1.15f - 0.5f * t)) *
                        affine::scale(size, size))
                    .fill(path::smooth({{0, 0},
                                        {-0.13f, -0.35f},
                                        {-0.08f, -0.8f},
                                        {0, -1},
                                        {0.08f, -0.8f},
                                        {0.13f, -0.35f}}),
                          darker(with.colours.backdrop, 0.75f),
                          {.opacity = strength, .blur = 0.05f});
            }
        }
    }
}

void window_light(const pen& on, float strength)
{
    const float w = on.width(), h = on.height();
    const pen slanted = on.at(affine{1, -0.25f, w * 0.28f, 0.12f, 1, h * 0.10f});
    for (int column = 0; column < 2; ++column)
        for (int row = 0; row < 3; ++row) {
            const float x = static_cast<float>(column) * 0.25f, y = static_cast<float>(row) * 0.19f;
            slanted.fill(path::rectangle(x, y, x + 0.225f, y + 0.165f), hex(0xfff3dc),
                         {.opacity = strength, .blur = 0.012f, .how = blend::screen});
        }
}

staging studio(const pen& on, const mood& with)
{
    const float w = on.width(), h = on.height();
    const bool night = with.when == light::night;
    const colour wall = night ? darker(with.colours.deep, 0.25f)
                        : with.when == light::golden
                            ? mix(with.colours.backdrop, hex(0xf0c48f), 0.35f)
                            : with.colours.backdrop;
    const colour lit = lighter(wall, night ? 0.22f : 0.45f);
    on.flood(paint::linear({0, 0}, {0, h},
                           {{0, darker(wall, 0.14f)},
                            {0.55f, wall},
                            {0.70f, lighter(wall, 0.10f)},
                            {1, darker(wall, 0.06f)}}));
    on.flood(paint::radial({w * 0.42f, h * 0.40f}, 0.75f, 0.62f, {{0, lit, 0.85f}, {1, lit, 0}}));
    staging where;
    where.under = ground::seamless;
    where.edge = 0.72f;
    where.stand = 0.80f;
    where.glow = lit;
    where.shade = 0.42f;
    switch (with.seed / 7 % 5) {
    case 0: // a round platform
        on.fill(path::rectangle(-0.1f, h * 0.72f, w + 0.1f, h + 0.1f),
                paint::linear({0, h * 0.72f}, {0, h},
                              {{0, lighter(wall, 0.20f), 0.9f}, {1, darker(wall, 0.10f), 0.9f}}),
                {.blur = 0.01f});
        break;
    case 1:
        leaf_shadows(on, with, 0.20f);
        break;
    case 2:
        window_light(on, night ? 0.15f : 0.30f);
        break;
    case 3: { // an arch in the wall
        const float x = w * 0.5f, r = 0.30f, top = h * 0.74f - 0.56f;
        path arch;
        arch.move({x - r, h * 0.735f}).line({x - r, top + r});
        arch.curve({x - r, top + r * 0.45f}, {x - r * 0.55f, top}, {x, top});
        arch.curve({x + r * 0.55f, top}, {x + r, top + r * 0.45f}, {x + r, top + r});
        arch.line({x + r, h * 0.735f});
        on.fill(arch, paint::linear({x - r, top}, {x + r, h * 0.74f},
                                    {{0, darker(wall, 0.34f)},
                                     {0.5f, darker(wall, 0.14f)},
                                     {1, lighter(wall, 0.12f)}}));
        on.fill(path::rectangle(-0.1f, h * 0.735f, w + 0.1f, h + 0.1f),
                paint::linear({0, h * 0.73f}, {0, h},
                              {{0, lighter(wall, 0.28f)}, {1, darker(wall, 0.08f)}}));
        break;
    }
    default: // a disc of another colour, like a sun
        on.fill(path::ellipse({w * 0.5f, h * 0.44f}, 0.36f, 0.36f),
                paint::linear({w * 0.5f - 0.36f, 0}, {w * 0.5f + 0.36f, h * 0.8f},
                              {{0, lighter(with.colours.accent, 0.45f)},
                               {1, mix(with.colours.accent, wall, 0.4f)}}),
                {.opacity = 0.75f});
        on.fill(path::rectangle(-0.1f, h * 0.73f, w + 0.1f, h + 0.1f),
                paint::linear({0, h * 0.72f}, {0, h},
                              {{0, lighter(wall, 0.25f)}, {1, darker(wall, 0.10f)}}));
        break;
    }
    return where;
}

void bokeh(const pen& on, std::uint64_t seed, int count, float top, float bottom,
           std::initializer_list<colour> tints, float strength)
{
    base::random chance(seed ^ 0x626f6b65u);
    for (int i = 0; i < count; ++i) {
        const float r = static_cast<float>(chance.between(0.012, 0.055));
        const colour tint =
            *(tints.begin() + static_cast<std::ptrdiff_t>(chance.below(tints.size())));
        const point at{static_cast<float>(chance.between(0, on.width())),
                       on.height() * static_cast<float>(chance.between(top, bottom))};
        on.fill(
            path::ellipse(at, r, r),
            paint::radial(at, r, r,
                          {{0, tint, 0.7f}, {0.85f, lighter(tint, 0.2f), 0.9f}, {1, tint, 0.2f}}),
            {.opacity = strength * static_cast<float>(chance.between(0.3, 1)),
             .how = blend::screen});
    }
}

void shelf(const pen& on, float y, std::uint64_t seed, const palette& colours)
{
    base::random chance(seed);
    const float w = on.width();
    on.fill(path::rectangle(-0.1f, y + 0.035f, w + 0.1f, y + 0.07f), hex(0x000000),
            {.opacity = 0.25f, .blur = 0.02f});
    on.fill(path::rectangle(-0.1f, y, w + 0.1f, y + 0.028f),
            paint::linear({0, y}, {0, y + 0.03f}, {{0, hex(0xb98d5b)}, {1, hex(0x7c5636)}}));
    constexpr thing kinds[] = {thing::jar,    thing::vase, thing::bowl, thing::plant,
                               thing::bottle, thing::mug,  thing::book, thing::jar};
    for (float x = 0.12f; x < w; x += static_cast<float>(chance.between(0.15, 0.27))) {
        look with;
        const colour tints[] = {colours.main, colours.accent, hex(0xe9e2d3), colours.deep,
                                hex(0x9cae9a)};
        with.main = muted(tints[chance.below(5)], 0.25f);
        with.accent = tints[chance.below(5)];
        with.trim = hex(0xc9a45c);
        with.variant = chance();
        draw_subject(on.at(x, y, 0.19f), kinds[chance.below(8)], with);
    }
}

staging kitchen(const pen& on, const mood& with)
{
    const float w = on.width(), h = on.height();
    const colour wall = mix(hex(0xe9ece8), with.colours.backdrop, 0.35f);
    on.flood(paint::linear({0, 0}, {0, h}, {{0, darker(wall, 0.05f)}, {1, darker(wall, 0.18f)}}));
    for (int row = 0; row < 9; ++row) // tiles
        for (int column = -1; static_cast<float>(column) * 0.16f < w; ++column) {
            const float x = (static_cast<float>(column) + (row % 2 == 0 ? 0.5f : 0.0f)) * 0.16f,
                        y = h * 0.36f + static_cast<float>(row) * 0.062f;
            if (y > h * 0.75f)
                continue;
            const float tone =
                noise_at(static_cast<float>(column) * 3.1f, static_cast<float>(row) * 2.7f,
                         static_cast<std::uint32_t>(with.seed));
            on.fill(
                path::rectangle(x, y, x + 0.152f, y + 0.054f, 0.006f),
                paint::linear({x, y}, {x + 0.1f, y + 0.054f},
                              {{0, lighter(wall, 0.7f)}, {1, darker(wall, 0.10f + 0.08f * tone)}}));
        }
    shelf(on, h * 0.30f, with.seed + 3, with.colours);
    on.flood(paint::radial({w * 0.12f, h * 0.2f}, 0.9f, 0.7f,
                           {{0, hex(0xfff4d6), 0.6f}, {1, hex(0xfff4d6), 0}}),
             {.how = blend::screen});
    staging where;
    where.blur = 0.011f;
    where.under = with.seed % 2 == 0 ? ground::marble : ground::wood;
    where.edge = 0.73f;
    where.stand = 0.85f;
    where.glow = hex(0xfff6e4);
    return where;
}

staging room(const pen& on, const mood& with)
{
    const float w = on.width(), h = on.height();
    const bool night = with.when == light::night;
    colour wall = mix(with.colours.backdrop, hex(0xe8dfd2), 0.3f);
    if (night)
        wall = darker(wall, 0.5f);
    on.flood(paint::linear({0, 0}, {w, h}, {{0, lighter(wall, 0.10f)}, {1, darker(wall, 0.18f)}}));
    // a window with a view
    const float x = w * 0.08f, y = h * 0.10f, ww = 0.34f, wh = 0.44f;
    on.fill(path::rectangle(x - 0.025f, y - 0.025f, x + ww + 0.025f, y + wh + 0.025f),
            hex(0xf6f3ec));
    const path pane = path::rectangle(x, y, x + ww, y + wh);
    on.fill(pane,
            night ? paint::linear({0, y}, {0, y + wh}, {{0, hex(0x131c3a)}, {1, hex(0x3b3f6b)}})
                  : paint::linear({0, y}, {0, y + wh},
                                  {{0, hex(0xbfe0f5)}, {0.7f, hex(0xf3f7ee)}, {1, hex(0xb9cf98)}}));
    on.fill(path::rectangle(x + ww / 2 - 0.008f, y, x + ww / 2 + 0.008f, y + wh)
                .add(path::rectangle(x, y + wh * 0.5f - 0.008f, x + ww, y + wh * 0.5f + 0.008f)),
            hex(0xf6f3ec));
    for (const float side : {-0.12f, ww + 0.02f})
        on.fill(path::rectangle(x + side, y - 0.06f, x + side + 0.10f, y + wh + 0.12f, 0.02f),
                paint::linear({x + side, 0}, {x + side + 0.05f, 0},
                              {{0, lighter(with.colours.main, 0.62f)},
                               {0.5f, lighter(with.colours.main, 0.4f)},
                               {1, lighter(with.colours.main, 0.62f)}}),
                {.opacity = 0.9f});
    // a picture on the wall, a plant on the floor, a sofa
    const float px = w * 0.74f;
    on.fill(path::rectangle(px - 0.13f, h * 0.12f, px + 0.13f, h * 0.12f + 0.32f), hex(0x4a3b30));
    on.fill(path::rectangle(px - 0.115f, h * 0.12f + 0.015f, px + 0.115f, h * 0.12f + 0.305f),
            paint::linear({px - 0.1f, h * 0.12f}, {px + 0.1f, h * 0.12f + 0.3f},
                          {{0, lighter(with.colours.accent, 0.5f)}, {1, with.colours.main}}));
    on.fill(path::rectangle(-0.1f, h * 0.74f, w + 0.1f, h + 0.1f),
            darker(hex(0xb08a62), night ? 0.5f : 0.1f));
    look furniture{muted(with.colours.accent, 0.3f), with.colours.main, with.colours.trim,
                   material::fabric, with.seed};
    draw_subject(on.at(w * 0.72f, h * 0.83f, 0.62f), thing::sofa, furniture);
    furniture.main = hex(0xd8d2c6);
    draw_subject(on.at(w * 0.40f, h * 0.82f, 0.42f), thing::plant, furniture);
    if (night)
        on.flood(paint::radial({w * 0.86f, h * 0.35f}, 0.8f, 0.7f,
                               {{0, hex(0xffc070), 0.5f}, {1, hex(0xffc070), 0}}),
                 {.how = blend::screen});
    else
        on.flood(
            paint::radial({w * 0.2f, h * 0.25f}, 0.9f, 0.8f,
                          {{0, with.when == light::golden ? hex(0xffc98a) : hex(0xfff7e2), 0.55f},
                           {1, hex(0xfff7e2), 0}}),
            {.how = blend::screen});
    staging where;
    where.blur = with.stage ? 0.013f : 0;
    where.under = with.stage ? ground::wood : ground::none;
    where.edge = 0.76f;
    where.stand = 0.87f;
    where.glow = night ? hex(0xffca85) : hex(0xfff0d8);
    return where;
}

staging desk(const pen& on, const mood& with)
{
    const float w = on.width(), h = on.height();
    const bool night = with.when == light::night;
    const colour wall =
        darker(mix(with.colours.backdrop, hex(0xd9dde0), 0.5f), night ? 0.6f : 0.04f);
    on.flood(paint::linear({0, 0}, {w, h}, {{0, lighter(wall, 0.25f)}, {1, darker(wall, 0.15f)}}));
    shelf(on, h * 0.24f, with.seed + 11, with.colours);
    look gear{with.colours.deep, with.colours.main, hex(0xb9bec5), material::plain, with.seed};
    draw_subject(on.at(w * 0.20f, h * 0.76f, 0.40f), thing::laptop, gear);
    gear.main = muted(with.colours.accent, 0.2f);
    draw_subject(on.at(w * 0.82f, h * 0.77f, 0.30f), thing::plant, gear);
    gear.variant = 1;
    draw_subject(on.at(w * 0.66f, h * 0.765f, 0.40f), thing::lamp, gear);
    on.flood(
        paint::radial({w * 0.9f, h * 0.1f}, 1.0f, 0.9f,
                      {{0, night ? hex(0xffb765) : hex(0xfff4df), 0.5f}, {1, hex(0xfff4df), 0}}),
        {.how = blend::screen});
    staging where;
    where.blur = 0.014f;
    where.under = ground::wood;
    where.edge = 0.74f;
    where.stand = 0.86f;
    where.glow = night ? hex(0xffc684) : hex(0xfff3e0);
    return where;
}

staging cafe(const pen& on, const mood& with)
{
    const float w = on.width(), h = on.height();
    on.flood(paint::linear({0, 0}, {0, h},
                           {{0, hex(0x2a1c16)}, {0.6f, hex(0x5a3a28)}, {1, hex(0x3a251a)}}));
    for (int i = 0; i < 5; ++i)
        on.fill(path::rectangle(w * 0.19f * static_cast<float>(i) + 0.03f, h * 0.28f,
                                w * 0.19f * static_cast<float>(i) + 0.13f, h * 0.7f),
                i % 2 == 0 ? hex(0x7d5a41) : hex(0x46362f));
    shelf(on, h * 0.42f, with.seed + 5, with.colours);
    for (int i = 0; i < 4; ++i) {
        const point at{w * (0.16f + 0.24f * static_cast<float>(i)),
                       h * (0.14f + 0.05f * static_cast<float>(i % 2))};
        on.fill(path::rectangle(at.x - 0.003f, -0.1f, at.x + 0.003f, at.y), hex(0x120c09));
        on.fill(path::ellipse(at, 0.30f, 0.30f),
                paint::radial(
                    at, 0.30f, 0.30f,
                    {{0, hex(0xffd9a0), 0.8f}, {0.2f, hex(0xffb45c), 0.4f}, {1, hex(0xff9a3c), 0}}),
                {.how = blend::screen});
        on.fill(path::ellipse(at, 0.035f, 0.045f), hex(0xfff3d8));
    }
    bokeh(on, with.seed, 46, 0.1f, 0.72f,
          {hex(0xffb765), hex(0xffd8a2), hex(0xe88a4a), with.colours.accent}, 0.55f);
    staging where;
    where.blur = 0.014f;
    where.under = ground::wood;
    where.edge = 0.73f;
    where.stand = 0.86f;
    where.glow = hex(0xffcf94);
    where.shade = 0.5f;
    return where;
}

} // namespace

staging draw_indoors(const pen& on, const mood& with)
{
    switch (with.where) {
    case place::plain: {
        on.flood(paint::solid(with.colours.backdrop));
        staging where;
        where.stand = 0.84f;
        where.shade = 0; // a shadow would spoil the colour that is keyed out
        where.glow = {1, 1, 1};
        return where;
    }
    case place::kitchen:
        return kitchen(on, with);
    case place::room:
        return room(on, with);
    case place::desk:
        return desk(on, with);
    case place::cafe:
        return cafe(on, with);
    default:
        return studio(on, with);
    }
}

} // namespace engine::sim::art
