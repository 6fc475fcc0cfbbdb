// images_request: the body of POST /v1/images/generations (JSON) and /v1/images/edits
// (multipart/form-data). Source: contract sections 1 and 2.
#pragma once

#include "engine/job/provider_spec.hpp"
#include "engine/provider/image_api.hpp"

#include <string>

namespace engine::provider {

// Method, target below `base_path`, content headers and body. Always n = 1: more images are more
// requests, since a stream carries one. No key and no id in it: images_api adds those. Fails when a
// text holds what a header must not.
[[nodiscard]] base::result<prepared_request> build_images_request(const job::image_request& request,
                                                                  const image_inputs& inputs,
                                                                  const job::wire_switches& wire,
                                                                  const std::string& base_path);

} // namespace engine::provider
