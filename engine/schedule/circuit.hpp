// circuit: notices that a provider is down, and asks one request at a time whether it is back.
//
// Failures in a row over all items open it: nothing left this machine, the server says it cannot,
// or answers get lost (which may cost money each). While it is open, one probe at a time goes out,
// at growing intervals; any real answer closes it. Too many failed probes: give up.
#pragma once

#include "engine/schedule/backoff.hpp"
#include "engine/schedule/options.hpp"

#include <cstdint>

namespace engine::schedule {

class circuit {
public:
    explicit circuit(circuit_options options) : options_(options) {}

    enum class change { none, opened, closed, gave_up }; // opened: also again, with a later time

    [[nodiscard]] bool is_open() const { return open_; }
    [[nodiscard]] bool probing() const { return probe_in_flight_ != 0; }
    // While open: when the next probe may start.
    [[nodiscard]] time_point probe_at() const { return probe_at_; }

    // An attempt starts; call only when closed, or when a probe may start. The number of the probe,
    // 0 = an ordinary attempt.
    [[nodiscard]] std::uint64_t started()
    {
        if (!open_)
            return 0;
        return probe_in_flight_ = ++probes_made_;
    }
    // The provider answered, whatever it said.
    change answered()
    {
        seen_ = true;
        failures_ = 0;
        if (!open_)
            return change::none;
        open_ = false;
        probe_in_flight_ = 0;
        return change::closed;
    }
    // An attempt failed that started as `probe` (0 = ordinary).
    change failed(std::uint64_t probe, time_point now)
    {
        if (!open_) {
            if (options_.failures_to_open == 0 || ++failures_ < options_.failures_to_open)
                return change::none;
            open_ = true;
            probes_failed_ = 0;
        } else {
            if (probe == 0 || probe != probe_in_flight_)
                return change::none; // was on its way before: no news
            probe_in_flight_ = 0;
            if (++probes_failed_ >= (seen_ ? options_.probes_max : options_.probes_max_unseen))
                return change::gave_up;
        }
        probe_at_ = now + doubled(options_.probe_base, options_.probe_cap, probes_failed_);
        return change::opened;
    }
    // An attempt ended without saying anything about the provider: another probe may go.
    void ended(std::uint64_t probe)
    {
        if (probe != 0 && probe == probe_in_flight_)
            probe_in_flight_ = 0;
    }

private:
    circuit_options options_;
    bool open_ = false;
    bool seen_ = false; // the provider answered at least once in this run
    int failures_ = 0;  // in a row, while closed
    int probes_failed_ = 0;
    std::uint64_t probes_made_ = 0;
    std::uint64_t probe_in_flight_ = 0;
    time_point probe_at_;
};

} // namespace engine::schedule
