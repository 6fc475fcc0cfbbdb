// scene: from the words and pictures of a request to one picture, at any size.
//
// The same wish gives the same picture, to the last sample, on one machine; another C library may
// round a sine the other way. 15 to 45 ms for 1024 x 1024 on one core, 130 to 310 ms for 3840 x
// 2160.
#pragma once

#include "engine/image/pixels.hpp"
#include "engine/sim/art/sketch.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace engine::sim::art {

using shared_pixels = std::shared_ptr<const image::pixels>;

struct wish {
    std::string prompt;
    job::image_size size;
    bool transparent = false;                // nothing behind the subject
    std::uint64_t seed = 1;                  // another seed is another variant of the same scene
    std::vector<shared_pixels> references{}; // not null
    shared_pixels base{}; // or null: an earlier picture that this one goes on from
    // Or null; alpha 0 = may change. Of the size of the base, or else of the first reference.
    shared_pixels mask{};
};

class scene {
public:
    explicit scene(wish wanted);
    ~scene();
    scene(scene&&) noexcept;

    [[nodiscard]] image::pixels draw() const;
    // What it may look like before it is finished: `progress` from 0 (a blur) to 1.
    [[nodiscard]] image::pixels preview(float progress) const;

private:
    struct parts;
    std::unique_ptr<const parts> parts_;
};

// A few colour fields, for benchmarks: nearly free. With `grain` as noisy as a photo, so that a PNG
// of it is as large as one.
[[nodiscard]] image::pixels draw_flat(job::image_size size, std::uint64_t seed, bool grain,
                                      bool transparent);

} // namespace engine::sim::art
