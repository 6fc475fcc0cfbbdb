// rate_limit: one bucket of a provider (requests, images or tokens a minute) as we keep it.
//
// Two rules at once. The log: in any span of `span` the units that started are at most the limit,
// exactly. The pace: starts are spread evenly (GCRA, ITU-T I.371), so that neither a start of the
// process nor an idle hour is followed by a burst of a whole minute; being woken late may be caught
// up for `catch_up` and no more. A new process does not know what the last one sent, so it starts
// with the pace and without credit: both together then stay at the limit.
// A request larger than the limit may go alone, into an empty log: the provider decides about it.
// Memory is bounded: starts within 1/1024 of the span share one entry, which leaves with its last.
//
// Shared with other processes, each unit of ours weighs as much as all of them together may start
// in its time: with half of the limit, two. So the log stands for everybody's past as far as we
// know it, and a share that shrinks or grows needs no second thought about what was sent before.
#pragma once

#include "engine/schedule/options.hpp"

#include <cstdint>
#include <deque>
#include <optional>

namespace engine::schedule {

// Our part of what several processes share: the `index`-th of `of` equal ones. of = 0: none at all.
struct share {
    int index = 0;
    int of = 1;

    friend bool operator==(const share&, const share&) = default;
};

// A limit of whole units is divided into whole units (5 by 2 is 2 and 3), so that together nothing
// is lost; large ones and fractions evenly.
[[nodiscard]] double part_of(double whole, share ours);

class rate_limit {
public:
    static constexpr duration catch_up = std::chrono::milliseconds(250);

    // Nothing = not limited until something is learned; starts are logged all the same. `span` is a
    // minute and some slack for jitter on the way to the provider.
    rate_limit(std::optional<double> per_minute, duration span, time_point now);

    // What one start drew, for what is learned about it later.
    struct receipt {
        std::int64_t mark = 0; // everything drawn before, without what the log still held
        double weight = 1;     // of its units
    };

    // When a request of `units` may start, `now` if at once; time_point::max() = not before
    // something is learned or shared anew. Stays true if nothing is charged before.
    [[nodiscard]] time_point ready_at(double units, time_point now);
    // Such a request starts now. Never given back when it fails: whether a provider counts refused
    // requests is unknown, and assuming that it does cannot overshoot.
    receipt charge(double units, time_point now);
    // What started at `started` with `units` turned out to use `used`: the difference comes back,
    // or is charged on top, where it was charged.
    void correct(double units, double used, time_point started, const receipt& drawn);

    // The provider's word. In force is the smaller of it and what was configured; without
    // configuration its last word counts. True when that changed what is in force.
    bool learn(double per_minute, time_point now);
    // The provider counted `used` units when the start of this receipt reached it. More than we
    // know of was used by somebody else with the same key: it is charged, as of now. A lower bound,
    // because all that we have started since is taken for counted; so a provider whose buckets
    // refill continuously, and therefore counts less, never starves us.
    void note_used(double used, const receipt& drawn, time_point now);
    // Nothing may start before.
    void hold(time_point until) { held_until_ = std::max(held_until_, until); }
    // Another share of the limit, with the first start after `periods` of the new pace: a change
    // must not let several processes start in the same instant.
    void set_share(share ours, int periods, time_point now);

    // In force, for all who share it; nothing = unlimited.
    [[nodiscard]] std::optional<double> per_minute() const { return per_minute_; }
    // For tests of the memory bound.
    [[nodiscard]] std::size_t entries() const { return log_.size(); }

private:
    struct entry {
        time_point first;
        time_point last;
        std::int64_t units; // millionths, like everything that is summed here: sums stay exact
    };
    void forget(time_point now);
    void put_in_force(double per_minute);
    void weigh();
    void log(std::int64_t drawn, time_point now);
    [[nodiscard]] duration pace_of(std::int64_t drawn) const;

    duration span_;
    std::optional<double> configured_;
    std::optional<double> per_minute_;
    std::int64_t limit_ = 0; // millionths
    share share_;
    double weight_ = 1; // of a unit of ours; 0 = no share
    std::deque<entry> log_;
    std::int64_t logged_ = 0;
    std::int64_t drawn_ = 0; // ever
    time_point next_;        // when the next start would be on time
    time_point held_until_ = time_point::min();
};

} // namespace engine::schedule
