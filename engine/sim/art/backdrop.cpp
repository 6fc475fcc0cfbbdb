#include "engine/sim/art/backdrop.hpp"

#include "engine/base/random.hpp"

#include <cmath>

namespace engine::sim::art {

namespace {

// Planks that run away from the viewer.
paint planks(const pen& on, float edge, colour wood, std::uint64_t seed)
{
    const auto pattern = static_cast<std::uint32_t>(seed);
    const float w = on.width(), h = on.height();
    return paint::computed([=](float x, float y) -> paint::shade {
        const float depth = std::max((y - edge) / (h - edge), 0.0f);
        const float spread = 0.55f + 0.75f * depth; // nearer planks are wider
        const float across = (x - w / 2) / spread * 3.2f;
        const float plank = std::floor(across);
        const float inside = across - plank;
        const float away = 1 / (0.35f + depth);
        const float tone = noise_at(plank * 7.3f, 0.5f, pattern) * 0.22f - 0.11f;
        const float wave = noise_at(across * 1.5f, away * 1.3f, pattern + 7) * 3.0f;
        const float grain =
            noise_at(across * 13 + wave + plank * 3, away * 2.2f + plank * 5, pattern + 3);
        const float gap = std::min(inside, 1 - inside) < 0.012f ? 0.42f : 0.0f;
        const float dark = std::clamp(0.05f + tone + (grain - 0.5f) * 0.34f + gap, -0.2f, 0.8f);
        return {dark > 0 ? mix(wood, hex(0x1e120a), dark) : lighter(wood, -dark), 1};
    });
}

paint veins(float scale, colour stone, colour vein, std::uint64_t seed)
{
    const auto pattern = static_cast<std::uint32_t>(seed);
    return paint::computed([=](float x, float y) -> paint::shade {
        const float u = x * scale, v = y * scale * 2.4f; // foreshortened
        const float bend = cloud_at(u, v, pattern, 3) * 3.0f;
        const float line = std::abs(noise_at(u * 0.9f + bend, v * 0.7f + bend, pattern + 9) - 0.5f);
        const float thin = std::clamp(1 - line * 26, 0.0f, 1.0f) * 0.55f;
        const float cloud = cloud_at(u * 0.6f, v * 0.6f, pattern + 21, 2) - 0.5f;
        return {mix(lighter(stone, std::max(cloud, 0.0f) * 0.3f), vein,
                    thin + std::max(-cloud, 0.0f) * 0.18f),
                1};
    });
}

paint grains(float scale, colour low, colour high, std::uint64_t seed, float ripple)
{
    const auto pattern = static_cast<std::uint32_t>(seed);
    return paint::computed([=](float x, float y) -> paint::shade {
        const float broad = noise_at(x * scale * 0.2f, y * scale * 0.55f, pattern);
        const float wave =
            std::sin((y * 2.4f + noise_at(x * 3, y * 5, pattern + 5) * 0.35f) * scale * 1.4f) *
            ripple;
        const float fine = noise_at(x * scale * 9, y * scale * 12, pattern + 1);
        return {mix(low, high, std::clamp(broad * 0.55f + fine * 0.28f + 0.12f + wave, 0.0f, 1.0f)),
                1};
    });
}

void flakes(const pen& on, std::uint64_t seed)
{
    base::random chance(seed ^ 0x736e6f77u);
    const auto between = [&](double low, double high) {
        return static_cast<float>(chance.between(low, high));
    };
    const float w = on.width(), h = on.height();
    for (int i = 0; i < 150; ++i) { // far, then near and out of focus
        const bool near = i > 120;
        const float r = near ? between(0.010, 0.022) : between(0.0022, 0.0055);
        on.fill(path::ellipse({between(0, w), between(0, h)}, r, r * between(0.8, 1.15)),
                colour{1, 1, 1},
                {.opacity = near ? between(0.25, 0.5) : between(0.55, 0.95),
                 .blur = near ? r * 0.55f : 0.0f});
    }
}

void drops(const pen& on, std::uint64_t seed)
{
    base::random chance(seed ^ 0x7261696eu);
    const auto between = [&](double low, double high) {
        return static_cast<float>(chance.between(low, high));
    };
    const float w = on.width(), h = on.height();
    on.flood(paint::linear({0, 0}, {0, h}, {{0, hex(0x39475a), 0.38f}, {1, hex(0x39475a), 0.10f}}));
    for (int i = 0; i < 170; ++i) {
        const float x = between(-0.1, w + 0.1), y = between(-0.1, h), size = between(0.03, 0.09);
        on.fill(path::stroke({{x, y}, {x - size * 0.16f, y + size}}, between(0.0012, 0.0026)),
                hex(0xdfeaf5), {.opacity = between(0.2, 0.5)});
    }
}

void fog(const pen& on, std::uint64_t seed, float strength)
{
    const float w = on.width(), h = on.height();
    on.flood(clouds({0, 0, w, h}, hex(0xeef1f3),
                    {.across = 2.2f * w, .down = 4, .low = 0.25f, .high = 0.95f}, seed),
             {.opacity = 0.75f * strength});
    on.flood(paint::linear(
        {0, h * 0.3f}, {0, h},
        {{0, hex(0xeef1f3), 0.05f * strength}, {1, hex(0xeef1f3), 0.55f * strength}}));
}

// The pattern of a ground, drawn once at a resolution that its grain needs and no more.
paint baked(const pen& on, float edge, const paint& pattern)
{
    constexpr float pixels_a_unit = 420;
    sketch flat(on.width(), on.height() - edge);
    pen(flat)
        .at(affine::move(0, -edge))
        .fill(path::rectangle(-0.1f, edge, on.width() + 0.1f, on.height() + 0.1f), pattern);
    const job::image_size size{static_cast<int>(on.width() * pixels_a_unit),
                               std::max(1, static_cast<int>((on.height() - edge) * pixels_a_unit))};
    auto picture = std::make_shared<layer>(render(flat, size));
    picture->opaque = true;
    return paint::picture(std::move(picture), {0, edge, on.width(), on.height()});
}

} // namespace

paint clouds(box over, colour tint, const cloud_look& look, std::uint64_t seed)
{
    constexpr int size = 160; // it is smooth anyway
    auto made = std::make_shared<layer>(size, size);
    const auto pattern = static_cast<std::uint32_t>(seed * 0x9E3779B9u);
    for (int y = 0; y < size; ++y) {
        for (int x = 0; x < size; ++x) {
            const float field =
                cloud_at(static_cast<float>(x) / size * look.across,
                         static_cast<float>(y) / size * look.down, pattern, look.octaves);
            float alpha = std::clamp((field - look.low) / (look.high - look.low), 0.0f, 1.0f);
            alpha = alpha * alpha * (3 - 2 * alpha);
            const std::size_t i = made->index(x, y);
            made->r[i] = tint.r * alpha;
            made->g[i] = tint.g * alpha;
            made->b[i] = tint.b * alpha;
            made->a[i] = alpha;
        }
    }
    return paint::picture(std::move(made), over);
}

staging draw_backdrop(const pen& on, const mood& with)
{
    switch (with.where) {
    case place::studio:
    case place::plain:
    case place::kitchen:
    case place::room:
    case place::desk:
    case place::cafe:
        return draw_indoors(on, with);
    default:
        return draw_outdoors(on, with);
    }
}

void draw_ground(const pen& on, const staging& where, const mood& with)
{
    const float w = on.width(), h = on.height(), edge = where.edge * h;
    const path area = path::rectangle(-0.1f, edge, w + 0.1f, h + 0.1f);
    const bool night = with.when == light::night;
    switch (where.under) {
    case ground::none:
    case ground::seamless:
        return;
    case ground::wood: {
        const colour wood = mix(hex(0x9a6b43), with.seed % 3 == 0 ? hex(0xc9a06c) : hex(0x7a4f32),
                                with.seed % 3 == 1 ? 0.8f : 0.4f);
        on.fill(area, baked(on, edge, planks(on, edge, wood, with.seed)));
        break;
    }
    case ground::stone:
        on.fill(area, baked(on, edge, grains(9, hex(0x6f7177), hex(0xa9aaab), with.seed, 0)));
        break;
    case ground::marble:
        on.fill(area, baked(on, edge, veins(2.2f, hex(0xeeece9), hex(0x8d8b8c), with.seed)));
        break;
    case ground::sand:
        on.fill(area, baked(on, edge, grains(9, hex(0xc9a577), hex(0xf0dcb8), with.seed, 0.10f)),
                {.blur = 0.03f});
        break;
    case ground::snow:
        on.fill(area, baked(on, edge, grains(4, hex(0xc3d3e6), hex(0xfbfdff), with.seed, 0.05f)),
                {.blur = 0.03f});
        break;
    case ground::moss:
        on.fill(area, baked(on, edge, grains(14, hex(0x2f4524), hex(0x7d9448), with.seed, 0.03f)),
                {.blur = 0.03f});
        break;
    case ground::wet:
        on.fill(area, baked(on, edge, grains(7, hex(0x15181f), hex(0x3b414d), with.seed, 0.02f)));
        break;
    }
    // Focus fades towards the back, and light falls from above.
    on.fill(area, paint::linear({0, edge}, {0, h},
                                {{0, where.glow, night ? 0.16f : 0.42f},
                                 {0.45f, where.glow, 0.05f},
                                 {1, hex(0x000000), night ? 0.4f : 0.22f}}));
}

void draw_weather(const pen& on, weather sky, std::uint64_t seed, float strength)
{
    if (sky == weather::snow)
        flakes(on, seed);
    if (sky == weather::rain)
        drops(on, seed);
    if (sky == weather::fog)
        fog(on, seed, strength);
}

} // namespace engine::sim::art
