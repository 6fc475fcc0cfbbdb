#include "engine/sim/art/subject.hpp"

#include <cmath>

namespace engine::sim::art {

namespace {

void lens(const pen& on, point c, float radius, const look& with)
{
    on.fill(path::ellipse(c, radius, radius),
            face_paint(hex(0x2c2e33), material::metal,
                       {c.x - radius, c.y - radius, c.x + radius, c.y + radius}));
    on.fill(path::ellipse(c, radius * 0.86f, radius * 0.86f), hex(0x121316));
    on.fill(path::ring(c, radius * 0.80f, radius * 0.80f, radius * 0.06f), hex(0x3c4048));
    on.fill(path::ellipse(c, radius * 0.66f, radius * 0.66f),
            paint::radial({c.x - radius * 0.12f, c.y - radius * 0.15f}, radius * 0.7f,
                          radius * 0.7f,
                          {{0, hex(0x0b0d14)},
                           {0.45f, mix(hex(0x24305e), with.accent, 0.25f)},
                           {0.8f, hex(0x141a2e)},
                           {1, hex(0x08090c)}}));
    on.fill(
        path::ellipse(c, radius * 0.28f, radius * 0.28f),
        paint::radial(c, radius * 0.3f, radius * 0.3f, {{0, hex(0x020203)}, {1, hex(0x1c2238)}}));
    add_highlight(
        on,
        path::ellipse({c.x - radius * 0.24f, c.y - radius * 0.28f}, radius * 0.14f, radius * 0.10f),
        0.85f, radius * 0.05f);
    add_highlight(
        on,
        path::ellipse({c.x + radius * 0.25f, c.y + radius * 0.27f}, radius * 0.08f, radius * 0.06f),
        0.4f, radius * 0.05f);
}

footprint camera(const pen& on, const look& with)
{
    const colour metal =
        with.of == material::metal || with.variant % 2 == 0 ? hex(0xc8cacd) : hex(0x303238);
    on.fill(path::rectangle(-0.30f, -0.72f, -0.12f, -0.62f, 0.03f),
            face_paint(metal, material::metal, {-0.3f, -0.72f, -0.12f, -0.6f}));
    on.fill(path::polygon({{-0.09f, -0.63f}, {-0.06f, -0.76f}, {0.12f, -0.76f}, {0.15f, -0.63f}}),
            face_paint(metal, material::metal, {-0.1f, -0.76f, 0.15f, -0.6f}));
    on.fill(path::rectangle(0.24f, -0.695f, 0.40f, -0.62f, 0.02f),
            face_paint(darker(metal, 0.15f), material::metal, {0.24f, -0.7f, 0.4f, -0.62f}));
    on.fill(path::rectangle(0.29f, -0.73f, 0.35f, -0.69f, 0.015f),
            face_paint(with.accent, material::glossy, {0.29f, -0.73f, 0.35f, -0.69f}));
    const path body = path::rectangle(-0.52f, -0.64f, 0.52f, 0.0f, 0.08f);
    on.fill(body, face_paint(metal, material::metal, {-0.52f, -0.64f, 0.52f, 0}));
    const path grip = path::rectangle(-0.6f, -0.50f, 0.6f, -0.09f);
    on.fill(body, face_paint(with.main, material::leather, {-0.52f, -0.5f, 0.52f, -0.09f}),
            {.clip = &grip});
    on.fill(path::rectangle(-0.52f, -0.507f, 0.52f, -0.495f), darker(metal, 0.5f),
            {.opacity = 0.6f, .clip = &body});
    on.fill(path::ellipse({0.025f, -0.27f}, 0.30f, 0.30f), hex(0x000000),
            {.opacity = 0.4f, .blur = 0.03f});
    lens(on, {0.02f, -0.30f}, 0.29f, with);
    on.fill(path::rectangle(-0.03f, -0.735f, 0.09f, -0.655f, 0.015f), hex(0x15171c));
    add_highlight(
        on, path::polygon({{-0.02f, -0.73f}, {0.03f, -0.73f}, {0.0f, -0.66f}, {-0.025f, -0.66f}}),
        0.35f, 0.006f);
    on.fill(path::ellipse({-0.38f, -0.575f}, 0.035f, 0.035f), hex(0x17191e));
    on.fill(path::ellipse({0.40f, -0.575f}, 0.022f, 0.022f), with.accent);
    return {0.52f, 0.76f};
}

footprint headphones(const pen& on, const look& with)
{
    const float y = -0.34f;
    on.fill(path::stroke({{-0.40f, y},
                          {-0.43f, -0.62f},
                          {-0.27f, -0.93f},
                          {0, -1.02f},
                          {0.27f, -0.93f},
                          {0.43f, -0.62f},
                          {0.40f, y}},
                         0.036f),
            face_paint(with.trim, material::metal, {-0.45f, -1, 0.45f, y}));
    on.fill(
        path::stroke(
            {{-0.385f, -0.70f}, {-0.25f, -0.925f}, {0, -1.01f}, {0.25f, -0.925f}, {0.385f, -0.70f}},
            0.085f),
        face_paint(with.main, material::leather, {-0.4f, -1.05f, 0.4f, -0.65f}));
    for (const float side : {-1.0f, 1.0f}) {
        const float x = 0.37f * side;
        on.fill(path::rectangle(x - 0.10f, y - 0.23f, x + 0.10f, y + 0.25f, 0.10f)
                    .transformed(affine::move(-0.06f * side, 0)),
                turned_paint(darker(with.accent, 0.45f), material::leather, y - 0.23f, y + 0.25f));
        on.fill(path::rectangle(x - 0.095f, y - 0.27f, x + 0.095f, y + 0.28f, 0.095f),
                turned_paint(with.main, material::glossy, y - 0.27f, y + 0.28f));
        on.fill(
            path::ellipse({x + 0.015f * side, y}, 0.05f, 0.16f),
            face_paint(with.trim, material::metal, {x - 0.06f, y - 0.16f, x + 0.06f, y + 0.16f}));
        on.fill(path::ellipse({x + 0.015f * side, y}, 0.036f, 0.135f), darker(with.main, 0.3f));
    }
    return {0.44f, 1.05f};
}

footprint clock(const pen& on, const look& with)
{
    const point c{0, -0.48f};
    for (const float side : {-1.0f, 1.0f}) {
        on.fill(path::stroke({{0.24f * side, -0.15f}, {0.33f * side, -0.01f}}, 0.05f, 0.035f),
                face_paint(with.trim, material::metal, {-0.35f, -0.15f, 0.35f, 0}));
        if (with.variant % 2 == 0)
            on.fill(path::ellipse({0.22f * side, -0.90f}, 0.12f, 0.085f)
                        .transformed(affine::move(0, 0)),
                    face_paint(with.trim, material::metal,
                               {0.1f * side - 0.12f, -1, 0.34f * side + 0.1f, -0.8f}));
    }
    on.fill(path::ellipse(c, 0.43f, 0.43f),
            face_paint(with.main, with.of == material::plain ? material::glossy : with.of,
                       {-0.43f, -0.91f, 0.43f, -0.05f}));
    on.fill(path::ellipse(c, 0.365f, 0.365f), darker(with.main, 0.5f));
    on.fill(path::ellipse(c, 0.355f, 0.355f),
            paint::radial({-0.08f, -0.58f}, 0.5f, 0.5f, {{0, hex(0xfffdf6)}, {1, hex(0xdfd8c8)}}));
    for (int hour = 0; hour < 12; ++hour)
        on.at(affine::move(c.x, c.y) * affine::turn(static_cast<float>(hour) * 0.5235988f))
            .fill(path::rectangle(-0.009f, -0.325f, 0.009f, hour % 3 == 0 ? -0.265f : -0.295f),
                  hex(0x2a2d33));
    on.at(affine::move(c.x, c.y) * affine::turn(-0.95f))
        .fill(path::stroke({{0, 0.04f}, {0, -0.19f}}, 0.026f, 0.014f), hex(0x22252a));
    on.at(affine::move(c.x, c.y) * affine::turn(0.9f))
        .fill(path::stroke({{0, 0.05f}, {0, -0.28f}}, 0.018f, 0.009f), hex(0x22252a));
    on.at(affine::move(c.x, c.y) * affine::turn(2.6f))
        .fill(path::stroke({{0, 0.07f}, {0, -0.29f}}, 0.007f), with.accent);
    on.fill(path::ellipse(c, 0.022f, 0.022f), hex(0x22252a));
    const path glass = path::ellipse(c, 0.355f, 0.355f);
    add_highlight(
        on, path::polygon({{-0.4f, -0.55f}, {-0.1f, -0.85f}, {0.05f, -0.85f}, {-0.4f, -0.38f}}),
        0.18f, 0, &glass);
    return {0.34f, 0.92f};
}

// What a screen shows: a small gradient landscape of its own.
void screen(const pen& on, const path& glass, const box& over, const look& with)
{
    on.fill(glass, paint::linear({over.left, over.top}, {over.right, over.bottom},
                                 {{0, lighter(with.accent, 0.35f)},
                                  {0.5f, with.accent},
                                  {1, darker(with.main, 0.3f)}}));
    const float w = over.right - over.left, h = over.bottom - over.top;
    for (int i = 0; i < 3; ++i) {
        const float y = over.top + h * (0.5f + 0.16f * static_cast<float>(i));
        on.fill(path::smooth({{over.left - w * 0.1f, y},
                              {over.left + w * 0.3f, y - h * 0.10f},
                              {over.left + w * 0.65f, y + h * 0.06f},
                              {over.right + w * 0.1f, y - h * 0.04f},
                              {over.right + w * 0.1f, over.bottom + h * 0.1f},
                              {over.left - w * 0.1f, over.bottom + h * 0.1f}}),
                mix(with.accent, with.main, 0.3f + 0.3f * static_cast<float>(i)),
                {.opacity = 0.55f, .clip = &glass});
    }
    on.fill(path::ellipse({over.left + w * 0.68f, over.top + h * 0.27f}, std::min(w, h) * 0.11f,
                          std::min(w, h) * 0.11f),
            colour{1, 1, 1}, {.opacity = 0.75f, .clip = &glass});
}

footprint phone(const pen& on, const look& with)
{
    const pen tilted = on.at(affine::turn(0.10f));
    const box b{-0.245f, -0.98f, 0.245f, 0.0f};
    tilted.fill(path::rectangle(b.left, b.top, b.right, b.bottom, 0.075f),
                face_paint(with.trim, material::metal, b));
    const path front = path::rectangle(b.left + 0.012f, b.top + 0.012f, b.right - 0.012f,
                                       b.bottom - 0.012f, 0.066f);
    tilted.fill(front, hex(0x0c0d10));
    const box s{b.left + 0.03f, b.top + 0.03f, b.right - 0.03f, b.bottom - 0.03f};
    const path glass = path::rectangle(s.left, s.top, s.right, s.bottom, 0.05f);
    screen(tilted, glass, s, with);
    tilted.fill(path::rectangle(-0.06f, s.top + 0.02f, 0.06f, s.top + 0.045f, 0.013f),
                hex(0x0c0d10));
    add_highlight(tilted, path::polygon({{s.left, s.top}, {0.02f, s.top}, {s.left, -0.35f}}), 0.16f,
                  0, &glass);
    return {0.25f, 1.0f};
}

footprint laptop(const pen& on, const look& with)
{
    const box b{-0.56f, -0.78f, 0.56f, -0.06f};
    on.fill(path::rectangle(b.left, b.top, b.right, b.bottom, 0.03f),
            face_paint(with.trim, material::metal, b));
    on.fill(path::rectangle(b.left + 0.012f, b.top + 0.012f, b.right - 0.012f, b.bottom, 0.022f),
            hex(0x101216));
    const box s{b.left + 0.035f, b.top + 0.035f, b.right - 0.035f, b.bottom - 0.035f};
    const path glass = path::rectangle(s.left, s.top, s.right, s.bottom, 0.006f);
    screen(on, glass, s, with);
    add_highlight(
        on,
        path::polygon({{s.left, s.top}, {0.05f, s.top}, {-0.35f, s.bottom}, {s.left, s.bottom}}),
        0.10f, 0, &glass);
    on.fill(
        path::polygon({{-0.57f, -0.055f}, {0.57f, -0.055f}, {0.68f, -0.012f}, {-0.68f, -0.012f}}),
        paint::linear({0, -0.055f}, {0, -0.01f},
                      {{0, darker(with.trim, 0.25f)}, {1, lighter(with.trim, 0.25f)}}));
    on.fill(path::rectangle(-0.68f, -0.014f, 0.68f, 0.008f, 0.01f),
            face_paint(darker(with.trim, 0.2f), material::metal, {-0.7f, -0.02f, 0.7f, 0.01f}));
    return {0.66f, 0.8f};
}

footprint book(const pen& on, const look& with)
{
    const pen turned = on.at(affine{1, 0, 0, 0.06f, 1, 0});
    turned.fill(path::polygon({{0.30f, -0.90f}, {0.38f, -0.93f}, {0.38f, -0.06f}, {0.30f, 0.0f}}),
                paint::linear({0.30f, 0}, {0.38f, 0},
                              {{0, hex(0xf6f0e2)}, {0.5f, hex(0xd8cfba)}, {1, hex(0xb5aa92)}}));
    turned.fill(
        path::polygon({{-0.34f, -0.90f}, {0.30f, -0.90f}, {0.38f, -0.93f}, {-0.25f, -0.93f}}),
        hex(0xefe7d5));
    const box cover{-0.36f, -0.91f, 0.31f, 0.005f};
    turned.fill(path::rectangle(cover.left, cover.top, cover.right, cover.bottom, 0.012f),
                face_paint(with.main, with.of, cover));
    turned.fill(path::rectangle(-0.36f, -0.91f, -0.29f, 0.005f, 0.01f),
                paint::linear({-0.36f, 0}, {-0.28f, 0},
                              {{0, darker(with.main, 0.1f)},
                               {0.5f, lighter(with.main, 0.15f)},
                               {1, darker(with.main, 0.35f)}}));
    turned.fill(path::ring({0.02f, -0.55f}, 0.17f, 0.17f, 0.012f), lighter(with.accent, 0.4f));
    turned.fill(path::ellipse({0.02f, -0.55f}, 0.11f, 0.11f),
                paint::linear({-0.1f, -0.65f}, {0.12f, -0.45f},
                              {{0, lighter(with.accent, 0.45f)}, {1, with.accent}}));
    turned.fill(path::rectangle(-0.15f, -0.25f, 0.19f, -0.235f), lighter(with.accent, 0.4f));
    turned.fill(path::rectangle(-0.09f, -0.20f, 0.13f, -0.19f), lighter(with.accent, 0.4f),
                {.opacity = 0.7f});
    return {0.36f, 0.95f};
}

} // namespace

footprint draw_device(const pen& on, thing what, const look& with)
{
    switch (what) {
    case thing::headphones:
        return headphones(on, with);
    case thing::clock:
        return clock(on, with);
    case thing::phone:
        return phone(on, with);
    case thing::laptop:
        return laptop(on, with);
    case thing::book:
        return book(on, with);
    default:
        return camera(on, with);
    }
}

} // namespace engine::sim::art
