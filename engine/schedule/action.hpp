// action: what the scheduler wants done, in this order. The caller decides nothing.
#pragma once

#include "engine/base/money.hpp"
#include "engine/job/outcome.hpp"
#include "engine/schedule/event.hpp"
#include "engine/schedule/options.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace engine::schedule {

// Send one request now. Slot, rate and money are taken already; each start_attempt must be answered
// by exactly one attempt_settled.
struct start_attempt {
    item_handle item{};
    std::size_t route = 0;
    std::size_t choice = 0; // index into the candidate's choices
    base::microusd reserve;
    int ordinal = 1; // of the item in this run, 1-based; counts every start
    // Outcome of the attempt before: "", "overloaded", ...; or "next_route", "downgrade" when it is
    // another choice than before.
    std::string retry_reason;
};

// Why an item ended.
enum class finish_cause {
    delivered,     // done
    refused,       // failed
    invalid,       // failed
    never_fits,    // failed: one request is larger than the provider's whole limit
    attempts,      // failed: max_attempts are used up
    not_sent,      // failed: not_sent_max in a row and no other route
    bad_output,    // failed: bad_output_max reached
    unknown,       // held by retry.on_unknown
    budget,        // open: its reservation cannot fit under the cap any more
    unpriced,      // open: a cap is set and nobody knows the price
    account,       // open: the last of its routes was stopped by the provider's account rules
    provider_down, // open: the last of its routes was taken for down
    rate_limited,  // open: the last of its routes answered nothing but 429 for too long
    stopped,       // open: stop_admitting or cancel_all
    halted,        // open: too many items failed
    cancelled,     // open: its attempt was cancelled before sending
    deadline,      // open: deadline_passed
    fallback,      // held or failed: retry.after says so for its last outcome
};
inline constexpr std::array<std::string_view, 18> finish_cause_names = {
    "delivered",    "refused", "invalid", "never_fits", "attempts", "not_sent",
    "bad_output",   "unknown", "budget",  "unpriced",   "account",  "provider_down",
    "rate_limited", "stopped", "halted",  "cancelled",  "deadline", "fallback"};
[[nodiscard]] constexpr std::string_view name_of(finish_cause cause)
{
    return finish_cause_names[static_cast<std::size_t>(cause)];
}

// The item is over; its handle may be used again. Sent exactly once for each offered item.
struct finish_item {
    item_handle item{};
    job::item_state state = job::item_state::open;
    finish_cause cause = finish_cause::stopped;
    std::string reason; // for ledger and people: "refused: moderation_blocked"
};

// Nothing starts there until then (a 429, or an open circuit).
struct pause_route {
    scope where;
    time_point until;
    std::string reason; // "rate_limited", "provider_down"
};
// The pause is over, or the circuit closed.
struct resume_route {
    scope where;
};
// A limit was learned from the provider.
struct limit_learned {
    scope where;
    std::string bucket;    // "requests_per_minute", "images_per_minute", "tokens_per_minute"
    double per_minute = 0; // in force from now on
};

// Nothing starts on the route in this run any more. What is in flight there ends by itself.
struct stop_route {
    scope where;
    finish_cause cause = finish_cause::account; // account, provider_down or rate_limited
    std::string reason;                         // "account: insufficient_quota"
};

// A cap refuses a reservation for good. Sent for the first of each purse, and then whenever a
// smaller one is refused there than any before; the items' own ends say `budget` each time.
struct budget_refused {
    item_handle item{};
    base::microusd needed;
    std::string purse;    // "folder", "run", "day", or the name of the job's
    base::microusd spent; // there, with what earlier runs spent
    base::microusd reserved;
    base::microusd cap;
};

// One of options::halts has come true; from here on as after stop_admitting, or after cancel_all
// when it says now.
struct halted {
    halt_rule rule;
    std::int64_t failed = 0;  // items
    std::int64_t ended = 0;   // items: done, failed or held
    std::int64_t unknown = 0; // attempts
};

using action = std::variant<start_attempt, finish_item, pause_route, resume_route, limit_learned,
                            stop_route, budget_refused, halted>;

} // namespace engine::schedule
