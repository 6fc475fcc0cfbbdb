#include "engine/sim/art/subject.hpp"

#include "engine/base/random.hpp"

#include <cmath>

namespace engine::sim::art {

namespace {

constexpr colour lamplight = hex(0xffd9a0);

void glow(const pen& on, point at, float radius, float strength)
{
    on.fill(path::ellipse(at, radius, radius),
            paint::radial(at, radius, radius, {{0, lamplight, strength}, {1, lamplight, 0}}),
            {.how = blend::screen});
}

footprint table_lamp(const pen& on, const look& with)
{
    const material foot = with.of == material::plain ? material::glossy : with.of;
    on.fill(path::turned({{0.03f, -0.60f},
                          {0.035f, -0.54f},
                          {0.14f, -0.40f},
                          {0.16f, -0.26f},
                          {0.07f, -0.08f},
                          {0.06f, -0.05f}}),
            turned_paint(with.main, foot, -0.6f, 0));
    on.fill(path::turned({{0.19f, -0.05f}, {0.20f, -0.03f}, {0.20f, 0}})
                .add(path::ellipse({0, 0}, 0.20f, 0.03f)),
            turned_paint(with.trim, material::metal, -0.05f, 0.02f));
    on.fill(path::rectangle(-0.02f, -0.64f, 0.02f, -0.58f),
            turned_paint(with.trim, material::metal, -0.64f, -0.58f));
    if (with.glows)
        glow(on, {0, -0.80f}, 0.75f, 0.42f);
    const colour cloth = mix(lighter(with.accent, 0.72f), hex(0xfff1d6), 0.5f);
    on.fill(
        path::turned({{0.20f, -1.04f}, {0.26f, -0.85f}, {0.33f, -0.62f}})
            .add(path::ellipse({0, -0.62f}, 0.33f, 0.035f)),
        paint::turned({{0, darker(cloth, 0.35f)},
                       {0.2f, darker(cloth, 0.06f)},
                       {0.45f, hex(0xfffaf0)},
                       {0.75f, darker(cloth, 0.04f)},
                       {1, darker(cloth, 0.32f)}},
                      -1.05f, -0.6f,
                      {{0, {0.86f, 0.82f, 0.78f}}, {0.55f, {1, 1, 1}}, {1, {1, 0.97f, 0.90f}}}));
    on.fill(path::ellipse({0, -0.62f}, 0.32f, 0.030f),
            paint::radial({0, -0.62f}, 0.32f, 0.03f, {{0, hex(0xffffff)}, {1, hex(0xf3d8a6)}}));
    return {0.22f, 1.08f};
}

// A ball of paper over ribs, on a low foot.
footprint lantern(const pen& on, const look& with)
{
    const point c{0, -0.56f};
    const colour paper = mix(with.main, hex(0xfff3da), 0.75f);
    if (with.glows)
        glow(on, c, 0.95f, 0.5f);
    on.fill(path::turned({{0.13f, -0.10f}, {0.17f, -0.04f}, {0.18f, 0}})
                .add(path::ellipse({0, 0}, 0.18f, 0.027f)),
            turned_paint(hex(0x5d4330), material::wood, -0.1f, 0.02f));
    on.fill(path::ellipse(c, 0.43f, 0.45f),
            paint::radial({c.x, c.y + 0.04f}, 0.47f, 0.47f,
                          {{0, hex(0xffffff)}, {0.45f, hex(0xfff2cf)}, {1, darker(paper, 0.22f)}}));
    const path ball = path::ellipse(c, 0.43f, 0.45f);
    for (int i = -5; i <= 5; ++i) {
        const float y = c.y + 0.078f * static_cast<float>(i),
                    half = 0.43f * std::sqrt(std::max(0.0f, 1 - 0.03f * static_cast<float>(i * i)));
        on.fill(path::stroke({{-half, y}, {0, y + 0.022f}, {half, y}}, 0.006f),
                darker(paper, 0.30f), {.opacity = 0.55f, .clip = &ball});
    }
    on.fill(path::ellipse({0, c.y - 0.44f}, 0.09f, 0.018f), hex(0x5d4330));
    return {0.30f, 1.02f};
}

footprint desk_lamp(const pen& on, const look& with)
{
    on.fill(path::turned({{0.17f, -0.04f}, {0.185f, -0.02f}, {0.185f, 0}})
                .add(path::ellipse({0, 0}, 0.185f, 0.028f)),
            turned_paint(with.main, material::glossy, -0.05f, 0.02f));
    const stops rod = face_ramp(with.trim, material::metal);
    on.fill(path::stroke({{0, -0.03f}, {-0.16f, -0.52f}}, 0.032f),
            paint::linear({-0.1f, -0.5f}, {0.05f, 0}, rod));
    on.fill(path::stroke({{-0.16f, -0.52f}, {0.16f, -0.92f}}, 0.028f),
            paint::linear({-0.16f, -0.9f}, {0.16f, -0.5f}, rod));
    on.fill(path::ellipse({-0.16f, -0.52f}, 0.036f, 0.036f), with.trim);
    const pen head = on.at(affine::move(0.18f, -0.93f) * affine::turn(-0.55f));
    if (with.glows)
        head.fill(path::polygon({{-0.16f, 0.16f}, {0.16f, 0.16f}, {0.48f, 0.95f}, {-0.48f, 0.95f}}),
                  paint::linear({0, 0.15f}, {0, 0.95f}, {{0, lamplight, 0.42f}, {1, lamplight, 0}}),
                  {.blur = 0.04f, .how = blend::screen});
    head.fill(path::turned({{0.035f, -0.09f}, {0.05f, -0.06f}, {0.09f, 0.0f}, {0.17f, 0.15f}})
                  .add(path::ellipse({0, 0.15f}, 0.17f, 0.035f)),
              turned_paint(with.main, material::glossy, -0.1f, 0.18f));
    head.fill(path::ellipse({0, 0.152f}, 0.155f, 0.028f),
              paint::radial({0, 0.15f}, 0.155f, 0.03f, {{0, hex(0xffffff)}, {1, hex(0xffdf9e)}}));
    return {0.2f, 1.1f};
}

footprint chair(const pen& on, const look& with)
{
    const colour wood = mix(with.trim, hex(0xa9794a), 0.7f);
    const auto leg = [&](point top, point foot, float shade) {
        on.fill(path::stroke({top, foot}, 0.05f, 0.03f),
                paint::linear({foot.x - 0.03f, 0}, {foot.x + 0.03f, 0},
                              face_ramp(darker(wood, shade), material::wood)));
    };
    leg({-0.20f, -0.42f}, {-0.25f, -0.06f}, 0.4f); // the two at the back
    leg({0.24f, -0.42f}, {0.28f, -0.06f}, 0.4f);
    const path back = path::smooth({{-0.29f, -0.98f},
                                    {0, -1.02f},
                                    {0.29f, -0.98f},
                                    {0.33f, -0.80f},
                                    {0.29f, -0.55f},
                                    {0, -0.51f},
                                    {-0.29f, -0.55f},
                                    {-0.33f, -0.80f}});
    for (const float side : {-1.0f, 1.0f})
        on.fill(path::stroke({{0.21f * side, -0.62f}, {0.24f * side, -0.42f}}, 0.045f),
                darker(wood, 0.2f));
    on.fill(back, face_paint(with.main, with.of == material::plain ? material::fabric : with.of,
                             {-0.33f, -1.02f, 0.33f, -0.5f}));
    on.fill(path::smooth({{-0.24f, -0.93f},
                          {0, -0.96f},
                          {0.24f, -0.93f},
                          {0.26f, -0.80f},
                          {0.22f, -0.60f},
                          {0, -0.57f},
                          {-0.22f, -0.60f},
                          {-0.26f, -0.80f}}),
            paint::radial({0, -0.72f}, 0.32f, 0.28f,
                          {{0, darker(with.main, 0.16f)}, {1, with.main, 0}}));
    on.fill(path::smooth({{-0.31f, -0.50f},
                          {0, -0.52f},
                          {0.31f, -0.50f},
                          {0.385f, -0.40f},
                          {0.36f, -0.335f},
                          {0, -0.30f},
                          {-0.36f, -0.335f},
                          {-0.385f, -0.40f}}),
            paint::linear({0, -0.52f}, {0, -0.30f},
                          {{0, darker(with.main, 0.18f)},
                           {0.35f, lighter(with.main, 0.18f)},
                           {0.7f, with.main},
                           {1, darker(with.main, 0.42f)}}));
    leg({-0.29f, -0.335f}, {-0.35f, 0.0f}, 0.05f);
    leg({0.29f, -0.335f}, {0.35f, 0.0f}, 0.12f);
    return {0.38f, 1.02f};
}

footprint sofa(const pen& on, const look& with)
{
    const material of = with.of == material::plain ? material::fabric : with.of;
    for (const float x : {-0.62f, 0.62f})
        on.fill(path::stroke({{x, -0.10f}, {x * 1.04f, 0}}, 0.04f, 0.025f), hex(0x6b4a30));
    on.fill(path::rectangle(-0.66f, -0.62f, 0.66f, -0.12f, 0.09f),
            face_paint(darker(with.main, 0.12f), of, {-0.66f, -0.62f, 0.66f, -0.1f}));
    for (const float side : {-1.0f, 1.0f}) {
        const box back{side < 0 ? -0.60f : 0.005f, -0.60f, side < 0 ? -0.005f : 0.60f, -0.25f};
        on.fill(path::rectangle(back.left, back.top, back.right, back.bottom, 0.07f),
                face_paint(lighter(with.main, 0.03f), of, back));
    }
    on.fill(path::rectangle(-0.60f, -0.30f, 0.60f, -0.24f), hex(0x000000),
            {.opacity = 0.25f, .blur = 0.03f});
    for (const float side : {-1.0f, 1.0f}) {
        const box seat{side < 0 ? -0.60f : 0.005f, -0.31f, side < 0 ? -0.005f : 0.60f, -0.15f};
        on.fill(path::rectangle(seat.left, seat.top, seat.right, seat.bottom, 0.05f),
                face_paint(lighter(with.main, 0.10f), of, seat));
    }
    on.fill(path::rectangle(-0.70f, -0.17f, 0.70f, -0.07f, 0.03f),
            face_paint(darker(with.main, 0.12f), of, {-0.7f, -0.17f, 0.7f, -0.07f}));
    for (const float side : {-1.0f, 1.0f}) {
        const box arm{0.67f * side - 0.10f, -0.44f, 0.67f * side + 0.10f, -0.07f};
        on.fill(path::rectangle(arm.left, arm.top, arm.right, arm.bottom, 0.08f),
                turned_paint(with.main, of, arm.top, arm.bottom));
    }
    on.at(affine::move(-0.36f, -0.36f) * affine::turn(-0.15f))
        .fill(path::smooth({{-0.15f, -0.13f},
                            {0, -0.11f},
                            {0.15f, -0.13f},
                            {0.13f, 0},
                            {0.15f, 0.13f},
                            {0, 0.11f},
                            {-0.15f, 0.13f},
                            {-0.13f, 0}}),
              face_paint(with.accent, material::fabric, {-0.15f, -0.15f, 0.15f, 0.15f}));
    return {0.74f, 0.64f};
}

void leaf(const pen& on, float turn, float size, float wide, colour tint)
{
    const pen turned = on.at(affine::turn(turn) * affine::scale(size, size));
    turned.fill(path::smooth({{0, 0},
                              {-wide, -0.35f},
                              {-wide * 0.75f, -0.75f},
                              {0, -1.0f},
                              {wide * 0.75f, -0.75f},
                              {wide, -0.35f}}),
                paint::linear({-wide, 0}, {wide, 0},
                              {{0, lighter(tint, 0.22f)},
                               {0.49f, lighter(tint, 0.05f)},
                               {0.52f, darker(tint, 0.18f)},
                               {1, darker(tint, 0.38f)}}));
    turned.fill(path::stroke({{0, 0}, {0, -0.9f}}, 0.022f, 0.006f), lighter(tint, 0.4f),
                {.opacity = 0.6f});
}

footprint plant(const pen& on, const look& with)
{
    base::random chance(with.variant);
    const colour green = mix(hex(0x3f7d4a), hex(0x6b8e3d), static_cast<float>(chance.unit()));
    const pen crown = on.at(0, -0.36f);
    const auto kind = with.variant % 3;
    if (kind == 0) { // broad leaves on stems
        for (int i = 0; i < 11; ++i) {
            const float t = static_cast<float>(i) / 10 * 2 - 1;
            const float angle = t * 1.25f + static_cast<float>(chance.between(-0.12, 0.12));
            const float reach =
                static_cast<float>(chance.between(0.18, 0.42)) * (1.15f - 0.3f * std::abs(t));
            const point end{std::sin(angle) * reach, -std::cos(angle) * reach};
            crown.fill(path::stroke({{0, 0.02f}, {end.x * 0.4f, end.y * 0.7f}, end}, 0.012f),
                       darker(green, 0.2f));
            leaf(crown.at(end.x, end.y), angle * 1.25f,
                 static_cast<float>(chance.between(0.24, 0.36)), 0.34f,
                 mix(green, hex(0x2d5f3f), static_cast<float>(chance.unit()) * 0.7f));
        }
    } else if (kind == 1) { // upright blades
        for (int i = 0; i < 13; ++i) {
            const float t = static_cast<float>((i * 5) % 13) / 12 * 2 - 1;
            leaf(crown.at(t * 0.12f, 0.03f), t * 0.55f,
                 static_cast<float>(chance.between(0.42, 0.72)), 0.085f,
                 mix(green, hex(0x9fb05a), static_cast<float>(chance.unit()) * 0.4f));
        }
    } else { // a cactus
        const auto pad = [&](point at, float rx, float ry, float turn) {
            const pen p = crown.at(affine::move(at.x, at.y) * affine::turn(turn));
            p.fill(path::ellipse({0, 0}, rx, ry), turned_paint(green, material::plain, -ry, ry));
            for (int k = 0; k < 14; ++k)
                p.fill(path::ellipse({static_cast<float>(chance.between(-0.7, 0.7)) * rx,
                                      static_cast<float>(chance.between(-0.8, 0.8)) * ry},
                                     0.006f, 0.006f),
                       lighter(green, 0.7f), {.opacity = 0.8f});
        };
        pad({0.16f, -0.38f}, 0.10f, 0.17f, 0.5f);
        pad({0, -0.20f}, 0.16f, 0.27f, 0);
        pad({-0.15f, -0.40f}, 0.085f, 0.15f, -0.6f);
        crown.fill(path::ellipse({0.01f, -0.475f}, 0.035f, 0.03f), with.accent);
    }
    on.fill(path::turned({{0.25f, -0.37f}, {0.235f, -0.2f}, {0.19f, 0}})
                .add(path::ellipse({0, 0}, 0.19f, 0.028f)),
            turned_paint(with.main, with.of, -0.37f, 0.02f));
    on.fill(path::turned({{0.27f, -0.40f}, {0.27f, -0.33f}})
                .add(path::ellipse({0, -0.33f}, 0.27f, 0.03f)),
            turned_paint(lighter(with.main, 0.05f), with.of, -0.42f, -0.3f));
    return {0.25f, 1.05f};
}

footprint lighthouse(const pen& on, const look& with)
{
    const path tower = path::turned({{0.10f, -0.78f}, {0.125f, -0.5f}, {0.17f, 0}})
                           .add(path::ellipse({0, 0}, 0.17f, 0.025f));
    if (with.glows)
        on.fill(path::polygon({{0.02f, -0.87f}, {1.6f, -1.05f}, {1.6f, -0.68f}}),
                paint::linear({0, 0}, {1.5f, 0}, {{0, lamplight, 0.55f}, {1, lamplight, 0}}),
                {.blur = 0.02f, .how = blend::screen});
    on.fill(tower, turned_paint(hex(0xf3efe6), with.of, -0.78f, 0.02f));
    for (int i = 0; i < 3; ++i) {
        const float y = -0.70f + 0.24f * static_cast<float>(i);
        const path stripe = path::smooth({{-0.3f, y},
                                          {0, y + 0.025f},
                                          {0.3f, y},
                                          {0.3f, y + 0.12f},
                                          {0, y + 0.145f},
                                          {-0.3f, y + 0.12f}});
        on.fill(tower, turned_paint(with.main, with.of, -0.78f, 0.02f), {.clip = &stripe});
    }
    on.fill(path::turned({{0.145f, -0.80f}, {0.145f, -0.77f}})
                .add(path::ellipse({0, -0.77f}, 0.145f, 0.02f)),
            turned_paint(hex(0x4a4d55), material::metal, -0.8f, -0.75f));
    on.fill(path::rectangle(-0.075f, -0.93f, 0.075f, -0.79f),
            turned_paint(hex(0xffe2a0), material::glossy, -0.93f, -0.79f));
    for (const float x : {-0.07f, -0.023f, 0.023f, 0.07f})
        on.fill(path::rectangle(x - 0.005f, -0.93f, x + 0.005f, -0.79f), hex(0x3a3d45));
    on.fill(
        path::smooth(
            {{-0.10f, -0.925f}, {-0.06f, -1.0f}, {0, -1.03f}, {0.06f, -1.0f}, {0.10f, -0.925f}}),
        turned_paint(darker(with.main, 0.2f), material::glossy, -1.05f, -0.9f));
    on.fill(path::rectangle(-0.03f, -0.13f, 0.03f, 0.02f, 0.03f), hex(0x4a3527));
    on.fill(path::rectangle(-0.022f, -0.50f, 0.022f, -0.44f, 0.02f), hex(0x39424f));
    if (with.glows)
        glow(on, {0, -0.86f}, 0.3f, 0.5f);
    return {0.2f, 1.05f};
}

footprint house(const pen& on, const look& with)
{
    on.fill(path::rectangle(0.20f, -0.92f, 0.30f, -0.65f),
            face_paint(hex(0x8a5a48), material::plain, {0.2f, -0.92f, 0.3f, -0.65f}));
    on.fill(path::rectangle(-0.42f, -0.52f, 0.42f, 0),
            face_paint(lighter(with.main, 0.45f), with.of, {-0.42f, -0.52f, 0.42f, 0}));
    on.fill(path::polygon({{-0.42f, -0.52f}, {0, -0.90f}, {0.42f, -0.52f}}),
            face_paint(lighter(with.main, 0.40f), with.of, {-0.42f, -0.9f, 0.42f, -0.5f}));
    on.fill(path::stroke({{-0.50f, -0.46f}, {0, -0.915f}}, 0.075f),
            face_paint(with.accent, material::plain, {-0.5f, -0.92f, 0, -0.46f}));
    on.fill(path::stroke({{0, -0.915f}, {0.50f, -0.46f}}, 0.075f),
            face_paint(darker(with.accent, 0.2f), material::plain, {0, -0.92f, 0.5f, -0.46f}));
    on.fill(path::rectangle(-0.075f, -0.30f, 0.075f, 0, 0.06f),
            face_paint(darker(with.accent, 0.25f), material::wood, {-0.08f, -0.3f, 0.08f, 0}));
    on.fill(path::ellipse({0.045f, -0.14f}, 0.012f, 0.012f), hex(0xe8c06a));
    for (const float x : {-0.26f, 0.26f}) {
        on.fill(path::rectangle(x - 0.09f, -0.36f, x + 0.09f, -0.16f, 0.01f), hex(0xf8f5ee));
        on.fill(path::rectangle(x - 0.075f, -0.345f, x + 0.075f, -0.175f),
                paint::linear({x, -0.35f}, {x, -0.17f}, {{0, hex(0xffe6a8)}, {1, hex(0xffb75e)}}));
        on.fill(path::rectangle(x - 0.006f, -0.345f, x + 0.006f, -0.175f)
                    .add(path::rectangle(x - 0.075f, -0.266f, x + 0.075f, -0.254f)),
                hex(0xf8f5ee));
        if (with.glows)
            glow(on, {x, -0.26f}, 0.2f, 0.35f);
    }
    on.fill(path::ring({0, -0.63f}, 0.07f, 0.07f, 0.015f), hex(0xf8f5ee));
    on.fill(path::ellipse({0, -0.63f}, 0.055f, 0.055f), hex(0xffd88a));
    return {0.45f, 0.95f};
}

footprint tree(const pen& on, const look& with)
{
    base::random chance(with.variant);
    on.fill(path::smooth({{-0.035f, -0.6f},
                          {0.035f, -0.6f},
                          {0.045f, -0.2f},
                          {0.09f, 0},
                          {-0.09f, 0},
                          {-0.045f, -0.2f}}),
            turned_paint(hex(0x6f4e34), material::wood, -0.6f, 0));
    const colour leafy = mix(with.main, hex(0x4f8a3f), 0.6f);
    for (int i = 0; i < 60; ++i) {
        const float angle = static_cast<float>(chance.between(0, 6.2832));
        const float reach = std::sqrt(static_cast<float>(chance.unit())) * 0.3f;
        const point at{std::cos(angle) * reach * 1.1f, -0.70f + std::sin(angle) * reach * 0.85f};
        const float r = static_cast<float>(chance.between(0.05, 0.10));
        const colour tint = mix(leafy, hex(0xc8d66a), static_cast<float>(chance.unit()) * 0.35f);
        on.fill(path::ellipse(at, r, r),
                paint::radial({at.x - r * 0.4f, at.y - r * 0.5f}, r * 1.5f, r * 1.5f,
                              {{0, lighter(tint, 0.25f)}, {0.5f, tint}, {1, darker(tint, 0.45f)}}),
                {.opacity = 0.96f});
    }
    return {0.2f, 1.05f};
}

footprint cat(const pen& on, const look& with)
{
    const colour fur = with.main;
    on.fill(path::stroke({{0.22f, -0.06f}, {0.42f, -0.08f}, {0.48f, -0.26f}, {0.38f, -0.36f}},
                         0.09f, 0.06f),
            face_paint(darker(fur, 0.12f), material::fabric, {0.2f, -0.4f, 0.5f, 0}));
    on.fill(path::smooth({{-0.14f, -0.60f},
                          {0.10f, -0.60f},
                          {0.26f, -0.38f},
                          {0.32f, -0.12f},
                          {0.26f, 0},
                          {0, 0.015f},
                          {-0.22f, 0},
                          {-0.24f, -0.15f},
                          {-0.20f, -0.40f}}),
            turned_paint(fur, material::fabric, -0.6f, 0));
    on.fill(path::smooth({{-0.12f, -0.55f},
                          {0.02f, -0.56f},
                          {0.05f, -0.35f},
                          {0.0f, -0.18f},
                          {-0.10f, -0.2f},
                          {-0.15f, -0.38f}}),
            lighter(fur, 0.62f), {.opacity = 0.85f, .blur = 0.02f});
    for (const float x : {-0.14f, 0.0f})
        on.fill(path::smooth({{x - 0.05f, -0.25f},
                              {x + 0.05f, -0.25f},
                              {x + 0.055f, -0.05f},
                              {x + 0.06f, 0.015f},
                              {x - 0.07f, 0.015f},
                              {x - 0.05f, -0.05f}}),
                turned_paint(lighter(fur, 0.08f), material::fabric, -0.25f, 0.03f));
    const point head{-0.05f, -0.72f};
    for (const float side : {-1.0f, 1.0f}) {
        on.fill(path::polygon({{head.x + 0.03f * side, head.y - 0.12f},
                               {head.x + 0.19f * side, head.y - 0.29f},
                               {head.x + 0.215f * side, head.y - 0.02f}}),
                face_paint(fur, material::fabric, {-0.3f, -1, 0.2f, -0.7f}));
        on.fill(path::polygon({{head.x + 0.08f * side, head.y - 0.13f},
                               {head.x + 0.17f * side, head.y - 0.23f},
                               {head.x + 0.185f * side, head.y - 0.07f}}),
                mix(hex(0xe8a7a0), fur, 0.3f));
    }
    on.fill(path::ellipse(head, 0.225f, 0.19f),
            paint::radial({head.x - 0.07f, head.y - 0.08f}, 0.33f, 0.33f,
                          {{0, lighter(fur, 0.2f)}, {0.6f, fur}, {1, darker(fur, 0.35f)}}));
    on.fill(path::ellipse({head.x, head.y + 0.085f}, 0.11f, 0.075f), lighter(fur, 0.65f),
            {.blur = 0.015f});
    for (const float side : {-1.0f, 1.0f}) {
        const point eye{head.x + 0.088f * side, head.y - 0.015f};
        on.fill(path::ellipse(eye, 0.047f, 0.044f),
                paint::radial(eye, 0.05f, 0.05f, {{0, hex(0xf2d777)}, {1, hex(0x8fa548)}}));
        on.fill(path::ellipse(eye, 0.014f, 0.036f), hex(0x14130f));
        on.fill(path::ellipse({eye.x - 0.014f, eye.y - 0.016f}, 0.01f, 0.01f), colour{1, 1, 1});
        for (int k = -1; k <= 1; ++k)
            on.fill(path::stroke(
                        {{head.x + 0.06f * side, head.y + 0.085f},
                         {head.x + 0.25f * side, head.y + 0.07f + 0.03f * static_cast<float>(k)}},
                        0.005f, 0.002f),
                    hex(0xffffff), {.opacity = 0.7f});
    }
    on.fill(path::smooth({{head.x - 0.022f, head.y + 0.05f},
                          {head.x + 0.022f, head.y + 0.05f},
                          {head.x, head.y + 0.075f}}),
            hex(0xc9716d));
    on.fill(path::stroke({{head.x - 0.045f, head.y + 0.105f},
                          {head.x - 0.02f, head.y + 0.115f},
                          {head.x, head.y + 0.085f},
                          {head.x + 0.02f, head.y + 0.115f},
                          {head.x + 0.045f, head.y + 0.105f}},
                         0.008f),
            darker(fur, 0.6f));
    return {0.3f, 1.0f};
}

} // namespace

footprint draw_furnishing(const pen& on, thing what, const look& with)
{
    switch (what) {
    case thing::chair:
        return chair(on, with);
    case thing::sofa:
        return sofa(on, with);
    case thing::plant:
        return plant(on, with);
    case thing::lighthouse:
        return lighthouse(on, with);
    case thing::house:
        return house(on, with);
    case thing::tree:
        return tree(on, with);
    case thing::cat:
        return cat(on, with);
    default:
        return with.variant % 3 == 0   ? table_lamp(on, with)
               : with.variant % 3 == 1 ? desk_lamp(on, with)
                                       : lantern(on, with);
    }
}

} // namespace engine::sim::art
