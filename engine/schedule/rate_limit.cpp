// rate_limit: see the header.
#include "engine/schedule/rate_limit.hpp"

#include <algorithm>
#include <cmath>

namespace engine::schedule {
namespace {

constexpr double units_max = 1e12; // far above any bucket; keeps the sums of thousandths in range

std::int64_t thousandths_up(double units)
{
    return units > 0 ? static_cast<std::int64_t>(std::ceil(std::min(units, units_max) * 1e3)) : 0;
}

} // namespace

rate_limit::rate_limit(std::optional<double> per_minute, duration span, time_point now)
    : span_(span), configured_(per_minute), next_(now + catch_up)
{
    if (per_minute)
        put_in_force(*per_minute);
}

void rate_limit::put_in_force(double per_minute)
{
    per_minute_ = per_minute;
    const double most = std::floor(std::min(per_minute, units_max) * 1e3);
    limit_ = std::max<std::int64_t>(1, static_cast<std::int64_t>(most));
}

void rate_limit::forget(time_point now)
{
    while (!log_.empty() && log_.front().last + span_ <= now) {
        logged_ -= log_.front().units;
        log_.pop_front();
    }
}

time_point rate_limit::ready_at(double units, time_point now)
{
    forget(now);
    const std::int64_t wanted = thousandths_up(units);
    if (!per_minute_ || wanted == 0)
        return now;

    time_point at = std::max(now, next_ - catch_up);
    // More than the limit never fits beside anything: then the whole log has to go.
    std::int64_t excess = logged_ + wanted - limit_;
    for (auto old = log_.begin(); excess > 0 && old != log_.end(); ++old) {
        excess -= old->units;
        at = std::max(at, old->last + span_);
    }
    return at;
}

void rate_limit::charge(double units, time_point now)
{
    forget(now);
    const std::int64_t drawn = thousandths_up(units);
    if (drawn == 0)
        return;
    if (!log_.empty() && now - log_.back().first < span_ / 1024) {
        log_.back().last = now;
        log_.back().units += drawn;
    } else {
        log_.push_back({now, now, drawn});
    }
    logged_ += drawn;
    if (!per_minute_)
        return;
    const double share = static_cast<double>(drawn) / static_cast<double>(limit_);
    // A request worth years of a tiny limit is paced for a day, so that time stays in range.
    const double day_ns = 86'400e9;
    const double wait = std::min(std::ceil(share * static_cast<double>(span_.count())), day_ns);
    next_ = std::max(next_, now) + duration(static_cast<duration::rep>(wait));
}

bool rate_limit::learn(double per_minute, time_point now)
{
    if (!std::isfinite(per_minute) || per_minute <= 0)
        return false;
    const double in_force = configured_ ? std::min(*configured_, per_minute) : per_minute;
    if (in_force == per_minute_)
        return false;
    // The old pace says nothing about the new one; without credit, as after a start.
    next_ = std::max(next_, now + catch_up);
    put_in_force(in_force);
    return true;
}

} // namespace engine::schedule
