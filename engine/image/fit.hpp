// fit: brings a picture into a box: whole (contain), filling it (cover), or whole with a border
// (pad).
//
// Nothing is ever enlarged unless the spec says so. A picture smaller than its box then stays as
// large as it is: contain gives it unchanged, pad puts it in the middle of the full box, cover cuts
// the largest part that has the box's proportions, so that layouts keep theirs.
#pragma once

#include "engine/base/result.hpp"
#include "engine/image/errc.hpp"
#include "engine/image/pixels.hpp"
#include "engine/image/resample.hpp"
#include "engine/job/image_size.hpp"
#include "engine/job/output_spec.hpp"

namespace engine::image {

// What fit() will do, in numbers.
struct fit_plan {
    window part = {};       // of the source; all but cover use all of it
    job::image_size scaled; // what the part becomes
    job::image_size canvas; // the result; larger than `scaled` only when padding
    int left = 0, top = 0;  // where `scaled` lies on the canvas
};

// With only one edge given the other follows from the picture's proportions, whatever the mode.
[[nodiscard]] fit_plan plan_fit(job::image_size source, const job::fit_spec& spec);

// too_large: the result would have more than 64 million pixels.
[[nodiscard]] base::result<pixels> fit(const pixels& source, const job::fit_spec& spec);

} // namespace engine::image
