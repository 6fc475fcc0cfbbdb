#include "engine/sim/art/subject.hpp"

#include <cmath>

namespace engine::sim::art {

namespace {

constexpr float tilt = 0.15f; // how round circles look: the camera stands a little above

// A turned outline with its round bottom; the top is left to whoever draws what is there.
path body_of(std::initializer_list<point> profile)
{
    path made = path::turned(profile);
    const point bottom = *(profile.end() - 1);
    made.add(
        path::ellipse(bottom, bottom.x, bottom.x * tilt).transformed(affine::move(-bottom.x, 0)));
    return made;
}

void opening(const pen& on, float y, float radius, colour tint, colour inside)
{
    on.fill(path::ellipse({0, y}, radius, radius * tilt), lighter(tint, 0.35f));
    on.fill(
        path::ellipse({0, y + 0.004f}, radius * 0.93f, radius * tilt * 0.88f),
        paint::linear({-radius, 0}, {radius, 0},
                      {{0, darker(inside, 0.55f)}, {0.6f, inside}, {1, lighter(inside, 0.1f)}}));
}

void steam(const pen& on, float y)
{
    for (int i = 0; i < 3; ++i) {
        const float x = -0.1f + 0.1f * static_cast<float>(i);
        const float bend = i == 1 ? -0.05f : 0.05f;
        on.fill(path::stroke({{x, y},
                              {x + bend, y - 0.12f},
                              {x - bend * 0.6f, y - 0.24f},
                              {x + bend, y - 0.38f}},
                             0.03f, 0.05f),
                colour{1, 1, 1}, {.opacity = 0.22f, .blur = 0.03f, .how = blend::screen});
    }
}

footprint mug(const pen& on, const look& with)
{
    path handle = path::ring({0.30f, -0.36f}, 0.20f, 0.21f, 0.065f);
    on.fill(handle, turned_paint(darker(with.main, 0.12f), with.of, -0.6f, -0.1f));
    const path body = body_of({{0.315f, -0.74f}, {0.315f, -0.5f}, {0.305f, -0.2f}, {0.27f, 0}});
    on.fill(body, turned_paint(with.main, with.of, -0.74f, 0.05f));
    if (with.variant % 3 == 0) { // dipped in a second colour
        const path dip = path::smooth({{-0.5f, -0.26f},
                                       {-0.1f, -0.22f},
                                       {0.2f, -0.28f},
                                       {0.5f, -0.24f},
                                       {0.5f, 0.2f},
                                       {-0.5f, 0.2f}});
        on.fill(body, turned_paint(with.accent, with.of, -0.74f, 0.05f), {.clip = &dip});
    } else if (with.variant % 3 == 1) {
        const path band = path::rectangle(-0.5f, -0.44f, 0.5f, -0.34f);
        on.fill(body, turned_paint(with.accent, with.of, -0.74f, 0.05f), {.clip = &band});
    }
    opening(on, -0.74f, 0.315f, with.main, darker(with.main, 0.35f));
    on.fill(path::ellipse({0, -0.722f}, 0.275f, 0.034f),
            paint::linear({-0.3f, 0}, {0.3f, 0}, {{0, hex(0x2b1710)}, {1, hex(0x5a3521)}}));
    add_highlight(on, path::rectangle(-0.20f, -0.62f, -0.165f, -0.16f, 0.02f), 0.35f, 0.012f);
    if (with.glows)
        steam(on, -0.8f);
    return {0.33f, 0.78f};
}

footprint perfume(const pen& on, const look& with)
{
    const box face{-0.27f, -0.66f, 0.27f, 0.01f};
    const path glass = path::rectangle(face.left, face.top, face.right, face.bottom, 0.06f);
    on.fill(glass, face_paint(with.main, material::glass, face));
    const path liquid = path::rectangle(-0.225f, -0.46f, 0.225f, -0.035f, 0.035f);
    on.fill(liquid, paint::linear({-0.22f, -0.46f}, {0.22f, 0},
                                  {{0, lighter(with.main, 0.25f), 0.85f},
                                   {1, darker(with.main, 0.25f), 0.95f}}));
    on.fill(path::rectangle(-0.13f, -0.36f, 0.13f, -0.16f, 0.01f), lighter(with.main, 0.86f),
            {.opacity = 0.9f});
    on.fill(path::rectangle(-0.08f, -0.29f, 0.08f, -0.275f), darker(with.main, 0.5f));
    on.fill(path::rectangle(-0.05f, -0.245f, 0.05f, -0.235f), darker(with.main, 0.3f));
    on.fill(path::rectangle(-0.075f, -0.72f, 0.075f, -0.655f),
            turned_paint(with.trim, material::metal, -0.72f, -0.65f));
    on.fill(path::rectangle(-0.115f, -0.93f, 0.115f, -0.715f, 0.02f),
            turned_paint(with.accent, material::glossy, -0.93f, -0.7f));
    add_highlight(
        on,
        path::polygon({{-0.235f, -0.63f}, {-0.17f, -0.63f}, {-0.22f, -0.05f}, {-0.245f, -0.05f}}),
        0.5f, 0.008f);
    return {0.29f, 0.93f};
}

// An insulated bottle with a screw cap and a loop.
footprint flask(const pen& on, const look& with)
{
    on.fill(path::ring({0, -1.02f}, 0.10f, 0.085f, 0.03f),
            face_paint(darker(with.accent, 0.35f), material::plain, {-0.1f, -1.1f, 0.1f, -0.95f}));
    on.fill(body_of({{0.105f, -0.985f}, {0.11f, -0.95f}, {0.11f, -0.85f}}),
            turned_paint(with.accent, material::plain, -0.98f, -0.84f));
    const path body = body_of({{0.10f, -0.86f},
                               {0.11f, -0.83f},
                               {0.165f, -0.76f},
                               {0.18f, -0.68f},
                               {0.18f, -0.08f},
                               {0.17f, 0}});
    on.fill(body, turned_paint(with.main, with.of == material::plain ? material::glossy : with.of,
                               -0.86f, 0.03f));
    const path band = path::rectangle(-0.3f, -0.16f, 0.3f, 0.1f);
    on.fill(body, turned_paint(darker(with.main, 0.22f), material::metal, -0.2f, 0.04f),
            {.opacity = 0.75f, .clip = &band});
    on.fill(path::ellipse({-0.03f, -0.45f}, 0.05f, 0.05f), lighter(with.main, 0.75f),
            {.opacity = 0.85f});
    on.fill(path::rectangle(-0.09f, -0.365f, 0.03f, -0.35f), lighter(with.main, 0.75f),
            {.opacity = 0.85f});
    return {0.19f, 1.08f};
}

footprint bottle(const pen& on, const look& with)
{
    if (with.variant % 4 == 0)
        return perfume(on, with);
    if (with.variant % 4 == 3)
        return flask(on, with);
    const bool tall = with.variant % 4 == 1;
    const material of = with.of == material::plain ? material::glossy : with.of;
    const path body = tall ? body_of({{0.062f, -1.0f},
                                      {0.062f, -0.80f},
                                      {0.07f, -0.72f},
                                      {0.165f, -0.60f},
                                      {0.175f, -0.5f},
                                      {0.175f, -0.1f},
                                      {0.17f, 0}})
                           : body_of({{0.08f, -0.72f},
                                      {0.09f, -0.68f},
                                      {0.20f, -0.63f},
                                      {0.215f, -0.56f},
                                      {0.215f, -0.12f},
                                      {0.205f, 0}});
    on.fill(body, turned_paint(with.main, of, -1, 0.02f));
    const float label_top = tall ? -0.44f : -0.48f;
    const path label = path::rectangle(-0.3f, label_top, 0.3f, -0.14f);
    on.fill(body, turned_paint(lighter(with.accent, 0.72f), material::paper, -1, 0),
            {.clip = &label});
    on.fill(path::rectangle(-0.09f, label_top + 0.07f, 0.05f, label_top + 0.09f),
            darker(with.main, 0.45f), {.opacity = 0.8f});
    on.fill(path::rectangle(-0.09f, label_top + 0.13f, 0.0f, label_top + 0.14f),
            darker(with.main, 0.3f), {.opacity = 0.6f});
    on.fill(path::ellipse({-0.055f, label_top + 0.215f}, 0.035f, 0.035f), with.accent,
            {.opacity = 0.8f});
    if (tall) {
        on.fill(body_of({{0.069f, -1.03f}, {0.069f, -0.86f}}),
                turned_paint(with.accent, material::plain, -1.03f, -0.86f));
        on.fill(path::ellipse({0, -1.03f}, 0.069f, 0.011f), lighter(with.accent, 0.3f));
    } else { // a pump
        on.fill(body_of({{0.095f, -0.80f}, {0.095f, -0.71f}}),
                turned_paint(with.trim, material::metal, -0.8f, -0.7f));
        on.fill(path::rectangle(-0.02f, -0.92f, 0.02f, -0.78f),
                turned_paint(with.trim, material::metal, -0.9f, -0.78f));
        on.fill(path::smooth({{-0.20f, -0.945f},
                              {-0.1f, -0.965f},
                              {0.06f, -0.965f},
                              {0.075f, -0.93f},
                              {0.06f, -0.895f},
                              {-0.06f, -0.90f},
                              {-0.18f, -0.915f}}),
                face_paint(with.trim, material::metal, {-0.2f, -0.97f, 0.08f, -0.89f}));
    }
    return {tall ? 0.18f : 0.22f, 1.0f};
}

footprint teapot(const pen& on, const look& with)
{
    const material of = with.of == material::plain ? material::glossy : with.of;
    path handle = path::ring({0.37f, -0.36f}, 0.23f, 0.24f, 0.055f);
    on.fill(handle,
            turned_paint(of == material::metal ? hex(0x3a2a20) : with.main, of, -0.6f, -0.1f));
    on.fill(path::stroke({{-0.25f, -0.22f}, {-0.42f, -0.30f}, {-0.49f, -0.48f}, {-0.60f, -0.60f}},
                         0.16f, 0.065f),
            paint::linear({-0.6f, -0.6f}, {-0.3f, -0.1f}, face_ramp(with.main, of)));
    const path body = body_of({{0.13f, -0.63f},
                               {0.29f, -0.56f},
                               {0.40f, -0.38f},
                               {0.38f, -0.16f},
                               {0.26f, -0.02f},
                               {0.22f, 0}});
    on.fill(body, turned_paint(with.main, of, -0.66f, 0.03f));
    on.fill(body_of({{0.02f, -0.745f}, {0.10f, -0.715f}, {0.165f, -0.665f}, {0.18f, -0.63f}}),
            turned_paint(lighter(with.main, 0.06f), of, -0.75f, -0.6f));
    on.fill(path::ellipse({0, -0.775f}, 0.05f, 0.047f),
            paint::radial({-0.015f, -0.79f}, 0.08f, 0.08f,
                          {{0, lighter(with.trim, 0.6f)}, {1, darker(with.trim, 0.4f)}}));
    add_highlight(on, path::ellipse({-0.17f, -0.42f}, 0.035f, 0.10f).transformed(affine::turn(0)),
                  0.55f, 0.02f);
    return {0.40f, 0.8f};
}

void branches(const pen& on, float from_y, const look& with)
{
    for (int i = 0; i < 5; ++i) {
        const float side = (static_cast<float>(i) - 2) * 0.115f;
        const float top = from_y - 0.52f + std::abs(side) * 0.55f +
                          0.06f * static_cast<float>((with.variant >> (8 + i)) & 1);
        on.fill(path::stroke({{side * 0.12f, from_y + 0.03f},
                              {side * 0.5f, (from_y + top) / 2},
                              {side * 1.25f, top}},
                             0.011f, 0.006f),
                hex(0x8a7350));
        for (int k = 0; k < 9; ++k) { // a plume of seeds or petals along the upper third
            const float t = static_cast<float>(k) / 8;
            const float x = side * (0.75f + 0.5f * t), y = top + (1 - t) * 0.17f;
            const float wide = 0.034f * (1.1f - 0.5f * t);
            const float lean = side * 1.6f + (k % 2 == 0 ? 0.5f : -0.5f);
            const colour petal = mix(lighter(with.accent, 0.35f), hex(0xeadfca), 0.25f + 0.4f * t);
            on.at(affine::move(x, y) * affine::turn(lean))
                .fill(path::ellipse({0, 0}, wide * 0.55f, wide),
                      paint::radial({-0.01f, -0.015f}, wide * 1.2f, wide * 1.2f,
                                    {{0, lighter(petal, 0.3f)}, {1, darker(petal, 0.18f)}}));
        }
    }
}

footprint vase(const pen& on, const look& with)
{
    const material of = with.of;
    struct shape {
        path outline;
        float top, mouth;
    };
    const auto variant = with.variant % 3;
    const shape chosen = variant == 0   ? shape{body_of({{0.085f, -0.70f},
                                                         {0.07f, -0.62f},
                                                         {0.10f, -0.53f},
                                                         {0.25f, -0.36f},
                                                         {0.26f, -0.2f},
                                                         {0.16f, -0.02f},
                                                         {0.15f, 0}}),
                                              -0.70f, 0.085f}
                         : variant == 1 ? shape{body_of({{0.14f, -0.72f},
                                                         {0.11f, -0.62f},
                                                         {0.14f, -0.45f},
                                                         {0.20f, -0.25f},
                                                         {0.19f, -0.08f},
                                                         {0.13f, 0}}),
                                                -0.72f, 0.14f}
                                        : shape{body_of({{0.11f, -0.56f},
                                                         {0.22f, -0.50f},
                                                         {0.30f, -0.32f},
                                                         {0.28f, -0.12f},
                                                         {0.17f, 0}}),
                                                -0.56f, 0.11f};
    opening(on, chosen.top, chosen.mouth, with.main, darker(with.main, 0.5f));
    branches(on, chosen.top, with);
    on.fill(chosen.outline, turned_paint(with.main, of, chosen.top, 0.03f));
    if (with.variant % 2 == 0) {
        const path stripes = path::rectangle(-0.5f, -0.30f, 0.5f, -0.285f)
                                 .add(path::rectangle(-0.5f, -0.26f, 0.5f, -0.252f));
        on.fill(chosen.outline, turned_paint(darker(with.main, 0.35f), of, chosen.top, 0),
                {.opacity = 0.7f, .clip = &stripes});
    }
    // The front of the mouth, before the stems.
    on.fill(path::ring({0, chosen.top}, chosen.mouth, chosen.mouth * tilt, 0.008f),
            lighter(with.main, 0.3f), {.opacity = 0.8f});
    return {0.24f, chosen.top < -0.6f ? 1.2f : 1.05f};
}

footprint candle(const pen& on, const look& with)
{
    const path glass = body_of({{0.27f, -0.62f}, {0.27f, -0.1f}, {0.255f, 0}});
    on.fill(path::ellipse({0, -0.62f}, 0.27f, 0.27f * tilt), lighter(with.main, 0.5f),
            {.opacity = 0.4f});
    const path wax = body_of({{0.245f, -0.46f}, {0.245f, -0.1f}, {0.235f, -0.03f}});
    const colour tallow = mix(with.accent, hex(0xf5ead6), 0.7f);
    on.fill(wax, turned_paint(tallow, material::plain, -0.46f, 0));
    on.fill(path::ellipse({0, -0.46f}, 0.245f, 0.036f),
            paint::radial({0, -0.46f}, 0.25f, 0.04f, {{0, hex(0xfff3c8)}, {1, tallow}}));
    on.fill(path::rectangle(-0.006f, -0.52f, 0.006f, -0.455f), hex(0x2a1d16));
    on.fill(glass, paint::turned(turned_ramp(lighter(with.main, 0.15f), material::glass)));
    const path label = path::rectangle(-0.14f, -0.32f, 0.14f, -0.12f, 0.008f);
    on.fill(label, face_paint(lighter(with.main, 0.88f), material::paper,
                              {-0.14f, -0.32f, 0.14f, -0.12f}));
    on.fill(path::rectangle(-0.07f, -0.25f, 0.07f, -0.235f), darker(with.main, 0.3f));
    on.fill(path::rectangle(-0.045f, -0.205f, 0.045f, -0.196f), darker(with.main, 0.1f));
    if (with.glows)
        on.fill(path::ellipse({0, -0.62f}, 0.5f, 0.5f),
                paint::radial({0, -0.6f}, 0.48f, 0.48f,
                              {{0, hex(0xffc66b), 0.75f}, {1, hex(0xff9a3c), 0}}),
                {.how = blend::screen});
    on.fill(path::smooth({{0, -0.69f},
                          {0.026f, -0.59f},
                          {0.022f, -0.535f},
                          {0, -0.515f},
                          {-0.022f, -0.535f},
                          {-0.026f, -0.59f}}),
            paint::linear({0, -0.69f}, {0, -0.51f},
                          {{0, hex(0xffd27a)}, {0.6f, hex(0xfff6d8)}, {1, hex(0x9cc4ff)}}));
    return {0.28f, 0.72f};
}

footprint jar(const pen& on, const look& with)
{
    const material of = with.of == material::plain ? material::glossy : with.of;
    const path body =
        body_of({{0.26f, -0.46f}, {0.31f, -0.43f}, {0.32f, -0.36f}, {0.32f, -0.08f}, {0.30f, 0}});
    on.fill(body, turned_paint(with.main, of, -0.46f, 0.04f));
    const path label = path::rectangle(-0.4f, -0.33f, 0.4f, -0.1f);
    on.fill(body, turned_paint(lighter(with.accent, 0.8f), material::paper, -0.46f, 0),
            {.clip = &label});
    on.fill(path::rectangle(-0.12f, -0.265f, 0.12f, -0.245f), darker(with.main, 0.45f));
    on.fill(path::rectangle(-0.075f, -0.21f, 0.075f, -0.2f), with.accent);
    on.fill(body_of({{0.285f, -0.62f}, {0.29f, -0.55f}, {0.285f, -0.45f}}),
            turned_paint(with.trim, material::metal, -0.62f, -0.42f));
    on.fill(
        path::ellipse({0, -0.62f}, 0.285f, 0.285f * tilt),
        paint::linear(
            {-0.28f, -0.66f}, {0.28f, -0.58f},
            {{0, lighter(with.trim, 0.7f)}, {0.5f, with.trim}, {1, lighter(with.trim, 0.35f)}}));
    return {0.33f, 0.66f};
}

void fruit(const pen& on, point at, float radius, colour tint)
{
    on.fill(path::ellipse(at, radius, radius),
            paint::radial({at.x - radius * 0.35f, at.y - radius * 0.4f}, radius * 1.5f,
                          radius * 1.5f,
                          {{0, lighter(tint, 0.55f)},
                           {0.25f, lighter(tint, 0.12f)},
                           {0.6f, tint},
                           {1, darker(tint, 0.55f)}}));
    on.fill(
        path::stroke({{at.x, at.y - radius * 0.9f}, {at.x + 0.01f, at.y - radius * 1.2f}}, 0.012f),
        hex(0x4d3a22));
}

footprint bowl(const pen& on, const look& with)
{
    opening(on, -0.34f, 0.46f, with.main, darker(with.main, 0.45f));
    const colour fruits[] = {hex(0xd9762b), hex(0xc23b33), hex(0x9db443), hex(0xe2b53c)};
    for (std::size_t i = 0; i < 5; ++i)
        fruit(on, {-0.28f + 0.14f * static_cast<float>(i), i % 2 == 0 ? -0.38f : -0.45f}, 0.13f,
              fruits[(i + with.variant) % 4]);
    on.fill(body_of({{0.46f, -0.34f}, {0.43f, -0.2f}, {0.29f, -0.05f}, {0.17f, 0}}),
            turned_paint(with.main, with.of, -0.36f, 0.03f));
    on.fill(path::smooth({{-0.46f, -0.34f},
                          {-0.3f, -0.285f},
                          {0, -0.268f},
                          {0.3f, -0.285f},
                          {0.46f, -0.34f},
                          {0.3f, -0.298f},
                          {0, -0.282f},
                          {-0.3f, -0.298f}}),
            lighter(with.main, 0.35f));
    return {0.3f, 0.6f};
}

footprint ball(const pen& on, const look& with)
{
    const point c{0, -0.42f};
    const colour m = with.main;
    on.fill(path::ellipse(c, 0.42f, 0.42f), paint::radial({-0.15f, -0.58f}, 0.66f, 0.66f,
                                                          {{0, lighter(m, 0.7f)},
                                                           {0.18f, lighter(m, 0.25f)},
                                                           {0.5f, m},
                                                           {0.85f, darker(m, 0.55f)},
                                                           {1, darker(m, 0.4f)}}));
    const path round = path::ellipse(c, 0.42f, 0.42f);
    const path band =
        path::stroke({{-0.5f, -0.34f}, {-0.2f, -0.27f}, {0.2f, -0.30f}, {0.5f, -0.44f}}, 0.09f);
    on.fill(band,
            paint::linear({-0.4f, 0}, {0.4f, 0},
                          {{0, lighter(with.accent, 0.2f)}, {1, darker(with.accent, 0.5f)}}),
            {.opacity = 0.9f, .clip = &round});
    add_highlight(on, path::ellipse({-0.16f, -0.62f}, 0.07f, 0.045f), 0.75f, 0.02f);
    return {0.3f, 0.84f};
}

} // namespace

footprint draw_vessel(const pen& on, thing what, const look& with)
{
    switch (what) {
    case thing::mug:
        return mug(on, with);
    case thing::bottle:
        return bottle(on, with);
    case thing::teapot:
        return teapot(on, with);
    case thing::candle:
        return candle(on, with);
    case thing::jar:
        return jar(on, with);
    case thing::bowl:
        return bowl(on, with);
    case thing::ball:
        return ball(on, with);
    default:
        return vase(on, with);
    }
}

} // namespace engine::sim::art
