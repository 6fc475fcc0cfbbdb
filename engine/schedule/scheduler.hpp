// scheduler: decides when each attempt starts, under all limits, money and retry rules at once.
//
// Pure: no timer, no I/O; time is an argument. Tell it what happened with step(), do the actions it
// appends, and send a tick at next_wake(). It holds the items between offered and finish_item, at
// most window() of them waiting, so a million items need the memory of a few hundred. Each step
// costs O(log n) in the items held, plus O(routes).
//
// Kept at every step, as long as no settled cost is above its reservation: spent + reserved <= cap,
// for each cap there is: of the folder, the run, the day and each job.
// Money first: a reservation is made in the step that starts the attempt and ends in the step that
// settles it; an unknown outcome stays counted at its worst case. docs/limits.md tells the rules to
// people. The same events at the same times with the same seed give the same actions.
#pragma once

#include "engine/schedule/action.hpp"
#include "engine/schedule/event.hpp"
#include "engine/schedule/options.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace engine::schedule {

// One cap, as it stands.
struct purse_state {
    std::string name;     // "folder", "run", "day", or that of options::job_purses
    base::microusd spent; // what earlier runs spent included
    base::microusd reserved;
    base::microusd cap;
};

struct counters {
    std::int64_t waiting = 0;                              // for a limit, a retry, money or a slot
    std::int64_t in_flight = 0;                            // started, answer not read yet
    std::int64_t settling = 0;                             // answer read, not settled yet
    std::int64_t done = 0, failed = 0, held = 0, open = 0; // ended items
    std::int64_t attempts = 0;                             // started
    base::microusd spent;                                  // settled, with what earlier runs spent
    base::microusd spent_this_run;                         // settled
    base::microusd reserved;
    std::optional<base::microusd> cap;
    std::int64_t over_reserve = 0;      // settlements above their reservation: a price is wrong
    base::microusd over_reserve_amount; // by how much in all
    std::vector<purse_state> purses;    // those that have a cap
    bool stopping = false;              // drained, cancelled or halted
    bool paused = false;
    // What keeps the next item from starting: "concurrency", "requests_per_minute",
    // "images_per_minute", "tokens_per_minute", "budget", "retry_wait", "rate_limited" (a 429's
    // pause), "provider_down", "shared_limits" (other processes' turn), "settling", "paused"; "" =
    // nothing waits.
    std::string_view binding;
};

class scheduler {
public:
    // `wanted` must pass validate(). `now` is when the run starts.
    scheduler(options wanted, time_point now);
    ~scheduler();
    scheduler(scheduler&&) noexcept;
    scheduler& operator=(scheduler&&) noexcept;

    // One more route, of one of the accounts there are; not during a step. Its index.
    std::size_t add_route(route_options route);

    // Takes one event and appends what is to be done about it. A time before that of the last step
    // counts as that of the last step.
    void step(const event& happened, time_point now, std::vector<action>& actions);

    // When to send a tick if nothing else happens before. Nothing = only another event can change
    // anything. Never a time at which a tick would do nothing for ever.
    [[nodiscard]] std::optional<time_point> next_wake() const;

    // How many more items it can hold usefully; 0 after no_more_offers or when stopping.
    [[nodiscard]] std::size_t wants_offers() const;
    // The most items that wait inside: twice the concurrency and 64.
    [[nodiscard]] std::size_t window() const;

    // Nothing waits, nothing is in flight, and no more will be offered (or it is stopping).
    [[nodiscard]] bool finished() const;
    [[nodiscard]] bool stopping() const;
    // Whether an item waits for a route of this account.
    [[nodiscard]] bool waits_at(std::size_t account) const;
    // The cause if the route was stopped.
    [[nodiscard]] std::optional<finish_cause> route_stopped(std::size_t route) const;

    [[nodiscard]] counters count() const;

private:
    struct machine;
    std::unique_ptr<machine> machine_;
};

} // namespace engine::schedule
