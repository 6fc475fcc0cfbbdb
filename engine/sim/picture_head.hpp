// picture_head: the head of a picture's file and nothing behind it: format, size and whether there
// is an alpha channel can be told from it, as image::sniff() does. For rehearsals, which draw
// nothing.
#pragma once

#include "engine/job/image_size.hpp"
#include "engine/job/output_spec.hpp"

#include <string>

namespace engine::sim {

// At most 60 bytes. Edges from 1 to 16,384. A JPEG has no alpha, whatever is asked.
[[nodiscard]] std::string picture_head(job::image_format format, job::image_size size,
                                       bool has_alpha);

} // namespace engine::sim
