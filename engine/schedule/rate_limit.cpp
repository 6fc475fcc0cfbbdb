// rate_limit: see the header.
#include "engine/schedule/rate_limit.hpp"

#include <algorithm>
#include <cmath>

namespace engine::schedule {
namespace {

constexpr double units_max = 1e10; // above any bucket (manifests allow 1e9); keeps sums in range
constexpr double millionths = 1e6;
// From here on a limit is divided evenly: a lost fraction of a unit is less than 0.01 % of it.
constexpr double whole_parts_below = 10'000;

// Up, so that fractions of units never add up to more than was sold. What is weighed may be a
// millionth less: three times 5/3 is 5.
std::int64_t weighed(double units, double weight)
{
    if (!(units > 0))
        return 0;
    const double all = std::min(units * weight, units_max) * millionths;
    return static_cast<std::int64_t>(weight == 1 ? std::ceil(all) : std::floor(all));
}

} // namespace

double part_of(double whole, share ours)
{
    if (ours.of <= 0)
        return 0;
    if (ours.of == 1)
        return whole;
    if (whole != std::floor(whole) || whole >= whole_parts_below)
        return whole / ours.of;
    return std::floor(whole * (ours.index + 1) / ours.of) -
           std::floor(whole * ours.index / ours.of);
}

rate_limit::rate_limit(std::optional<double> per_minute, duration span, time_point now)
    : span_(span), configured_(per_minute), next_(now + catch_up)
{
    if (per_minute)
        put_in_force(*per_minute);
}

void rate_limit::put_in_force(double per_minute)
{
    per_minute_ = per_minute;
    const double most = std::floor(std::min(per_minute, units_max) * millionths);
    limit_ = std::max<std::int64_t>(1, static_cast<std::int64_t>(most));
    weigh();
}

void rate_limit::weigh()
{
    if (!per_minute_) {
        weight_ = share_.of;
        return;
    }
    const double ours = part_of(*per_minute_, share_);
    weight_ = ours > 0 ? *per_minute_ / ours : 0;
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
    if (!(units > 0))
        return now;
    if (weight_ == 0)
        return time_point::max();
    time_point at = std::max(now, held_until_);
    if (!per_minute_)
        return at;

    const std::int64_t wanted = weighed(units, weight_);
    at = std::max(at, next_ - catch_up);
    // More than the limit never fits beside anything: then the whole log has to go.
    std::int64_t excess = logged_ + wanted - limit_;
    for (auto old = log_.begin(); excess > 0 && old != log_.end(); ++old) {
        excess -= old->units;
        at = std::max(at, old->last + span_);
    }
    return at;
}

duration rate_limit::pace_of(std::int64_t drawn) const
{
    const double part = static_cast<double>(drawn) / static_cast<double>(limit_);
    // A request worth years of a tiny limit is paced for a day, so that time stays in range.
    const double day_ns = 86'400e9;
    const double wait = std::min(std::ceil(part * static_cast<double>(span_.count())), day_ns);
    return duration(static_cast<duration::rep>(wait));
}

void rate_limit::log(std::int64_t drawn, time_point now)
{
    if (!log_.empty() && now - log_.back().first < span_ / 1024) {
        log_.back().last = now;
        log_.back().units += drawn;
    } else {
        log_.push_back({now, now, drawn});
    }
    logged_ += drawn;
    drawn_ += drawn;
}

rate_limit::receipt rate_limit::charge(double units, time_point now)
{
    forget(now);
    const receipt made{drawn_ - logged_, weight_};
    const std::int64_t drawn = weighed(units, weight_);
    if (drawn == 0)
        return made;
    log(drawn, now);
    if (per_minute_)
        next_ = std::max(next_, now) + pace_of(drawn);
    return made;
}

void rate_limit::correct(double units, double used, time_point started, const receipt& drawn)
{
    if (!std::isfinite(used) || used < 0)
        return;
    const std::int64_t more = weighed(used, drawn.weight) - weighed(units, drawn.weight);
    if (per_minute_ && more != 0)
        next_ += more > 0 ? pace_of(more) : -pace_of(-more);
    // What has left the log is not counted any more: nothing is to be corrected there.
    const auto at = std::ranges::lower_bound(log_, started, {}, &entry::last);
    if (at == log_.end() || at->first > started)
        return;
    const std::int64_t change = std::max(more, -at->units);
    at->units += change;
    logged_ += change;
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

void rate_limit::note_used(double used, const receipt& drawn, time_point now)
{
    if (share_.of != 1 || !(used > 0) || !std::isfinite(used))
        return; // what the others of our kind use is in their share
    forget(now);
    const std::int64_t ours = drawn_ - drawn.mark;
    const std::int64_t foreign = weighed(used, 1) - ours;
    if (foreign > 0) // in the log only: what others start does not have our pace
        log(foreign, now);
}

void rate_limit::set_share(share ours, int periods, time_point now)
{
    if (ours == share_)
        return;
    share_ = ours;
    weigh();
    if (per_minute_ && weight_ > 0)
        next_ = std::max(next_, now + catch_up + periods * pace_of(weighed(1, weight_)));
}

} // namespace engine::schedule
