// images_request: the body of POST /images/generations (JSON) and /images/edits (multipart or one
// of the JSON forms). Source: contract sections 1, 2 and 11.
#pragma once

#include "engine/job/provider_spec.hpp"
#include "engine/provider/image_api.hpp"
#include "engine/provider/json_body.hpp"

#include <string>

namespace engine::provider {

// Method, target below `base_path`, content headers and body. Always n = 1: more images are more
// requests, since a stream carries one. No key and no id in it: images_api adds those. `encoded`
// shares the base64 of JSON forms. Fails when a text holds what a header must not, or when the
// form has no place for a mask.
[[nodiscard]] base::result<prepared_request> build_images_request(const job::image_request& request,
                                                                  const image_inputs& inputs,
                                                                  const job::wire_switches& wire,
                                                                  const std::string& base_path,
                                                                  encoded_images& encoded);

} // namespace engine::provider
