// lane: the way of one route's attempts: through the gate of its account and, where its model has
// limits of its own, through one more.
#pragma once

#include "engine/schedule/account.hpp"
#include "engine/schedule/gate.hpp"

#include <optional>
#include <vector>

namespace engine::schedule {

class lane {
public:
    // Both must outlive the lane; `of` is the account of options.routes[index].
    lane(const options& options, std::size_t index, account& of, time_point now);

    // Before an item is chosen: circuit, slots, pauses. Nothing = free.
    [[nodiscard]] std::optional<obstacle> closed(time_point now) const;
    // For a chosen item: the buckets.
    [[nodiscard]] std::optional<obstacle> short_of(const choice& wanted, time_point now);

    struct attempt {
        time_point started{};
        std::uint64_t probe = 0; // its number, 0 = none
        bool on_wire = false;    // its slot is still taken
        double tokens = 0;       // drawn
        gate::receipt from_account{};
        gate::receipt from_route{};
    };
    // Draws slots and units. Neither of the two above may object.
    [[nodiscard]] attempt start(const choice& wanted, time_point now);
    // The slot is free again.
    void leave();

    // Learns from the head of its answer.
    void read(const attempt& running, const std::vector<bucket_reading>& readings, time_point now,
              std::vector<action>& actions);
    // Learns from how an attempt ended; appends pauses, resumes, learned limits and the stop.
    void settle(const attempt& ended, const attempt_settled& how, time_point now,
                std::vector<action>& actions);
    // What another run has learned about this model.
    void remember(const job::rate_limits& limits, time_point now)
    {
        if (own_)
            own_->learn(limits, now);
    }
    // The account has changed its share: so does what is the model's.
    void follow_share(time_point now);
    // Says so when a pause of the route is over.
    void announce(time_point now, std::vector<action>& actions);

    // The route, or its account.
    [[nodiscard]] std::optional<finish_cause> stopped() const
    {
        return stopped_ ? stopped_ : account_->stopped();
    }

private:
    void learn(const attempt& from, const std::vector<bucket_reading>& readings, bool refused,
               time_point now, std::vector<action>& actions);
    void refuse(const attempt& ended, const attempt_settled& how, time_point now,
                std::vector<action>& actions);
    void stop(finish_cause cause, const std::string& detail, std::vector<action>& actions);
    // Where what the provider says about limits belongs.
    [[nodiscard]] gate& told() { return models_ ? *own_ : account_->shared; }

    std::size_t index_;
    account* account_;
    bool models_; // limits are told for each model; then it has a gate of its own
    std::optional<gate> own_;
    std::optional<finish_cause> stopped_; // by what is about this model alone
};

} // namespace engine::schedule
