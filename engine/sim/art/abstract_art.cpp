#include "engine/sim/art/abstract_art.hpp"

#include "engine/base/random.hpp"

#include <cmath>

namespace engine::sim::art {

namespace {

void waves(const pen& on, const palette& c, base::random& chance)
{
    const float w = on.width(), h = on.height();
    on.flood(paint::linear(
        {0, 0}, {w, h},
        {{0, lighter(c.backdrop, 0.35f)}, {0.6f, c.backdrop}, {1, lighter(c.accent, 0.45f)}}));
    const point sun{w * static_cast<float>(chance.between(0.25, 0.75)),
                    h * static_cast<float>(chance.between(0.25, 0.42))};
    const float r = static_cast<float>(chance.between(0.12, 0.2));
    on.fill(path::ellipse(sun, r, r),
            paint::linear({sun.x, sun.y - r}, {sun.x, sun.y + r},
                          {{0, lighter(c.accent, 0.25f)}, {1, mix(c.accent, c.main, 0.5f)}}));
    constexpr int bands = 7;
    for (int i = 0; i < bands; ++i) {
        const float t = static_cast<float>(i) / (bands - 1);
        const float base_y = h * (0.38f + 0.55f * t), swing = 0.10f * (1 - 0.4f * t);
        std::vector<point> line = {{-0.3f, base_y}};
        for (int k = 0; k <= 6; ++k)
            line.push_back({w * static_cast<float>(k) / 6 + 0.001f,
                            base_y + swing * std::sin(static_cast<float>(k) * 1.3f +
                                                      static_cast<float>(i) * 1.1f +
                                                      static_cast<float>(chance.between(0, 0.9)))});
        line.push_back({w + 0.3f, base_y});
        line.push_back({w + 0.3f, h + 0.4f});
        line.push_back({-0.3f, h + 0.4f});
        const colour tint =
            t < 0.5f ? mix(lighter(c.accent, 0.2f), c.main, t * 2) : mix(c.main, c.deep, t * 2 - 1);
        const path band = path::smooth(line);
        on.fill(band.transformed(affine::move(0, -0.008f)), hex(0x000000),
                {.opacity = 0.22f, .blur = 0.025f});
        on.fill(band,
                paint::linear({0, base_y - swing}, {w * 0.3f, base_y + 0.4f},
                              {{0, lighter(tint, 0.18f)}, {0.4f, tint}, {1, darker(tint, 0.2f)}}));
    }
}

void tiles(const pen& on, const palette& c, base::random& chance)
{
    const float w = on.width(), h = on.height();
    const colour tints[] = {c.main,
                            c.accent,
                            c.deep,
                            lighter(c.main, 0.45f),
                            lighter(c.accent, 0.5f),
                            lighter(c.backdrop, 0.4f)};
    on.flood(paint::solid(lighter(c.backdrop, 0.3f)));
    const float cell = 0.25f;
    for (float y = 0; y < h - 0.01f; y += cell)
        for (float x = 0; x < w - 0.01f; x += cell) {
            const colour ground = tints[chance.below(6)];
            colour shape = tints[chance.below(6)];
            if (shape == ground)
                shape = lighter(c.backdrop, 0.7f);
            const path tile = path::rectangle(x, y, x + cell + 0.001f, y + cell + 0.001f);
            on.fill(tile, paint::linear({x, y}, {x + cell, y + cell},
                                        {{0, lighter(ground, 0.06f)}, {1, darker(ground, 0.08f)}}));
            const pen p = on.at(affine::move(x + cell / 2, y + cell / 2) *
                                affine::turn(static_cast<float>(chance.below(4)) * 1.5707963f) *
                                affine::scale(cell / 2, cell / 2));
            const path local = path::rectangle(-1, -1, 1, 1);
            const paint fill = paint::linear(
                {-1, -1}, {1, 1}, {{0, lighter(shape, 0.10f)}, {1, darker(shape, 0.10f)}});
            switch (chance.below(6)) {
            case 0:
                p.fill(path::ellipse({-1, -1}, 2, 2), fill, {.clip = &local});
                break;
            case 1:
                p.fill(path::ellipse({0, 0}, 0.72f, 0.72f), fill);
                break;
            case 2:
                p.fill(path::polygon({{-1, 1}, {1, 1}, {1, -1}}), fill);
                break;
            case 3:
                p.fill(path::ellipse({0, -1}, 1, 1), fill, {.clip = &local});
                p.fill(path::ellipse({0, 0}, 1, 1), fill, {.opacity = 0.6f, .clip = &local});
                break;
            case 4:
                for (int k = 0; k < 4; ++k)
                    p.fill(path::rectangle(-1, -1 + 0.5f * static_cast<float>(k), 1,
                                           -0.75f + 0.5f * static_cast<float>(k)),
                           fill);
                break;
            default:
                for (int k = 3; k > 0; --k)
                    p.fill(path::ellipse({-1, -1}, 0.62f * static_cast<float>(k),
                                         0.62f * static_cast<float>(k)),
                           k % 2 == 1 ? shape : lighter(ground, 0.25f), {.clip = &local});
                break;
            }
        }
}

void drift(const pen& on, const palette& c, base::random& chance)
{
    const float w = on.width(), h = on.height();
    on.flood(paint::linear({0, 0}, {w, h},
                           {{0, darker(c.deep, 0.25f)},
                            {0.5f, mix(c.deep, c.main, 0.5f)},
                            {1, darker(c.main, 0.2f)}}));
    const colour tints[] = {c.main, c.accent, lighter(c.accent, 0.35f), lighter(c.main, 0.3f),
                            c.backdrop};
    for (int i = 0; i < 9; ++i) {
        const point at{w * static_cast<float>(chance.between(0, 1)),
                       h * static_cast<float>(chance.between(0, 1))};
        const float r = static_cast<float>(chance.between(0.25, 0.6));
        const colour tint = tints[chance.below(5)];
        on.fill(path::ellipse(at, r, r), paint::radial(at, r, r, {{0, tint, 0.85f}, {1, tint, 0}}));
    }
    for (int i = 0; i < 16; ++i) {
        const point at{w * static_cast<float>(chance.between(0.05, 0.95)),
                       h * static_cast<float>(chance.between(0.1, 0.9))};
        const float r = static_cast<float>(chance.between(0.02, 0.13));
        const colour tint = tints[chance.below(5)];
        on.fill(path::ellipse({at.x + r * 0.25f, at.y + r * 0.45f}, r, r), hex(0x000000),
                {.opacity = 0.28f, .blur = r * 0.5f});
        on.fill(path::ellipse(at, r, r),
                paint::radial({at.x - r * 0.4f, at.y - r * 0.45f}, r * 1.7f, r * 1.7f,
                              {{0, lighter(tint, 0.75f)},
                               {0.25f, lighter(tint, 0.25f)},
                               {0.6f, tint},
                               {1, darker(tint, 0.6f)}}));
    }
}

} // namespace

void draw_abstract(const pen& on, const palette& colours, std::uint64_t seed)
{
    base::random chance(seed);
    switch (chance.below(3)) {
    case 0:
        waves(on, colours, chance);
        break;
    case 1:
        tiles(on, colours, chance);
        break;
    default:
        drift(on, colours, chance);
        break;
    }
}

} // namespace engine::sim::art
