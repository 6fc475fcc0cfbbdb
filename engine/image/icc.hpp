// icc: as much of an ICC profile (ICC.1:2022) as it takes to decide whether it says more than
// "sRGB". There is no colour conversion here: a profile that is not sRGB travels with its pixels.
#pragma once

#include "engine/base/bytes.hpp"
#include "engine/image/pixels.hpp"

#include <string>

namespace engine::image {

struct icc_summary {
    bool for_rgb = false; // the data colour space is RGB: it can describe our pixels
    bool srgb_like =
        false;        // primaries and curves are those of sRGB: leaving it out changes nothing
    std::string name; // "Display P3", cleaned; empty if there is none
};

// Never fails: a broken profile is neither for RGB nor like sRGB.
[[nodiscard]] icc_summary summarize_icc(base::byte_view profile);

// Puts the profile into `meta` if it can describe RGB pixels, otherwise leaves a note there.
void take_rgb_profile(metadata& meta, base::byte_view profile);

} // namespace engine::image
