#include "engine/image/resample.hpp"

#include "engine/base/assert.hpp"
#include "engine/image/srgb.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <span>
#include <vector>

namespace engine::image {

namespace {

double sinc(double x)
{
    return x == 0 ? 1 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
}

double lanczos3(double x)
{
    return std::abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0;
}

double mitchell(double x) // Mitchell and Netravali 1988, B = C = 1/3
{
    x = std::abs(x);
    if (x < 1)
        return (7 * x * x * x - 12 * x * x + 16.0 / 3) / 6;
    if (x < 2)
        return (-7.0 / 3 * x * x * x + 12 * x * x - 20 * x + 32.0 / 3) / 6;
    return 0;
}

// For each output position along one axis, which inputs count and by how much.
struct taps {
    struct range {
        int first, count;
        std::size_t weights_at;
    };
    std::vector<range> ranges;
    std::vector<float> weights;
    int count_max = 0;

    [[nodiscard]] std::span<const float> weights_of(const range& r) const
    {
        return {weights.data() + r.weights_at, static_cast<std::size_t>(r.count)};
    }
};

taps make_taps(int inputs, double start, double length, int outputs)
{
    const double scale = length / outputs;       // inputs per output
    const double stretch = std::max(scale, 1.0); // a shrinking filter covers more inputs
    const bool shrinks = scale > 1;
    const double radius = (shrinks ? 3 : 2) * stretch;
    taps made;
    std::vector<double> values;
    for (int i = 0; i < outputs; ++i) {
        const double center = start + (i + 0.5) * scale;
        const int first = std::max(0, static_cast<int>(std::ceil(center - radius - 0.5)));
        const int last = std::min(inputs - 1, static_cast<int>(std::floor(center + radius - 0.5)));
        ENGINE_ASSERT(first <= last);
        values.clear();
        double sum = 0;
        for (int k = first; k <= last; ++k) {
            const double x = (k + 0.5 - center) / stretch;
            values.push_back(shrinks ? lanczos3(x) : mitchell(x));
            sum += values.back();
        }
        // What hangs over the edge of the picture is left out, and the rest made to add up to 1.
        made.ranges.push_back({first, last - first + 1, made.weights.size()});
        for (const double value : values)
            made.weights.push_back(static_cast<float>(value / sum));
        made.count_max = std::max(made.count_max, last - first + 1);
    }
    return made;
}

// Samples of one row to linear light, colours multiplied by their alpha.
void linearize(const std::uint8_t* from, bool has_alpha, int count, float* to)
{
    const auto& to_linear = tables_of_srgb().to_linear;
    if (!has_alpha) {
        for (int i = 0; i < 3 * count; ++i)
            to[i] = to_linear[from[i]];
        return;
    }
    for (int i = 0; i < count; ++i, from += 4, to += 4) {
        const float alpha = static_cast<float>(from[3]) * (1.0f / 255);
        to[0] = to_linear[from[0]] * alpha;
        to[1] = to_linear[from[1]] * alpha;
        to[2] = to_linear[from[2]] * alpha;
        to[3] = alpha;
    }
}

// out[i] = sum over k of weights[k] * rows[k][i]. In blocks that stay in registers while all rows
// are added to them. The rows come from the second cache as fast as it can, so a second version for
// AVX2 gained only 8 % of a whole resize, and was left out.
void sum_rows(std::span<const float* const> rows, std::span<const float> weights, float* out,
              std::size_t count)
{
    constexpr std::size_t block = 32;
    std::size_t at = 0;
    for (; at + block <= count; at += block) {
        float sums[block] = {};
        for (std::size_t k = 0; k < rows.size(); ++k) {
            const float weight = weights[k];
            const float* row = rows[k] + at;
            for (std::size_t i = 0; i < block; ++i)
                sums[i] += weight * row[i];
        }
        std::memcpy(out + at, sums, sizeof sums);
    }
    for (; at < count; ++at) {
        float sum = 0;
        for (std::size_t k = 0; k < rows.size(); ++k)
            sum += weights[k] * rows[k][at];
        out[at] = sum;
    }
}

using float4 = float __attribute__((vector_size(16)));

float4 load4(const float* from)
{
    float4 loaded;
    std::memcpy(&loaded, from, sizeof loaded);
    return loaded;
}

// The weighted sum of pixels side by side. Reads one float beyond the last RGB pixel.
template <std::size_t Channels>
float4 sum_pixels(const float* from, std::span<const float> weights)
{
    float4 even = {0, 0, 0, 0}, odd = {0, 0, 0, 0}; // two sums, so that additions overlap in time
    std::size_t k = 0;
    for (; k + 2 <= weights.size(); k += 2) {
        even += weights[k] * load4(from + k * Channels);
        odd += weights[k + 1] * load4(from + (k + 1) * Channels);
    }
    if (k < weights.size())
        even += weights[k] * load4(from + k * Channels);
    return even + odd;
}

template <std::size_t Channels>
void shrink_row(const float* sums, int sums_from, const taps& across, std::uint8_t* out)
{
    const auto& tables = tables_of_srgb();
    for (const auto& range : across.ranges) {
        const std::size_t skipped = static_cast<std::size_t>(range.first - sums_from);
        const float4 sum =
            sum_pixels<Channels>(sums + skipped * Channels, across.weights_of(range));
        if constexpr (Channels == 3) {
            for (int c = 0; c < 3; ++c)
                out[c] = tables.encode(sum[c]);
        } else {
            // Less than half a step of alpha is nothing; dividing by it would make up colours.
            const float alpha = std::min(sum[3], 1.0f);
            const bool visible = alpha >= 0.5f / 255;
            for (int c = 0; c < 3; ++c)
                out[c] = visible ? tables.encode(sum[c] / alpha) : std::uint8_t{0};
            out[3] = visible ? static_cast<std::uint8_t>(alpha * 255 + 0.5f) : std::uint8_t{0};
        }
        out += Channels;
    }
}

bool is_whole(double value)
{
    return value == std::floor(value);
}

pixels copy_part(const pixels& source, int left, int top, job::image_size size)
{
    pixels part = blank(size, source.has_alpha);
    for (int y = 0; y < size.height; ++y)
        std::memcpy(part.row(y),
                    source.row(top + y) + static_cast<std::size_t>(left) * source.channels(),
                    part.row_bytes());
    return part;
}

pixels resample_part(const pixels& source, window part, job::image_size target)
{
    const taps across = make_taps(source.size.width, part.left, part.width, target.width);
    const taps down = make_taps(source.size.height, part.top, part.height, target.height);
    const int left = across.ranges.front().first;
    const int right = across.ranges.back().first + across.ranges.back().count;
    const std::size_t channels = source.channels();
    const std::size_t row_floats = static_cast<std::size_t>(right - left) * channels;

    // Columns first: they are summed many at a time, and only the few rows that come out are then
    // summed across. Source row y lives in ring row y % ring_rows while an output row needs it.
    const std::size_t ring_rows = static_cast<std::size_t>(down.count_max);
    std::vector<float> ring(ring_rows * row_floats);
    std::vector<float> sums(row_floats + 1); // one more: see sum_pixels()
    std::vector<const float*> rows;
    const auto ring_row = [&](int y) {
        return ring.data() + static_cast<std::size_t>(y) % ring_rows * row_floats;
    };

    pixels result = blank(target, source.has_alpha);
    int ready = down.ranges.front().first; // rows before this one are in the ring, or not needed
    for (int y = 0; y < target.height; ++y) {
        const auto& range = down.ranges[static_cast<std::size_t>(y)];
        for (; ready < range.first + range.count; ++ready)
            linearize(source.row(ready) + static_cast<std::size_t>(left) * channels,
                      source.has_alpha, right - left, ring_row(ready));
        rows.clear();
        for (int k = 0; k < range.count; ++k)
            rows.push_back(ring_row(range.first + k));
        sum_rows(rows, down.weights_of(range), sums.data(), row_floats);
        if (source.has_alpha)
            shrink_row<4>(sums.data(), left, across, result.row(y));
        else
            shrink_row<3>(sums.data(), left, across, result.row(y));
    }
    return result;
}

} // namespace

pixels resample(const pixels& source, window part, job::image_size target)
{
    ENGINE_ASSERT(target.width > 0 && target.height > 0 && part.width > 0 && part.height > 0);
    ENGINE_ASSERT(part.left >= 0 && part.left + part.width <= source.size.width + 1e-6);
    ENGINE_ASSERT(part.top >= 0 && part.top + part.height <= source.size.height + 1e-6);
    const bool same_size = part.width == target.width && part.height == target.height;
    pixels result =
        same_size && is_whole(part.left) && is_whole(part.top)
            ? copy_part(source, static_cast<int>(part.left), static_cast<int>(part.top), target)
            : resample_part(source, part, target);
    result.meta = source.meta;
    return result;
}

} // namespace engine::image
