#include "engine/sim/art/worn.hpp"

#include "engine/sim/art/subject.hpp"

#include <algorithm>

namespace engine::sim::art {

namespace {

// Where things go on a body, in units of the frame.
struct body {
    float centre = 0; // of the head
    float head_half = 0.2f;
    float crown = 0, eyes = 0, neck = 0;
    float neck_half = 0.15f;
};

struct extent {
    float left = 0, right = 0;
    [[nodiscard]] float half() const { return (right - left) / 2; }
    [[nodiscard]] float centre() const { return (right + left) / 2; }
};

// The widest run of the subject in a row, in pixels.
extent row_of(const matte& found, int y)
{
    extent best;
    int start = -1;
    const int row = std::clamp(y, 0, found.height - 1);
    for (int x = 0; x <= found.width; ++x) {
        const bool in =
            x < found.width &&
            found.alpha[static_cast<std::size_t>(row) * static_cast<std::size_t>(found.width) +
                        static_cast<std::size_t>(x)] > 0.5f;
        if (in && start < 0)
            start = x;
        if (!in && start >= 0) {
            if (static_cast<float>(x - start) > best.right - best.left)
                best = {static_cast<float>(start), static_cast<float>(x)};
            start = -1;
        }
    }
    return best;
}

body measure(const matte& found, float unit)
{
    const float top = found.around.top, tall = found.around.bottom - top;
    const auto row = [&](float share) {
        return row_of(found, static_cast<int>(top + tall * share));
    };
    body made;
    // Shoulders that run out of the picture: head and shoulders, drawn as portrait.cpp does.
    const bool bust = found.around.bottom > static_cast<float>(found.height) * 0.97f &&
                      row(0.97f).half() * 2 > static_cast<float>(found.width) * 0.3f;
    if (bust) {
        const float scale = std::clamp(tall / 0.86f, 0.4f * unit, 1.1f * unit);
        const float feet = static_cast<float>(found.height) + 0.10f * scale;
        made.centre = row(0.45f).centre();
        made.head_half = 0.235f * scale;
        made.crown = feet - 0.80f * scale;
        made.eyes = feet - 0.615f * scale;
        made.neck = feet - 0.305f * scale;
        made.neck_half = 0.165f * scale;
    } else {
        float narrow = 0.42f, width = 1e9f;
        for (float share = 0.28f; share < 0.56f; share += 0.01f)
            if (const float half = row(share).half(); half > 0 && half < width) {
                width = half;
                narrow = share;
            }
        made.centre = row(0.25f).centre();
        made.head_half = std::max(row(0.25f).half(), 0.04f * unit);
        made.crown = top + tall * 0.12f;
        made.eyes = top + tall * 0.26f;
        made.neck = top + tall * narrow;
        made.neck_half = std::clamp(width, 0.04f * unit, 0.30f * unit);
        if (narrow > 0)
            made.centre = row(narrow).centre();
    }
    for (float* length :
         {&made.centre, &made.head_half, &made.crown, &made.eyes, &made.neck, &made.neck_half})
        *length /= unit;
    return made;
}

// Around (0, 0), for a neck that reaches from -1 to 1.
void draw_scarf(const pen& on, colour tint)
{
    const auto cloth = [&](float from, float to) {
        return paint::linear({-1, from}, {1, to},
                             {{0, lighter(tint, 0.16f)}, {0.5f, tint}, {1, darker(tint, 0.28f)}});
    };
    const path tail = path::smooth({{0.18f, 0.30f},
                                    {0.72f, 0.22f},
                                    {0.84f, 1.1f},
                                    {0.80f, 1.95f},
                                    {0.28f, 1.98f},
                                    {0.30f, 1.1f}});
    on.fill(tail.transformed(affine::move(0.06f, 0.06f)), hex(0x000000),
            {.opacity = 0.35f, .blur = 0.14f});
    for (int i = 0; i < 6; ++i) {
        const float x = 0.32f + 0.09f * static_cast<float>(i);
        on.fill(path::stroke({{x, 1.90f}, {x + 0.01f, 2.14f}}, 0.035f, 0.02f), darker(tint, 0.15f));
    }
    on.fill(tail, cloth(0.2f, 2.0f));
    for (const float y : {1.42f, 1.66f})
        on.fill(path::stroke({{0.31f, y}, {0.55f, y + 0.03f}, {0.80f, y - 0.02f}}, 0.07f),
                lighter(tint, 0.45f), {.opacity = 0.85f, .clip = &tail});
    const path wrap = path::smooth({{-1.16f, -0.30f},
                                    {-0.6f, -0.10f},
                                    {0, -0.04f},
                                    {0.6f, -0.10f},
                                    {1.16f, -0.30f},
                                    {1.26f, 0.10f},
                                    {0.8f, 0.46f},
                                    {0, 0.60f},
                                    {-0.8f, 0.46f},
                                    {-1.26f, 0.10f}});
    on.fill(wrap.transformed(affine::move(0, 0.08f)), hex(0x000000),
            {.opacity = 0.40f, .blur = 0.16f});
    on.fill(wrap, cloth(-0.3f, 0.6f));
    for (const float y : {0.08f, 0.26f, 0.42f})
        on.fill(path::stroke(
                    {{-1.2f, y - 0.26f}, {-0.5f, y - 0.02f}, {0.5f, y + 0.02f}, {1.2f, y - 0.22f}},
                    0.045f, 0.03f),
                darker(tint, 0.35f), {.opacity = 0.45f, .blur = 0.03f, .clip = &wrap});
    on.fill(path::smooth({{0.10f, 0.10f},
                          {0.52f, 0.02f},
                          {0.86f, 0.20f},
                          {0.82f, 0.56f},
                          {0.44f, 0.66f},
                          {0.12f, 0.48f}}),
            paint::radial({0.40f, 0.22f}, 0.6f, 0.6f,
                          {{0, lighter(tint, 0.18f)}, {1, darker(tint, 0.18f)}}));
}

} // namespace

void put_on(const pen& on, garment what, colour tint, const matte& found, float pixels_a_unit,
            std::uint64_t seed)
{
    const body wearer = measure(found, pixels_a_unit);
    if (what == garment::scarf) {
        draw_scarf(on.at(wearer.centre, wearer.neck, wearer.neck_half), tint);
        return;
    }
    look with;
    with.main = tint;
    with.accent = lighter(tint, 0.5f);
    with.trim = darker(tint, 0.5f);
    with.of = material::fabric;
    with.variant = seed;
    const thing shape = what == garment::hat ? thing::hat : thing::glasses;
    sketch trial(1, 1);
    const footprint foot = draw_subject(pen(trial), shape, with);
    if (what == garment::hat) {
        const float scale = wearer.head_half * 1.45f / foot.half_width;
        draw_subject(on.at(wearer.centre, wearer.crown + 0.04f * scale, scale), shape, with);
    } else {
        const float scale = wearer.head_half * 0.95f / foot.half_width;
        draw_subject(on.at(wearer.centre, wearer.eyes + foot.height * scale * 0.5f, scale), shape,
                     with);
    }
}

} // namespace engine::sim::art
