// reference: what becomes of the pictures that a request brings along: cut out and put into the
// scene, shown as prints, or a source of colours.
#pragma once

#include "engine/image/pixels.hpp"
#include "engine/sim/art/colour.hpp"
#include "engine/sim/art/layer.hpp"
#include "engine/sim/art/sketch.hpp"

#include <memory>
#include <optional>
#include <span>

namespace engine::sim::art {

using shared_layer = std::shared_ptr<const layer>;

// At most `edge_max` pixels on the long edge; never enlarged.
[[nodiscard]] shared_layer small_copy(const image::pixels& picture, int edge_max);
// The part of a picture that has the proportions of `size`, around its middle, at that size.
[[nodiscard]] image::pixels covering(const image::pixels& picture, job::image_size size);

// The thing in front of a quiet background, with transparency around it and cropped to it; nothing
// when there is no such thing. A picture with an alpha channel says itself what is in front.
[[nodiscard]] shared_layer cut_out(const layer& picture);

// The strongest colour in it; nothing for a grey picture.
[[nodiscard]] std::optional<colour> dominant(const layer& picture);

// A photograph on a white card, `height` units high with its border, around (0, 0).
void draw_print(const pen& on, const shared_layer& picture, float height);
// A framed picture standing on y = 0.
void draw_frame(const pen& on, const shared_layer& picture, float height, colour wood);
// The same without a frame: the cut-out standing on y = 0.
void draw_cut_out(const pen& on, const shared_layer& picture, float height);

} // namespace engine::sim::art
