// options: everything a person may set about when requests start, in one value, and its check.
#pragma once

#include "engine/base/money.hpp"
#include "engine/job/provider_spec.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace engine::schedule {

using time_point = std::chrono::steady_clock::time_point;
using duration = std::chrono::nanoseconds;

inline constexpr int default_concurrency = 16; // of an account that says nothing

// What earlier runs learned about one account or route.
struct remembered {
    job::rate_limits limits{}; // as if the provider had said them now; no concurrency
    std::optional<time_point> paused_until{};
};

// An account is whatever shares a key: its limits hold over all of its routes, and a bad key, an
// empty purse or an outage concerns them all.
struct account_options {
    std::string name;                   // for reasons and the ledger: "openai"
    job::rate_limits limits{};          // concurrency defaults to 16; nothing else is limited
    bool limits_are_the_models = false; // what the provider tells about limits, and its 429s, are
                                        // the route's affair; else the account's
    remembered before{};
};

// One model at one account. An attempt passes the limits of both. An item's choices may name one
// route twice, and start_attempt says which choice is meant.
struct route_options {
    std::string name;          // "openai/gpt-image-2"
    job::rate_limits limits{}; // of this model alone; nothing is limited by default
    std::size_t account = 0;   // index into options::accounts
    remembered before{};
};

// Waiting between attempts: uniform in [0, min(cap, base * 2^k)) ("full jitter", AWS Architecture
// Blog, 2015); k counts the item's waits in a row.
struct backoff_options {
    std::chrono::milliseconds base{1'000};
    std::chrono::milliseconds cap{60'000}; // >= base
};

// When a route is taken for down: `failures_to_open` attempts in a row that ended not_sent,
// overloaded or unknown, over all items. Then one attempt at a time asks whether it is back.
struct circuit_options {
    int failures_to_open = 20;                    // 0 = never opens
    std::chrono::milliseconds probe_base{5'000};  // before the first probe; doubles after each
    std::chrono::milliseconds probe_cap{120'000}; // >= probe_base
    int probes_max = 30;       // failed probes until the route is stopped; about 55 min
    int probes_max_unseen = 6; // the same for a route that never answered in this run; about 5 min
};

// The cap of one job, and what earlier runs spent for it.
struct purse_options {
    std::string name;                  // "job hero-{{n}}"
    std::optional<base::microusd> cap; // nothing = no cap
    base::microusd spent_before;
};

// When a run is given up: soon = nothing new starts; now = what is in flight is given up, too.
struct halt_rule {
    enum class counted { failed, unknown };
    counted what = counted::failed;   // failed items, or attempts whose answer was lost
    std::optional<double> fraction{}; // failed only: more than this part of the ended items, 0 to 1
    std::int64_t count = 0;           // without a fraction: so many; >= 1
    bool now = false;
};

struct options {
    std::vector<account_options> accounts; // none = each route is an account of its own, and its
                                           // limits are the account's
    std::vector<route_options> routes;     // at least one, if no accounts are given: then routes
                                           // can be added later

    // Money. Nothing = no cap. What earlier runs over the same folder spent counts against it.
    std::optional<base::microusd> cap;
    base::microusd spent_before;
    std::optional<base::microusd> run_cap; // beside it, for this run alone
    std::optional<base::microusd> day_cap; // beside them, for a day; see day_begins
    base::microusd spent_today;            // by earlier runs
    std::vector<purse_options> job_purses; // by candidate::job; a job beyond them has no cap
    bool allow_unpriced = false; // with a cap: start attempts whose price nobody knows, at 0

    // Concurrency.
    std::optional<int> concurrency_total; // -j: requests at once over all accounts; nothing = the
                                          // sum of theirs
    int concurrency_first = 4; // where nothing is known about any rate, the search for the right
                               // concurrency starts with so many: fewer than the smallest limit
                               // that is sold (5 images a minute), so the first answers can tell
                               // theirs. 0 = no search, all that is allowed at once
    int settling_max = 256; // answers that may wait for their settlement (decoding, storing) before
                            // nothing new starts; >= 1

    // Retry.
    backoff_options backoff;
    circuit_options circuit;
    int not_sent_max = 8;   // not_sent in a row at which an item leaves its route; >= 1
    int bad_output_max = 2; // bad outputs at which an item fails: 2 = one regeneration; >= 1
    std::chrono::milliseconds retry_after_max{900'000}; // a longer wait asked of us is cut to this
    std::chrono::milliseconds rate_limited_give_up{7'200'000}; // nothing but 429 for so long stops
                                                               // the route; 0 = never

    std::vector<halt_rule> halts;
    int halt_after_items = 20; // no fraction is looked at before so many have ended; >= 1

    // Rate limits are kept over 60 s plus this, because requests that start evenly do not arrive
    // evenly. 500 ms costs 0.8 % of the rate and forgives half a second of jitter on the way.
    std::chrono::milliseconds arrival_jitter{500};

    std::uint64_t seed = 1; // of the jitter
};

[[nodiscard]] inline bool any_rate(const job::rate_limits& limits)
{
    return limits.requests_per_minute || limits.images_per_minute || limits.tokens_per_minute;
}

// The same with an account for each route where none are given.
[[nodiscard]] options with_accounts(options wanted);

// Every complaint about `wanted`, as sentences; empty = good. The scheduler asserts that it is.
[[nodiscard]] std::vector<std::string> validate(const options& wanted);

} // namespace engine::schedule
