#include "engine/sim/art/sketch.hpp"

#include "engine/sim/art/coverage.hpp"

#include <cmath>
#include <optional>

namespace engine::sim::art {

namespace {

constexpr int band_rows = 32; // a band of a 1024 px picture is 0.5 MB: it stays in the second cache

// A blurred outline, at the lowest resolution that still shows it well.
struct soft_mask {
    std::vector<float> values;
    int width = 0, height = 0;
    float scale = 1;         // mask pixels a frame pixel
    float left = 0, top = 0; // of the mask, in frame pixels

    [[nodiscard]] float at(float x, float y) const
    {
        const float u =
            std::clamp((x - left) * scale - 0.5f, 0.0f, static_cast<float>(width) - 1.001f);
        const float v =
            std::clamp((y - top) * scale - 0.5f, 0.0f, static_cast<float>(height) - 1.001f);
        const auto ux = static_cast<std::size_t>(u), vy = static_cast<std::size_t>(v);
        const float fx = u - static_cast<float>(ux), fy = v - static_cast<float>(vy);
        const float* low = values.data() + vy * static_cast<std::size_t>(width) + ux;
        const float* high = low + width;
        return (low[0] * (1 - fx) + low[1] * fx) * (1 - fy) +
               (high[0] * (1 - fx) + high[1] * fx) * fy;
    }
};

// An operation made ready for one size.
struct prepared {
    const sketch::operation* what = nullptr;
    std::vector<edge> edges;
    std::vector<edge> clip_edges;
    std::optional<soft_mask> soft;
    area reach; // pixels it can change
};

soft_mask make_soft_mask(const sketch::operation& what, const affine& to_pixels, float blur_px,
                         area& reach)
{
    std::vector<edge> edges;
    what.outline.flatten(to_pixels, edges);
    reach = touched(edges);
    const int margin = static_cast<int>(std::ceil(blur_px * 2)) + 1;
    reach = {reach.left - margin, reach.top - margin, reach.right + margin, reach.bottom + margin};

    soft_mask mask;
    mask.scale = std::min(1.0f, 2.5f / blur_px); // so that the deviation is 2.5 mask pixels
    mask.left = static_cast<float>(reach.left);
    mask.top = static_cast<float>(reach.top);
    mask.width = static_cast<int>(static_cast<float>(reach.width()) * mask.scale) + 3;
    mask.height = static_cast<int>(static_cast<float>(reach.height()) * mask.scale) + 3;
    edges.clear();
    what.outline.flatten(affine::scale(mask.scale, mask.scale) *
                             affine::move(-mask.left, -mask.top) * to_pixels,
                         edges);
    coverage sharp;
    sharp.fill(edges, {0, 0, mask.width, mask.height});
    mask.values.resize(static_cast<std::size_t>(mask.width) *
                       static_cast<std::size_t>(mask.height));
    for (int y = 0; y < mask.height; ++y)
        std::copy_n(sharp.row(y), mask.width, mask.values.begin() + std::ptrdiff_t{y} * mask.width);
    blur_plane(mask.values, mask.width, mask.height, blur_px * mask.scale);
    return mask;
}

prepared prepare(const sketch::operation& what, const affine& to_pixels)
{
    prepared ready;
    ready.what = &what;
    const float blur_px = what.blur * to_pixels.zoom();
    if (blur_px > 0.6f) {
        ready.soft = make_soft_mask(what, to_pixels, blur_px, ready.reach);
    } else {
        what.outline.flatten(to_pixels, ready.edges);
        ready.reach = touched(ready.edges);
    }
    if (what.clipped) {
        what.clip.flatten(to_pixels, ready.clip_edges);
        ready.reach = overlap(ready.reach, touched(ready.clip_edges));
    }
    return ready;
}

class renderer {
public:
    renderer(const sketch& drawing, job::image_size size)
        : size_(size), step_x_(drawing.width() / static_cast<float>(size.width)),
          step_y_(drawing.height() / static_cast<float>(size.height))
    {
        const affine to_pixels = affine::scale(1 / step_x_, 1 / step_y_);
        for (const auto& what : drawing.operations()) {
            prepared ready = prepare(what, to_pixels);
            if (!overlap(ready.reach, {0, 0, size.width, size.height}).empty())
                ready_.push_back(std::move(ready));
        }
    }

