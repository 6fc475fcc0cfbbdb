// What is on a head: hair and hats.
#include "engine/sim/art/portrait.hpp"
#include "engine/sim/art/surface.hpp"

#include <cmath>

namespace engine::sim::art {

namespace {

using haircut = character::haircut;
using headgear = character::headgear;

constexpr point face_at{0, -0.62f};

} // namespace

void hair_behind(const pen& head, const character& who)
{
    const colour dark = darker(who.hair, 0.28f);
    const float f = who.face;
    switch (who.cut) {
    case haircut::lengthy:
        head.fill(path::smooth({{-0.26f * f, -0.72f},
                                {-0.18f, -0.95f},
                                {0, -0.99f},
                                {0.18f, -0.95f},
                                {0.26f * f, -0.72f},
                                {0.30f * f, -0.42f},
                                {0.27f, -0.18f},
                                {0.10f, -0.14f},
                                {-0.10f, -0.14f},
                                {-0.27f, -0.18f},
                                {-0.30f * f, -0.42f}}),
                  paint::linear({-0.3f, 0}, {0.3f, 0},
                                {{0, dark}, {0.5f, darker(who.hair, 0.45f)}, {1, dark}}));
        break;
    case haircut::bob:
        head.fill(path::smooth({{-0.26f * f, -0.70f},
                                {-0.17f, -0.94f},
                                {0, -0.98f},
                                {0.17f, -0.94f},
                                {0.26f * f, -0.70f},
                                {0.285f * f, -0.50f},
                                {0.22f, -0.40f},
                                {0, -0.38f},
                                {-0.22f, -0.40f},
                                {-0.285f * f, -0.50f}}),
                  dark);
        break;
    case haircut::tail:
        head.fill(path::smooth({{0.14f, -0.86f},
                                {0.30f, -0.82f},
                                {0.38f, -0.62f},
                                {0.34f, -0.36f},
                                {0.28f, -0.30f},
                                {0.27f, -0.5f},
                                {0.22f, -0.7f}}),
                  paint::linear({0.1f, 0}, {0.4f, 0}, {{0, dark}, {0.5f, who.hair}, {1, dark}}));
        break;
    case haircut::bun:
        head.fill(path::ellipse({0.02f, -1.0f}, 0.105f, 0.10f),
                  paint::radial({-0.02f, -1.03f}, 0.16f, 0.16f,
                                {{0, lighter(who.hair, 0.2f)}, {1, darker(who.hair, 0.35f)}}));
        break;
    case haircut::curls:
        for (int i = 0; i < 15; ++i) {
            const float angle = 2.75f + static_cast<float>(i) * 0.27f;
            const point at{face_at.x + std::cos(angle) * 0.24f * f,
                           face_at.y - 0.04f + std::sin(angle) * 0.29f};
            head.fill(path::ellipse(at, 0.085f, 0.085f),
                      paint::radial({at.x - 0.03f, at.y - 0.03f}, 0.13f, 0.13f,
                                    {{0, lighter(who.hair, 0.16f)}, {1, darker(who.hair, 0.3f)}}));
        }
        break;
    default:
        break;
    }
}

void hair_before(const pen& head, const character& who)
{
    const float f = who.face;
    const stops shine = {
        {0, lighter(who.hair, 0.28f)}, {0.45f, who.hair}, {1, darker(who.hair, 0.28f)}};
    const paint fill = paint::linear({-0.12f, -0.92f}, {0.16f, -0.60f}, shine);
    switch (who.cut) {
    case haircut::bald:
        return;
    case haircut::cropped:
        head.fill(path::smooth({{-0.225f * f, -0.62f},
                                {-0.235f * f, -0.78f},
                                {-0.14f, -0.925f},
                                {0.02f, -0.955f},
                                {0.16f, -0.91f},
                                {0.235f * f, -0.77f},
                                {0.225f * f, -0.62f},
                                {0.195f * f, -0.73f},
                                {0.10f, -0.785f},
                                {-0.10f, -0.785f},
                                {-0.195f * f, -0.73f}}),
                  fill);
        return;
    case haircut::curls:
        for (int i = 0; i < 9; ++i) {
            const float t = static_cast<float>(i) / 8 * 2 - 1;
            const point at{t * 0.20f * f, -0.86f + t * t * 0.12f};
            head.fill(path::ellipse(at, 0.07f, 0.066f),
                      paint::radial({at.x - 0.02f, at.y - 0.03f}, 0.11f, 0.11f,
                                    {{0, lighter(who.hair, 0.24f)}, {1, darker(who.hair, 0.2f)}}));
        }
        return;
    case haircut::parted:
        head.fill(path::smooth({{-0.228f * f, -0.58f},
                                {-0.245f * f, -0.78f},
                                {-0.16f, -0.94f},
                                {0.04f, -0.985f},
                                {0.20f, -0.92f},
                                {0.25f * f, -0.76f},
                                {0.228f * f, -0.60f},
                                {0.205f * f, -0.74f},
                                {0.10f, -0.79f},
                                {-0.06f, -0.80f},
                                {-0.16f, -0.745f},
                                {-0.205f * f, -0.68f}}),
                  fill);
        return;
    default: // a fringe that opens in the middle or falls to one side
        head.fill(path::smooth({{-0.25f * f, -0.52f},
                                {-0.265f * f, -0.76f},
                                {-0.16f, -0.94f},
                                {0.02f, -0.98f},
                                {0.18f, -0.93f},
                                {0.265f * f, -0.75f},
                                {0.25f * f, -0.52f},
                                {0.225f * f, -0.66f},
                                {0.15f, -0.775f},
                                {0.03f, -0.84f},
                                {-0.07f, -0.79f},
                                {-0.17f, -0.72f},
                                {-0.222f * f, -0.63f}}),
                  fill);
        head.fill(
            path::stroke({{-0.19f, -0.78f}, {-0.10f, -0.88f}, {0.04f, -0.915f}}, 0.02f, 0.006f),
            lighter(who.hair, 0.5f), {.opacity = 0.35f, .blur = 0.012f});
        return;
    }
}

void draw_headgear(const pen& head, const character& who)
{
    switch (who.wears) {
    case headgear::bare:
        return;
    case headgear::fedora:
        head.fill(path::smooth({{-0.42f, -0.775f},
                                {-0.2f, -0.83f},
                                {0.2f, -0.83f},
                                {0.42f, -0.775f},
                                {0.22f, -0.745f},
                                {-0.22f, -0.745f}}),
                  face_paint(who.extra, material::fabric, {-0.4f, -0.83f, 0.4f, -0.74f}));
        head.fill(path::smooth({{-0.25f, -0.80f},
                                {-0.23f, -0.98f},
                                {-0.15f, -1.07f},
                                {0, -1.04f},
                                {0.15f, -1.07f},
                                {0.23f, -0.98f},
                                {0.25f, -0.80f},
                                {0, -0.775f}}),
                  turned_paint(who.extra, material::fabric, -1.07f, -0.78f));
        head.fill(path::smooth({{-0.25f, -0.86f},
                                {0, -0.835f},
                                {0.25f, -0.86f},
                                {0.25f, -0.80f},
                                {0, -0.775f},
                                {-0.25f, -0.80f}}),
                  darker(who.extra, 0.6f));
        return;
    case headgear::wizard:
        head.fill(path::smooth({{-0.44f, -0.76f},
                                {-0.2f, -0.83f},
                                {0.2f, -0.83f},
                                {0.44f, -0.76f},
                                {0.2f, -0.73f},
                                {-0.2f, -0.73f}}),
                  face_paint(who.extra, material::fabric, {-0.4f, -0.83f, 0.4f, -0.73f}));
        head.fill(path::smooth({{-0.24f, -0.79f},
                                {-0.14f, -1.05f},
                                {0.02f, -1.26f},
                                {0.17f, -1.36f},
                                {0.12f, -1.22f},
                                {0.16f, -1.02f},
                                {0.24f, -0.79f},
                                {0, -0.765f}}),
                  turned_paint(who.extra, material::fabric, -1.3f, -0.78f));
        head.fill(path::smooth({{-0.24f, -0.84f},
                                {0, -0.815f},
                                {0.24f, -0.84f},
                                {0.24f, -0.79f},
                                {0, -0.765f},
                                {-0.24f, -0.79f}}),
                  hex(0xd2a94a));
        return;
    case headgear::chef:
        head.fill(path::smooth({{-0.23f, -0.80f},
                                {-0.32f, -1.02f},
                                {-0.22f, -1.16f},
                                {-0.06f, -1.14f},
                                {0.04f, -1.20f},
                                {0.18f, -1.16f},
                                {0.32f, -1.04f},
                                {0.23f, -0.80f},
                                {0, -0.77f}}),
                  turned_paint(hex(0xf7f5f0), material::fabric, -1.2f, -0.78f));
        head.fill(path::smooth({{-0.235f, -0.88f},
                                {0, -0.86f},
                                {0.235f, -0.88f},
                                {0.235f, -0.79f},
                                {0, -0.765f},
                                {-0.235f, -0.79f}}),
                  turned_paint(hex(0xffffff), material::fabric, -0.9f, -0.77f));
        return;
    case headgear::helmet:
        head.fill(path::ring({0, -0.63f}, 0.39f, 0.39f, 0.06f),
                  face_paint(hex(0xe9ecef), material::glossy, {-0.39f, -1.02f, 0.39f, -0.24f}));
        head.fill(path::ellipse({0, -0.63f}, 0.335f, 0.335f),
                  paint::radial({-0.1f, -0.75f}, 0.5f, 0.5f,
                                {{0, hex(0xbfe3ff), 0.10f},
                                 {0.7f, hex(0x9fc9f0), 0.16f},
                                 {1, hex(0x6f9fd0), 0.45f}}));
        head.fill(
            path::smooth({{-0.24f, -0.80f}, {-0.12f, -0.90f}, {-0.06f, -0.885f}, {-0.19f, -0.75f}}),
            colour{1, 1, 1}, {.opacity = 0.6f, .blur = 0.012f});
        return;
    case headgear::crown:
        head.fill(path::polygon({{-0.2f, -0.84f},
                                 {-0.23f, -1.06f},
                                 {-0.11f, -0.95f},
                                 {0, -1.10f},
                                 {0.11f, -0.95f},
                                 {0.23f, -1.06f},
                                 {0.2f, -0.84f}}),
                  face_paint(hex(0xd9ae45), material::metal, {-0.23f, -1.1f, 0.23f, -0.84f}));
        for (const float x : {-0.1f, 0.0f, 0.1f})
            head.fill(path::ellipse({x, -0.885f}, 0.02f, 0.02f), who.extra);
        return;
    }
}

} // namespace engine::sim::art
