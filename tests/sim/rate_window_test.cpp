#include "engine/sim/rate_window.hpp"

#include "engine/base/random.hpp"
#include "engine/sim/attempt_counter.hpp"

#include <doctest/doctest.h>
#include <vector>

using namespace engine::sim;
using namespace std::chrono_literals;
using engine::runtime::steady_time;

TEST_CASE("a window slides: a unit fits again a minute after it was taken")
{
    rate_window window(2);
    const steady_time start{1h};
    CHECK(window.wait_for(1, start) == 0ns);
    window.take(1, start);
    window.take(1, start + 10s);
    CHECK(window.used(start + 10s) == 2);
    CHECK(window.wait_for(1, start + 10s) == 50s);
    CHECK(window.wait_for(2, start + 10s) == 60s);
    CHECK(window.wait_for(1, start + 60s) == 0ns);
    CHECK(window.used(start + 60s) == 1);
    CHECK(window.never_fits(3));
    CHECK(window.wait_for(3, start + 20s) == 50s);
}

TEST_CASE("no limit keeps nothing and never waits")
{
    rate_window window(0);
    window.take(1'000'000, steady_time{});
    CHECK(window.wait_for(1'000'000, steady_time{}) == 0ns);
    CHECK(!window.never_fits(1'000'000));
    CHECK(window.used(steady_time{}) == 0);
}

TEST_CASE("in no minute more is accepted than the limit, whatever the arrivals")
{
    constexpr std::int64_t limit = 20;
    rate_window window(limit);
    engine::base::random chance(7);
    struct taken {
        steady_time at;
        std::int64_t units;
    };
    std::vector<taken> log;
    steady_time now{1h};
    for (int i = 0; i < 4000; ++i) {
        now += std::chrono::microseconds(chance.below(3'000'000));
        const auto units = static_cast<std::int64_t>(1 + chance.below(4));
        const auto wait = window.wait_for(units, now);
        std::int64_t in_window = 0;
        for (const auto& one : log)
            in_window += one.at + 60s > now ? one.units : 0;
        CHECK((wait == 0ns) == (in_window + units <= limit));
        if (wait == 0ns) {
            window.take(units, now);
            log.push_back({now, units});
        }
    }
    CHECK(log.size() > 500);
}

TEST_CASE("waits are written as the real API writes them")
{
    CHECK(wait_text(0ms) == "0ms");
    CHECK(wait_text(240ms) == "240ms");
    CHECK(wait_text(std::chrono::microseconds(1)) == "1ms");
    CHECK(wait_text(12s) == "12s");
    CHECK(wait_text(6512ms) == "6.512s");
    CHECK(wait_text(63s) == "1m3s");
    CHECK(wait_text(60s) == "1m0s");
}

TEST_CASE("attempts of a content are counted, and the oldest contents forgotten when it gets full")
{
    attempt_counter counter(10);
    CHECK(counter.count(1) == 1);
    CHECK(counter.count(1) == 2);
    CHECK(counter.count(2) == 1);
    for (std::uint64_t content = 100; content < 106; ++content)
        CHECK(counter.count(content) == 1);
    CHECK(counter.count(1) == 3); // from the older half
    for (std::uint64_t content = 200; content < 240; ++content)
        CHECK(counter.count(content) == 1);
    CHECK(counter.size() <= 12);
    CHECK(counter.count(1) == 1);
}
