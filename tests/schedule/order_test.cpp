// Whose turn it is: priorities, jobs, chains, the end; and which purse says no.
#include "desk.hpp"

#include <doctest/doctest.h>

using namespace test;

namespace {

schedule::options slots(int concurrency)
{
    auto options = desk::plain();
    options.routes[0].limits.concurrency = concurrency;
    return options;
}

struct traits {
    std::size_t job = 0;
    int priority = 0;
    bool frees_others = false;
    std::chrono::seconds expected{0};
    std::int64_t cents = 10;
};

lines offer(desk& d, std::uint64_t item, traits how)
{
    auto wanted = desk::made(item, how.cents);
    wanted.job = how.job;
    wanted.priority = how.priority;
    wanted.frees_others = how.frees_others;
    wanted.expected = how.expected;
    return d.tell(schedule::offered{wanted});
}

// With one slot: item 1 runs; the order in which the others start when each before them is done.
std::string order_of(desk& d, std::uint64_t first, int items)
{
    std::string order;
    for (std::uint64_t running = first; items > 0; --items) {
        const auto said = text(d.settle(running, outcome::delivered));
        const auto start = said.find("start ");
        if (start == std::string::npos)
            break;
        running = std::stoul(said.substr(start + 6));
        order += (order.empty() ? "" : " ") + std::to_string(running);
    }
    return order;
}

} // namespace

TEST_CASE("items of a higher priority start first, whenever they were offered")
{
    desk d(slots(1));
    offer(d, 1, {});
    offer(d, 2, {.job = 0, .priority = 0});
    offer(d, 3, {.job = 1, .priority = -5});
    offer(d, 4, {.job = 2, .priority = 7});
    offer(d, 5, {.job = 2, .priority = 7});
    CHECK(order_of(d, 1, 4) == "4 5 2 3");
}

TEST_CASE("jobs of one priority take turns, and each keeps its own order")
{
    desk d(slots(1));
    offer(d, 1, {.job = 9});
    for (std::uint64_t i = 10; i < 14; ++i)
        offer(d, i, {.job = 0});
    for (std::uint64_t i = 20; i < 22; ++i)
        offer(d, i, {.job = 1});
    CHECK(order_of(d, 1, 6) == "10 20 11 21 12 13");
}

TEST_CASE("what comes back goes before everything new of its priority, not of a higher one")
{
    desk d(slots(1));
    offer(d, 1, {.job = 0});
    offer(d, 2, {.job = 0});
    offer(d, 3, {.job = 1});
    CHECK(text(d.settle(1, outcome::bad_output)) == "start 1 on 0 after bad_output");
    offer(d, 4, {.job = 2, .priority = 1});
    CHECK(text(d.settle(1, outcome::rate_limited)) == "pause 0 1000 ms rate_limited");
    CHECK(text(d.pass(5s)) == "+1000 ms resume 0; +1000 ms start 4 on 0");
    CHECK(text(d.settle(4, outcome::delivered)) ==
          "finish 4 done delivered; start 1 on 0 after rate_limited");
}

TEST_CASE("an item that others wait for goes before its like")
{
    desk d(slots(1));
    offer(d, 1, {});
    offer(d, 2, {});
    offer(d, 3, {.frees_others = true});
    offer(d, 4, {});
    CHECK(order_of(d, 1, 3) == "3 2 4");
}

TEST_CASE("near the end the longest goes first; before, nobody looks at how long it takes")
{
    desk d(slots(1));
    offer(d, 1, {});
    offer(d, 2, {.job = 1, .expected = 20s});
    offer(d, 3, {.job = 1, .expected = 90s});
    offer(d, 4, {.job = 0, .expected = 60s});
    offer(d, 5, {.job = 0, .priority = 1, .expected = 10s});
    CHECK(order_of(d, 1, 2) == "5 2");
    d.tell(schedule::no_more_offers{});
    CHECK(order_of(d, 2, 2) == "3 4");
}

