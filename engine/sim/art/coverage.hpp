// coverage: how much of each pixel an outline covers, exactly, by the signed area left of its
// edges.
#pragma once

#include "engine/sim/art/path.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace engine::sim::art {

// Pixels [left, right) x [top, bottom).
struct area {
    int left = 0, top = 0, right = 0, bottom = 0;
    [[nodiscard]] int width() const { return right - left; }
    [[nodiscard]] int height() const { return bottom - top; }
    [[nodiscard]] bool empty() const { return left >= right || top >= bottom; }
};
[[nodiscard]] area overlap(const area& a, const area& b);
// The pixels that the edges touch.
[[nodiscard]] area touched(std::span<const edge> edges);

// Rows of coverage, 0 to 1, over one area at a time. Keeps its memory between uses.
class coverage {
public:
    void fill(std::span<const edge> edges, const area& over);
    [[nodiscard]] float* row(int y) // absolute pixel row; over.width() values
    {
        return values_.data() + static_cast<std::size_t>(y - over_.top) * stride_;
    }

private:
    void add(const edge& one);
    void add_slice(float* row, float x, float x_next, float signed_height);

    area over_;
    std::size_t stride_ = 0;
    std::vector<float> values_;
};

} // namespace engine::sim::art
