// picture_source: the pictures that a request brings or names (a part of a form, a data URL, an
// uploaded file), looked at by their headers. Contract: sections 2, 4 and 10.
//
// Pure. Nothing is fetched: the look-alike has no network, so an https URL is refused as one that
// could not be downloaded.
#pragma once

#include "engine/base/json.hpp"
#include "engine/job/image_request.hpp"
#include "engine/sim/api_error.hpp"
#include "engine/sim/file_store.hpp"
#include "engine/sim/shared_text.hpp"

#include <expected>
#include <string>
#include <string_view>

namespace engine::sim {

struct found_picture {
    job::reference_image seen;
    shared_text owner; // of what `file` looks into
    std::string_view file;
};
using picture_or_error = std::expected<found_picture, api_error>;

// An image file in memory that says to be of `type` ("image/png"). `what`: "image" or "mask".
[[nodiscard]] std::expected<job::reference_image, api_error> check_picture(std::string_view file,
                                                                           std::string_view type,
                                                                           std::string_view param,
                                                                           std::string_view what);

// "data:image/png;base64,..." of at most 20,971,520 characters.
[[nodiscard]] picture_or_error read_image_url(std::string_view url, std::string_view param,
                                              std::string_view what);
[[nodiscard]] picture_or_error read_file_id(std::string_view id, const file_store& files,
                                            std::string_view param, std::string_view what);
// {"image_url": ...} or {"file_id": ...}, exactly one of them.
[[nodiscard]] picture_or_error read_image_reference(const base::json& value,
                                                    const file_store& files, std::string_view param,
                                                    std::string_view what);

// Why a mask does not fit the picture it is for; nothing when it does.
[[nodiscard]] std::optional<api_error> check_mask(const job::reference_image& mask,
                                                  job::image_size wanted);

} // namespace engine::sim
