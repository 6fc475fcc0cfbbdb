// lane: see the header.
#include "engine/schedule/lane.hpp"

#include "engine/base/assert.hpp"
#include "engine/schedule/backoff.hpp"

#include <algorithm>

namespace engine::schedule {
namespace {

constexpr std::array<std::string_view, 3> bucket_names = {"requests_per_minute",
                                                          "images_per_minute", "tokens_per_minute"};

// The index of a bucket by the provider's name for it. "input-images" is what OpenAI calls the
// bucket that finished images and references draw from.
std::optional<std::size_t> bucket_named(std::string_view name)
{
    if (name == "requests")
        return 0;
    if (name == "images" || name == "input-images")
        return 1;
    if (name == "tokens")
        return 2;
    return std::nullopt;
}

std::array<double, 3> units_of(const choice& wanted)
{
    return {1.0, wanted.images, wanted.tokens};
}

// The wait that a 429 names: its retry-after, else the reset of the buckets that are empty.
std::optional<duration> asked_wait(const attempt_settled& how, const options& options)
{
    if (how.retry_after)
        return bounded_wait(*how.retry_after, options);
    std::optional<duration> longest;
    for (const bucket_reading& reading : how.readings) {
        const bool empty = reading.requested || (reading.remaining && *reading.remaining < 1);
        if (empty && reading.reset)
            longest =
                std::max(longest.value_or(duration(0)), bounded_wait(*reading.reset, options));
    }
    return longest;
}

} // namespace

lane::lane(const options& options, std::size_t index, time_point now)
    : options_(&options), index_(index), buckets_([&] {
          const job::rate_limits& limits = options.routes[index].limits;
          const duration span = std::chrono::minutes(1) + options.arrival_jitter;
          return std::array{rate_limit(limits.requests_per_minute, span, now),
                            rate_limit(limits.images_per_minute, span, now),
                            rate_limit(limits.tokens_per_minute, span, now)};
      }()),
      circuit_(options.circuit),
      window_(options.routes[index].limits.concurrency.value_or(default_concurrency))
{}

std::optional<obstacle> lane::closed(time_point now) const
{
    if (circuit_.is_open()) {
        if (circuit_.probing())
            return obstacle{"provider_down", std::nullopt};
        if (now < circuit_.probe_at())
            return obstacle{"provider_down", circuit_.probe_at()};
    }
    if (in_flight_ >= window_.size())
        return obstacle{"concurrency", std::nullopt};
    if (now < pause_.ready_at())
        return obstacle{"rate_limited", pause_.ready_at()};
    return std::nullopt;
}

std::optional<obstacle> lane::short_of(const choice& wanted, time_point now)
{
    const auto units = units_of(wanted);
    obstacle worst{"", now};
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        const time_point at = buckets_[i].ready_at(units[i], now);
        if (at > worst.until)
            worst = {bucket_names[i], at};
    }
    return worst.binding.empty() ? std::nullopt : std::optional(worst);
}

std::uint64_t lane::start(const choice& wanted, time_point now)
{
    ENGINE_ASSERT(!stopped_);
    const auto units = units_of(wanted);
    for (std::size_t i = 0; i < buckets_.size(); ++i)
        buckets_[i].charge(units[i], now);
    pause_.started(now);
    ++in_flight_;
    return circuit_.started();
}

void lane::settle(const attempt& ended, const attempt_settled& how, time_point now,
                  std::vector<action>& actions)
{
    const int in_use = in_flight_ + (ended.on_wire ? 0 : 1);
    if (ended.on_wire)
        leave();
    if (stopped_)
        return;
    if (how.beside_route || how.again) {
        circuit_.ended(ended.probe);
        return;
    }
    learn(how, now, actions);

    using job::outcome;
    switch (how.outcome) {
    case outcome::delivered:
    case outcome::bad_output:
        window_.grow();
        [[fallthrough]];
    case outcome::refused:
    case outcome::invalid:
        pause_.answered();
        react(circuit_.answered(), actions);
        return;
    case outcome::rate_limited:
        if (!how.never_fits)
            refuse(ended, how, now, actions);
        if (!stopped_)
            react(circuit_.answered(), actions);
        return;
    case outcome::overloaded:
        pause_.answered();
        window_.cut(in_use, ended.started, now);
        [[fallthrough]];
    case outcome::not_sent:
    case outcome::unknown:
        react(circuit_.failed(ended.probe, now), actions);
        return;
    case outcome::account:
        stop(finish_cause::account, how.code, actions);
        return;
    case outcome::cancelled:
        circuit_.ended(ended.probe);
        return;
    }
}

void lane::learn(const attempt_settled& how, time_point now, std::vector<action>& actions)
{
    // Two names may mean one bucket; of one answer the smaller limit counts.
    std::array<std::optional<double>, 3> limits;
    for (const bucket_reading& reading : how.readings) {
        const auto bucket = bucket_named(reading.bucket);
        if (bucket && reading.limit && *reading.limit > 0)
            limits[*bucket] = std::min(limits[*bucket].value_or(*reading.limit), *reading.limit);
    }
    for (std::size_t i = 0; i < buckets_.size(); ++i)
        if (limits[i] && buckets_[i].learn(*limits[i], now))
            actions.push_back(
                limit_learned{index_, std::string(bucket_names[i]), *buckets_[i].per_minute()});
}

void lane::refuse(const attempt& ended, const attempt_settled& how, time_point now,
                  std::vector<action>& actions)
{
    const duration patience = options_->rate_limited_give_up;
    const auto since = pause_.refused_since();
    if (patience > duration(0) && since && now - *since >= patience) {
        stop(finish_cause::rate_limited, how.code, actions);
        return;
    }
    const bool known = std::ranges::any_of(
        buckets_, [](const rate_limit& bucket) { return bucket.per_minute().has_value(); });
    if (!known && pause_.is_news(ended.started)) // nothing paces us: come back with fewer at once
        window_.cut(in_flight_ + 1, ended.started, now);

    if (pause_.refuse({asked_wait(how, *options_), ended.started, now})) {
        pause_announced_ = true;
        actions.push_back(pause_route{index_, pause_.until(), "rate_limited"});
    }
}

void lane::react(circuit::change change, std::vector<action>& actions)
{
    switch (change) {
    case circuit::change::none:
        return;
    case circuit::change::opened:
        actions.push_back(pause_route{index_, circuit_.probe_at(), "provider_down"});
        return;
    case circuit::change::closed:
        if (!pause_announced_) // else the pause's own end says so
            actions.push_back(resume_route{index_});
        return;
    case circuit::change::gave_up:
        stop(finish_cause::provider_down, "", actions);
        return;
    }
}

void lane::stop(finish_cause cause, const std::string& detail, std::vector<action>& actions)
{
    stopped_ = cause;
    pause_announced_ = false;
    std::string reason(name_of(cause));
    if (!detail.empty())
        reason += ": " + detail;
    actions.push_back(stop_route{index_, cause, std::move(reason)});
}

void lane::announce(time_point now, std::vector<action>& actions)
{
    if (!pause_announced_ || now < pause_.until())
        return;
    pause_announced_ = false;
    if (!circuit_.is_open())
        actions.push_back(resume_route{index_});
}

} // namespace engine::schedule
