// key_background: a flat background becomes transparent, with soft edges and clean colours.
//
// What is near the key colour lets through. At an edge, a pixel is a mixture of the background and
// of what stands before it; the latter is looked for in the neighbourhood, which gives the share of
// both and a colour without the background in it. Light that the background throws onto the edge
// (spill) is taken back as far as the neighbourhood does not have it. Elsewhere what is a little
// further from the key than the tolerance (glass, a soft shadow) becomes half transparent.
//
// Distances are OKLab's (equal numbers look equally different; lightness counts half for a strong
// colour, so that a shadow on the background belongs to it). Mixtures are those of encoded samples,
// as browsers make them: the result on a page of the key colour looks as the picture did.
// Pure; the same bytes on every x86-64 machine. Source of OKLab: B. Ottosson, "A perceptual color
// space for image processing", 2020.
#pragma once

#include "engine/base/result.hpp"
#include "engine/image/errc.hpp"
#include "engine/image/pixels.hpp"
#include "engine/job/output_spec.hpp"

namespace engine::image {

// A key that takes less than this share of the picture has found no background, and one that leaves
// less than this has eaten the subject: no sensible cutout has a border or a subject below a
// hundredth (our guess; a subject that fills the picture to its border leaves some per cent).
inline constexpr double keyed_share_min = 0.01;
inline constexpr double kept_share_min = 0.01;

struct keyed_picture {
    pixels picture;      // with alpha; where it is 0, colours are those of the edge, or black
    job::rgba_color key; // what was taken for the background
    double transparent_share = 0; // of the picture, half transparent pixels by their half
};

// cannot_key: "nothing was keyed: less than 1 % is transparent", "nothing left: ...". Takes about
// 12 bytes a pixel meanwhile.
[[nodiscard]] base::result<keyed_picture> key_background(const pixels& source,
                                                         const job::key_spec& spec);

} // namespace engine::image
