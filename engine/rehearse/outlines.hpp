// outlines: what a rehearsal does with pictures: nobody draws them, so their size and format are
// all there is, and all that is looked at.
#pragma once

#include "engine/run/picture_work.hpp"

namespace engine::rehearse {

// References are heads of files (see sim/picture_head.hpp) of the size and format that they were
// planned with; the photos themselves are not read. What came is held against size and format;
// each output gets the name, path, format and size that it would have, and the bytes and the hash
// of its head. `disk` must outlive it.
[[nodiscard]] run::picture_work outline_work(runtime::files& disk);

} // namespace engine::rehearse
