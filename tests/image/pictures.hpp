// pictures: pixels to test with, and how far apart two pictures are.
#pragma once

#include "engine/base/random.hpp"
#include "engine/image/pixels.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace support {

// Soft colours with some grain and an edge, as a photograph has: the same for the same seed.
[[nodiscard]] inline engine::image::pixels photo(engine::job::image_size size,
                                                 std::uint64_t seed = 1)
{
    engine::base::random dice(seed);
    auto made = engine::image::blank(size, false);
    const double phase = dice.between(0, 6);
    for (int y = 0; y < size.height; ++y)
        for (int x = 0; x < size.width; ++x) {
            const double u = x / 97.0, v = y / 71.0;
            const bool inside =
                std::hypot(x - size.width * 0.6, y - size.height * 0.4) < size.short_edge() * 0.25;
            for (int c = 0; c < 3; ++c) {
                const double soft = 120 + 60 * std::sin(u + phase + c) * std::cos(v * (c + 1)) +
                                    (inside ? 50 - 30 * c : 0);
                const double value = soft + dice.between(-4, 4);
                made.row(y)[3 * x + c] = static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0));
            }
        }
    return made;
}

// A photo whose alpha runs from 0 at the left edge to 255 at the right one.
[[nodiscard]] inline engine::image::pixels faded_photo(engine::job::image_size size,
                                                       std::uint64_t seed = 1)
{
    const auto opaque = photo(size, seed);
    auto made = engine::image::blank(size, true);
    for (int y = 0; y < size.height; ++y)
        for (int x = 0; x < size.width; ++x) {
            std::copy_n(opaque.row(y) + 3 * x, 3, made.row(y) + 4 * x);
            made.row(y)[4 * x + 3] =
                static_cast<std::uint8_t>(size.width == 1 ? 128 : x * 255 / (size.width - 1));
        }
    return made;
}

[[nodiscard]] inline engine::image::pixels noise(engine::job::image_size size, bool has_alpha,
                                                 std::uint64_t seed = 1)
{
    engine::base::random dice(seed);
    auto made = engine::image::blank(size, has_alpha);
    for (auto& sample : made.samples)
        sample = static_cast<std::uint8_t>(dice());
    return made;
}

// One colour everywhere; `alpha` below 0 makes RGB.
[[nodiscard]] inline engine::image::pixels plain(engine::job::image_size size, int red, int green,
                                                 int blue, int alpha = -1)
{
    auto made = engine::image::blank(size, alpha >= 0);
    const int color[4] = {red, green, blue, alpha};
    for (std::size_t i = 0; i < made.samples.size(); ++i)
        made.samples[i] = static_cast<std::uint8_t>(color[i % made.channels()]);
    return made;
}

// Peak signal to noise ratio in dB; 99 for equal pictures, 0 for pictures of different shape.
[[nodiscard]] inline double psnr(const engine::image::pixels& a, const engine::image::pixels& b)
{
    if (a.size != b.size || a.has_alpha != b.has_alpha)
        return 0;
    double squares = 0;
    for (std::size_t i = 0; i < a.samples.size(); ++i) {
        const double difference = a.samples[i] - b.samples[i];
        squares += difference * difference;
    }
    if (squares == 0)
        return 99;
    return 10 * std::log10(255.0 * 255.0 * static_cast<double>(a.samples.size()) / squares);
}

} // namespace support
