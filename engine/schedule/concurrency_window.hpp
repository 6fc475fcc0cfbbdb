// concurrency_window: how many requests at once an overloaded provider takes, found by trying.
//
// Halved when it says that it is overloaded, grown by one for each window's worth of images
// (additive increase, multiplicative decrease, as in TCP), never below 1 or above what is allowed.
#pragma once

#include "engine/schedule/options.hpp"

#include <algorithm>

namespace engine::schedule {

class concurrency_window {
public:
    explicit concurrency_window(int most) : most_(most), size_(most) {}

    [[nodiscard]] int size() const { return static_cast<int>(size_); }

    // `in_use` counts the attempt that failed. Attempts that started before the last cut fell into
    // the same overload and do not cut again.
    void cut(int in_use, time_point attempt_started, time_point now)
    {
        if (attempt_started <= last_cut_)
            return;
        last_cut_ = now;
        size_ = std::max(1.0, std::min(size_, static_cast<double>(in_use)) / 2);
    }
    void grow() { size_ = std::min(static_cast<double>(most_), size_ + 1 / size_); }

private:
    int most_;
    double size_;
    time_point last_cut_ = time_point::min();
};

} // namespace engine::schedule
