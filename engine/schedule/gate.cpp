// gate: see the header.
#include "engine/schedule/gate.hpp"

#include "engine/base/assert.hpp"
#include "engine/schedule/backoff.hpp"

#include <algorithm>

namespace engine::schedule {
namespace {

constexpr std::array<std::string_view, 3> bucket_names = {"requests_per_minute",
                                                          "images_per_minute", "tokens_per_minute"};
constexpr std::size_t images = 1;
constexpr std::size_t tokens = 2;

// The index of a bucket by the provider's name for it. "input-images" is what OpenAI calls the
// bucket that finished images and references draw from.
std::optional<std::size_t> bucket_named(std::string_view name)
{
    if (name == "requests")
        return 0;
    if (name == "images" || name == "input-images")
        return images;
    if (name == "tokens")
        return tokens;
    return std::nullopt;
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

gate::gate(const options& options, scope who, const settings& wanted, time_point now)
    : options_(&options), who_(who), buckets_([&] {
          const duration span = std::chrono::minutes(1) + options.arrival_jitter;
          return std::array{rate_limit(wanted.limits.requests_per_minute, span, now),
                            rate_limit(wanted.limits.images_per_minute, span, now),
                            rate_limit(wanted.limits.tokens_per_minute, span, now)};
      }()),
      window_(wanted.concurrency_most, wanted.concurrency_first)
{
    learn(wanted.before.limits, now);
    if (const auto until = wanted.before.paused_until; until && *until > now) {
        (void)pause_.refuse({std::min(*until - now, duration(options.retry_after_max)), now, now});
        brought_along_ = true;
    }
}

// From another run: nobody needs to be told, and nothing is left to be searched.
void gate::learn(const job::rate_limits& limits, time_point now)
{
    const std::array known = {limits.requests_per_minute, limits.images_per_minute,
                              limits.tokens_per_minute};
    for (std::size_t i = 0; i < buckets_.size(); ++i)
        if (known[i])
            buckets_[i].learn(*known[i], now);
    if (any_rate(limits))
        window_.found();
}

bool gate::knows_a_rate() const
{
    return std::ranges::any_of(
        buckets_, [](const rate_limit& bucket) { return bucket.per_minute().has_value(); });
}

std::optional<obstacle> gate::closed(time_point now) const
{
    if (in_flight_ >= window_.size())
        return obstacle{"concurrency", std::nullopt};
    if (now < pause_.ready_at())
        return obstacle{"rate_limited", pause_.ready_at()};
    return std::nullopt;
}

void gate::wait_for(const bucket_units& units, time_point now, obstacle& worst)
{
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        const time_point at = buckets_[i].ready_at(units[i], now);
        if (at > worst.until)
            worst = {bucket_names[i], at};
    }
}

gate::receipt gate::start(const bucket_units& units, time_point now)
{
    receipt drawn;
    for (std::size_t i = 0; i < buckets_.size(); ++i)
        drawn[i] = buckets_[i].charge(units[i], now);
    pause_.started(now);
    ++in_flight_;
    return drawn;
}

void gate::learn(const lesson& told, const gate* above, time_point now,
                 std::vector<action>& actions)
{
    learn_limits(told, above, now, actions);
    if (told.refused)
        return; // it names the wait, and knows better than we when there is room again
    for (const bucket_reading& reading : told.readings) {
        const auto named = bucket_named(reading.bucket);
        if (!named || !reading.remaining || !(*reading.remaining >= 0) || reading.requested)
            continue;
        rate_limit& bucket = buckets_[*named];
        if (reading.limit)
            bucket.note_used(*reading.limit - *reading.remaining, told.drawn[*named], now);
        // Counted from the start of the request: when it arrived is not known, and from when we
        // read this would waste the limit.
        if (*reading.remaining < 1 && reading.reset)
            bucket.hold(told.started + bounded_wait(*reading.reset, *options_) +
                        options_->arrival_jitter);
    }
}

void gate::learn_limits(const lesson& told, const gate* above, time_point now,
                        std::vector<action>& actions)
{
    // Two names may mean one bucket; of one answer the smaller limit counts.
    std::array<std::optional<double>, 3> limits;
    for (const bucket_reading& reading : told.readings) {
        const auto bucket = bucket_named(reading.bucket);
        if (bucket && reading.limit && *reading.limit > 0)
            limits[*bucket] = std::min(limits[*bucket].value_or(*reading.limit), *reading.limit);
    }
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        if (!limits[i])
            continue;
        const auto before = buckets_[i].per_minute();
        if (!buckets_[i].learn(*limits[i], now))
            continue;
        // What the whole account may not, nobody needs to be told that the model may.
        const auto ceiling = above ? above->buckets_[i].per_minute() : std::nullopt;
        const double in_force = *buckets_[i].per_minute();
        if (!ceiling || in_force < *ceiling || (before && *before < *ceiling))
            actions.push_back(limit_learned{who_, std::string(bucket_names[i]),
                                            ceiling ? std::min(in_force, *ceiling) : in_force});
    }
    // The rate of the images keeps starts apart, and so does whatever refused us. Requests and
    // tokens that headers name may be far more than the images nobody speaks of.
    if (buckets_[images].per_minute() || (told.refused && knows_a_rate()))
        window_.found();
}

void gate::correct_tokens(double drawn, double used, time_point started, const receipt& receipt)
{
    buckets_[tokens].correct(drawn, used, started, receipt[tokens]);
}

bool gate::refuse(const attempt_settled& how, time_point started, const gate* above, time_point now,
                  std::vector<action>& actions)
{
    const duration patience = options_->rate_limited_give_up;
    const auto since = pause_.refused_since();
    if (patience > duration(0) && since && now - *since >= patience)
        return false;
    const bool known = knows_a_rate() || (above && above->knows_a_rate());
    if (!known && pause_.is_news(started)) // nothing paces us: come back with fewer at once
        window_.cut(in_flight_ + 1, started, now);

    if (pause_.refuse({asked_wait(how, *options_), started, now})) {
        announced_ = true;
        actions.push_back(pause_route{who_, pause_.until(), "rate_limited"});
    }
    return true;
}

void gate::set_share(share ours, int periods, time_point now)
{
    for (rate_limit& bucket : buckets_)
        bucket.set_share(ours, periods, now);
    window_.allow(static_cast<int>(part_of(window_.most(), ours)));
}

void gate::announce(bool closed_otherwise, time_point now, std::vector<action>& actions)
{
    if (brought_along_) {
        brought_along_ = false;
        if (now < pause_.until()) {
            announced_ = true;
            actions.push_back(pause_route{who_, pause_.until(), "rate_limited"});
        }
    }
    if (!announced_ || now < pause_.until())
        return;
    announced_ = false;
    if (!closed_otherwise)
        actions.push_back(resume_route{who_});
}

} // namespace engine::schedule
