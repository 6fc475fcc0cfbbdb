#include "engine/image/key_distance.hpp"

#include "engine/image/srgb.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace engine::image {

namespace {

// A grey key has no hue to tell a shadow from another thing; from this chroma on it has.
constexpr float strong_chroma = 0.2f;

// Cube root of a number from 0 to 1, to about four digits. Without branches or libm, so that the
// compiler takes four at a time and every machine gives the same bits.
float cube_root(float value)
{
    // A third of the exponent is a first guess, 5 % off at most; then one step of Halley's.
    const auto bits = static_cast<float>(std::bit_cast<std::int32_t>(value + 1e-12f));
    const float guess =
        std::bit_cast<float>(static_cast<std::int32_t>(bits * (1.0f / 3)) + 709'921'077);
    const float cube = guess * guess * guess;
    return guess * (cube + 2 * value) / (2 * cube + value + 1e-30f);
}

// Of linear light.
oklab from_linear(float red, float green, float blue)
{
    const float l = cube_root(0.4122214708f * red + 0.5363325363f * green + 0.0514459929f * blue);
    const float m = cube_root(0.2119034982f * red + 0.6806995451f * green + 0.1073969566f * blue);
    const float s = cube_root(0.0883024619f * red + 0.2817188376f * green + 0.6299787005f * blue);
    return {0.2104542553f * l + 0.7936177850f * m - 0.0040720468f * s,
            1.9779984951f * l - 2.4285922050f * m + 0.4505937099f * s,
            0.0259040371f * l + 0.7827717662f * m - 0.8086757660f * s};
}

} // namespace

oklab to_oklab(job::rgba_color color)
{
    const auto& linear = tables_of_srgb().to_linear;
    return from_linear(linear[color.red], linear[color.green], linear[color.blue]);
}

float chroma_of(oklab color)
{
    return std::sqrt(color.a * color.a + color.b * color.b);
}

std::vector<float> distances_from(const pixels& picture, job::rgba_color key)
{
    const auto& linear = tables_of_srgb().to_linear;
    const oklab from = to_oklab(key);
    const float weight = 1 - 0.5f * std::min(1.0f, chroma_of(from) / strong_chroma);
    const auto width = static_cast<std::size_t>(picture.size.width);
    const std::size_t channels = picture.channels();
    std::vector<float> distances(static_cast<std::size_t>(picture.size.area()));
    std::vector<float> red(width), green(width), blue(width);
    for (int y = 0; y < picture.size.height; ++y) {
        const std::uint8_t* samples = picture.row(y);
        for (std::size_t x = 0; x < width; ++x, samples += channels) {
            red[x] = linear[samples[0]];
            green[x] = linear[samples[1]];
            blue[x] = linear[samples[2]];
        }
        float* out = distances.data() + static_cast<std::size_t>(y) * width;
        for (std::size_t x = 0; x < width; ++x) {
            const oklab color = from_linear(red[x], green[x], blue[x]);
            const float lightness = weight * (color.lightness - from.lightness);
            const float a = color.a - from.a, b = color.b - from.b;
            out[x] = std::sqrt(lightness * lightness + a * a + b * b);
        }
    }
    return distances;
}

} // namespace engine::image
