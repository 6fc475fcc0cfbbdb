#include "engine/sim/art/layer.hpp"

#include "engine/base/random.hpp"

#include <array>
#include <cmath>

namespace engine::sim::art {

namespace {

constexpr std::size_t tile = 1024; // of noise; a power of two

// Noise of about +-1, triangular: the sum of two uniform values dithers without a visible pattern.
const std::array<float, tile>& noise_tile()
{
    static const std::array<float, tile> made = [] {
        std::array<float, tile> values{};
        base::random chance(0x6e6f697365u);
        for (auto& value : values)
            value = static_cast<float>(chance.unit() + chance.unit() - 1);
        return values;
    }();
    return made;
}

// One box blur along a line of `count` samples that lie `stride` apart.
void box_line(const float* in, float* out, int count, int radius)
{
    const float share = 1.0f / static_cast<float>(2 * radius + 1);
    const auto at = [&](int i) { return in[std::clamp(i, 0, count - 1)]; };
    float sum = 0;
    for (int i = -radius; i <= radius; ++i)
        sum += at(i);
    for (int i = 0; i < count; ++i) {
        out[i] = sum * share;
        sum += at(i + radius + 1) - at(i - radius);
    }
}

void transpose(const std::vector<float>& in, std::vector<float>& out, int width, int height)
{
    constexpr int block = 32; // two blocks of floats fit the first cache
    for (int y0 = 0; y0 < height; y0 += block)
        for (int x0 = 0; x0 < width; x0 += block)
            for (int y = y0; y < std::min(y0 + block, height); ++y)
                for (int x = x0; x < std::min(x0 + block, width); ++x)
                    out[static_cast<std::size_t>(x) * static_cast<std::size_t>(height) +
                        static_cast<std::size_t>(y)] =
                        in[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                           static_cast<std::size_t>(x)];
}

void box_rows(std::vector<float>& plane, std::vector<float>& scratch, int width, int height,
              int radius)
{
    for (int pass = 0; pass < 3; ++pass) {
        for (int y = 0; y < height; ++y) {
            const auto start = static_cast<std::size_t>(y) * static_cast<std::size_t>(width);
            box_line(plane.data() + start, scratch.data() + start, width, radius);
        }
        plane.swap(scratch);
    }
}

std::uint8_t sample_of(float value)
{
    return static_cast<std::uint8_t>(std::clamp(value, 0.0f, 255.0f));
}

float lattice(std::int32_t x, std::int32_t y, std::uint32_t seed)
{
    std::uint32_t h = seed + static_cast<std::uint32_t>(x) * 0x9E3779B1u +
                      static_cast<std::uint32_t>(y) * 0x85EBCA77u;
    h = (h ^ (h >> 15)) * 0x2C1B3C6Du;
    h = (h ^ (h >> 12)) * 0x297A2D39u;
    return static_cast<float>((h ^ (h >> 15)) >> 8) * 0x1.0p-24f;
}

} // namespace

void blur_plane(std::vector<float>& plane, int width, int height, float deviation)
{
    // Three boxes of width w have the variance 3 (w^2 - 1) / 12.
    const int radius =
        static_cast<int>(std::lround((std::sqrt(4 * deviation * deviation + 1) - 1) / 2));
    if (radius < 1 || plane.empty())
        return;
    std::vector<float> scratch(plane.size());
    box_rows(plane, scratch, width, height, radius);
    transpose(plane, scratch, width, height);
    plane.swap(scratch);
    box_rows(plane, scratch, height, width, radius);
    transpose(plane, scratch, height, width);
    plane.swap(scratch);
}

void blur(layer& picture, float deviation)
{
    for (auto* plane : {&picture.r, &picture.g, &picture.b, &picture.a})
        blur_plane(*plane, picture.width, picture.height, deviation);
}

layer to_layer(const image::pixels& picture)
{
    layer made(picture.size.width, picture.size.height);
    made.opaque = !picture.has_alpha;
    const std::size_t channels = picture.channels();
    for (std::size_t i = 0; i < made.count(); ++i) {
        const std::uint8_t* in = picture.samples.data() + i * channels;
        const float alpha = picture.has_alpha ? static_cast<float>(in[3]) / 255.0f : 1.0f;
        made.r[i] = static_cast<float>(in[0]) / 255.0f * alpha;
        made.g[i] = static_cast<float>(in[1]) / 255.0f * alpha;
        made.b[i] = static_cast<float>(in[2]) / 255.0f * alpha;
        made.a[i] = alpha;
    }
    return made;
}

void write_rows(const layer& part, int top, float grain, std::uint64_t seed, image::pixels& out)
{
    const auto& noise = noise_tile();
    // Below half a step, noise leaves every flat sample as it is: a colour to be keyed out stays
    // exact.
    const float strength = std::max(grain, 0.49f);
    const float tint = grain > 0.5f ? 0.5f : 0.0f;
    for (int y = 0; y < part.height; ++y) {
        // A row starts somewhere else in the tile, so that the tile's period does not show.
        base::random chance(seed + static_cast<std::uint64_t>(top + y) * 0x9E3779B97F4A7C15u);
        const std::size_t shift = chance.below(tile);
        const std::size_t chroma = chance.below(tile);
        std::uint8_t* to = out.row(top + y);
        std::size_t i = part.index(0, y);
        for (std::size_t x = 0; x < static_cast<std::size_t>(part.width); ++x, ++i) {
            const float common = noise[(x + shift) & (tile - 1)] * strength;
            const float own = noise[(x * 3 + chroma) & (tile - 1)] * tint;
            float red = part.r[i], green = part.g[i], blue = part.b[i];
            if (out.has_alpha) {
                const float alpha = part.a[i];
                const float back = alpha > 1e-4f ? 1 / alpha : 0.0f;
                red *= back;
                green *= back;
                blue *= back;
                to[3] = sample_of(alpha * 255 + 0.5f);
            }
            to[0] = sample_of(red * 255 + 0.5f + common);
            to[1] = sample_of(green * 255 + 0.5f + common + own);
            to[2] = sample_of(blue * 255 + 0.5f + common - own);
            to += out.channels();
        }
    }
}

float noise_at(float x, float y, std::uint32_t seed)
{
    const float fx = std::floor(x), fy = std::floor(y);
    const auto ix = static_cast<std::int32_t>(fx), iy = static_cast<std::int32_t>(fy);
    float u = x - fx, v = y - fy;
    u = u * u * (3 - 2 * u);
    v = v * v * (3 - 2 * v);
    const float top = lattice(ix, iy, seed) * (1 - u) + lattice(ix + 1, iy, seed) * u;
    const float bottom = lattice(ix, iy + 1, seed) * (1 - u) + lattice(ix + 1, iy + 1, seed) * u;
    return top + (bottom - top) * v;
}

float cloud_at(float x, float y, std::uint32_t seed, int octaves)
{
    float sum = 0, weight = 0.5f, total = 0;
    for (int i = 0; i < octaves; ++i) {
        sum += weight * noise_at(x, y, seed + static_cast<std::uint32_t>(i) * 101);
        total += weight;
        weight *= 0.5f;
        x = x * 2.03f + 17.1f;
        y = y * 2.03f + 5.7f;
    }
    return sum / total;
}

} // namespace engine::sim::art
