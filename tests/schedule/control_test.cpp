// What a person may say while it runs: pause, deadline, when to give up.
#include "desk.hpp"

#include <doctest/doctest.h>

using namespace test;

TEST_CASE("in a pause nothing starts and nothing more is wanted, and what is in flight ends")
{
    desk d;
    d.offer(1);
    CHECK(text(d.tell(schedule::pause_admitting{})) == "");
    CHECK(d.machine.count().paused);
    CHECK(d.machine.wants_offers() == 0);
    CHECK(text(d.offer(2)) == "");
    CHECK(d.machine.count().binding == "paused");
    CHECK(text(d.settle(1, outcome::delivered)) == "finish 1 done delivered");
    CHECK(text(d.pass(1h)) == "");
    CHECK(!d.machine.finished());
    CHECK(text(d.tell(schedule::resume_admitting{})) == "start 2 on 0");
    CHECK(d.machine.wants_offers() > 0);
}

TEST_CASE("a retry that came due in a pause waits for its end")
{
    desk d;
    d.offer(1);
    d.settle(1, outcome::overloaded);
    d.tell(schedule::pause_admitting{});
    CHECK(text(d.pass(10s)) == "");
    CHECK(text(d.tell(schedule::resume_admitting{})) == "start 1 on 0 after overloaded");
}

TEST_CASE("a stop ends a pause, too")
{
    desk d;
    d.tell(schedule::pause_admitting{});
    d.offer(1);
    CHECK(text(d.tell(schedule::stop_admitting{})) == "finish 1 open stopped");
    CHECK(d.machine.finished());
}

TEST_CASE("at the deadline what waits stays open and what is in flight ends")
{
    auto options = desk::plain();
    options.routes[0].limits.concurrency = 1;
    desk d(options);
    d.offer(1);
    d.offer(2);
    CHECK(text(d.tell(schedule::deadline_passed{})) == "finish 2 open deadline");
    CHECK(d.machine.stopping());
    CHECK(text(d.offer(3)) == "finish 3 open deadline");
    CHECK(text(d.settle(1, outcome::overloaded)) == "finish 1 open deadline"); // no retry any more
    CHECK(d.machine.finished());
}

TEST_CASE("a halt may count failed items")
{
    auto options = desk::plain();
    options.halts.push_back({.count = 2});
    desk d(options);
    for (std::uint64_t i = 1; i <= 4; ++i)
        d.offer(i);
    CHECK(text(d.settle(1, outcome::refused)) == "finish 1 failed refused");
    CHECK(text(d.settle(2, outcome::delivered)) == "finish 2 done delivered");
    CHECK(text(d.settle(3, outcome::refused)) == "finish 3 failed refused; halted 2 of 3");
    CHECK(d.machine.stopping());
    CHECK(text(d.settle(4, outcome::delivered)) == "finish 4 done delivered");
}

TEST_CASE("a halt may count lost answers, whatever becomes of their items, and ask for now")
{
    auto options = desk::plain();
    options.halts.push_back(
        {.what = schedule::halt_rule::counted::unknown, .count = 2, .now = true});
    desk d(options);
    auto wanted = desk::made(1);
    wanted.retry.on_unknown = engine::job::unknown_policy::retry;
    d.tell(schedule::offered{wanted});
    CHECK(text(d.settle(1, outcome::unknown)) == "");
    d.offer(2);
    CHECK(text(d.settle(2, outcome::unknown)) ==
          "finish 2 held unknown; halted 2 unknown now; finish 1 open halted");
}

TEST_CASE("of several halts the first that comes true counts")
{
    auto options = desk::plain();
    options.halts.push_back({.fraction = 0.5});
    options.halts.push_back({.count = 1});
    desk d(options);
    d.offer(1);
    CHECK(text(d.settle(1, outcome::invalid)) == "finish 1 failed invalid; halted 1 of 1");
}
