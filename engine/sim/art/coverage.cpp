#include "engine/sim/art/coverage.hpp"

#include <algorithm>
#include <cmath>

namespace engine::sim::art {

area overlap(const area& a, const area& b)
{
    return {std::max(a.left, b.left), std::max(a.top, b.top), std::min(a.right, b.right),
            std::min(a.bottom, b.bottom)};
}

area touched(std::span<const edge> edges)
{
    box around;
    for (const auto& one : edges) {
        around.add(one.from);
        around.add(one.to);
    }
    if (edges.empty())
        return {};
    // Far outside is far outside; a float that does not fit an int would be undefined.
    const auto whole = [](float value) { return static_cast<int>(std::clamp(value, -1e6f, 1e6f)); };
    return {whole(std::floor(around.left)), whole(std::floor(around.top)),
            whole(std::ceil(around.right)) + 1, whole(std::ceil(around.bottom)) + 1};
}

void coverage::fill(std::span<const edge> edges, const area& over)
{
    over_ = over;
    stride_ = static_cast<std::size_t>(over.width()) + 2; // an edge writes up to two pixels ahead
    values_.assign(stride_ * static_cast<std::size_t>(over.height()), 0.0f);
    for (const auto& one : edges)
        add(one);
    for (int y = over.top; y < over.bottom; ++y) {
        float* values = row(y);
        float sum = 0;
        for (std::size_t x = 0; x < stride_; ++x) {
            sum += values[x];
            values[x] = std::min(std::abs(sum), 1.0f);
        }
    }
}

// The method of font-rs (Raph Levien, Apache 2.0), written anew: each slice of an edge within one
// row adds its height to the pixel it crosses, split by area; the running sum is the coverage.
void coverage::add(const edge& one)
{
    const float direction = one.from.y < one.to.y ? 1.0f : -1.0f;
    point from = one.from, to = one.to;
    if (direction < 0)
        std::swap(from, to);
    const auto top = static_cast<float>(over_.top), bottom = static_cast<float>(over_.bottom);
    if (from.y == to.y || to.y <= top || from.y >= bottom)
        return;
    const float slope = (to.x - from.x) / (to.y - from.y);
    const float y_start = std::max(from.y, top), y_end = std::min(to.y, bottom);
    float x = from.x + (y_start - from.y) * slope;
    for (int y = static_cast<int>(y_start); static_cast<float>(y) < y_end; ++y) {
        const float high = std::min(static_cast<float>(y + 1), y_end);
        const float height = high - std::max(static_cast<float>(y), y_start);
        if (height <= 0)
            continue;
        const float x_next = x + slope * height;
        add_slice(row(y), x, x_next, height * direction);
        x = x_next;
    }
}

void coverage::add_slice(float* row, float x, float x_next, float d)
{
    const auto width = static_cast<float>(over_.width());
    const auto offset = static_cast<float>(over_.left);
    const float a = std::clamp(std::min(x, x_next) - offset, 0.0f, width);
    const float b = std::clamp(std::max(x, x_next) - offset, 0.0f, width);
    const float a_floor = std::floor(a);
    const float b_ceil = std::ceil(b);
    const auto first = static_cast<std::size_t>(a_floor);
    const auto last = static_cast<std::size_t>(b_ceil);
    if (last <= first + 1) {
        const float right = 0.5f * (a + b) - a_floor;
        row[first] += d - d * right;
        row[first + 1] += d * right;
        return;
    }
    const float s = 1 / (b - a);
    const float a_part = a - a_floor;
    const float a0 = 0.5f * s * (1 - a_part) * (1 - a_part);
    const float b_part = b - b_ceil + 1;
    const float am = 0.5f * s * b_part * b_part;
    row[first] += d * a0;
    if (last == first + 2) {
        row[first + 1] += d * (1 - a0 - am);
    } else {
        const float a1 = s * (1.5f - a_part);
        row[first + 1] += d * (a1 - a0);
        for (std::size_t i = first + 2; i + 1 < last; ++i)
            row[i] += d * s;
        const float a2 = a1 + static_cast<float>(last - first - 3) * s;
        row[last - 1] += d * (1 - a2 - am);
    }
    row[last] += d * am;
}

} // namespace engine::sim::art
