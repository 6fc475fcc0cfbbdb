#include "engine/sim/art/surface.hpp"

namespace engine::sim::art {

stops turned_ramp(colour c, material of)
{
    switch (of) {
    case material::metal:
        return {{0.00f, darker(c, 0.72f)},  {0.07f, darker(c, 0.35f)},  {0.16f, lighter(c, 0.55f)},
                {0.24f, lighter(c, 0.85f)}, {0.31f, lighter(c, 0.25f)}, {0.44f, darker(c, 0.22f)},
                {0.60f, darker(c, 0.50f)},  {0.72f, darker(c, 0.15f)},  {0.82f, lighter(c, 0.35f)},
                {0.91f, darker(c, 0.30f)},  {1.00f, darker(c, 0.62f)}};
    case material::glossy:
        return {{0.00f, darker(c, 0.52f)},  {0.10f, darker(c, 0.16f)},  {0.24f, lighter(c, 0.24f)},
                {0.29f, lighter(c, 0.62f)}, {0.34f, lighter(c, 0.24f)}, {0.50f, c},
                {0.76f, darker(c, 0.30f)},  {0.93f, darker(c, 0.52f)},  {1.00f, darker(c, 0.36f)}};
    case material::glass:
        return {{0.00f, darker(c, 0.45f), 0.92f},  {0.06f, lighter(c, 0.45f), 0.80f},
                {0.14f, lighter(c, 0.20f), 0.52f}, {0.22f, lighter(c, 0.85f), 0.75f},
                {0.28f, lighter(c, 0.30f), 0.46f}, {0.55f, c, 0.40f},
                {0.80f, darker(c, 0.10f), 0.55f},  {0.92f, lighter(c, 0.35f), 0.75f},
                {1.00f, darker(c, 0.50f), 0.92f}};
    default:
        return {{0.00f, darker(c, 0.44f)},  {0.14f, darker(c, 0.10f)},
                {0.32f, lighter(c, 0.20f)}, {0.50f, c},
                {0.76f, darker(c, 0.28f)},  {0.94f, darker(c, 0.48f)},
                {1.00f, darker(c, 0.38f)}};
    }
}

stops face_ramp(colour c, material of)
{
    switch (of) {
    case material::metal:
        return {{0.0f, lighter(c, 0.45f)},
                {0.35f, c},
                {0.55f, lighter(c, 0.30f)},
                {0.8f, darker(c, 0.25f)},
                {1.0f, darker(c, 0.40f)}};
    case material::glossy:
        return {{0.0f, lighter(c, 0.32f)}, {0.4f, lighter(c, 0.06f)}, {1.0f, darker(c, 0.26f)}};
    case material::glass:
        return {{0.0f, lighter(c, 0.5f), 0.7f}, {0.5f, c, 0.45f}, {1.0f, darker(c, 0.2f), 0.7f}};
    default:
        return {{0.0f, lighter(c, 0.14f)}, {0.45f, c}, {1.0f, darker(c, 0.24f)}};
    }
}

paint turned_paint(colour tint, material of, float top, float bottom)
{
    return paint::turned(
        turned_ramp(tint, of), top, bottom,
        {{0.0f, {1.06f, 1.06f, 1.05f}}, {0.5f, {1, 1, 1}}, {1.0f, {0.80f, 0.79f, 0.82f}}});
}

paint face_paint(colour tint, material of, box over)
{
    // Slanted: light from the upper left reaches one corner first.
    const float w = over.right - over.left, h = over.bottom - over.top;
    return paint::linear({over.left + 0.2f * w, over.top}, {over.left + 0.8f * w, over.top + h},
                         face_ramp(tint, of));
}

void add_highlight(const pen& on, const path& where, float strength, float blur, const path* clip)
{
    on.fill(where, colour{1, 1, 1},
            {.opacity = strength, .blur = blur, .how = blend::screen, .clip = clip});
}

} // namespace engine::sim::art
