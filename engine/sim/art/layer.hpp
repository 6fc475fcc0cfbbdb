// layer: a picture in the making: float samples, premultiplied alpha, one plane a channel so that
// the compiler can use vectors.
#pragma once

#include "engine/image/pixels.hpp"
#include "engine/sim/art/colour.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace engine::sim::art {

struct layer {
    int width = 0, height = 0; // pixels
    std::vector<float> r, g, b, a;
    bool opaque = false; // alpha is 1 everywhere: a promise that saves time, not a fact to rely on

    layer() = default;
    layer(int width_px, int height_px)
        : width(width_px), height(height_px), r(count()), g(count()), b(count()), a(count())
    {}
    [[nodiscard]] std::size_t count() const
    {
        return static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
    }
    [[nodiscard]] std::size_t index(int x, int y) const
    {
        return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
               static_cast<std::size_t>(x);
    }
};

// Three box blurs, which come close to a Gaussian of that deviation in pixels. Edges repeat.
void blur(layer& picture, float deviation);
void blur_plane(std::vector<float>& plane, int width, int height, float deviation);

// Decoded pixels as a layer, and back. `grain` is the strength of film noise in 8-bit steps (the
// least, 0.5, is a dither that keeps gradients from banding); `seed` names its pattern.
[[nodiscard]] layer to_layer(const image::pixels& picture);
// Rows [top, top + part.height) of `out`, from a layer of the same width.
void write_rows(const layer& part, int top, float grain, std::uint64_t seed, image::pixels& out);

// A smooth random field in [0, 1] (value noise), at lattice distance 1.
[[nodiscard]] float noise_at(float x, float y, std::uint32_t seed);
// Several octaves of it, about in [0, 1].
[[nodiscard]] float cloud_at(float x, float y, std::uint32_t seed, int octaves = 4);

} // namespace engine::sim::art
