// sketch: a drawing as a list of painted outlines, in units of its short edge, and the renderer
// that turns it into pixels of any size.
//
// The list knows no pixels: a preview is the same sketch rendered small. Rendering goes band by
// band, so that its memory does not grow with the picture (about 1.5 MB a 1024 px width). Edges are
// anti-aliased by exact area coverage.
#pragma once

#include "engine/image/pixels.hpp"
#include "engine/sim/art/colour.hpp"
#include "engine/sim/art/layer.hpp"
#include "engine/sim/art/path.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace engine::sim::art {

// One run of pixels to be coloured. Positions are in units; a pixel is `step` wide.
struct paint_row {
    float x = 0, y = 0;        // the centre of the first pixel
    float step = 0;            // units a pixel
    float left = 0, right = 0; // how far the outline reaches in this row
    std::size_t count = 0;
    float* r = nullptr; // to be filled: straight colour and alpha
    float* g = nullptr;
    float* b = nullptr;
    float* a = nullptr;
};
using shader = std::function<void(const paint_row&)>;

// What an outline is filled with. Points are in the units of whoever fills.
class paint {
public:
    static paint solid(colour tint, float alpha = 1);
    static paint linear(point from, point to, const stops& colours);
    // Around `centre`; `ry` different from `rx` makes ellipses.
    static paint radial(point centre, float rx, float ry, const stops& colours);
    // Across the outline in each row, from its left to its right end: a turned body in side light.
    // `down`, if given, multiplies from `top` to `bottom`.
    static paint turned(const stops& across);
    static paint turned(const stops& across, float top, float bottom, const stops& down);
    // A picture stretched over the rectangle; outside its edge repeats. Smoothly enlarged.
    static paint picture(std::shared_ptr<const layer> source, box over);
    // Colour by position; costs a call a pixel. `pixel(x, y)` gives colour and alpha.
    struct shade {
        colour tint;
        float alpha = 1;
    };
    static paint computed(std::function<shade(float x, float y)> pixel);

    // The shader in frame units, where `to_local` leads from the frame to the painter's units.
    [[nodiscard]] shader resolve(const affine& to_local) const { return make_(to_local); }

private:
    explicit paint(std::function<shader(const affine&)> make) : make_(std::move(make)) {}
    std::function<shader(const affine&)> make_;
};

enum class blend { over, screen };

struct fill_options {
    float opacity = 1;
    float blur = 0; // units of the painter; softens the outline by about that distance
    blend how = blend::over;
    const path* clip = nullptr; // only inside this; same units as the outline
};

class sketch {
public:
    // The frame: [0, width] x [0, height] units, y down.
    sketch(float width, float height) : width_(width), height_(height) {}
    // The frame of a picture of that size: its short edge is 1.
    static sketch of(job::image_size size);

    [[nodiscard]] float width() const { return width_; }
    [[nodiscard]] float height() const { return height_; }

    void fill(const affine& place, const path& outline, const paint& with,
              const fill_options& options);

    struct operation {
        path outline; // in frame units
        path clip;
        bool clipped = false;
        shader colours;
        float opacity = 1;
        float blur = 0;
        blend how = blend::over;
    };
    [[nodiscard]] const std::vector<operation>& operations() const { return operations_; }

private:
    float width_, height_;
    std::vector<operation> operations_;
};

// Where and on what one draws: a sketch with a place in it. A value, cheap to copy.
class pen {
public:
    explicit pen(sketch& on) : on_(&on) {}
    [[nodiscard]] pen at(const affine& place) const { return pen(*on_, place_ * place); }
    [[nodiscard]] pen at(float x, float y, float size = 1) const
    {
        return at(affine::move(x, y) * affine::scale(size, size));
    }
    const pen& fill(const path& outline, const paint& with, const fill_options& options = {}) const
    {
        on_->fill(place_, outline, with, options);
        return *this;
    }
    const pen& fill(const path& outline, colour tint, const fill_options& options = {}) const
    {
        return fill(outline, paint::solid(tint), options);
    }
    // The whole frame, in frame units.
    const pen& flood(const paint& with, const fill_options& options = {}) const;
    [[nodiscard]] float width() const { return on_->width(); }
    [[nodiscard]] float height() const { return on_->height(); }

private:
    pen(sketch& on, const affine& place) : on_(&on), place_(place) {}
    sketch* on_;
    affine place_;
};

// The sketch at that size, stretched if the shape differs.
[[nodiscard]] layer render(const sketch& drawing, job::image_size size);
[[nodiscard]] image::pixels render_pixels(const sketch& drawing, job::image_size size,
                                          bool with_alpha, float grain, std::uint64_t seed);

} // namespace engine::sim::art
