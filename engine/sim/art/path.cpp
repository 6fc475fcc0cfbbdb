#include "engine/sim/art/path.hpp"

#include <algorithm>
#include <cmath>

namespace engine::sim::art {

namespace {

constexpr float circle = 0.5522848f; // a quarter circle as a cubic curve

float length(point p)
{
    return std::hypot(p.x, p.y);
}

void flatten_curve(point p0, point p1, point p2, point p3, std::vector<edge>& out)
{
    // The deviation of n chords from a cubic is at most |second difference| * 3/4 / n^2.
    const float bend = std::max(length(p0 - p1 * 2 + p2), length(p1 - p2 * 2 + p3));
    const int n = std::clamp(static_cast<int>(std::ceil(std::sqrt(bend * 0.75f / 0.03f))), 1, 64);
    point before = p0;
    for (int i = 1; i <= n; ++i) {
        const float t = static_cast<float>(i) / static_cast<float>(n);
        const float s = 1 - t;
        const point now =
            p0 * (s * s * s) + p1 * (3 * s * s * t) + p2 * (3 * s * t * t) + p3 * (t * t * t);
        out.push_back({before, now});
        before = now;
    }
}

// Points on a smooth open curve through the given ones.
std::vector<point> sampled(std::span<const point> through, int pieces)
{
    std::vector<point> made;
    const auto at = [&](std::ptrdiff_t i) {
        return through[static_cast<std::size_t>(
            std::clamp<std::ptrdiff_t>(i, 0, std::ssize(through) - 1))];
    };
    for (std::ptrdiff_t i = 0; i + 1 < std::ssize(through); ++i) {
        const point a = at(i - 1), b = at(i), c = at(i + 1), d = at(i + 2);
        for (int k = 0; k < pieces; ++k) {
            const float t = static_cast<float>(k) / static_cast<float>(pieces);
            const float t2 = t * t, t3 = t2 * t;
            made.push_back((b * 2 + (c - a) * t + (a * 2 - b * 5 + c * 4 - d) * t2 +
                            (b * 3 - a - c * 3 + d) * t3) *
                           0.5f);
        }
    }
    made.push_back(through.back());
    return made;
}

} // namespace

affine affine::turn(float radians)
{
    const float c = std::cos(radians), s = std::sin(radians);
    return {c, -s, 0, s, c, 0};
}

affine affine::inverse() const
{
    const float d = 1 / (xx * yy - xy * yx);
    affine back{yy * d, -xy * d, 0, -yx * d, xx * d, 0};
    back.x0 = -(back.xx * x0 + back.xy * y0);
    back.y0 = -(back.yx * x0 + back.yy * y0);
    return back;
}

float affine::zoom() const
{
    return std::sqrt(std::abs(xx * yy - xy * yx));
}

void box::add(point p)
{
    left = std::min(left, p.x);
    right = std::max(right, p.x);
    top = std::min(top, p.y);
    bottom = std::max(bottom, p.y);
}

path& path::move(point to)
{
    verbs_.push_back(verb::move);
    points_.push_back(to);
    return *this;
}

path& path::line(point to)
{
    verbs_.push_back(verb::line);
    points_.push_back(to);
    return *this;
}

path& path::curve(point control1, point control2, point to)
{
    verbs_.push_back(verb::curve);
    points_.insert(points_.end(), {control1, control2, to});
    return *this;
}

path& path::add(const path& other)
{
    verbs_.insert(verbs_.end(), other.verbs_.begin(), other.verbs_.end());
    points_.insert(points_.end(), other.points_.begin(), other.points_.end());
    return *this;
}

path& path::add_reversed(const path& other)
{
    std::vector<edge> edges;
    other.flatten(affine::scale(400, 400), edges); // fine enough for anything of about one unit
    for (std::size_t i = edges.size(); i-- > 0;) {
        const point from = edges[i].to * (1 / 400.0f);
        const bool starts = i + 1 == edges.size() || edges[i].to.x != edges[i + 1].from.x ||
                            edges[i].to.y != edges[i + 1].from.y;
        starts ? move(from) : line(from);
    }
    return *this;
}

path path::transformed(const affine& by) const
{
    path made = *this;
    for (auto& p : made.points_)
        p = by(p);
    return made;
}

void path::flatten(const affine& to_pixels, std::vector<edge>& out) const
{
    std::size_t next = 0;
    point start, now;
    bool open = false;
    const auto close = [&] {
        if (open && (now.x != start.x || now.y != start.y))
            out.push_back({now, start});
        open = false;
    };
    for (const verb v : verbs_) {
        if (v == verb::move) {
            close();
            start = now = to_pixels(points_[next++]);
            open = true;
        } else if (v == verb::line) {
            const point to = to_pixels(points_[next++]);
            out.push_back({now, to});
            now = to;
        } else {
            const point to = to_pixels(points_[next + 2]);
            flatten_curve(now, to_pixels(points_[next]), to_pixels(points_[next + 1]), to, out);
            now = to;
            next += 3;
        }
    }
    close();
}

box path::bounds() const
{
    box found;
    for (const auto p : points_)
        found.add(p);
    return found;
}

path path::ellipse(point c, float rx, float ry)
{
    const float kx = rx * circle, ky = ry * circle;
    path made;
    made.move({c.x + rx, c.y});
    made.curve({c.x + rx, c.y + ky}, {c.x + kx, c.y + ry}, {c.x, c.y + ry});
    made.curve({c.x - kx, c.y + ry}, {c.x - rx, c.y + ky}, {c.x - rx, c.y});
    made.curve({c.x - rx, c.y - ky}, {c.x - kx, c.y - ry}, {c.x, c.y - ry});
    made.curve({c.x + kx, c.y - ry}, {c.x + rx, c.y - ky}, {c.x + rx, c.y});
    return made;
}

path path::ring(point centre, float rx, float ry, float thickness)
{
    path made = ellipse(centre, rx, ry);
    made.add_reversed(ellipse(centre, rx - thickness, ry - thickness));
    return made;
}

path path::rectangle(float left, float top, float right, float bottom, float radius)
{
    const float r = std::min({radius, (right - left) / 2, (bottom - top) / 2});
    path made;
    if (r <= 0) {
        made.move({left, top}).line({right, top}).line({right, bottom}).line({left, bottom});
        return made;
    }
    const float k = r * (1 - circle);
    made.move({left + r, top}).line({right - r, top});
    made.curve({right - k, top}, {right, top + k}, {right, top + r}).line({right, bottom - r});
    made.curve({right, bottom - k}, {right - k, bottom}, {right - r, bottom});
    made.line({left + r, bottom});
    made.curve({left + k, bottom}, {left, bottom - k}, {left, bottom - r}).line({left, top + r});
    made.curve({left, top + k}, {left + k, top}, {left + r, top});
    return made;
}

path path::polygon(std::span<const point> corners)
{
    path made;
    for (std::size_t i = 0; i < corners.size(); ++i)
        i == 0 ? made.move(corners[i]) : made.line(corners[i]);
    return made;
}

path path::polygon(std::initializer_list<point> corners)
{
    return polygon(std::span<const point>(corners.begin(), corners.size()));
}

path path::smooth(std::span<const point> through)
{
    path made;
    const auto n = std::ssize(through);
    const auto at = [&](std::ptrdiff_t i) {
        return through[static_cast<std::size_t>((i + n) % n)];
    };
    made.move(at(0));
    for (std::ptrdiff_t i = 0; i < n; ++i)
        made.curve(at(i) + (at(i + 1) - at(i - 1)) * (1 / 6.0f),
                   at(i + 1) - (at(i + 2) - at(i)) * (1 / 6.0f), at(i + 1));
    return made;
}

path path::smooth(std::initializer_list<point> through)
{
    return smooth(std::span<const point>(through.begin(), through.size()));
}

path path::stroke(std::span<const point> through, float width, float width_end)
{
    const auto line = sampled(through, 12);
    std::vector<point> left, right;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const point ahead = line[std::min(i + 1, line.size() - 1)];
        const point behind = line[i == 0 ? 0 : i - 1];
        const point along = ahead - behind;
        const float size = std::max(length(along), 1e-6f);
        const float t = static_cast<float>(i) / static_cast<float>(line.size() - 1);
        const float half = (width + (width_end - width) * t) / 2;
        const point side = point{-along.y, along.x} * (half / size);
        left.push_back(line[i] + side);
        right.push_back(line[i] - side);
    }
    std::vector<point> all(left);
    all.insert(all.end(), right.rbegin(), right.rend());
    path made = polygon(all);
    // Round ends, in the direction of the outline so that they unite with it whichever that is.
    path ends = ellipse(line.front(), width / 2, width / 2);
    ends.add(ellipse(line.back(), width_end / 2, width_end / 2));
    float area = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const point a = all[i], b = all[(i + 1) % all.size()];
        area += a.x * b.y - b.x * a.y;
    }
    area > 0 ? made.add(ends) : made.add_reversed(ends);
    return made;
}

path path::stroke(std::initializer_list<point> through, float width, float width_end)
{
    return stroke(std::span<const point>(through.begin(), through.size()), width,
                  width_end < 0 ? width : width_end);
}

path path::turned(std::initializer_list<point> profile)
{
    const auto side = sampled(std::span<const point>(profile.begin(), profile.size()), 8);
    path made;
    for (std::size_t i = 0; i < side.size(); ++i)
        i == 0 ? made.move({side[i].x, side[i].y}) : made.line({side[i].x, side[i].y});
    for (std::size_t i = side.size(); i-- > 0;)
        made.line({-side[i].x, side[i].y});
    return made;
}

} // namespace engine::sim::art