    // Draws rows [top, top + band.height) into the band.
    void draw(int top, layer& band)
    {
        for (const auto& one : ready_) {
            const area inside = overlap(one.reach, {0, top, size_.width, top + band.height});
            if (!inside.empty())
                apply(one, inside, top, band);
        }
    }

private:
    void apply(const prepared& one, const area& inside, int top, layer& band)
    {
        if (!one.soft)
            outline_.fill(one.edges, inside);
        if (one.what->clipped)
            clip_.fill(one.clip_edges, inside);
        const auto count = static_cast<std::size_t>(inside.width());
        for (auto* plane : {&r_, &g_, &b_, &a_, &cover_})
            plane->resize(std::max(plane->size(), count));
        for (int y = inside.top; y < inside.bottom; ++y) {
            fill_cover(one, inside, y);
            std::size_t first = 0, last = count; // the part that is covered at all
            while (first < last && cover_[first] <= 0)
                ++first;
            while (last > first && cover_[last - 1] <= 0)
                --last;
            if (first == last)
                continue;
            paint_row row;
            row.step = step_x_;
            row.x = (static_cast<float>(inside.left) + static_cast<float>(first) + 0.5f) * step_x_;
            row.y = (static_cast<float>(y) + 0.5f) * step_y_;
            measure(first, last, inside.left, row);
            row.count = last - first;
            row.r = r_.data();
            row.g = g_.data();
            row.b = b_.data();
            row.a = a_.data();
            one.what->colours(row);
            if (one.what->clipped) {
                const float* clip = clip_.row(y) + first;
                for (std::size_t i = 0; i < row.count; ++i)
                    row.a[i] *= clip[i];
            }
            blend_row(*one.what, row, cover_.data() + first,
                      band.index(inside.left + static_cast<int>(first), y - top), band);
        }
    }

    // The ends of the outline in this row. Where it slants, several pixels are covered in part:
    // their sum tells where it would end if it were upright, without jumps from row to row.
    void measure(std::size_t first, std::size_t last, int left, paint_row& row) const
    {
        constexpr float full = 0.99f;
        std::size_t low = first, high = last;
        float low_part = 0, high_part = 0;
        while (low < last && cover_[low] < full)
            low_part += cover_[low++];
        if (low == last) { // nowhere full: a thin row
            row.left = (static_cast<float>(left) + static_cast<float>(first)) * step_x_;
            row.right = (static_cast<float>(left) + static_cast<float>(last)) * step_x_;
            return;
        }
        while (high > low && cover_[high - 1] < full)
            high_part += cover_[--high];
        row.left = (static_cast<float>(left) + static_cast<float>(low) - low_part) * step_x_;
        row.right = (static_cast<float>(left) + static_cast<float>(high) + high_part) * step_x_;
    }

    void fill_cover(const prepared& one, const area& inside, int y)
    {
        if (!one.soft) {
            std::copy_n(outline_.row(y), inside.width(), cover_.begin());
            return;
        }
        for (int x = inside.left; x < inside.right; ++x)
            cover_[static_cast<std::size_t>(x - inside.left)] =
                one.soft->at(static_cast<float>(x) + 0.5f, static_cast<float>(y) + 0.5f);
    }

    static void blend_row(const sketch::operation& what, const paint_row& row, const float* cover,
                          std::size_t at, layer& band)
    {
        float* r = band.r.data() + at;
        float* g = band.g.data() + at;
        float* b = band.b.data() + at;
        float* a = band.a.data() + at;
        const float opacity = what.opacity;
        if (what.how == blend::over) {
            for (std::size_t i = 0; i < row.count; ++i) {
                const float alpha = cover[i] * row.a[i] * opacity;
                r[i] += (row.r[i] - r[i]) * alpha;
                g[i] += (row.g[i] - g[i]) * alpha;
                b[i] += (row.b[i] - b[i]) * alpha;
                a[i] += (1 - a[i]) * alpha;
            }
            return;
        }
        for (std::size_t i = 0; i < row.count; ++i) {
            const float alpha = cover[i] * row.a[i] * opacity;
            r[i] += row.r[i] * alpha * (1 - r[i]);
            g[i] += row.g[i] * alpha * (1 - g[i]);
            b[i] += row.b[i] * alpha * (1 - b[i]);
        }
    }

    job::image_size size_;
    float step_x_, step_y_;
    std::vector<prepared> ready_;
    coverage outline_, clip_;
    std::vector<float> r_, g_, b_, a_, cover_;
};

} // namespace

sketch sketch::of(job::image_size size)
{
    const auto edge = static_cast<float>(size.short_edge());
    return {static_cast<float>(size.width) / edge, static_cast<float>(size.height) / edge};
}

void sketch::fill(const affine& place, const path& outline, const paint& with,
                  const fill_options& options)
{
    operation made;
    made.outline = outline.transformed(place);
    if (options.clip) {
        made.clip = options.clip->transformed(place);
        made.clipped = true;
    }
    made.colours = with.resolve(place.inverse());
    made.opacity = options.opacity;
    made.blur = options.blur * place.zoom();
    made.how = options.how;
    operations_.push_back(std::move(made));
}

const pen& pen::flood(const paint& with, const fill_options& options) const
{
    on_->fill({}, path::rectangle(0, 0, on_->width(), on_->height()), with, options);
    return *this;
}

layer render(const sketch& drawing, job::image_size size)
{
    renderer work(drawing, size);
    layer whole(size.width, size.height);
    work.draw(0, whole);
    return whole;
}

image::pixels render_pixels(const sketch& drawing, job::image_size size, bool with_alpha,
                            float grain, std::uint64_t seed)
{
    renderer work(drawing, size);
    image::pixels made = image::blank(size, with_alpha);
    for (int top = 0; top < size.height; top += band_rows) {
        layer band(size.width, std::min(band_rows, size.height - top));
        work.draw(top, band);
        write_rows(band, top, grain, seed, made);
    }
    return made;
}

} // namespace engine::sim::art
