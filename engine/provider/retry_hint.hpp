// retry_hint: when a provider says to come again, and how full its buckets are, from headers and
// from the text of a 429.
#pragma once

#include "engine/base/wall_time.hpp"
#include "engine/http/message.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace engine::provider {

// One bucket as the answer describes it. Nothing = not said, which is never zero.
struct bucket_reading {
    std::string
        bucket; // "requests", "tokens", "images", "input-images", ... as the header names it
    std::optional<double> limit;
    std::optional<double> remaining;
    std::optional<std::chrono::milliseconds> reset;
};

// "... on input-images per min: Limit 5, Used 5, Requested 1. Please try again in 12s." in a 429's
// message.
struct limit_text {
    std::string bucket; // "input-images"; empty when the text does not name one
    std::optional<double> limit, used, requested;
    std::optional<std::chrono::milliseconds> wait;
    // More was asked at once than the bucket ever holds: waiting cannot help.
    [[nodiscard]] bool never_fits() const { return limit && requested && *requested > *limit; }
};

// "120ms", "1s", "6m0s", "58.891s", "1h2m3.5s", "2d", or bare seconds. Nothing for anything else,
// or above 31 days.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_reset(std::string_view text);

// `retry-after-ms` first, then `retry-after` in seconds or as an HTTP date (against the answer's
// own `date` if it has one, else against `now`). Never negative.
[[nodiscard]] std::optional<std::chrono::milliseconds>
parse_retry_after(const http::header_list& headers, base::wall_time now);

// Every x-ratelimit-(limit|remaining|reset)-NAME, any case, sorted by name. At most 16 buckets.
[[nodiscard]] std::vector<bucket_reading> parse_buckets(const http::header_list& headers);

[[nodiscard]] limit_text parse_limit_text(std::string_view message);

// The headers a ledger keeps: x-ratelimit-*, retry-after, retry-after-ms; names in lower case,
// values cleaned.
[[nodiscard]] std::map<std::string, std::string> limit_headers(const http::header_list& headers);

} // namespace engine::provider
