#include "engine/sim/art/subject.hpp"

#include <cmath>

namespace engine::sim::art {

namespace {

// Stitches along a line.
void stitch(const pen& on, std::initializer_list<point> line, colour tint)
{
    const point* before = nullptr;
    for (const auto& p : line) {
        if (before) {
            const float size = std::hypot(p.x - before->x, p.y - before->y);
            const int count = std::max(1, static_cast<int>(size / 0.03f));
            for (int i = 0; i < count; ++i) {
                const float a = (static_cast<float>(i) + 0.2f) / static_cast<float>(count);
                const float b = (static_cast<float>(i) + 0.7f) / static_cast<float>(count);
                const point d = p - *before;
                on.fill(path::stroke({*before + d * a, *before + d * b}, 0.007f), tint,
                        {.opacity = 0.75f});
            }
        }
        before = &p;
    }
}

footprint shoe(const pen& on, const look& with)
{
    const colour sole = hex(0xf1eee8);
    const path upper = path::smooth({{-0.60f, -0.10f},
                                     {-0.58f, -0.20f},
                                     {-0.44f, -0.25f},
                                     {-0.24f, -0.31f},
                                     {-0.06f, -0.45f},
                                     {0.06f, -0.55f},
                                     {0.20f, -0.53f},
                                     {0.36f, -0.50f},
                                     {0.50f, -0.52f},
                                     {0.55f, -0.45f},
                                     {0.53f, -0.28f},
                                     {0.56f, -0.10f},
                                     {0.3f, -0.05f},
                                     {-0.3f, -0.05f}});
    on.fill(path::smooth({{0.02f, -0.53f},
                          {0.14f, -0.58f},
                          {0.34f, -0.56f},
                          {0.52f, -0.53f},
                          {0.4f, -0.44f},
                          {0.15f, -0.44f}}),
            darker(with.main, 0.55f)); // the inside
    on.fill(upper, face_paint(with.main, with.of, {-0.6f, -0.6f, 0.56f, 0}));
    const path toe = path::smooth(
        {{-0.66f, 0}, {-0.60f, -0.24f}, {-0.42f, -0.30f}, {-0.36f, -0.18f}, {-0.40f, 0.02f}});
    on.fill(upper,
            paint::linear({-0.6f, -0.3f}, {-0.35f, 0}, face_ramp(darker(with.main, 0.1f), with.of)),
            {.clip = &toe});
    const path heel = path::smooth(
        {{0.40f, -0.54f}, {0.60f, -0.56f}, {0.62f, 0}, {0.40f, 0.02f}, {0.45f, -0.25f}});
    on.fill(upper, face_paint(with.accent, with.of, {0.38f, -0.55f, 0.6f, 0}), {.clip = &heel});
    const path swoosh = path::smooth({{-0.26f, -0.13f},
                                      {0.02f, -0.14f},
                                      {0.26f, -0.25f},
                                      {0.42f, -0.38f},
                                      {0.28f, -0.16f},
                                      {0.02f, -0.075f}});
    on.fill(swoosh, face_paint(with.accent, with.of, {-0.26f, -0.38f, 0.42f, -0.07f}),
            {.clip = &upper});
    stitch(on, {{-0.36f, -0.26f}, {-0.34f, -0.16f}, {-0.38f, -0.07f}}, lighter(with.main, 0.4f));
    for (int i = 0; i < 5; ++i) { // laces
        const float t = static_cast<float>(i) / 4;
        const float x = -0.19f + 0.21f * t, y = -0.325f - 0.185f * t;
        on.fill(
            path::stroke({{x - 0.02f, y - 0.03f}, {x + 0.06f, y + 0.045f}, {x + 0.11f, y + 0.10f}},
                         0.026f),
            paint::linear({x, y - 0.03f}, {x + 0.1f, y + 0.1f},
                          {{0, hex(0xffffff)}, {1, hex(0xc9c4bb)}}));
    }
    const path rubber = path::smooth({{-0.66f, -0.06f},
                                      {-0.62f, -0.12f},
                                      {-0.3f, -0.085f},
                                      {0.2f, -0.085f},
                                      {0.56f, -0.13f},
                                      {0.61f, -0.06f},
                                      {0.58f, 0.0f},
                                      {0.2f, 0.0f},
                                      {-0.4f, 0.0f},
                                      {-0.62f, -0.01f}});
    on.fill(rubber,
            paint::linear({0, -0.12f}, {0, 0.01f},
                          {{0, lighter(sole, 0.6f)}, {0.5f, sole}, {1, darker(sole, 0.35f)}}));
    on.fill(path::stroke({{-0.6f, -0.052f}, {-0.2f, -0.045f}, {0.3f, -0.045f}, {0.58f, -0.06f}},
                         0.012f),
            with.accent, {.opacity = 0.8f});
    add_highlight(on, path::stroke({{-0.5f, -0.235f}, {-0.3f, -0.27f}, {-0.2f, -0.30f}}, 0.02f),
                  0.4f, 0.015f);
    return {0.58f, 0.6f};
}

footprint bag(const pen& on, const look& with)
{
    const material of = with.of == material::plain ? material::leather : with.of;
    const box around{-0.40f, -0.60f, 0.40f, 0};
    for (const float lift : {0.03f, 0.0f}) // the handle behind, then the one in front
        on.fill(path::stroke({{-0.20f, -0.56f},
                              {-0.17f, -0.78f - lift},
                              {0, -0.90f - lift},
                              {0.17f, -0.78f - lift},
                              {0.20f, -0.56f}},
                             0.042f),
                face_paint(darker(with.main, lift > 0 ? 0.45f : 0.15f), of,
                           {-0.2f, -0.92f, 0.2f, -0.55f}));
    const path body = path::smooth({{-0.33f, -0.60f},
                                    {0, -0.615f},
                                    {0.33f, -0.60f},
                                    {0.37f, -0.5f},
                                    {0.42f, -0.08f},
                                    {0.36f, 0.0f},
                                    {0, 0.005f},
                                    {-0.36f, 0.0f},
                                    {-0.42f, -0.08f},
                                    {-0.37f, -0.5f}});
    on.fill(body, face_paint(with.main, of, around));
    const path flap = path::smooth({{-0.345f, -0.60f},
                                    {0, -0.615f},
                                    {0.345f, -0.60f},
                                    {0.37f, -0.45f},
                                    {0.25f, -0.28f},
                                    {0, -0.235f},
                                    {-0.25f, -0.28f},
                                    {-0.37f, -0.45f}});
    on.fill(flap.transformed(affine::move(0, 0.02f)), hex(0x000000),
            {.opacity = 0.30f, .blur = 0.02f, .clip = &body});
    if (with.variant % 2 == 0) {
        on.fill(flap, face_paint(lighter(with.main, 0.05f), of, {-0.35f, -0.62f, 0.35f, -0.22f}));
        stitch(on,
               {{-0.335f, -0.46f},
                {-0.23f, -0.305f},
                {0, -0.262f},
                {0.23f, -0.305f},
                {0.335f, -0.46f}},
               lighter(with.main, 0.45f));
        on.fill(path::rectangle(-0.055f, -0.29f, 0.055f, -0.19f, 0.015f),
                face_paint(with.trim, material::metal, {-0.055f, -0.29f, 0.055f, -0.19f}));
        on.fill(path::rectangle(-0.02f, -0.255f, 0.02f, -0.225f, 0.008f), darker(with.trim, 0.6f));
    } else {
        on.fill(path::rectangle(-0.20f, -0.40f, 0.20f, -0.12f, 0.03f),
                face_paint(darker(with.main, 0.06f), of, {-0.2f, -0.4f, 0.2f, -0.1f}));
        stitch(on,
               {{-0.185f, -0.385f},
                {0.185f, -0.385f},
                {0.185f, -0.135f},
                {-0.185f, -0.135f},
                {-0.185f, -0.385f}},
               lighter(with.main, 0.45f));
        on.fill(path::ellipse({0, -0.26f}, 0.05f, 0.05f), with.accent, {.opacity = 0.9f});
    }
    for (const float x : {-0.20f, 0.20f})
        on.fill(path::ring({x, -0.545f}, 0.034f, 0.034f, 0.012f),
                face_paint(with.trim, material::metal, {x - 0.03f, -0.58f, x + 0.03f, -0.5f}));
    add_highlight(on, path::ellipse({-0.20f, -0.5f}, 0.12f, 0.05f), 0.16f, 0.05f);
    return {0.41f, 0.92f};
}

footprint backpack(const pen& on, const look& with)
{
    const material of = with.of == material::plain ? material::fabric : with.of;
    for (const float side : {-1.0f, 1.0f})
        on.fill(path::stroke({{0.20f * side, -0.80f},
                              {0.43f * side, -0.62f},
                              {0.41f * side, -0.2f},
                              {0.30f * side, -0.04f}},
                             0.07f, 0.05f),
                face_paint(darker(with.main, 0.45f), of, {-0.45f, -0.8f, 0.45f, 0}));
    on.fill(path::ring({0, -0.90f}, 0.10f, 0.09f, 0.032f), darker(with.accent, 0.2f));
    const path body = path::smooth({{-0.26f, -0.86f},
                                    {0, -0.92f},
                                    {0.26f, -0.86f},
                                    {0.34f, -0.62f},
                                    {0.36f, -0.2f},
                                    {0.32f, -0.01f},
                                    {0, 0.005f},
                                    {-0.32f, -0.01f},
                                    {-0.36f, -0.2f},
                                    {-0.34f, -0.62f}});
    on.fill(body, turned_paint(with.main, of, -0.9f, 0));
    on.fill(path::stroke(
                {{-0.32f, -0.52f}, {-0.22f, -0.72f}, {0, -0.78f}, {0.22f, -0.72f}, {0.32f, -0.52f}},
                0.018f),
            darker(with.main, 0.55f));
    const path pocket = path::rectangle(-0.27f, -0.44f, 0.27f, -0.06f, 0.08f);
    on.fill(pocket.transformed(affine::move(0, 0.015f)), hex(0x000000),
            {.opacity = 0.3f, .blur = 0.02f, .clip = &body});
    on.fill(pocket, turned_paint(lighter(with.main, 0.06f), of, -0.44f, 0));
    on.fill(path::stroke({{-0.24f, -0.36f}, {0, -0.37f}, {0.24f, -0.36f}}, 0.014f), with.trim);
    on.fill(path::rectangle(0.17f, -0.37f, 0.19f, -0.29f, 0.01f), with.trim);
    on.fill(path::rectangle(-0.075f, -0.27f, 0.075f, -0.15f, 0.015f),
            face_paint(with.accent, material::leather, {-0.08f, -0.27f, 0.08f, -0.15f}));
    stitch(on, {{-0.24f, -0.09f}, {0.24f, -0.09f}}, lighter(with.main, 0.4f));
    on.fill(path::rectangle(-0.14f, -0.70f, 0.14f, -0.655f, 0.012f),
            face_paint(with.accent, material::leather, {-0.14f, -0.7f, 0.14f, -0.65f}));
    return {0.36f, 1.0f};
}

footprint watch(const pen& on, const look& with)
{
    const point c{0, -0.50f};
    const material strap = with.of == material::metal ? material::metal : material::leather;
    for (const float end : {-1.0f, 1.0f}) {
        const path band = path::smooth({{-0.125f, c.y + 0.2f * end},
                                        {0.125f, c.y + 0.2f * end},
                                        {0.10f, c.y + 0.40f * end},
                                        {0.085f, c.y + 0.5f * end},
                                        {-0.085f, c.y + 0.5f * end},
                                        {-0.10f, c.y + 0.40f * end}});
        on.fill(band, turned_paint(with.main, strap, c.y - 0.5f, c.y + 0.5f));
        stitch(on, {{-0.10f, c.y + 0.27f * end}, {-0.08f, c.y + 0.47f * end}},
               lighter(with.main, 0.5f));
        stitch(on, {{0.10f, c.y + 0.27f * end}, {0.08f, c.y + 0.47f * end}},
               lighter(with.main, 0.5f));
    }
    on.fill(path::rectangle(0.24f, c.y - 0.035f, 0.295f, c.y + 0.035f, 0.015f),
            face_paint(with.trim, material::metal, {0.24f, c.y - 0.04f, 0.3f, c.y + 0.04f}));
    on.fill(path::ellipse(c, 0.26f, 0.26f),
            face_paint(with.trim, material::metal, {-0.26f, c.y - 0.26f, 0.26f, c.y + 0.26f}));
    on.fill(path::ellipse(c, 0.228f, 0.228f), darker(with.trim, 0.65f));
    const bool dark = with.variant % 2 == 0;
    const colour dial = dark ? darker(with.accent, 0.72f) : lighter(with.accent, 0.88f);
    on.fill(path::ellipse(c, 0.215f, 0.215f),
            paint::radial({-0.05f, c.y - 0.06f}, 0.32f, 0.32f,
                          {{0, lighter(dial, 0.12f)}, {1, darker(dial, 0.3f)}}));
    const colour ink = dark ? hex(0xf4efe4) : hex(0x23262c);
    for (int hour = 0; hour < 12; ++hour) {
        const auto dial_pen =
            on.at(affine::move(c.x, c.y) * affine::turn(static_cast<float>(hour) * 0.5235988f));
        dial_pen.fill(path::rectangle(hour % 3 == 0 ? -0.008f : -0.004f, -0.195f,
                                      hour % 3 == 0 ? 0.008f : 0.004f, -0.165f),
                      ink);
    }
    const float minute = static_cast<float>(with.variant >> 3 & 15) * 0.39f;
    on.at(affine::move(c.x, c.y) * affine::turn(-1.05f))
        .fill(path::stroke({{0, 0.03f}, {0, -0.11f}}, 0.017f, 0.01f), ink);
    on.at(affine::move(c.x, c.y) * affine::turn(0.95f))
        .fill(path::stroke({{0, 0.03f}, {0, -0.165f}}, 0.012f, 0.007f), ink);
    on.at(affine::move(c.x, c.y) * affine::turn(minute))
        .fill(path::stroke({{0, 0.05f}, {0, -0.18f}}, 0.004f), hex(0xd2542f));
    on.fill(path::ellipse(c, 0.014f, 0.014f), ink);
    const path dial_clip = path::ellipse(c, 0.215f, 0.215f);
    add_highlight(on,
                  path::polygon({{-0.25f, c.y - 0.12f},
                                 {0.02f, c.y - 0.26f},
                                 {0.1f, c.y - 0.26f},
                                 {-0.25f, c.y + 0.08f}}),
                  0.14f, 0, &dial_clip);
    return {0.16f, 1.0f};
}

footprint glasses(const pen& on, const look& with)
{
    const bool round = with.variant % 2 == 0;
    const float y = -0.20f;
    for (const float side : {-1.0f, 1.0f}) // temples, going back
        on.fill(
            path::stroke(
                {{0.47f * side, y - 0.09f}, {0.44f * side, y - 0.20f}, {0.38f * side, y - 0.23f}},
                0.028f, 0.018f),
            darker(with.main, 0.3f));
    for (const float side : {-1.0f, 1.0f}) {
        const float x = 0.255f * side;
        const path lens = round
                              ? path::ellipse({x, y}, 0.19f, 0.185f)
                              : path::rectangle(x - 0.21f, y - 0.145f, x + 0.21f, y + 0.15f, 0.10f);
        on.fill(lens, paint::linear({x, y - 0.19f}, {x, y + 0.19f},
                                    {{0, darker(with.accent, 0.62f), 0.94f},
                                     {1, lighter(with.accent, 0.12f), 0.72f}}));
        path frame = round ? path::ring({x, y}, 0.215f, 0.21f, 0.03f) : path();
        if (!round) {
            frame = path::rectangle(x - 0.235f, y - 0.17f, x + 0.235f, y + 0.175f, 0.12f);
            frame.add_reversed(
                path::rectangle(x - 0.205f, y - 0.14f, x + 0.205f, y + 0.145f, 0.095f));
        }
        add_highlight(on,
                      path::polygon({{x - 0.14f, y + 0.10f},
                                     {x - 0.02f, y - 0.14f},
                                     {x + 0.04f, y - 0.14f},
                                     {x - 0.08f, y + 0.10f}}),
                      0.22f, 0.012f, &lens);
        on.fill(frame, face_paint(with.main, material::glossy,
                                  {x - 0.23f, y - 0.2f, x + 0.23f, y + 0.2f}));
    }
    on.fill(path::stroke({{-0.06f, y - 0.05f}, {0, y - 0.085f}, {0.06f, y - 0.05f}}, 0.03f),
            face_paint(with.main, material::glossy, {-0.06f, y - 0.1f, 0.06f, y}));
    return {0.45f, 0.55f};
}

footprint hat(const pen& on, const look& with)
{
    const material of = with.of == material::plain ? material::fabric : with.of;
    on.fill(path::smooth({{-0.62f, -0.06f},
                          {-0.3f, -0.15f},
                          {0, -0.17f},
                          {0.3f, -0.15f},
                          {0.62f, -0.06f},
                          {0.35f, 0.02f},
                          {0, 0.045f},
                          {-0.35f, 0.02f}}),
            face_paint(with.main, of, {-0.6f, -0.17f, 0.6f, 0.04f}));
    const path crown = path::smooth({{-0.32f, -0.09f},
                                     {-0.31f, -0.30f},
                                     {-0.24f, -0.47f},
                                     {-0.08f, -0.45f},
                                     {0, -0.43f},
                                     {0.08f, -0.45f},
                                     {0.24f, -0.47f},
                                     {0.31f, -0.30f},
                                     {0.32f, -0.09f},
                                     {0, -0.045f}});
    on.fill(crown, turned_paint(with.main, of, -0.47f, 0));
    const path ribbon = path::smooth({{-0.4f, -0.20f},
                                      {0, -0.155f},
                                      {0.4f, -0.20f},
                                      {0.4f, -0.09f},
                                      {0, -0.045f},
                                      {-0.4f, -0.09f}});
    on.fill(crown, turned_paint(with.accent, material::fabric, -0.3f, 0), {.clip = &ribbon});
    return {0.6f, 0.5f};
}

} // namespace

footprint draw_wearable(const pen& on, thing what, const look& with)
{
    switch (what) {
    case thing::shoe:
        return shoe(on, with);
    case thing::backpack:
        return backpack(on, with);
    case thing::watch:
        return watch(on, with);
    case thing::glasses:
        return glasses(on, with);
    case thing::hat:
        return hat(on, with);
    default:
        return bag(on, with);
    }
}

} // namespace engine::sim::art
