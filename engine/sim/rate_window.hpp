// rate_window: one limit a minute, kept as a sliding window: in any 60 s at most `limit` units are
// accepted. Time is an argument; memory is bounded (entries of one millisecond share one).
#pragma once

#include "engine/runtime/clock.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace engine::sim {

class rate_window {
public:
    static constexpr std::chrono::seconds span{60};

    explicit rate_window(std::int64_t limit) : limit_(limit) {} // 0 = unlimited

    [[nodiscard]] bool limited() const { return limit_ > 0; }
    [[nodiscard]] std::int64_t limit() const { return limit_; }
    // More than the window ever holds: waiting cannot help.
    [[nodiscard]] bool never_fits(std::int64_t units) const { return limited() && units > limit_; }

    // How long until `units` fit; zero = now. For units that never fit: until the window is empty.
    [[nodiscard]] runtime::steady_time::duration wait_for(std::int64_t units,
                                                          runtime::steady_time now);
    void take(std::int64_t units, runtime::steady_time now);
    [[nodiscard]] std::int64_t used(runtime::steady_time now);

private:
    struct entry {
        runtime::steady_time at;
        std::int64_t units = 0;
    };
    void forget(runtime::steady_time now);

    std::int64_t limit_;
    std::int64_t used_ = 0;
    std::deque<entry> log_;
};

// "240ms", "12s", "6.5s", "1m3s": as in x-ratelimit-reset-* and in the text of a 429. Rounded up.
[[nodiscard]] std::string wait_text(runtime::steady_time::duration wait);

} // namespace engine::sim
