// account: what all routes share that use one key: its gate, its circuit, and its end when the
// provider does not want the key any more.
#pragma once

#include "engine/schedule/circuit.hpp"
#include "engine/schedule/gate.hpp"

#include <optional>
#include <string>
#include <vector>

namespace engine::schedule {

class account {
public:
    // `options` must have accounts, and outlive it.
    account(const options& options, std::size_t index, time_point now);

    // Circuit, slots, pause. Nothing = free.
    [[nodiscard]] std::optional<obstacle> closed(time_point now) const;

    // The provider answered, whatever it said; or an attempt failed that started as `probe`.
    void answered(std::vector<action>& actions) { react(circuit_.answered(), actions); }
    void failed(std::uint64_t probe, time_point now, std::vector<action>& actions)
    {
        react(circuit_.failed(probe, now), actions);
    }
    void stop(finish_cause cause, const std::string& detail, std::vector<action>& actions);
    void change_share(const share_changed& to, time_point now);
    void announce(time_point now, std::vector<action>& actions)
    {
        shared.announce(circuit_.is_open(), now, actions);
    }
    [[nodiscard]] std::optional<finish_cause> stopped() const { return stopped_; }
    // How many periods of the new pace the first start after the last change of share waits.
    [[nodiscard]] int share_periods() const { return share_periods_; }
    [[nodiscard]] share ours() const { return share_; }

    gate shared;
    [[nodiscard]] circuit& breaker() { return circuit_; }

private:
    void react(circuit::change change, std::vector<action>& actions);

    std::size_t index_;
    circuit circuit_;
    share share_;
    int share_periods_ = 0;
    std::optional<finish_cause> stopped_;
};

// "account: insufficient_quota"
[[nodiscard]] std::string stop_reason(finish_cause cause, const std::string& detail);

} // namespace engine::schedule
