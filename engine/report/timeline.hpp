// timeline: attempts over the time of a run in a fixed number of slots, whatever the run takes.
#pragma once

#include "engine/base/wall_time.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace engine::report {

// Slots begin one second wide and double whenever the run outgrows them.
class timeline {
public:
    struct slot {
        std::int64_t delivered = 0;
        std::int64_t failed = 0; // all other endings
    };
    static constexpr std::size_t slots_max = 120;

    void restart(base::wall_time start);
    void add(base::wall_time when, bool delivered); // before the start counts as the start

    [[nodiscard]] std::int64_t attempts() const { return attempts_; }
    [[nodiscard]] base::wall_time start() const { return start_; }
    [[nodiscard]] std::chrono::milliseconds width() const { return width_; } // of one slot
    [[nodiscard]] std::size_t used() const { return used_; } // slots up to the last attempt
    [[nodiscard]] const slot& at(std::size_t number) const { return slots_[number]; }

private:
    void halve();

    base::wall_time start_{};
    std::chrono::milliseconds width_{1'000};
    std::size_t used_ = 0;
    std::int64_t attempts_ = 0;
    std::array<slot, slots_max> slots_{};
};

} // namespace engine::report
