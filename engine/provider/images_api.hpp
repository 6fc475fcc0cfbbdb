// images_api: the Images API of one provider over HTTP.
#pragma once

#include "engine/http/client.hpp"
#include "engine/http/url.hpp"
#include "engine/job/provider_spec.hpp"
#include "engine/provider/image_api.hpp"

#include <string>

namespace engine::provider {

// An endpoint with its key. The key leaves only in the Authorization header, only to `endpoint`.
struct provider_access {
    job::provider_spec spec;
    http::endpoint endpoint;
    std::string api_key; // empty = no Authorization header
};

class images_api final : public image_api {
public:
    // `client` and `time` must outlive this and every send().
    images_api(provider_access access, http::client& client, const runtime::clock& time);

    [[nodiscard]] base::result<prepared_request>
    prepare(const job::image_request& request, const image_inputs& inputs,
            const std::string& client_request_id) const override;
    [[nodiscard]] runtime::task<reply> send(prepared_request prepared, image_sink& sink,
                                            runtime::call_context context) override;

private:
    provider_access access_;
    http::client& client_;
    const runtime::clock& time_;
};

} // namespace engine::provider
