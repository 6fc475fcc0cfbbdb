// error_class: from what a provider said went wrong to the outcome that policy acts on.
//
// The code of an error decides before its HTTP status: a spending limit can come as 400 or 429, a
// moderation block as 400 or 451. Source: contract section 5, tests/golden/contract/errors.json.
#pragma once

#include "engine/base/json.hpp"
#include "engine/base/wall_time.hpp"
#include "engine/http/message.hpp"
#include "engine/job/outcome.hpp"
#include "engine/provider/retry_hint.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace engine::provider {

struct error_report {
    job::outcome outcome = job::outcome::unknown;
    std::string code;    // the provider's, else its type, else "http_NNN"
    std::string message; // cleaned, one line
    std::string field;   // `param`, when it says which
    std::optional<std::chrono::milliseconds> retry_after; // from headers or text
    limit_text limits;
    bool about_model = false;     // outcome account: only this model is not there, or not for us
    bool never_fits = false;      // a 429 that waiting cannot cure
    bool possibly_billed = false; // work may have been done before it failed
};

// What the classification goes by. `body` is the parsed answer (null when it was no JSON); `status`
// 200 for an error inside a stream or a 200 answer.
struct error_input {
    int status = 0;
    const base::json* body = nullptr;
    std::string_view raw_body;                  // its beginning, for messages when there is no JSON
    const http::header_list* headers = nullptr; // may be null
    base::wall_time now;                        // for Retry-After dates
    bool image_had_begun = false;               // a partial image came before the error
};
[[nodiscard]] error_report classify_error(const error_input& said);

} // namespace engine::provider
