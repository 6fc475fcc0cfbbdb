// shared_pause: what a 429 means for everybody on the route.
//
// One refusal stops all starts until the time the provider named; workers that each wait on their
// own never leave the minute window. Where it named none, the waits double. When the pause is over,
// starts come back within half a second, not all in one instant: the first of them are the probe
// for the others.
#pragma once

#include "engine/schedule/options.hpp"

#include <optional>

namespace engine::schedule {

class shared_pause {
public:
    struct refusal {
        std::optional<duration> asked; // the provider's wait, bounded by the caller
        time_point attempt_started;
        time_point now;
    };
    // True when the pause was made or became longer.
    bool refuse(const refusal& said);
    // Somebody got another answer than 429.
    void answered();
    // An attempt starts now.
    void started(time_point now);

    // When the next start may be; not after `now` = at once.
    [[nodiscard]] time_point ready_at() const { return until_ > gap_end_ ? until_ : gap_end_; }
    [[nodiscard]] time_point until() const { return until_; }
    // Since when there was nothing but 429.
    [[nodiscard]] std::optional<time_point> refused_since() const { return refused_since_; }
    // Whether this refusal belongs to an attempt that started after the last pause began: news. The
    // others were on their way already and say the same again.
    [[nodiscard]] bool is_news(time_point attempt_started) const
    {
        return !refused_since_ || attempt_started > began_;
    }

private:
    time_point until_ = time_point::min();
    time_point began_ = time_point::min();
    std::optional<time_point> refused_since_;
    int in_a_row_ = 0;
    duration gap_{0};
    time_point gap_end_ = time_point::min();
};

} // namespace engine::schedule
