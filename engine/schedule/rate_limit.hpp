// rate_limit: one bucket of a provider (requests, images or tokens a minute) as we keep it.
//
// Two rules at once. The log: in any span of `span` the units that started are at most the limit,
// exactly. The pace: starts are spread evenly (GCRA, ITU-T I.371), so that neither a start of the
// process nor an idle hour is followed by a burst of a whole minute; being woken late may be caught
// up for `catch_up` and no more. A new process does not know what the last one sent, so it starts
// with the pace and without credit: both together then stay at the limit.
// A request larger than the limit may go alone, into an empty log: the provider decides about it.
// Memory is bounded: starts within 1/1024 of the span share one entry, which leaves with its last.
#pragma once

#include "engine/schedule/options.hpp"

#include <cstdint>
#include <deque>
#include <optional>

namespace engine::schedule {

class rate_limit {
public:
    static constexpr duration catch_up = std::chrono::milliseconds(250);

    // Nothing = not limited until something is learned; starts are logged all the same. `span` is a
    // minute and some slack for jitter on the way to the provider.
    rate_limit(std::optional<double> per_minute, duration span, time_point now);

    // When a request of `units` may start, `now` if at once. Stays true if nothing is charged
    // before.
    [[nodiscard]] time_point ready_at(double units, time_point now);
    // Such a request starts now. Never given back: whether a provider counts refused requests is
    // unknown, and assuming that it does cannot overshoot.
    void charge(double units, time_point now);

    // The provider's word. In force is the smaller of it and what was configured; without
    // configuration its last word counts. True when that changed what is in force.
    bool learn(double per_minute, time_point now);

    // In force; nothing = unlimited.
    [[nodiscard]] std::optional<double> per_minute() const { return per_minute_; }
    // For tests of the memory bound.
    [[nodiscard]] std::size_t entries() const { return log_.size(); }

private:
    struct entry {
        time_point first;
        time_point last;
        std::int64_t units; // thousandths, like everything that is summed here: sums stay exact
    };
    void forget(time_point now);
    void put_in_force(double per_minute);

    duration span_;
    std::optional<double> configured_;
    std::optional<double> per_minute_;
    std::int64_t limit_ = 0; // thousandths
    std::deque<entry> log_;
    std::int64_t logged_ = 0;
    time_point next_; // when the next start would be on time
};

} // namespace engine::schedule
