// make_image_api: the right image_api for a route's `api`.
#pragma once

#include "engine/http/client.hpp"
#include "engine/provider/image_api.hpp"
#include "engine/provider/request_wire.hpp"

#include <memory>
#include <string_view>

namespace engine::provider {

// `api` is one of job::api_names; null for any other. `client` and `time` must outlive what is
// made.
[[nodiscard]] std::unique_ptr<image_api> make_image_api(provider_access access,
                                                        std::string_view api, http::client& client,
                                                        runtime::clock& time);

} // namespace engine::provider
