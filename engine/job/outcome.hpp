// outcome: how an attempt ended, one word for each ending, the same in code, ledger and report.
// Policy acts on it.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace engine::job {

enum class outcome {
    delivered,    // image complete and verified
    not_sent,     // DNS, connect or TLS failed: nothing left this machine, so a retry is free
    rate_limited, // 429 with a wait: the bucket pauses until its reset; burns no attempt
    overloaded,   // 503, slow_down, a server error before any image: backoff with full jitter
    unknown,      // timeout, reset, proxy 5xx, stream cut after sending: possibly billed
    refused,      // moderation, policy, text instead of an image: never the same again
    invalid,      // 400, bad size, bad mask: never
    account,      // 401, 403, quota, spending limit, model not there: stops that route for all
    bad_output,   // 200 but empty, truncated, not an image, wrong size or format: billed, bounded
                  // regenerate
    cancelled,    // by the user before sending
};

inline constexpr std::array<std::string_view, 10> outcome_names = {
    "delivered", "not_sent", "rate_limited", "overloaded", "unknown",
    "refused",   "invalid",  "account",      "bad_output", "cancelled"};

[[nodiscard]] constexpr std::string_view name_of(outcome value)
{
    return outcome_names[static_cast<std::size_t>(value)];
}

[[nodiscard]] constexpr std::optional<outcome> outcome_named(std::string_view name)
{
    for (std::size_t i = 0; i < outcome_names.size(); ++i)
        if (outcome_names[i] == name)
            return static_cast<outcome>(i);
    return std::nullopt;
}

// How an item ended. `open` is an item that this run did not end (stopped, or no budget): the next
// run continues it.
enum class item_state { done, failed, held, open };

inline constexpr std::array<std::string_view, 4> item_state_names = {"done", "failed", "held",
                                                                     "open"};

[[nodiscard]] constexpr std::string_view name_of(item_state value)
{
    return item_state_names[static_cast<std::size_t>(value)];
}

[[nodiscard]] constexpr std::optional<item_state> item_state_named(std::string_view name)
{
    for (std::size_t i = 0; i < item_state_names.size(); ++i)
        if (item_state_names[i] == name)
            return static_cast<item_state>(i);
    return std::nullopt;
}

} // namespace engine::job
