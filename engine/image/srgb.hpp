// srgb: the transfer curve of sRGB (IEC 61966-2-1), between what samples hold and linear light.
#pragma once

#include <array>
#include <cstdint>

namespace engine::image {

// Both over [0, 1].
[[nodiscard]] double srgb_to_linear(double encoded);
[[nodiscard]] double linear_to_srgb(double linear);

// The same as tables: for every 8-bit sample its linear light, and back, to the nearest sample.
struct srgb_tables {
    // 65,536 steps of linear light are fine enough: the narrowest sample, near black, spans 20.
    static constexpr int steps = 65536;

    std::array<float, 256> to_linear;
    std::array<std::uint8_t, steps> from_linear;

    // Any float; below 0 and above 1 are cut.
    [[nodiscard]] std::uint8_t encode(float linear) const
    {
        // In this order a NaN becomes 0 and not an index out of range.
        const float at_least_0 = linear > 0.0f ? linear : 0.0f;
        const float inside = at_least_0 < 1.0f ? at_least_0 : 1.0f;
        return from_linear[static_cast<std::size_t>(inside * (steps - 1) + 0.5f)];
    }
};
// Made once, at first use. Thread safe.
[[nodiscard]] const srgb_tables& tables_of_srgb();

} // namespace engine::image
