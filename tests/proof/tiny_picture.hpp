// tiny_picture: a whole PNG of a few pixels, another one for each text.
#pragma once

#include "engine/base/random.hpp"
#include "engine/image/encode.hpp"

#include <string>

namespace proof {

inline std::string tiny_picture(const std::string& text, engine::job::image_size size)
{
    auto picture = engine::image::blank(size, false);
    engine::base::random dice(engine::base::stable_hash(text));
    for (auto& sample : picture.samples)
        sample = static_cast<std::uint8_t>(dice());
    const auto made = engine::image::encode(picture, {}).value();
    return std::string(engine::base::as_text(made.bytes));
}

} // namespace proof
