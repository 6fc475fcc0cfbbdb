#include "engine/report/histogram.hpp"

#include <algorithm>
#include <cmath>

namespace engine::report {

std::size_t histogram::bucket_of(double ms)
{
    const double us = ms * 1000;
    if (!(us >= 1)) // also what is not a number
        return 0;
    int exponent = 0;
    const double mantissa = std::frexp(us, &exponent); // [0.5, 1) * 2^exponent
    const auto part = static_cast<int>((mantissa * 2 - 1) * parts);
    const int bucket = (exponent - 1) * parts + part;
    return static_cast<std::size_t>(std::clamp(bucket, 0, parts * doublings - 1));
}

double histogram::edge_of(std::size_t bucket)
{
    const auto number = static_cast<int>(bucket);
    return std::ldexp(1 + static_cast<double>(number % parts) / parts, number / parts) / 1000;
}

void histogram::add(double ms)
{
    if (!std::isfinite(ms))
        return;
    auto& bucket = buckets_[bucket_of(ms)];
    ++bucket;
    min_ = count_ == 0 ? ms : std::min(min_, ms);
    max_ = count_ == 0 ? ms : std::max(max_, ms);
    sum_ += ms;
    ++count_;
}

double histogram::mean() const
{
    return count_ == 0 ? 0 : sum_ / static_cast<double>(count_);
}

double histogram::percentile(double percent) const
{
    if (count_ == 0)
        return 0;
    const auto wanted = std::max<std::int64_t>(
        1, static_cast<std::int64_t>(std::ceil(percent / 100 * static_cast<double>(count_))));
    std::int64_t seen = 0;
    for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
        seen += buckets_[bucket];
        if (seen >= wanted)
            return std::clamp(edge_of(bucket + 1), min_, max_);
    }
    return max_;
}

std::int64_t histogram::between(double low_ms, double high_ms) const
{
    std::int64_t found = 0;
    for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
        const double middle = (edge_of(bucket) + edge_of(bucket + 1)) / 2;
        if (middle >= low_ms && middle < high_ms)
            found += buckets_[bucket];
    }
    return found;
}

} // namespace engine::report
