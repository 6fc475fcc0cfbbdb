// pace: how fast items end now, and how long the rest will take, from what progress says.
#pragma once

#include "engine/job/observer.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

namespace engine::report {

class pace {
public:
    void add(const job::progress& now);

    // Done items per minute over the last minute (since the start in the first one); nothing before
    // there are two readings at least a second apart.
    [[nodiscard]] std::optional<double> images_per_minute() const;
    // For what is left at that speed; nothing when it cannot be said.
    [[nodiscard]] std::optional<std::chrono::milliseconds> time_left() const;

private:
    struct reading {
        std::chrono::milliseconds elapsed{0};
        std::int64_t done = 0;
    };
    std::deque<reading> readings_; // one a second at most, one minute
    reading newest_;
    std::int64_t left_ = 0;
};

} // namespace engine::report
