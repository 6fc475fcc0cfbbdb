#include "engine/sim/art/sketch.hpp"

#include <cmath>

namespace engine::sim::art {

namespace {

// value = x * per_x + y * per_y + start: a coordinate of a painter, seen from the frame.
struct slope {
    float per_x = 0, per_y = 0, start = 0;
    [[nodiscard]] float at(float x, float y) const { return x * per_x + y * per_y + start; }
};

void look_up(const ramp& colours, const paint_row& row, std::size_t i, float t)
{
    const float at = std::clamp(t, 0.0f, 1.0f) * (ramp::steps - 1) + 0.5f;
    const auto index = static_cast<std::size_t>(at);
    row.r[i] = colours.r[index];
    row.g[i] = colours.g[index];
    row.b[i] = colours.b[index];
    row.a[i] = colours.a[index];
}

// Where between two samples: the lower index, and the share of the upper one.
struct between {
    std::size_t low, high;
    float share;
};
between sample_at(float position, int count)
{
    const float inside = std::clamp(position - 0.5f, 0.0f, static_cast<float>(count - 1));
    const auto low = static_cast<std::size_t>(inside);
    return {low, std::min(low + 1, static_cast<std::size_t>(count - 1)),
            inside - static_cast<float>(low)};
}

// A row of the source, between two of its rows, when the picture is not turned. The common case,
// made quick (four channels in one register): every backdrop is a small picture that fills the
// frame.
using quad = float __attribute__((vector_size(16)));

void show_straight(const layer& source, const slope& u, float v, const paint_row& row)
{
    const auto down = sample_at(v * static_cast<float>(source.height), source.height);
    const auto width = static_cast<std::size_t>(source.width);
    thread_local std::vector<quad> between_rows;
    between_rows.resize(width + 1);
    const std::size_t low = down.low * width, high = down.high * width;
    for (std::size_t i = 0; i < width; ++i) {
        const quad a = {source.r[low + i], source.g[low + i], source.b[low + i], source.a[low + i]};
        const quad b = {source.r[high + i], source.g[high + i], source.b[high + i],
                        source.a[high + i]};
        between_rows[i] = a + (b - a) * down.share;
    }
    between_rows[width] = between_rows[width - 1];
    const auto scale = static_cast<float>(source.width);
    const float first = u.at(row.x, row.y) * scale - 0.5f, pace = u.per_x * row.step * scale;
    const auto last = static_cast<float>(source.width - 1);
    for (std::size_t i = 0; i < row.count; ++i) {
        const float at = std::min(std::max(first + static_cast<float>(i) * pace, 0.0f), last);
        const int index = static_cast<int>(at);
        const quad* here = between_rows.data() + index;
        const quad mixed = here[0] + (here[1] - here[0]) * (at - static_cast<float>(index));
        row.r[i] = mixed[0];
        row.g[i] = mixed[1];
        row.b[i] = mixed[2];
        row.a[i] = mixed[3];
    }
}

void show_picture(const layer& source, const slope& u, const slope& v, const paint_row& row)
{
    const auto stride = static_cast<std::size_t>(source.width);
    for (std::size_t i = 0; i < row.count; ++i) {
        const float x = row.x + static_cast<float>(i) * row.step;
        const auto across =
            sample_at(u.at(x, row.y) * static_cast<float>(source.width), source.width);
        const auto down =
            sample_at(v.at(x, row.y) * static_cast<float>(source.height), source.height);
        const std::size_t at[4] = {down.low * stride + across.low, down.low * stride + across.high,
                                   down.high * stride + across.low,
                                   down.high * stride + across.high};
        const auto blend = [&](const std::vector<float>& plane) {
            const float top = plane[at[0]] + (plane[at[1]] - plane[at[0]]) * across.share;
            const float bottom = plane[at[2]] + (plane[at[3]] - plane[at[2]]) * across.share;
            return top + (bottom - top) * down.share;
        };
        row.r[i] = blend(source.r);
        row.g[i] = blend(source.g);
        row.b[i] = blend(source.b);
        row.a[i] = blend(source.a);
    }
}

// paint_row wants straight colour; a layer has it premultiplied.
void divide_by_alpha(const paint_row& row)
{
    for (std::size_t i = 0; i < row.count; ++i) {
        const float back = 1 / std::max(row.a[i], 1e-4f);
        row.r[i] *= back;
        row.g[i] *= back;
        row.b[i] *= back;
    }
}

} // namespace

paint paint::solid(colour tint, float alpha)
{
    return paint([=](const affine&) -> shader {
        return [=](const paint_row& row) {
            std::fill_n(row.r, row.count, tint.r);
            std::fill_n(row.g, row.count, tint.g);
            std::fill_n(row.b, row.count, tint.b);
            std::fill_n(row.a, row.count, alpha);
        };
    });
}

paint paint::linear(point from, point to, const stops& colours)
{
    const auto table = std::make_shared<const ramp>(colours);
    return paint([=](const affine& local) -> shader {
        const point d = to - from;
        const float scale = 1 / std::max(d.x * d.x + d.y * d.y, 1e-12f);
        const slope t{(local.xx * d.x + local.yx * d.y) * scale,
                      (local.xy * d.x + local.yy * d.y) * scale,
                      ((local.x0 - from.x) * d.x + (local.y0 - from.y) * d.y) * scale};
        return [=](const paint_row& row) {
            if (t.per_x == 0) { // straight down: one colour a row
                look_up(*table, row, 0, t.at(row.x, row.y));
                for (float* plane : {row.r, row.g, row.b, row.a})
                    std::fill_n(plane, row.count, plane[0]);
                return;
            }
            for (std::size_t i = 0; i < row.count; ++i)
                look_up(*table, row, i, t.at(row.x + static_cast<float>(i) * row.step, row.y));
        };
    });
}

paint paint::radial(point centre, float rx, float ry, const stops& colours)
{
    const auto table = std::make_shared<const ramp>(colours);
    return paint([=](const affine& local) -> shader {
        const slope u{local.xx / rx, local.xy / rx, (local.x0 - centre.x) / rx};
        const slope v{local.yx / ry, local.yy / ry, (local.y0 - centre.y) / ry};
        return [=](const paint_row& row) {
            for (std::size_t i = 0; i < row.count; ++i) {
                const float x = row.x + static_cast<float>(i) * row.step;
                const float du = u.at(x, row.y), dv = v.at(x, row.y);
                look_up(*table, row, i, std::sqrt(du * du + dv * dv));
            }
        };
    });
}

paint paint::turned(const stops& across)
{
    return turned(across, 0, 1, {{0, {1, 1, 1}}});
}

paint paint::turned(const stops& across, float top, float bottom, const stops& down)
{
    const auto table = std::make_shared<const ramp>(across);
    const auto fade = std::make_shared<const ramp>(down);
    return paint([=](const affine& local) -> shader {
        return [=](const paint_row& row) {
            const float scale = 1 / std::max(row.right - row.left, 1e-6f);
            const float v =
                (local.yx * (row.left + row.right) / 2 + local.yy * row.y + local.y0 - top) /
                (bottom - top);
            const auto level =
                static_cast<std::size_t>(std::clamp(v, 0.0f, 1.0f) * (ramp::steps - 1));
            for (std::size_t i = 0; i < row.count; ++i) {
                look_up(*table, row, i,
                        (row.x + static_cast<float>(i) * row.step - row.left) * scale);
                row.r[i] *= fade->r[level];
                row.g[i] *= fade->g[level];
                row.b[i] *= fade->b[level];
            }
        };
    });
}

paint paint::picture(std::shared_ptr<const layer> source, box over)
{
    return paint([=](const affine& local) -> shader {
        const float w = 1 / (over.right - over.left), h = 1 / (over.bottom - over.top);
        const slope u{local.xx * w, local.xy * w, (local.x0 - over.left) * w};
        const slope v{local.yx * h, local.yy * h, (local.y0 - over.top) * h};
        return [=](const paint_row& row) {
            if (v.per_x == 0)
                show_straight(*source, u, v.at(0, row.y), row);
            else
                show_picture(*source, u, v, row);
            if (!source->opaque)
                divide_by_alpha(row);
        };
    });
}

paint paint::computed(std::function<shade(float, float)> pixel)
{
    return paint([pixel = std::move(pixel)](const affine& local) -> shader {
        return [pixel, local](const paint_row& row) {
            for (std::size_t i = 0; i < row.count; ++i) {
                const point at = local({row.x + static_cast<float>(i) * row.step, row.y});
                const shade found = pixel(at.x, at.y);
                row.r[i] = found.tint.r;
                row.g[i] = found.tint.g;
                row.b[i] = found.tint.b;
                row.a[i] = found.alpha;
            }
        };
    });
}

} // namespace engine::sim::art
