// concurrency_window: how many requests at once a provider takes, found by trying.
//
// Where no rate is known it starts small and grows by one for each image, which doubles it in the
// time of one image (slow start), from `quick_until` on by no more than one in `search_step`: until
// the first refusal or until a rate is learned. What is in flight when the first refusal comes is
// refused, too; with quick images the doubling alone would have everything in flight by then. From
// a refusal or an overload on: halved each time, and grown by one for each window's worth of images
// (additive increase, multiplicative decrease, as in TCP). Never below 1 by itself, or above what
// is allowed.
#pragma once

#include "engine/schedule/options.hpp"

#include <algorithm>

namespace engine::schedule {

class concurrency_window {
public:
    // `first` < `most`: the search starts there.
    concurrency_window(int most, int first)
        : most_(most), allowed_(most), size_(std::min(most, first)), searching_(first < most)
    {}

    [[nodiscard]] int size() const { return std::min(static_cast<int>(size_), allowed_); }
    [[nodiscard]] bool searching() const { return searching_; }

    // `in_use` counts the attempt that failed. Attempts that started before the last cut fell into
    // the same overload and do not cut again.
    void cut(int in_use, time_point attempt_started, time_point now)
    {
        if (attempt_started <= last_cut_)
            return;
        last_cut_ = now;
        searching_ = false;
        size_ = std::max(1.0, std::min(size_, static_cast<double>(in_use)) / 2);
    }
    // The provider failed by its own words. Among many that went well that is its own affair: at
    // one failure in two hundred, halving each time would keep sixteen in flight where two hundred
    // fit.
    void stumble(int in_use, time_point attempt_started, time_point now)
    {
        if (good_in_row_ < isolated_after)
            cut(in_use, attempt_started, now);
        good_in_row_ = 0;
    }
    void grow(time_point now)
    {
        ++good_in_row_;
        if (searching_ && size_ >= quick_until && now - last_opened_ < search_step)
            return;
        last_opened_ = now;
        size_ = std::min(static_cast<double>(most_), size_ + (searching_ ? 1 : 1 / size_));
        searching_ = searching_ && size_ < most_;
    }
    // A rate is known, which keeps the starts apart from now on: nothing is left to be searched.
    void found()
    {
        if (searching_)
            size_ = most_;
        searching_ = false;
    }
    // Our part of what several processes may have at once; what is in flight above it ends by
    // itself. 0 = it is the others' turn.
    void allow(int part) { allowed_ = std::clamp(part, 0, most_); }
    [[nodiscard]] int most() const { return most_; }

    // Guesses: 64 in flight after fifteen seconds, which is one real image; and an endpoint that
    // answers at once has the usual sixteen at once.
    static constexpr int quick_until = 16;
    static constexpr duration search_step = std::chrono::milliseconds(250);

private:
    static constexpr int isolated_after = 20; // a guess: under 5 % of failures nobody is too fast
    int most_;
    int allowed_;
    double size_;
    bool searching_;
    int good_in_row_ = 0;
    time_point last_cut_ = time_point::min();
    time_point last_opened_{}; // of a slot, while searching
};

} // namespace engine::schedule
