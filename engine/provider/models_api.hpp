// models_api: which models a key may use: GET /models. Costs nothing; for `doctor` and the probe
// before a run.
#pragma once

#include "engine/http/client.hpp"
#include "engine/provider/request_wire.hpp"
#include "engine/provider/small_exchange.hpp"

#include <string>
#include <vector>

namespace engine::provider {

struct models_reply {
    job::outcome outcome = job::outcome::unknown; // delivered: a list came
    std::string error_code;
    std::string error_message; // cleaned
    int http_status = 0;
    std::string request_id;
    std::vector<std::string> ids;        // cleaned, at most 10,000, as they came
    std::optional<base::wall_time> date; // the server's clock
    std::vector<bucket_reading> buckets;
    std::map<std::string, std::string> rate_limit_headers;
};

class models_api {
public:
    // `client` and `time` must outlive this and every list().
    models_api(provider_access access, http::client& client, const runtime::clock& time);

    // A provider without a list is `invalid`, "no_models_list", and nothing is sent.
    [[nodiscard]] runtime::task<models_reply> list(runtime::call_context context);

private:
    provider_access access_;
    http::client& client_;
    const runtime::clock& time_;
};

} // namespace engine::provider
