// check: is this the picture that was asked for? Decided on the decoded pixels. What a provider's
// answer says about its image (size, format, background) is never believed over the bytes.
#pragma once

#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"
#include "engine/image/decode.hpp"
#include "engine/image/pixels.hpp"
#include "engine/image/sniff.hpp"
#include "engine/job/image_size.hpp"
#include "engine/job/output_spec.hpp"

#include <optional>
#include <string>
#include <vector>

namespace engine::image {

enum class alpha_need {
    any,
    required,  // at least one pixel is not opaque; an alpha channel alone is not enough
    forbidden, // every pixel is opaque; an alpha channel alone does no harm
};

struct expectation {
    std::optional<job::image_size> size = {};     // nothing when "auto" was asked
    std::optional<job::image_format> format = {}; // nothing when any will do
    alpha_need alpha = alpha_need::any;
};

// A file that is a whole picture and the right one.
struct checked_image {
    image_header header;
    pixels picture; // upright; its size is the one that counts
};

// "expected 1536x1024, got 1024x1024": one phrase for each thing that is wrong; empty when nothing
// is.
[[nodiscard]] std::vector<std::string>
find_mismatches(const image_header& header, const pixels& picture, const expectation& expected);

// Magic bytes, full decode, then find_mismatches(). Fails as decode() does, or with errc::mismatch
// and all phrases in the detail.
[[nodiscard]] base::result<checked_image>
check_image(base::byte_view file, const expectation& expected, const decode_limits& limits = {});

} // namespace engine::image
