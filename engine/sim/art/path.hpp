// path: closed outlines of lines and cubic curves, in any units. Pure.
//
// Sub-paths of opposite direction cut holes; sub-paths of the same direction unite.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

namespace engine::sim::art {

struct point {
    float x = 0, y = 0;
};
[[nodiscard]] constexpr point operator+(point a, point b)
{
    return {a.x + b.x, a.y + b.y};
}
[[nodiscard]] constexpr point operator-(point a, point b)
{
    return {a.x - b.x, a.y - b.y};
}
[[nodiscard]] constexpr point operator*(point a, float n)
{
    return {a.x * n, a.y * n};
}

// x' = xx x + xy y + x0; y' = yx x + yy y + y0
struct affine {
    float xx = 1, xy = 0, x0 = 0;
    float yx = 0, yy = 1, y0 = 0;

    [[nodiscard]] static constexpr affine move(float x, float y) { return {1, 0, x, 0, 1, y}; }
    [[nodiscard]] static constexpr affine scale(float x, float y) { return {x, 0, 0, 0, y, 0}; }
    [[nodiscard]] static affine turn(float radians); // clockwise on a screen
    [[nodiscard]] constexpr point operator()(point p) const
    {
        return {xx * p.x + xy * p.y + x0, yx * p.x + yy * p.y + y0};
    }
    // First `inner`, then this.
    [[nodiscard]] constexpr affine operator*(const affine& inner) const
    {
        return {xx * inner.xx + xy * inner.yx,      xx * inner.xy + xy * inner.yy,
                xx * inner.x0 + xy * inner.y0 + x0, yx * inner.xx + yy * inner.yx,
                yx * inner.xy + yy * inner.yy,      yx * inner.x0 + yy * inner.y0 + y0};
    }
    [[nodiscard]] affine inverse() const; // of a matrix that is not flat
    [[nodiscard]] float zoom() const;     // how much longer lengths become, on average
};

struct box {
    float left = 1e9f, top = 1e9f, right = -1e9f, bottom = -1e9f;
    [[nodiscard]] bool empty() const { return left >= right || top >= bottom; }
    void add(point p);
};

struct edge {
    point from, to;
};

class path {
public:
    path& move(point to);
    path& line(point to);
    path& curve(point control1, point control2, point to);
    path& add(const path& other);
    path& add_reversed(const path& other); // for holes

    [[nodiscard]] path transformed(const affine& by) const;
    // Straight edges of the closed outlines; curves are cut so that they look smooth at `zoom`
    // pixels a unit.
    void flatten(const affine& to_pixels, std::vector<edge>& out) const;
    [[nodiscard]] box bounds() const; // of the control points, so maybe a little too large

    [[nodiscard]] static path ellipse(point centre, float rx, float ry);
    [[nodiscard]] static path ring(point centre, float rx, float ry, float thickness);
    [[nodiscard]] static path rectangle(float left, float top, float right, float bottom,
                                        float radius = 0);
    [[nodiscard]] static path polygon(std::span<const point> corners);
    [[nodiscard]] static path polygon(std::initializer_list<point> corners);
    // A smooth closed curve through the points (Catmull-Rom).
    [[nodiscard]] static path smooth(std::span<const point> through);
    [[nodiscard]] static path smooth(std::initializer_list<point> through);
    // A stroke of that width along a smooth open curve through the points, with round ends; the
    // width may change to `width_end`.
    [[nodiscard]] static path stroke(std::span<const point> through, float width, float width_end);
    [[nodiscard]] static path stroke(std::initializer_list<point> through, float width,
                                     float width_end = -1);
    // The silhouette of a turned object: radius over height, mirrored at x = 0. {radius, y} from
    // top to bottom; smooth between them.
    [[nodiscard]] static path turned(std::initializer_list<point> profile);

private:
    enum class verb : std::uint8_t { move, line, curve };
    std::vector<verb> verbs_;
    std::vector<point> points_;
};

} // namespace engine::sim::art
