// small_exchange: one request whose answer is a small JSON document: a file's name, a list of
// models, a text. What it came to is classified as for images.
#pragma once

#include "engine/base/json.hpp"
#include "engine/http/client.hpp"
#include "engine/job/outcome.hpp"
#include "engine/provider/retry_hint.hpp"

#include <functional>
#include <map>
#include <string>

namespace engine::provider {

// An exchange that did not bring a whole answer.
struct lost_answer {
    job::outcome outcome = job::outcome::unknown;
    std::string code;
    std::string message;
    bool possibly_billed = false;
};
[[nodiscard]] lost_answer classify_lost(const http::exchange_report& exchange);

struct small_answer {
    job::outcome outcome = job::outcome::unknown; // delivered: status 2xx, whole, no error inside
    std::string error_code;                       // empty when delivered
    std::string error_message;                    // cleaned
    bool possibly_billed = false;
    bool never_fits = false;
    int http_status = 0;
    std::string request_id;
    base::json body; // null when it was no JSON
    std::optional<std::chrono::milliseconds> retry_after;
    std::vector<bucket_reading> buckets;
    limit_text limits;
    std::map<std::string, std::string> rate_limit_headers;
    std::optional<base::wall_time> date; // the server's clock
};

// `client` and `time` must outlive the task. A body over 4 MiB is bad_output. `on_sending` may be
// empty; see http::response_handler.
[[nodiscard]] runtime::task<small_answer> exchange_small(http::client& client,
                                                         const runtime::clock& time,
                                                         http::endpoint where, http::request wanted,
                                                         std::function<void()> on_sending,
                                                         runtime::call_context context);

} // namespace engine::provider
