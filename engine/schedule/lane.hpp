// lane: one route's gate. Everything that may keep a start on that route waiting, in one place:
// slots, the 429 pause, the circuit, and the three buckets.
#pragma once

#include "engine/schedule/action.hpp"
#include "engine/schedule/circuit.hpp"
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

inline constexpr int default_concurrency = 16;

// What keeps the next start waiting, and until when; no time = until something happens.
struct obstacle {
    std::string_view binding;
    std::optional<time_point> until;
};

class lane {
public:
    // `options` must outlive the lane.
    lane(const options& options, std::size_t index, time_point now);

    // Before an item is chosen: slots, pause, circuit. Nothing = free.
    [[nodiscard]] std::optional<obstacle> closed(time_point now) const;
    // For a chosen item: the buckets.
    [[nodiscard]] std::optional<obstacle> short_of(const choice& wanted, time_point now);
    // Draws slot and units; the probe's number or 0. Neither of the two above may object.
    [[nodiscard]] std::uint64_t start(const choice& wanted, time_point now);
    // The slot is free again.
    void leave() { --in_flight_; }

    struct attempt {
        time_point started;
        std::uint64_t probe = 0;
        bool on_wire = false; // its slot is still taken
    };
    // Learns from how an attempt ended; appends pauses, resumes, learned limits and the stop.
    void settle(const attempt& ended, const attempt_settled& how, time_point now,
                std::vector<action>& actions);
    // Says so when a pause is over.
    void announce(time_point now, std::vector<action>& actions);

    [[nodiscard]] std::optional<finish_cause> stopped() const { return stopped_; }

private:
    void learn(const attempt_settled& how, time_point now, std::vector<action>& actions);
    void refuse(const attempt& ended, const attempt_settled& how, time_point now,
                std::vector<action>& actions);
    void react(circuit::change change, std::vector<action>& actions);
    void stop(finish_cause cause, const std::string& detail, std::vector<action>& actions);

    const options* options_;
    std::size_t index_;
    std::array<rate_limit, 3> buckets_; // requests, images, tokens
    shared_pause pause_;
    circuit circuit_;
    concurrency_window window_;
    int in_flight_ = 0;
    bool pause_announced_ = false;
    std::optional<finish_cause> stopped_;
};

} // namespace engine::schedule
