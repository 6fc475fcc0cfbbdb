// histogram: log-linear buckets of durations: percentiles of any number of values in fixed memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace engine::report {

// Milliseconds from 1 us to 12 days, 64 buckets for each doubling: a percentile is right within
// 1.6 %. Minimum, maximum and mean are exact. Values outside are counted in the outermost buckets.
class histogram {
public:
    void add(double ms);
    [[nodiscard]] std::int64_t count() const { return count_; }
    [[nodiscard]] double min() const { return count_ == 0 ? 0 : min_; }
    [[nodiscard]] double max() const { return count_ == 0 ? 0 : max_; }
    [[nodiscard]] double mean() const;
    // Milliseconds below which `percent` (0 to 100) of the values lie: the upper edge of the
    // bucket, never above max(). 0 when there are none.
    [[nodiscard]] double percentile(double percent) const;
    // Values in [low, high) by buckets that lie wholly inside, those on the edge by their middle.
    [[nodiscard]] std::int64_t between(double low_ms, double high_ms) const;

private:
    static constexpr int parts = 64;     // buckets of one doubling
    static constexpr int doublings = 40; // from 1 us up
    [[nodiscard]] static std::size_t bucket_of(double ms);
    [[nodiscard]] static double edge_of(std::size_t bucket); // lower edge

    std::array<std::uint32_t, std::size_t{parts} * doublings> buckets_{};
    std::int64_t count_ = 0;
    double min_ = 0, max_ = 0, sum_ = 0;
};

} // namespace engine::report
