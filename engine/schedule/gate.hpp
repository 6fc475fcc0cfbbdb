// gate: what may keep a start waiting in one scope, an account or a route: slots, the pause after a
// 429, and the three buckets. An attempt passes the gates of both.
#pragma once

#include "engine/schedule/action.hpp"
#include "engine/schedule/concurrency_window.hpp"
#include "engine/schedule/event.hpp"
#include "engine/schedule/options.hpp"
#include "engine/schedule/rate_limit.hpp"
#include "engine/schedule/shared_pause.hpp"

#include <array>
#include <optional>
#include <string_view>
#include <vector>

namespace engine::schedule {

// What keeps the next start waiting, and until when; no time = until something happens.
struct obstacle {
    std::string_view binding;
    std::optional<time_point> until;
};

// What one start draws from requests, images, tokens.
using bucket_units = std::array<double, 3>;
[[nodiscard]] inline bucket_units units_of(const choice& wanted)
{
    return {1.0, wanted.images, wanted.tokens};
}

class gate {
public:
    struct settings {
        job::rate_limits limits{};
        remembered before{};
        int concurrency_most = 1;
        int concurrency_first = 1; // below the most: the search starts there
    };
    // `options` must outlive it.
    gate(const options& options, scope who, const settings& wanted, time_point now);

    using receipt = std::array<rate_limit::receipt, 3>;

    // Before an item is chosen: slots and pause. Nothing = free.
    [[nodiscard]] std::optional<obstacle> closed(time_point now) const;
    // For a chosen item: makes `worst` later if a bucket is. Its time is set.
    void wait_for(const bucket_units& units, time_point now, obstacle& worst);
    // Draws slot and units; neither of the two above may object.
    receipt start(const bucket_units& units, time_point now);
    void leave() { --in_flight_; }

    // What is said about the buckets in the answer to an attempt. `refused`: in a 429. `above`: the
    // gate of the account, if it is another one, where a smaller limit may be set.
    struct lesson {
        const std::vector<bucket_reading>& readings;
        const receipt& drawn;
        time_point started;
        bool refused = false;
    };
    void learn(const lesson& told, const gate* above, time_point now, std::vector<action>& actions);
    void learn(const job::rate_limits& limits, time_point now);
    // The tokens of one start turned out to be so many.
    void correct_tokens(double drawn, double used, time_point started, const receipt& receipt);

    // A 429. False: there was nothing else for so long that it is time to give up.
    [[nodiscard]] bool refuse(const attempt_settled& how, time_point started, const gate* above,
                              time_point now, std::vector<action>& actions);
    // Somebody got another answer than a 429.
    void answered() { pause_.answered(); }
    void delivered(time_point now) { window_.grow(now); }
    // Too much at once, as the provider says; `in_use` counts the attempt that failed.
    void overloaded(int in_use, time_point started, time_point now)
    {
        window_.stumble(in_use, started, now);
    }
    void set_share(share ours, int periods, time_point now);

    // Says so when a pause is over, or when one was brought along from an earlier run. Not while
    // `closed_otherwise`.
    void announce(bool closed_otherwise, time_point now, std::vector<action>& actions);
    void forget_pause() { announced_ = false; }

    [[nodiscard]] int in_flight() const { return in_flight_; }
    [[nodiscard]] bool searching() const { return window_.searching(); }
    [[nodiscard]] bool pause_announced() const { return announced_; }
    [[nodiscard]] bool knows_a_rate() const;

private:
    void learn_limits(const lesson& told, const gate* above, time_point now,
                      std::vector<action>& actions);

    const options* options_;
    scope who_;
    std::array<rate_limit, 3> buckets_; // requests, images, tokens
    shared_pause pause_;
    concurrency_window window_;
    int in_flight_ = 0;
    bool announced_ = false; // a pause, and not its end yet
    bool brought_along_ = false;
};

} // namespace engine::schedule
