// event: what the scheduler is told. Each comes with the time at which it happened.
#pragma once

#include "engine/base/money.hpp"
#include "engine/job/item.hpp"
#include "engine/job/outcome.hpp"
#include "engine/job/provider_spec.hpp"
#include "engine/schedule/options.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace engine::schedule {

// A name for one item, given by the caller; unique among the items that have not ended.
enum class item_handle : std::uint64_t {};

// One place where an item may be made, and what one attempt there weighs.
struct choice {
    std::size_t route = 0;    // index into options::routes
    base::microusd reserve{}; // the most that one attempt can cost; >= 0
    bool priced = true;       // false: no price is known, and `reserve` says nothing
    bool downgrade = false;   // the choice before it in a cheaper form: taken only by
                              // fallback_step::downgrade
    double images = 1;        // units of the images-per-minute bucket
    double tokens = 0;        // units of the tokens-per-minute bucket, worst case
};

struct candidate {
    item_handle item{};
    std::vector<choice> choices{}; // the first usable one is taken; the next only when its route
                                   // stops or cannot be reached, or when retry.after says so; at
                                   // least one, and the first is no downgrade
    // Whose turn it is: higher priorities first; jobs of one priority take turns; within a job
    // those that others wait for, then in the order of offering.
    std::size_t job = 0; // index into options::job_purses, too
    int priority = 0;
    bool frees_others = false;
    duration expected{0}; // how long an attempt takes, as far as anybody knows; 0 = nobody does
    job::retry_policy retry{};
    int attempts_before = 0; // attempts of earlier runs that count against retry.max_attempts
};

// An item to be made. Offer at most scheduler::wants_offers() at a time.
struct offered {
    candidate wanted;
};
struct no_more_offers {};
// Hardly any more will be offered: what takes longest goes first from here on, so that nothing long
// is left to the end. no_more_offers says the same.
struct nearing_end {};

// The answer is read (or given up): the slot on the wire is free. The money stays reserved until
// attempt_settled. May be left out; attempt_settled implies it.
struct response_ended {
    item_handle item{};
};

// What a provider said about one of its buckets, in headers (x-ratelimit-*) or in the text of a
// 429. Bucket names: "requests", "images", "input-images" (counted as images), "tokens"; others are
// ignored. Values that make no sense (zero, negative, not finite) are ignored too.
struct bucket_reading {
    std::string bucket{};
    std::optional<double> limit{};     // units a minute
    std::optional<double> remaining{}; // units
    std::optional<std::chrono::milliseconds> reset{};
    std::optional<double> requested{}; // units that the refused request would have drawn (429 text)
};

// What the head of an answer says about the buckets, while the rest of it is still to come: half a
// minute earlier than attempt_settled, which may say the same again.
struct limits_read {
    item_handle item{};
    std::vector<bucket_reading> readings{};
};

struct attempt_settled {
    item_handle item{};
    job::outcome outcome = job::outcome::unknown;
    base::microusd cost{};        // what is counted; 0 when nothing can have been charged
    bool possibly_billed = false; // then at least the reservation is counted, as for `unknown`
    std::optional<std::chrono::milliseconds> retry_after{}; // as the provider asked
    std::vector<bucket_reading> readings{};
    std::optional<double> tokens{}; // that it really used, where the provider told
    bool about_model = false; // outcome account: about this model alone (it is not there, or not
                              // for us), not about the key
    bool never_fits = false;  // a 429 whose request is larger than the whole limit
    std::string code{}; // the provider's error code or ours, for reasons: "insufficient_quota"
    // The ending is about somebody else than the route (a text model before it): the item follows
    // its outcome, the route only gets its slot back.
    bool beside_route = false;
    // Nothing was made and nothing can be learned from it: the item is to start again at once, and
    // no attempt is burnt. Only for what cannot happen to the same item again.
    bool again = false;
};

// Other processes came to use the account's key, or left: from now on our part of its limits is the
// `index`-th of `of`. of = 0: nothing may start there for now. The rates and the concurrency are
// shared; what was started before is not forgotten.
struct share_changed {
    std::size_t account = 0;
    int index = 0;
    int of = 1;
    bool joined = false; // we are the one that came
};

// Who is meant: one route, or an account with all of its routes.
struct scope {
    enum class kind { account, route };
    kind what = kind::account;
    std::size_t index = 0; // into options::accounts or options::routes

    friend bool operator==(const scope&, const scope&) = default;
};

// What another run has learned by now, as if the provider had said it here. No concurrency.
struct limits_remembered {
    scope where;
    job::rate_limits limits{};
};

// Drain: what waits ends `open`, what is in flight goes on, nothing is retried.
struct stop_admitting {
    std::string reason = "stopped";
};
// The time is up: as stop_admitting, with another cause.
struct deadline_passed {};
// Nothing new starts and nothing more is wanted until resume_admitting; what is in flight goes on.
struct pause_admitting {};
struct resume_admitting {};
// Local midnight has passed: the purse of the day is full again. What is in flight is settled in
// the new one.
struct day_begins {};
// As stop_admitting; the caller cancels what is in flight and settles it as unknown or cancelled.
struct cancel_all {};
// Time has passed: send it at next_wake().
struct tick {};

using event =
    std::variant<offered, no_more_offers, response_ended, limits_read, attempt_settled,
                 share_changed, limits_remembered, nearing_end, stop_admitting, deadline_passed,
                 pause_admitting, resume_admitting, day_begins, cancel_all, tick>;

} // namespace engine::schedule
