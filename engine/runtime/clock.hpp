// clock: time as the engine sees it. The real one here; sim/ has a virtual one.
#pragma once

#include "engine/base/wall_time.hpp"
#include "engine/runtime/task.hpp"

#include <chrono>

namespace engine::runtime {

using steady_time = std::chrono::steady_clock::time_point;

class clock {
public:
    virtual ~clock() = default;
    [[nodiscard]] virtual steady_time now() const = 0; // never goes back; for durations and limits
    [[nodiscard]] virtual base::wall_time wall_now() const = 0; // may jump; for records
    // Returns at `when` or soon after; at once if it has passed.
    [[nodiscard]] virtual task<> sleep_until(steady_time when) = 0;
};

// Wall clock and monotonic clock of this machine. Stateless.
class real_clock final : public clock {
public:
    [[nodiscard]] steady_time now() const override;
    [[nodiscard]] base::wall_time wall_now() const override;
    [[nodiscard]] task<> sleep_until(steady_time when) override;
};

// Milliseconds with a fraction between two points.
[[nodiscard]] inline double milliseconds_between(steady_time from, steady_time to)
{
    return std::chrono::duration<double, std::milli>(to - from).count();
}

} // namespace engine::runtime
