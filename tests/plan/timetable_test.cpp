#include "engine/plan/timetable.hpp"

#include <doctest/doctest.h>

using namespace engine;
using namespace engine::plan;

namespace {

// One account and one model there, with pictures that all take 30 s.
struct bench {
    std::vector<timetable_account> accounts{1};
    std::vector<timetable_route> routes{1};
    timetable_options options;

    explicit bench(std::int64_t pictures, double seconds = 30)
    {
        routes[0].classes = {{pictures, seconds, 0, 1000, 1}};
        routes[0].by_depth = {pictures};
    }
    [[nodiscard]] timetable play() const { return plan::play(accounts, routes, options); }
};

} // namespace

TEST_CASE("nothing to start takes no time")
{
    CHECK(bench(0).play().seconds == 0);
    CHECK(play({}, {}, {}).seconds == 0);
}

TEST_CASE("pictures that are all under way at once take as long as one of them")
{
    const auto result = bench(16).play();
    CHECK(result.seconds == doctest::Approx(30));
    CHECK(result.binding == bound::latency);
}

TEST_CASE("more pictures than slots go in rounds")
{
    const auto result = bench(160).play();
    CHECK(result.seconds == doctest::Approx(300));
    CHECK(result.binding == bound::concurrency);
}

TEST_CASE("what others wait for goes first, so that the end is no row of chains")
{
    // Of 64 pictures 16 have a child, and those a child: started last they would end in a tail of
    // two more rounds.
    bench b(96);
    b.routes[0].by_depth = {64, 16, 16};
    const auto result = b.play();
    CHECK(result.seconds == doctest::Approx(96 / 16 * 30));
}

TEST_CASE("where no rate is known slots are opened as the scheduler opens them")
{
    bench b(12, 30);
    b.accounts[0].concurrency_first = 4; // four, then the other eight at once
    CHECK(b.play().seconds == doctest::Approx(60));
    // Quick pictures: sixteen slots at once, which is 320 pictures a second, then four slots more
    // each second, so 80 pictures: 320 t + 40 t^2 = 10,000.
    bench quick(10'000, 0.05);
    quick.accounts[0].concurrency = 100;
    quick.accounts[0].concurrency_first = 4;
    const double searched = quick.play().seconds;
    quick.accounts[0].concurrency_first = 0;
    CHECK(quick.play().seconds == doctest::Approx(5));
    CHECK(searched == doctest::Approx(12.3).epsilon(0.02));
}

TEST_CASE("-j holds over all accounts")
{
    bench b(100);
    b.accounts.resize(2);
    b.routes.push_back(b.routes[0]);
    b.routes[1].account = 1;
    b.options.concurrency_total = 10;
    const auto result = b.play();
    CHECK(result.seconds == doctest::Approx(600));
    CHECK(result.binding == bound::concurrency_total);
}

TEST_CASE(
    "a limit a minute spreads the starts evenly from the first one on, and the last takes its "
    "time")
{
    bench b(61);
    b.accounts[0].limits.images_per_minute = 60;
    b.accounts[0].concurrency = 100;
    const auto result = b.play();
    CHECK(result.seconds == doctest::Approx(60.5 + 30)); // 60 steps over 60.5 s
    CHECK(result.binding == bound::images_per_minute);
}

TEST_CASE("of several limits the one that is reached first binds, also that of one model")
{
    bench b(600);
    b.accounts[0].concurrency = 1000;
    b.accounts[0].limits.requests_per_minute = 100;
    CHECK(b.play().binding == bound::requests_per_minute);
    b.accounts[0].limits.tokens_per_minute = 50'000; // 50 pictures
    CHECK(b.play().binding == bound::tokens_per_minute);
    b.routes[0].limits.images_per_minute = 20;
    const auto result = b.play();
    CHECK(result.binding == bound::images_per_minute);
    CHECK(result.seconds == doctest::Approx(599 * 60.5 / 20 + 30));
}

TEST_CASE("references that count for the image limit make it tighter")
{
    bench b(31);
    b.accounts[0].concurrency = 100;
    b.accounts[0].limits.images_per_minute = 60;
    b.routes[0].classes[0].images = 2;
    CHECK(b.play().seconds == doctest::Approx(60.5 + 30));
}

TEST_CASE("a chain takes as long as its pictures one after the other")
{
    bench b(15, 10);
    b.routes[0].by_depth = {5, 5, 5};
    const auto result = b.play();
    CHECK(result.seconds == doctest::Approx(30));
    CHECK(result.binding == bound::chain);
}

TEST_CASE("pictures whose parents are there already wait for nothing")
{
    bench b(10, 10);
    b.routes[0].by_depth = {0, 10};
    CHECK(b.play().seconds == doctest::Approx(10));
}

TEST_CASE("what has to be made again takes its share once more")
{
    bench b(160);
    b.routes[0].again = 0.5;
    CHECK(b.play().seconds == doctest::Approx(600));
}

TEST_CASE("slots that are opened one after the other cost time at the start")
{
    bench b(64, 10);
    b.accounts[0].concurrency_first = 4;
    // 4, 8, 16, 16, 16 and the last 4.
    const auto result = b.play();
    CHECK(result.seconds == doctest::Approx(60));
    bench all_at_once(64, 10);
    CHECK(all_at_once.play().seconds == doctest::Approx(40));
}

TEST_CASE("a plan too large to be played in full takes in proportion")
{
    bench b(1'000'000);
    CHECK(b.play().seconds == doctest::Approx(1'000'000 * 30.0 / 16).epsilon(0.001));
    b.accounts[0].limits.images_per_minute = 20;
    CHECK(b.play().seconds == doctest::Approx(1'000'000 * 60.5 / 20).epsilon(0.001));
    b.routes[0].classes[0].sigma = 0.5;
    CHECK(b.play().seconds == doctest::Approx(1'000'000 * 60.5 / 20).epsilon(0.001));
}

TEST_CASE("latencies that vary leave slots idle at the end, within bounds that are told")
{
    bench b(48);
    b.routes[0].classes[0].sigma = 0.35;
    const auto result = b.play();
    CHECK(result.seconds > 90); // three rounds of 30 s, and the slowest at the end
    CHECK(result.seconds < 150);
    CHECK(result.seconds_low < result.seconds);
    CHECK(result.seconds_high > result.seconds);
    CHECK(b.play().seconds == result.seconds);
}
