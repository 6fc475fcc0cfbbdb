#include "engine/schedule/rate_limit.hpp"

#include "engine/base/random.hpp"

#include <doctest/doctest.h>
#include <limits>
#include <vector>

using namespace engine::schedule;
using namespace std::chrono_literals;

namespace {

constexpr time_point begin{1h};
constexpr duration minute = 60s;

struct start {
    time_point at;
    double units;
};

// Starts as early as it may, `late` after each wake, for `time`.
std::vector<start> run(rate_limit& limit, double units, duration time, duration late = 0s)
{
    std::vector<start> starts;
    time_point now = begin;
    while (now < begin + time) {
        const time_point at = limit.ready_at(units, now);
        if (at > now) {
            now = at + late;
            continue;
        }
        limit.charge(units, now);
        starts.push_back({now, units});
    }
    return starts;
}

// The most units in any half-open span.
double most_in(const std::vector<start>& starts, duration span)
{
    double most = 0, sum = 0;
    std::size_t oldest = 0;
    for (const start& s : starts) {
        sum += s.units;
        while (starts[oldest].at + span <= s.at)
            sum -= starts[oldest++].units;
        most = std::max(most, sum);
    }
    return most;
}

double units_from(const std::vector<start>& starts, time_point from)
{
    double sum = 0;
    for (const start& s : starts)
        sum += s.at >= from ? s.units : 0;
    return sum;
}

} // namespace

TEST_CASE("starts are spread evenly from the first on, without a burst")
{
    rate_limit limit(6.0, minute, begin);
    const auto starts = run(limit, 1, 60s);
    REQUIRE(starts.size() == 6);
    for (std::size_t i = 0; i < starts.size(); ++i)
        CHECK(starts[i].at == begin + 10s * static_cast<int>(i));
}

TEST_CASE("no span ever holds more than the limit, and the limit is used")
{
    for (const double per_minute : {1.0, 5.0, 60.0, 250.0, 6000.0, 50'000.0})
        for (const duration late : {duration(0), duration(1ms), duration(17ms)}) {
            rate_limit limit(per_minute, minute, begin);
            const auto starts = run(limit, 1, 5 * minute, late);
            CHECK(most_in(starts, minute) <= per_minute);
            // Late wakes are caught up: 17 ms a wake would else cost most of 6000 a minute.
            CHECK(units_from(starts, begin + minute) >= 4 * per_minute * 0.98);
        }
}

TEST_CASE("after an idle hour there is a quarter of a second to catch up, not a minute's burst")
{
    rate_limit limit(600.0, minute, begin);
    int burst = 0;
    const time_point later = begin + 1h;
    for (; limit.ready_at(1, later) <= later; ++burst)
        limit.charge(1, later);
    CHECK(burst == 3); // one, and 250 ms at ten a second
}

TEST_CASE("heavy and light requests share the limit, and a zero is free")
{
    rate_limit limit(100.0, minute, begin);
    CHECK(limit.ready_at(0, begin) == begin);
    limit.charge(0, begin);
    CHECK(limit.entries() == 0);
    limit.charge(40, begin);
    CHECK(limit.ready_at(40, begin) == begin + 24s);
    limit.charge(40, begin + 24s);
    CHECK(limit.ready_at(40, begin + 24s) == begin + 60s); // 120 would be in one minute before
    CHECK(limit.ready_at(20, begin + 24s) == begin + 48s);
}

TEST_CASE("a request larger than the limit goes alone")
{
    rate_limit limit(5.0, minute, begin);
    CHECK(limit.ready_at(10, begin) == begin);
    limit.charge(1, begin);
    CHECK(limit.ready_at(10, begin) == begin + 60s); // only when the minute is empty
    limit.charge(10, begin + 60s);
    CHECK(limit.ready_at(1, begin + 60s) == begin + 180s - rate_limit::catch_up); // by its size
}

TEST_CASE("less than one request a minute is a longer distance")
{
    rate_limit limit(0.5, minute, begin);
    limit.charge(1, begin);
    CHECK(limit.ready_at(1, begin) == begin + 120s);
}

TEST_CASE("what is learned is in force at once and counts what was sent before")
{
    rate_limit limit({}, minute, begin);
    CHECK(!limit.per_minute());
    for (int i = 0; i < 10; ++i)
        limit.charge(1, begin + 1s * i);
    CHECK(limit.ready_at(1, begin + 10s) == begin + 10s);
    CHECK(limit.learn(5, begin + 10s));
    CHECK(limit.per_minute() == 5.0);
    CHECK(limit.ready_at(1, begin + 10s) == begin + 65s); // until only 4 of the 10 are younger
    CHECK(!limit.learn(5, begin + 11s));
    CHECK(limit.learn(7, begin + 11s)); // its last word counts
}

TEST_CASE("a new limit starts with its pace and without credit")
{
    rate_limit limit({}, minute, begin);
    const time_point later = begin + 1h;
    CHECK(limit.learn(600, later));
    CHECK(limit.ready_at(1, later) == later);
    limit.charge(1, later);
    CHECK(limit.ready_at(1, later) == later + 100ms);
}

TEST_CASE("the provider may lower what was configured, never raise it")
{
    rate_limit limit(60.0, minute, begin);
    CHECK(!limit.learn(500, begin));
    CHECK(limit.per_minute() == 60.0);
    CHECK(limit.learn(5, begin));
    CHECK(limit.per_minute() == 5.0);
    CHECK(limit.learn(80, begin));
    CHECK(limit.per_minute() == 60.0);
}

TEST_CASE("nonsense from outside is not learned")
{
    rate_limit limit(60.0, minute, begin);
    using limits = std::numeric_limits<double>;
    for (const double bad : {0.0, -1.0, limits::quiet_NaN(), limits::infinity()})
        CHECK(!limit.learn(bad, begin));
    CHECK(limit.per_minute() == 60.0);
    limit.charge(1e300, begin); // and absurd weights stay in range
    CHECK(limit.ready_at(1, begin) > begin);
    CHECK(limit.ready_at(1, begin) <= begin + 24h);
}

TEST_CASE("the memory of a bucket is bounded whatever the rate")
{
    rate_limit limit({}, minute, begin);
    for (int i = 0; i < 500'000; ++i)
        limit.charge(1, begin + i * 1ms);
    CHECK(limit.entries() <= 1100);
}

TEST_CASE("random weights at random times never break the limit")
{
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        engine::base::random random(seed);
        const double per_minute = 1 + static_cast<double>(random.below(200));
        rate_limit limit(per_minute, minute, begin);
        std::vector<start> starts;
        time_point now = begin;
        while (starts.size() < 2000) {
            const double units = 1 + static_cast<double>(random.below(3));
            now += std::chrono::milliseconds(random.below(3) == 0 ? random.below(5000) : 0);
            now = std::max(now, limit.ready_at(units, now));
            limit.charge(units, now);
            starts.push_back({now, units});
        }
        CHECK_MESSAGE(most_in(starts, minute) <= std::max(per_minute, 3.0), "seed ", seed);
    }
}
