// The scheduler's rules one by one: what it is told and what it wants done, on a virtual clock.
#include "desk.hpp"

#include <doctest/doctest.h>

using namespace test;
using engine::job::unknown_policy;
using schedule::attempt_settled;
using schedule::bucket_reading;

namespace {

schedule::options with_slots(int slots)
{
    auto options = desk::plain();
    options.routes[0].limits.concurrency = slots;
    return options;
}

schedule::options with_cap(std::int64_t cents, int slots = 16)
{
    auto options = with_slots(slots);
    options.cap = microusd{cents * 10'000};
    return options;
}

attempt_settled refusal(std::uint64_t item, std::optional<std::chrono::milliseconds> wait = {})
{
    return {.item = handle(item), .outcome = outcome::rate_limited, .retry_after = wait};
}

} // namespace

// --- slots ------------------------------------------------------------------------------------

TEST_CASE("items start in the order of their offers, as far as there are slots")
{
    desk d(with_slots(2));
    CHECK(text(d.offer(1)) == "start 1 on 0");
    CHECK(text(d.offer(2)) == "start 2 on 0");
    CHECK(d.machine.count().binding == ""); // full, but nothing waits
    CHECK(text(d.offer(3)) == "");
    CHECK(text(d.offer(4)) == "");
    CHECK(d.machine.count().binding == "concurrency");
    CHECK(!d.machine.next_wake());
    CHECK(text(d.settle(2, outcome::delivered, 4)) == "finish 2 done delivered; start 3 on 0");
    CHECK(text(d.settle(1, outcome::delivered, 4)) == "finish 1 done delivered; start 4 on 0");
    CHECK(text(d.tell(schedule::no_more_offers{})) == "");
    CHECK(!d.machine.finished());
    d.settle(3, outcome::delivered);
    d.settle(4, outcome::delivered);
    CHECK(d.machine.finished());
    CHECK(d.machine.count().done == 4);
    CHECK(d.machine.count().attempts == 4);
    CHECK(d.machine.count().spent == microusd{80'000});
}

TEST_CASE("the end of an answer frees the slot, but the money stays until it is settled")
{
    desk d(with_cap(20, 1));
    d.offer(1);
    d.offer(2);
    CHECK(text(d.tell(schedule::response_ended{handle(1)})) == "start 2 on 0");
    const auto between = d.machine.count();
    CHECK(between.in_flight == 1);
    CHECK(between.settling == 1);
    CHECK(between.reserved == microusd{200'000});
    d.settle(1, outcome::delivered, 10);
    CHECK(d.machine.count().reserved == microusd{100'000});
    CHECK(d.machine.count().settling == 0);
}

TEST_CASE("answers that wait to be settled hold new starts back beyond a bound")
{
    auto options = with_slots(1);
    options.settling_max = 2;
    desk d(options);
    for (std::uint64_t i = 1; i <= 4; ++i)
        d.offer(i);
    CHECK(text(d.tell(schedule::response_ended{handle(1)})) == "start 2 on 0");
    CHECK(text(d.tell(schedule::response_ended{handle(2)})) == "");
    CHECK(d.machine.count().binding == "settling");
    CHECK(text(d.settle(1, outcome::delivered)) == "finish 1 done delivered; start 3 on 0");
}

TEST_CASE("-j bounds all routes together, and they take turns")
{
    auto options = desk::plain(2);
    options.concurrency_total = 3;
    desk d(options);
    for (std::uint64_t i = 0; i < 3; ++i)
        d.offer(10 + i, 10, {0});
    for (std::uint64_t i = 0; i < 4; ++i) {
        d.offer(20 + i, 10, {0});
        d.offer(30 + i, 10, {1});
    }
    CHECK(d.machine.count().in_flight == 3);
    int starts_on[2] = {};
    for (std::uint64_t i = 0; i < 3; ++i)
        for (const std::string& line : d.settle(10 + i, outcome::delivered))
            if (line.starts_with("start"))
                ++starts_on[line.ends_with("on 1")];
    CHECK(starts_on[0] + starts_on[1] == 3);
    CHECK(starts_on[1] >= 1);
    CHECK(starts_on[0] >= 1);
}

TEST_CASE("it asks for as many items as it can use, however many there are")
{
    desk d(with_slots(4));
    CHECK(d.machine.window() == 72);
    std::uint64_t next = 0;
    while (d.machine.wants_offers() > 0)
        d.offer(next++);
    CHECK(next == 76); // 4 started, 72 wait
    d.settle(0, outcome::delivered);
    CHECK(d.machine.wants_offers() == 1);
    d.tell(schedule::no_more_offers{});
    CHECK(d.machine.wants_offers() == 0);
}

TEST_CASE("time that goes backwards is taken for standing still")
{
    auto options = desk::plain();
    options.routes[0].limits.images_per_minute = 60.0;
    desk d(options);
    d.offer(1);
    const auto begin = d.now;
    d.now -= 1h;
    CHECK(text(d.offer(2)) == "");
    d.now = begin;
    CHECK(text(d.pass(2s)) == "+1008 ms start 2 on 0");
    d.now = begin;
    CHECK(text(d.tell(refusal(1, 12s))) == "pause 0 14000 ms rate_limited"); // from 2 s on
}

// --- rates ------------------------------------------------------------------------------------

TEST_CASE("images a minute are spread over 60 s and the slack for jitter")
{
    auto options = desk::plain();
    options.routes[0].limits.images_per_minute = 5.0;
    desk d(options);
    CHECK(text(d.offer(1)) == "start 1 on 0");
    d.offer(2);
    d.offer(3);
    CHECK(d.machine.count().binding == "images_per_minute");
    CHECK(d.machine.next_wake() == d.now + 12'100ms);
    CHECK(text(d.pass(30s)) == "+12100 ms start 2 on 0; +24200 ms start 3 on 0");
    CHECK(!d.machine.next_wake());
}

TEST_CASE("the tightest bucket decides, and says so")
{
    auto options = desk::plain();
    options.routes[0].limits.requests_per_minute = 60.0;
    options.routes[0].limits.images_per_minute = 30.0;
    options.routes[0].limits.tokens_per_minute = 10'000.0;
    desk d(options);
    auto wanted = desk::made(1);
    wanted.choices[0].tokens = 5'000;
    d.tell(schedule::offered{wanted});
    wanted.item = handle(2);
    d.tell(schedule::offered{wanted});
    CHECK(d.machine.count().binding == "tokens_per_minute");
    CHECK(d.machine.next_wake() == d.now + 30'250ms);

    desk light(options);
    light.offer(1);
    light.offer(2);
    CHECK(light.machine.count().binding == "images_per_minute");

    options.routes[0].limits.requests_per_minute = 6.0;
    desk slow(options);
    slow.offer(1);
    slow.offer(2);
    CHECK(slow.machine.count().binding == "requests_per_minute");
}

TEST_CASE("an item that weighs more than the limit is not waited for for ever")
{
    auto options = desk::plain();
    options.routes[0].limits.tokens_per_minute = 1'000.0;
    desk d(options);
    auto wanted = desk::made(1);
    wanted.choices[0].tokens = 7'024;
    CHECK(text(d.tell(schedule::offered{wanted})) == "start 1 on 0");
}

TEST_CASE("a limit in the headers of a good answer is learned")
{
    desk d;
    d.offer(1);
    attempt_settled how{.item = handle(1), .outcome = outcome::delivered};
    how.readings = {{.bucket = "input-images", .limit = 50.0},
                    {.bucket = "images", .limit = 20.0}, // two names of one bucket
                    {.bucket = "requests", .limit = 0.0},
                    {.bucket = "unheard-of", .limit = 1.0}};
    CHECK(text(d.tell(how)) == "learn 0 images_per_minute 20; finish 1 done delivered");
    d.offer(2);
    d.offer(3);
    CHECK(text(d.pass(10s)) == "+3025 ms start 3 on 0");
}

// --- 429 --------------------------------------------------------------------------------------

TEST_CASE("a 429 pauses the route for everybody, and its item is the first afterwards")
{
    desk d(with_slots(2));
    d.offer(1);
    d.offer(2);
    d.offer(3);
    CHECK(text(d.tell(refusal(1, 12s))) == "pause 0 12000 ms rate_limited");
    CHECK(d.machine.count().binding == "concurrency"); // one slot now, for want of a known limit
    CHECK(text(d.settle(2, outcome::delivered)) == "finish 2 done delivered");
    CHECK(d.machine.count().binding == "rate_limited");
    CHECK(d.machine.next_wake() == d.now + 12s);
    CHECK(text(d.pass(20s)) == "+12000 ms resume 0; +12000 ms start 1 on 0 after rate_limited; "
                               "+12250 ms start 3 on 0");
}

TEST_CASE("a 429 burns no attempt, however often it comes")
{
    desk d;
    auto wanted = desk::made(1);
    wanted.retry.max_attempts = 1;
    d.tell(schedule::offered{wanted});
    for (int i = 0; i < 50; ++i) {
        d.tell(refusal(1, 100s));
        CHECK(d.machine.count().waiting == 1);
        d.pass(100s);
        REQUIRE(d.machine.count().in_flight == 1);
    }
    CHECK(text(d.settle(1, outcome::delivered)) == "finish 1 done delivered");
}

TEST_CASE("without a wait the pauses grow from one second")
{
    desk d;
    d.offer(1);
    for (const auto* expected : {"pause 0 1000 ms rate_limited", "pause 0 2000 ms rate_limited",
                                 "pause 0 4000 ms rate_limited"}) {
        CHECK(text(d.tell(refusal(1))) == expected);
        d.pass(10s);
    }
    d.settle(1, outcome::overloaded); // an answer of another kind: it lets us in again
    d.pass(10s);
    CHECK(text(d.tell(refusal(1))) == "pause 0 1000 ms rate_limited");
}

TEST_CASE("the reset of an empty bucket is the wait when nothing else is said")
{
    desk d;
    d.offer(1);
    auto how = refusal(1);
    how.readings = {{.bucket = "requests", .remaining = 0.0, .reset = 3s},
                    {.bucket = "tokens", .remaining = 900.0, .reset = 60s}};
    CHECK(text(d.tell(how)) == "pause 0 3000 ms rate_limited");
}

TEST_CASE("an absurd wait is cut, and a negative one is none")
{
    desk d;
    d.offer(1);
    CHECK(text(d.tell(refusal(1, std::chrono::milliseconds::max()))) ==
          "pause 0 900000 ms rate_limited");
    desk e;
    e.offer(1);
    CHECK(text(e.tell(refusal(1, std::chrono::milliseconds::min()))) ==
          "pause 0 125 ms rate_limited");
}

TEST_CASE("the text of a 429 teaches limit and weight")
{
    auto options = desk::plain();
    options.routes[0].limits.images_per_minute = 60.0;
    desk d(options);
    d.offer(1);
    auto how = refusal(1, 12s);
    how.readings = {{.bucket = "input-images", .limit = 5.0, .remaining = 0.0, .requested = 3.0}};
    CHECK(text(d.tell(how)) == "learn 0 images_per_minute 5; pause 0 12000 ms rate_limited");
    d.offer(2);
    // Item 1 draws 3 of 5 a minute now: 36.3 s, less what may be caught up.
    CHECK(text(d.pass(60s)) == "+12000 ms resume 0; +12000 ms start 1 on 0 after rate_limited; "
                               "+48050 ms start 2 on 0");
}

TEST_CASE("weights that make no sense are not learned")
{
    auto options = desk::plain();
    options.routes[0].limits.images_per_minute = 5.0;
    desk d(options);
    d.offer(1);
    auto how = refusal(1, 1s);
    how.readings = {
        {.bucket = "images", .requested = 4.0},
        {.bucket = "images", .limit = 5.0, .requested = 1e9},
        {.bucket = "images", .limit = std::numeric_limits<double>::infinity(), .requested = 5.0}};
    d.tell(how);
    d.offer(2);
    CHECK(text(d.pass(30s)) == "+1000 ms resume 0; +12100 ms start 1 on 0 after rate_limited; "
                               "+24200 ms start 2 on 0");
}

TEST_CASE("a request larger than the whole limit fails at once and pauses nobody")
{
    desk d;
    d.offer(1);
    d.offer(2);
    auto how = refusal(1);
    how.never_fits = true;
    how.readings = {{.bucket = "input-images", .limit = 5.0, .requested = 10.0}};
    CHECK(text(d.tell(how)) == "learn 0 images_per_minute 5; finish 1 failed never_fits");
    CHECK(text(d.offer(3)) == "start 3 on 0");
    CHECK(text(d.offer(4)) == "");
    CHECK(d.machine.count().binding == "images_per_minute");
}

TEST_CASE("a burst of refusals is one pause, and half the slots when no limit is known")
{
    desk d;
    for (std::uint64_t i = 1; i <= 16; ++i)
        d.offer(i);
    for (std::uint64_t i = 1; i <= 16; ++i)
        CHECK(text(d.tell(refusal(i))) == (i == 1 ? "pause 0 1000 ms rate_limited" : ""));
    const auto resumed = d.pass(5s);
    REQUIRE(resumed.size() == 9); // the resume and 8 starts
    CHECK(resumed[1] == "+1000 ms start 1 on 0 after rate_limited");
    CHECK(resumed[2] == "+1250 ms start 2 on 0 after rate_limited"); // not all in one instant
}

TEST_CASE("where a limit is known the slots stay: the limit paces the way back")
{
    auto options = with_slots(2);
    options.routes[0].limits.images_per_minute = 6'000.0;
    desk d(options);
    d.offer(1);
    d.pass(100ms);
    d.offer(2);
    d.tell(refusal(1, 1s));
    d.tell(refusal(2, 1s));
    CHECK(text(d.pass(2s)) == "+1000 ms resume 0; +1000 ms start 1 on 0 after rate_limited; "
                              "+1250 ms start 2 on 0 after rate_limited");
}

TEST_CASE("a route that is stopped during its pause does not resume")
{
    desk d;
    d.offer(1);
    d.offer(2);
    CHECK(text(d.tell(refusal(1, 12s))) == "pause 0 12000 ms rate_limited");
    CHECK(text(d.settle(2, outcome::account)) ==
          "stop 0 account; finish 2 open account; finish 1 open account");
    CHECK(text(d.pass(1min)) == "");
}

TEST_CASE("a route that answers nothing but 429 for hours is stopped")
{
    auto options = desk::plain();
    options.rate_limited_give_up = 1h;
    desk d(options);
    d.offer(1);
    d.offer(2, 10, {0});
    std::string last;
    int asked = 0;
    while (d.machine.count().waiting + d.machine.count().in_flight > 0) {
        REQUIRE(++asked < 1000);
        const auto running = d.machine.count().in_flight;
        if (running == 0) {
            d.pass(10min);
            continue;
        }
        for (std::uint64_t item : {1u, 2u})
            if (d.machine.count().in_flight > 0 && asked == 1) // both, the first time
                last = text(d.tell(refusal(item, 10min)));
        if (asked > 1)
            last = text(d.tell(refusal(1, 10min)));
    }
    CHECK(last == "stop 0 rate_limited; finish 1 open rate_limited; finish 2 open rate_limited");
    CHECK(d.machine.route_stopped(0) == schedule::finish_cause::rate_limited);
}

// --- overload ---------------------------------------------------------------------------------

TEST_CASE("an overload is tried again after a backoff and burns an attempt")
{
    desk d;
    auto wanted = desk::made(1);
    wanted.retry.max_attempts = 3;
    d.tell(schedule::offered{wanted});
    for (int i = 0; i < 2; ++i) {
        CHECK(text(d.settle(1, outcome::overloaded)) == "");
        CHECK(d.machine.count().binding == "retry_wait");
        const auto wake = d.machine.next_wake();
        REQUIRE(wake);
        CHECK(*wake - d.now <= 1s * (1 << i));
        CHECK(text(d.pass(3s)).ends_with("ms start 1 on 0 after overloaded"));
    }
    CHECK(text(d.settle(1, outcome::overloaded)) == "finish 1 failed attempts");
}

TEST_CASE("the provider's wait is the least an overload waits")
{
    desk d;
    d.offer(1);
    d.tell(attempt_settled{.item = handle(1), .outcome = outcome::overloaded, .retry_after = 30s});
    CHECK(d.machine.next_wake() == d.now + 30s);
}

TEST_CASE("an overload halves the slots, and images bring them back")
{
    desk d(with_slots(8));
    for (std::uint64_t i = 0; i < 60; ++i)
        d.offer(i);
    CHECK(d.machine.count().in_flight == 8);
    d.settle(0, outcome::overloaded);
    CHECK(d.machine.count().in_flight == 7); // 4 allowed
    for (std::uint64_t i = 1; i <= 4; ++i)
        d.settle(i, outcome::delivered);
    CHECK(d.machine.count().in_flight == 4); // 3 would be left: one has started
    for (std::uint64_t i = 5; i < 30; ++i) {
        d.pass(2s);
        d.settle(i, outcome::delivered);
    }
    CHECK(d.machine.count().in_flight == 8);
}

// --- not sent, circuit ------------------------------------------------------------------------

TEST_CASE("what was not sent is tried again for nothing, but not for ever")
{
    desk d;
    auto wanted = desk::made(1);
    wanted.retry.max_attempts = 1;
    d.tell(schedule::offered{wanted});
    for (int i = 1; i < 8; ++i) {
        CHECK(text(d.settle(1, outcome::not_sent)) == "");
        d.pass(60s);
        REQUIRE(d.machine.count().in_flight == 1);
    }
    CHECK(text(d.settle(1, outcome::not_sent)) == "finish 1 failed not_sent");
}

TEST_CASE("an item that cannot be sent goes to its next route")
{
    auto options = desk::plain(2);
    options.not_sent_max = 2;
    desk d(options);
    d.offer(1, 10, {0, 1});
    d.settle(1, outcome::not_sent);
    d.pass(60s);
    CHECK(text(d.settle(1, outcome::not_sent)) == "start 1 on 1 after next_route");
    CHECK(text(d.settle(1, outcome::not_sent)) == ""); // where it counts anew
}

TEST_CASE("many failures in a row pause the route, and one probe at a time asks for it")
{
    auto options = desk::plain();
    options.circuit.failures_to_open = 4;
    desk d(options);
    for (std::uint64_t i = 1; i <= 4; ++i)
        d.offer(i);
    for (std::uint64_t i = 1; i <= 3; ++i)
        CHECK(text(d.settle(i, outcome::not_sent)) == "");
    CHECK(text(d.settle(4, outcome::unknown, 10)) ==
          "pause 0 5000 ms provider_down; finish 4 held unknown");
    d.offer(5);
    CHECK(d.machine.count().binding == "provider_down");
    CHECK(text(d.pass(60s)) == "+5000 ms start 1 on 0 after not_sent"); // and no other
    CHECK(!d.machine.next_wake());
    CHECK(text(d.settle(1, outcome::not_sent)) == "pause 0 10000 ms provider_down");
    const auto again = d.pass(10s);
    REQUIRE(again.size() == 1);
    // The probe is answered: everybody may go.
    const std::string told =
        text(d.settle(again[0].find("start 2") != std::string::npos ? 2 : 1, outcome::delivered));
    CHECK(told.find("resume 0") != std::string::npos);
    CHECK(told.find("start 5 on 0") != std::string::npos);
}

TEST_CASE("a probe that is cancelled lets another one go")
{
    auto options = desk::plain();
    options.circuit.failures_to_open = 1;
    desk d(options);
    d.offer(1);
    d.offer(2);
    d.settle(1, outcome::not_sent);
    d.settle(2, outcome::not_sent);
    CHECK(text(d.pass(5s)).find("start 1") != std::string::npos);
    CHECK(text(d.settle(1, outcome::cancelled)) ==
          "finish 1 open cancelled; start 2 on 0 after not_sent");
}

TEST_CASE("a provider that stays down is given up, and its items stay open")
{
    auto options = desk::plain();
    options.circuit.failures_to_open = 1;
    options.circuit.probes_max_unseen = 3;
    desk d(options);
    d.offer(1);
    d.settle(1, outcome::overloaded);
    d.offer(2);
    std::string told;
    for (int probes = 0; probes < 3; ++probes) {
        d.pass(5min);
        REQUIRE(d.machine.count().in_flight == 1);
        const bool first = told.empty() || probes < 3;
        CHECK(first);
        // Probes are not held against their item: overloads would have used up five attempts.
        told = text(d.settle(1, outcome::overloaded));
    }
    CHECK(told == "stop 0 provider_down; finish 1 open provider_down; finish 2 open provider_down");
    CHECK(text(d.offer(3)) == "finish 3 open provider_down");
    CHECK(d.machine.route_stopped(0) == schedule::finish_cause::provider_down);
    CHECK(!d.machine.next_wake());
}

TEST_CASE("a route that is given up hands its items to their next one")
{
    auto options = desk::plain(2);
    options.circuit.failures_to_open = 1;
    options.circuit.probes_max_unseen = 1;
    desk d(options);
    d.offer(1, 10, {0, 1});
    d.offer(2, 10, {0});
    d.settle(1, outcome::not_sent);
    d.settle(2, outcome::not_sent);
    d.pass(10s);
    CHECK(text(d.settle(1, outcome::not_sent)) ==
          "stop 0 provider_down; finish 2 open provider_down; start 1 on 1 after next_route");
}

TEST_CASE("a 429 during an outage shows that the provider is back, and pauses as usual")
{
    auto options = desk::plain();
    options.circuit.failures_to_open = 1;
    desk d(options);
    d.offer(1);
    d.offer(2);
    d.settle(1, outcome::not_sent);
    CHECK(text(d.tell(refusal(2, 20s))) == "pause 0 20000 ms rate_limited");
    CHECK(text(d.pass(30s)) ==
          "+20000 ms resume 0; +20000 ms start 1 on 0 after not_sent"); // one slot for now
    CHECK(text(d.settle(1, outcome::delivered)) ==
          "finish 1 done delivered; start 2 on 0 after rate_limited");
}

TEST_CASE("a pause that ends during an outage is not called over")
{
    auto options = desk::plain();
    options.circuit.failures_to_open = 1;
    desk d(options);
    d.offer(1);
    d.offer(2);
    CHECK(text(d.tell(refusal(2, 2s))) == "pause 0 2000 ms rate_limited");
    CHECK(text(d.settle(1, outcome::not_sent)) == "pause 0 5000 ms provider_down");
    CHECK(text(d.pass(4s)) == "");
    CHECK(text(d.pass(2s)) == "+1000 ms start 1 on 0 after not_sent");
    CHECK(text(d.settle(1, outcome::delivered)) ==
          "resume 0; finish 1 done delivered; start 2 on 0 after rate_limited");
}

// --- unknown, bad output, terminal outcomes ---------------------------------------------------

TEST_CASE("an unknown outcome is held, and its worst case stays counted")
{
    desk d(with_cap(25));
    d.offer(1);
    CHECK(text(d.settle(1, outcome::unknown, 0)) == "finish 1 held unknown"); // even if told 0
    CHECK(d.machine.count().spent == microusd{100'000});
    CHECK(d.machine.count().reserved == microusd{0});
    CHECK(d.machine.count().held == 1);
}

TEST_CASE("where the policy says so, an unknown outcome is bought again, each time anew")
{
    desk d(with_cap(100));
    auto wanted = desk::made(1);
    wanted.retry = {.max_attempts = 3, .on_unknown = unknown_policy::retry};
    d.tell(schedule::offered{wanted});
    for (int i = 1; i <= 2; ++i) {
        CHECK(text(d.settle(1, outcome::unknown)) == "");
        d.pass(60s);
        CHECK(d.machine.count().reserved == microusd{100'000});
        CHECK(d.machine.count().spent == microusd{100'000 * i});
    }
    CHECK(text(d.settle(1, outcome::unknown)) == "finish 1 failed attempts");
    CHECK(d.machine.count().spent == microusd{300'000});
}

TEST_CASE("what may have been billed counts at least its reservation, whatever the outcome")
{
    desk d;
    d.offer(1);
    d.tell(attempt_settled{
        .item = handle(1), .outcome = outcome::refused, .cost = {30'000}, .possibly_billed = true});
    CHECK(d.machine.count().spent == microusd{100'000});
    d.offer(2);
    d.settle(2, outcome::delivered, -5); // nobody pays us
    CHECK(d.machine.count().spent == microusd{100'000});
}

TEST_CASE("a bad output is made again once, then the item fails")
{
    desk d;
    d.offer(1);
    d.offer(2);
    CHECK(text(d.settle(1, outcome::bad_output, 4)) == "start 1 on 0 after bad_output");
    CHECK(text(d.settle(1, outcome::bad_output, 4)) == "finish 1 failed bad_output");
    CHECK(d.machine.count().spent == microusd{80'000});
}

TEST_CASE("a bad output is not made again when the attempts are used up")
{
    desk d;
    auto wanted = desk::made(1);
    wanted.attempts_before = 4;
    d.tell(schedule::offered{wanted});
    CHECK(text(d.settle(1, outcome::bad_output, 4)) == "finish 1 failed attempts");
}

TEST_CASE("an item that used up its attempts in earlier runs is not started")
{
    desk d;
    auto wanted = desk::made(1);
    wanted.attempts_before = 5;
    CHECK(text(d.tell(schedule::offered{wanted})) == "finish 1 failed attempts");
}

TEST_CASE("a retried item goes before every new one")
{
    desk d(with_slots(1));
    d.offer(1);
    d.offer(2);
    CHECK(text(d.settle(1, outcome::bad_output)) == "start 1 on 0 after bad_output");
}

TEST_CASE("a retried item goes before a new one, even before one that was offered earlier")
{
    auto options = desk::plain(2);
    options.routes[0].limits.concurrency = 1;
    options.routes[1].limits.concurrency = 1;
    desk d(options);
    d.offer(1, 10, {0, 1});
    d.offer(2, 10, {0, 1});
    d.offer(3, 10, {1});
    d.settle(3, outcome::overloaded);
    d.settle(1, outcome::account); // 1 runs on the other route now, and 2 waits there
    CHECK(text(d.pass(2s)) == "");
    CHECK(text(d.settle(1, outcome::delivered)) ==
          "finish 1 done delivered; start 3 on 1 after overloaded");
}

TEST_CASE("refused, invalid and cancelled end at once")
{
    desk d;
    d.offer(1);
    d.offer(2);
    d.offer(3);
    CHECK(text(d.settle(1, outcome::refused)) == "finish 1 failed refused");
    CHECK(text(d.settle(2, outcome::invalid)) == "finish 2 failed invalid");
    CHECK(text(d.settle(3, outcome::cancelled)) == "finish 3 open cancelled");
}

TEST_CASE("the reason of an end names the provider's code")
{
    desk d;
    d.offer(1);
    std::vector<schedule::action> actions;
    d.machine.step(attempt_settled{.item = handle(1),
                                   .outcome = outcome::refused,
                                   .code = "moderation_blocked"},
                   d.now, actions);
    REQUIRE(actions.size() == 1);
    CHECK(std::get<schedule::finish_item>(actions[0]).reason == "refused: moderation_blocked");
}

TEST_CASE("a start says which choice, what is held and the how many-th it is")
{
    desk d(desk::plain(2));
    std::vector<schedule::action> actions;
    d.machine.step(schedule::offered{desk::made(1, 7, {1})}, d.now, actions);
    d.machine.step(refusal(1, 0s), d.now, actions);
    d.now += 1s;
    d.machine.step(schedule::tick{}, d.now, actions);
    const auto first = std::get<schedule::start_attempt>(actions.front());
    const auto second = std::get<schedule::start_attempt>(actions.back());
    CHECK(first.route == 1);
    CHECK(first.choice == 0);
    CHECK(first.reserve == microusd{70'000});
    CHECK(first.ordinal == 1);
    CHECK(second.ordinal == 2);
    CHECK(second.retry_reason == "rate_limited");
}

// --- account ----------------------------------------------------------------------------------

TEST_CASE("an account failure stops the route: others fall back or stay open, runners run on")
{
    auto options = desk::plain(2);
    options.routes[0].limits.concurrency = 2;
    desk d(options);
    d.offer(1, 10, {0, 1});
    d.offer(2, 10, {0});
    d.offer(3, 10, {0, 1});
    d.offer(4, 10, {0});
    attempt_settled how{.item = handle(1), .outcome = outcome::account, .code = "invalid_api_key"};
    CHECK(text(d.tell(how)) == "stop 0 account: invalid_api_key; finish 4 open account; "
                               "start 1 on 1 after next_route; start 3 on 1 after next_route");
    // A runner of the stopped route ends by itself, and may not come back to it.
    CHECK(text(d.settle(2, outcome::overloaded)) == "finish 2 open account");
    CHECK(text(d.offer(5, 10, {0})) == "finish 5 open account");
    CHECK(text(d.offer(6, 10, {0, 1})) == "start 6 on 1 after next_route");
    CHECK(d.machine.route_stopped(0) == schedule::finish_cause::account);
    CHECK(!d.machine.route_stopped(1));
    how.item = handle(6);
    how.code = "";
    CHECK(text(d.tell(how)) == "stop 1 account; finish 6 open account");
    CHECK(text(d.settle(3, outcome::account)) == "finish 3 open account"); // said once is enough
}

TEST_CASE("sleepers of a stopped route do not wait for their backoff to end")
{
    auto options = desk::plain(2);
    desk d(options);
    d.offer(1, 10, {0, 1});
    d.offer(2, 10, {0});
    d.settle(1, outcome::overloaded);
    CHECK(text(d.settle(2, outcome::account)) ==
          "stop 0 account; finish 2 open account; start 1 on 1 after next_route");
}

TEST_CASE("attempts count over all routes of an item")
{
    desk d(desk::plain(2));
    auto wanted = desk::made(1, 10, {0, 1});
    wanted.retry.max_attempts = 2;
    d.tell(schedule::offered{wanted});
    d.offer(2, 10, {0});
    d.settle(1, outcome::overloaded);
    CHECK(text(d.settle(2, outcome::account)) ==
          "stop 0 account; finish 2 open account; start 1 on 1 after next_route");
    CHECK(text(d.settle(1, outcome::overloaded)) == "finish 1 failed attempts");
}

// --- budget -----------------------------------------------------------------------------------

TEST_CASE("an attempt starts only if its worst case fits beside everything reserved")
{
    desk d(with_cap(25));
    CHECK(text(d.offer(1)) == "start 1 on 0");
    CHECK(text(d.offer(2)) == "start 2 on 0");
    CHECK(text(d.offer(3)) == "");
    CHECK(d.machine.count().binding == "budget");
    CHECK(!d.machine.next_wake());
    CHECK(text(d.settle(1, outcome::delivered, 6)) == "finish 1 done delivered");
    CHECK(text(d.settle(2, outcome::delivered, 4)) == "finish 2 done delivered; start 3 on 0");
}

TEST_CASE("what can never fit is refused, as soon as it is its turn")
{
    desk d(with_cap(25));
    d.offer(1, 20);
    CHECK(text(d.offer(2, 26)) ==
          "budget 2 needs $0.26, spent $0.00, reserved $0.20, cap $0.25; finish 2 open budget");
    d.offer(3, 20);
    CHECK(text(d.settle(1, outcome::delivered, 10)) ==
          "finish 1 done delivered; "
          "budget 3 needs $0.20, spent $0.10, reserved $0.00, cap $0.25; finish 3 open budget");
    CHECK(d.machine.count().open == 2);
}

TEST_CASE("smaller items may pass one that does not fit now")
{
    desk d(with_cap(30));
    d.offer(1, 20);
    CHECK(text(d.offer(2, 15)) == "");
    CHECK(text(d.offer(3, 10)) == "start 3 on 0");
    CHECK(text(d.offer(4, 10)) == "");
    CHECK(text(d.settle(1, outcome::delivered, 5)) ==
          "finish 1 done delivered; start 2 on 0"); // its turn comes first again
}

TEST_CASE("refusals are told once for each smaller need, the ends for each item")
{
    desk d(with_cap(5));
    CHECK(text(d.offer(1, 10)) ==
          "budget 1 needs $0.10, spent $0.00, reserved $0.00, cap $0.05; finish 1 open budget");
    CHECK(text(d.offer(2, 10)) == "finish 2 open budget");
    CHECK(text(d.offer(3, 8)) ==
          "budget 3 needs $0.08, spent $0.00, reserved $0.00, cap $0.05; finish 3 open budget");
}

TEST_CASE("what earlier runs spent counts against the cap")
{
    auto options = with_cap(25);
    options.spent_before = microusd{200'000};
    desk d(options);
    CHECK(text(d.offer(1, 10)).ends_with("finish 1 open budget"));
    CHECK(text(d.offer(2, 5)) == "start 2 on 0");
    d.settle(2, outcome::delivered, 5);
    CHECK(d.machine.count().spent == microusd{250'000});
    CHECK(d.machine.count().spent_this_run == microusd{50'000});
}

TEST_CASE("a price nobody knows is refused under a cap, unless it is allowed")
{
    auto options = desk::plain(2);
    options.cap = microusd{1'000'000};
    auto wanted = desk::made(1, 0, {0});
    wanted.choices[0].priced = false;
    desk d(options);
    CHECK(text(d.tell(schedule::offered{wanted})) == "finish 1 open unpriced");
    wanted.choices.push_back({.route = 1, .reserve = {10'000}});
    CHECK(text(d.tell(schedule::offered{wanted})) == "start 1 on 1 after next_route");

    options.allow_unpriced = true;
    desk allowed(options);
    CHECK(text(allowed.tell(schedule::offered{wanted})) == "start 1 on 0");
    desk uncapped(desk::plain());
    wanted.choices.pop_back();
    CHECK(text(uncapped.tell(schedule::offered{wanted})) == "start 1 on 0");
}

TEST_CASE("a cost above its reservation is counted and holds the rest back")
{
    desk d(with_cap(25));
    d.offer(1);
    d.offer(2);
    d.offer(3);
    d.settle(1, outcome::delivered, 20);
    CHECK(d.machine.count().over_reserve == 1);
    CHECK(d.machine.count().over_reserve_amount == microusd{100'000});
    CHECK(d.machine.count().in_flight == 1); // 20 spent and 10 reserved are above 25 already
    CHECK(text(d.offer(4, 1)) == "");
    CHECK(text(d.settle(2, outcome::delivered, 1)) == "finish 2 done delivered; start 4 on 0");
}

TEST_CASE("the cap holds to the cent with 500 attempts in flight")
{
    auto options = with_cap(5'000, 500);
    desk d(options);
    std::uint64_t next = 0;
    while (d.machine.wants_offers() > 0)
        d.offer(next++, 11);
    const auto full = d.machine.count();
    CHECK(full.in_flight == 454); // 454 * 0.11 = 49.94
    CHECK(full.reserved == microusd{49'940'000});
    for (std::uint64_t i = 0; i < 454; ++i) {
        d.settle(i, outcome::delivered, 11);
        const auto now = d.machine.count();
        REQUIRE(now.spent.count + now.reserved.count <= 50'000'000);
    }
    CHECK(d.machine.count().spent == microusd{49'940'000});
    CHECK(d.machine.count().waiting == 0);
}

// --- stopping ---------------------------------------------------------------------------------

TEST_CASE("a drain ends what waits, lets what is in flight finish, and retries nothing")
{
    desk d(with_slots(4));
    for (std::uint64_t i = 1; i <= 6; ++i)
        d.offer(i);
    d.settle(6 - 5, outcome::overloaded); // 1 sleeps, 4 slots become 2
    CHECK(text(d.tell(schedule::stop_admitting{"interrupted"})) ==
          "finish 5 open stopped; finish 6 open stopped; finish 1 open stopped");
    CHECK(d.machine.stopping());
    CHECK(d.machine.wants_offers() == 0);
    CHECK(!d.machine.finished());
    CHECK(!d.machine.next_wake());
    CHECK(text(d.settle(2, outcome::not_sent)) == "finish 2 open stopped");
    CHECK(text(d.settle(3, outcome::unknown)) == "finish 3 held unknown");
    CHECK(text(d.offer(7)) == "finish 7 open stopped");
    CHECK(text(d.settle(4, outcome::delivered)) == "finish 4 done delivered");
    CHECK(d.machine.finished());
}

TEST_CASE("a cancel is a drain; the caller settles what was in flight")
{
    desk d;
    d.offer(1);
    d.offer(2);
    d.tell(schedule::stop_admitting{});
    CHECK(text(d.tell(schedule::cancel_all{})) == "");
    CHECK(text(d.settle(1, outcome::unknown)) == "finish 1 held unknown");
    CHECK(text(d.settle(2, outcome::cancelled)) == "finish 2 open cancelled");
    CHECK(d.machine.finished());
    CHECK(d.machine.count().spent == microusd{100'000});
    CHECK(d.machine.count().reserved == microusd{0});
}

TEST_CASE("too many failed items halt the run")
{
    auto options = with_slots(4);
    options.halts.push_back({.fraction = 0.5});
    options.halt_after_items = 4;
    desk d(options);
    for (std::uint64_t i = 1; i <= 12; ++i)
        d.offer(i);
    d.settle(1, outcome::refused);
    d.settle(2, outcome::refused);
    d.settle(3, outcome::refused); // 3 of 3, but not 4 items yet
    CHECK(!d.machine.stopping());
    const std::string told = text(d.settle(4, outcome::delivered)); // 3 of 4
    CHECK(told.starts_with("finish 4 done delivered; halted 3 of 4; finish 8 open halted"));
    CHECK(d.machine.stopping());
    CHECK(text(d.settle(5, outcome::overloaded)) == "finish 5 open halted");

    desk fine(options);
    for (std::uint64_t i = 1; i <= 4; ++i) {
        fine.offer(i);
        fine.settle(i, i % 2 == 0 ? outcome::delivered : outcome::refused);
    }
    CHECK(!fine.machine.stopping()); // half is not more than half
    fine.offer(5);
    fine.settle(5, outcome::unknown); // a held item is no failure
    fine.offer(6);
    fine.settle(6, outcome::refused); // 3 of 6
    CHECK(!fine.machine.stopping());
}

TEST_CASE("a scheduler moves with its state")
{
    desk d;
    d.offer(1);
    schedule::scheduler moved = std::move(d.machine);
    CHECK(moved.count().in_flight == 1);
    d.machine = std::move(moved);
    CHECK(text(d.settle(1, outcome::delivered)) == "finish 1 done delivered");
}