TEST_CASE("a job whose purse is spent ends open, and the others go on")
{
    auto options = slots(4);
    options.cap = microusd{1'000'000};
    options.job_purses = {{"job a", microusd{150'000}, {}}, {"job b", std::nullopt, {}}};
    desk d(options);
    CHECK(text(offer(d, 1, {.job = 0})) == "start 1 on 0");
    CHECK(text(offer(d, 2, {.job = 0})) == ""); // not now: 1 may turn out cheaper
    CHECK(d.machine.count().binding == "budget");
    CHECK(text(offer(d, 3, {.job = 1})) == "start 3 on 0");
    CHECK(text(d.settle(1, outcome::delivered, 8)) ==
          "finish 1 done delivered; budget 2 needs $0.10 of job a, spent $0.08, reserved $0.00, "
          "cap $0.15; finish 2 open budget");
    CHECK(text(offer(d, 4, {.job = 0, .cents = 7})) == "start 4 on 0"); // the last of it
    CHECK(text(offer(d, 5, {.job = 1})) == "start 5 on 0");
}

TEST_CASE("what earlier runs spent for a job counts in its purse")
{
    auto options = slots(4);
    options.job_purses = {{"job a", microusd{150'000}, microusd{100'000}}};
    desk d(options);
    CHECK(text(offer(d, 1, {.job = 0})).ends_with("finish 1 open budget"));
    CHECK(text(offer(d, 2, {.job = 0, .cents = 5})) == "start 2 on 0");
}

TEST_CASE("the run's own cap counts only what this run spends")
{
    auto options = slots(4);
    options.cap = microusd{1'000'000};
    options.spent_before = microusd{500'000};
    options.run_cap = microusd{100'000};
    desk d(options);
    CHECK(text(d.offer(1)) == "start 1 on 0");
    d.settle(1, outcome::delivered, 4);
    CHECK(text(d.offer(2)) == "budget 2 needs $0.10 of run, spent $0.04, reserved $0.00, cap "
                              "$0.10; finish 2 open budget");
}

TEST_CASE("at midnight the day's purse is full again, but for what is still in flight")
{
    auto options = slots(4);
    options.day_cap = microusd{250'000};
    options.spent_today = microusd{50'000};
    desk d(options);
    CHECK(text(d.offer(1)) == "start 1 on 0");
    CHECK(text(d.offer(2)) == "start 2 on 0");
    CHECK(text(d.offer(3)) == "");
    CHECK(text(d.tell(schedule::day_begins{})) == ""); // $0.20 are in flight, $0.05 are free
    CHECK(text(d.settle(1, outcome::delivered, 10)) == "finish 1 done delivered");
    CHECK(text(d.settle(2, outcome::delivered, 1)) == "finish 2 done delivered; start 3 on 0");
    CHECK(text(d.offer(4, 25)).starts_with("budget 4 needs $0.25 of day, spent $0.11"));
    CHECK(text(d.tell(schedule::day_begins{})) == "");
    CHECK(text(d.offer(5, 15)) == "start 5 on 0");
}

TEST_CASE("money that is short is kept for the higher priority, not given to smaller ones below it")
{
    auto options = slots(4);
    options.cap = microusd{300'000};
    desk d(options);
    CHECK(text(offer(d, 1, {.cents = 20})) == "start 1 on 0");
    CHECK(text(offer(d, 2, {.job = 1, .priority = 1, .cents = 15})) == "");
    CHECK(text(offer(d, 3, {.job = 0, .cents = 5})) == "");
    CHECK(text(offer(d, 4, {.job = 1, .priority = 1, .cents = 5})) == "start 4 on 0"); // its like
    CHECK(text(d.settle(1, outcome::delivered, 10)) == "finish 1 done delivered; start 2 on 0");
}

TEST_CASE("money that is short is kept for the higher priority at another provider, too")
{
    auto options = slots(4);
    options.routes.push_back(options.routes.front());
    options.routes[1].name = "other";
    options.cap = microusd{300'000};
    desk d(options);
    const auto at = [](std::uint64_t item, std::size_t route, int priority, int cents) {
        auto wanted = desk::made(item, cents);
        wanted.choices[0].route = route;
        wanted.priority = priority;
        return schedule::offered{wanted};
    };
    CHECK(text(d.tell(at(1, 0, 0, 20))) == "start 1 on 0");
    CHECK(text(d.tell(at(2, 1, 1, 15))) == "");
    CHECK(text(d.tell(at(3, 0, 0, 5))) == ""); // would fit, and would take it from 2
    CHECK(text(d.settle(1, outcome::delivered, 10)) ==
          "finish 1 done delivered; start 2 on 1; start 3 on 0");
}

TEST_CASE("a job that waits for its own money lets nothing lower pass what stands between them")
{
    auto options = slots(4);
    options.routes.push_back(options.routes.front());
    options.routes[1].name = "other";
    options.cap = microusd{350'000};
    options.job_purses = {{"job a", microusd{110'000}, {}}};
    desk d(options);
    const auto at = [](std::uint64_t item, std::size_t route, std::size_t job, int priority,
                       int cents) {
        auto wanted = desk::made(item, cents);
        wanted.choices[0].route = route;
        wanted.job = job;
        wanted.priority = priority;
        return schedule::offered{wanted};
    };
    CHECK(text(d.tell(at(1, 0, 0, 5, 10))) == "start 1 on 0");
    CHECK(text(d.tell(at(2, 1, 1, 0, 15))) == "start 2 on 1"); // $0.10 are left
    CHECK(text(d.tell(at(3, 0, 0, 5, 5))) == "");              // its job has $0.01
    CHECK(text(d.tell(at(4, 1, 1, 3, 15))) == "");             // waits for what all share
    CHECK(text(d.tell(at(5, 0, 1, 0, 5))) == "");              // and would take it from 4
    CHECK(text(d.settle(2, outcome::delivered, 0)) == "finish 2 done delivered; start 4 on 1; "
                                                      "start 5 on 0");
}

TEST_CASE("routes of one priority take turns, whatever of a higher one comes between")
{
    auto options = slots(4);
    for (const auto* name : {"b", "c"}) {
        options.routes.push_back(options.routes.front());
        options.routes.back().name = name;
    }
    options.concurrency_total = 1;
    desk d(options);
    std::uint64_t number = 0;
    const auto offer_at = [&](std::size_t route, int priority) {
        auto wanted = desk::made(++number);
        wanted.choices[0].route = route;
        wanted.priority = priority;
        return text(d.tell(schedule::offered{wanted}));
    };
    CHECK(offer_at(0, 1) == "start 1 on 0");
    for (const std::size_t route : {1u, 1u, 1u, 2u, 2u, 2u}) // 2 3 4 at b, 5 6 7 at c
        CHECK(offer_at(route, 0) == "");
    CHECK(text(d.settle(1, outcome::delivered, 1)) == "finish 1 done delivered; start 2 on 1");
    CHECK(offer_at(0, 1) == "");
    CHECK(text(d.settle(2, outcome::delivered, 1)) == "finish 2 done delivered; start 8 on 0");
    CHECK(text(d.settle(8, outcome::delivered, 1)) == "finish 8 done delivered; start 5 on 2");
    CHECK(offer_at(0, 1) == "");
    CHECK(text(d.settle(5, outcome::delivered, 1)) == "finish 5 done delivered; start 9 on 0");
    CHECK(text(d.settle(9, outcome::delivered, 1)) == "finish 9 done delivered; start 3 on 1");
}

TEST_CASE("a slot goes to the higher priority, whichever provider it is for")
{
    auto options = slots(4);
    options.routes.push_back(options.routes.front());
    options.routes[1].name = "other";
    options.concurrency_total = 1;
    desk d(options);
    for (std::uint64_t item = 1; item <= 4; ++item) {
        auto wanted = desk::made(item);
        wanted.choices[0].route = item % 2;
        wanted.priority = item % 2 ? 1 : 0;
        CHECK(text(d.tell(schedule::offered{wanted})) == (item == 1 ? "start 1 on 1" : ""));
    }
    CHECK(text(d.settle(1, outcome::delivered, 1)) == "finish 1 done delivered; start 3 on 1");
    CHECK(text(d.settle(3, outcome::delivered, 1)) == "finish 3 done delivered; start 2 on 0");
}

TEST_CASE("the last cents go to the largest that fits, however many stand before it")
{
    auto options = slots(100);
    options.cap = microusd{1'000'000};
    desk d(options);
    d.offer(1, 93);
    for (std::uint64_t i = 2; i < 150; ++i)
        CHECK(text(d.offer(i, 50)) == "");
    CHECK(text(d.offer(150, 8)) == "");
    CHECK(text(d.offer(151, 7)) == "start 151 on 0");
}

TEST_CASE("a model without a price is refused where only its job has a cap")
{
    auto options = slots(4);
    options.job_purses = {{"job a", microusd{150'000}, {}}};
    desk d(options);
    auto wanted = desk::made(1);
    wanted.choices[0].priced = false;
    CHECK(text(d.tell(schedule::offered{wanted})) == "finish 1 open unpriced");
    wanted = desk::made(2);
    wanted.choices[0].priced = false;
    wanted.job = 1;
    CHECK(text(d.tell(schedule::offered{wanted})) == "start 2 on 0");
}
