// responses_request: the body of POST /responses with the image_generation tool. Source: contract
// section 4.
#pragma once

#include "engine/job/provider_spec.hpp"
#include "engine/provider/image_api.hpp"
#include "engine/provider/json_body.hpp"

#include <string>

namespace engine::provider {

// One image by one forced tool call; there is no `n`. Method, target below `base_path`, content
// headers and body; responses_api adds key and ids. References and mask go by their file ids where
// `inputs` has them, else as data URLs whose base64 `encoded` shares.
[[nodiscard]] prepared_request build_responses_request(const job::image_request& request,
                                                       const image_inputs& inputs,
                                                       const job::wire_switches& wire,
                                                       const std::string& base_path,
                                                       encoded_images& encoded);

} // namespace engine::provider
