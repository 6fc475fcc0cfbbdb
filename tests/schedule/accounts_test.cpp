// Accounts and their models: whose limits, pauses and ends are whose, what is learned early, and
// how a key is shared with other processes.
#include "desk.hpp"
#include "engine/schedule/rate_limit.hpp"

#include <doctest/doctest.h>

using namespace test;

namespace {

// One account with two models.
schedule::options two_models(bool by_model)
{
    schedule::options made;
    made.concurrency_first = 0;
    made.accounts.push_back({.name = "openai", .limits_are_the_models = by_model});
    made.routes.push_back({.name = "openai/one"});
    made.routes.push_back({.name = "openai/two"});
    return made;
}

schedule::attempt_settled refused(std::uint64_t item, std::chrono::milliseconds wait)
{
    schedule::attempt_settled how{.item = handle(item), .outcome = outcome::rate_limited};
    how.retry_after = wait;
    return how;
}

int starts_in(const lines& said)
{
    int count = 0;
    for (const auto& line : said)
        count += line.find("start ") != std::string::npos;
    return count;
}

} // namespace

TEST_CASE("a start passes the limits of its model and of the whole account")
{
    auto options = two_models(true);
    options.accounts[0].limits.images_per_minute = 60.0;
    options.accounts[0].limits.concurrency = 500;
    options.routes[0].limits.images_per_minute = 6.0;
    desk d(options);
    int started = 0;
    for (std::uint64_t item = 0; item < 200; ++item)
        started += starts_in(d.offer(item, 1, {item % 2}));
    started += starts_in(d.pass(60s));
    CHECK(started >= 59);
    CHECK(started <= 60); // 6 of model one, and what is left for two
}

TEST_CASE("a model's own concurrency leaves the account's other slots to the others")
{
    auto options = two_models(true);
    options.accounts[0].limits.concurrency = 4;
    options.routes[0].limits.concurrency = 1;
    desk d(options);
    d.offer(1, 1, {0});
    CHECK(d.offer(2, 1, {0}).empty());
    CHECK(text(d.offer(3, 1, {1})) == "start 3 on 1");
    d.offer(4, 1, {1});
    d.offer(5, 1, {1});
    CHECK(d.offer(6, 1, {1}).empty()); // four at once
}

TEST_CASE("a 429 pauses the model it is about, or the account where limits are the account's")
{
    for (const bool by_model : {true, false}) {
        desk d(two_models(by_model));
        d.offer(1, 1, {0});
        CHECK(text(d.tell(refused(1, 10s))) ==
              (by_model ? "pause model 0 10000 ms rate_limited" : "pause 0 10000 ms rate_limited"));
        CHECK(text(d.offer(2, 1, {1})) == (by_model ? "start 2 on 1" : ""));
        CHECK(starts_in(d.pass(11s)) == 1); // no rate is known: one at a time after it
    }
}

TEST_CASE("a limit that is told belongs to the model, or to the account")
{
    for (const bool by_model : {true, false}) {
        desk d(two_models(by_model));
        d.offer(1, 1, {0});
        schedule::attempt_settled how{.item = handle(1), .outcome = outcome::delivered};
        how.readings = {{.bucket = "images", .limit = 60.0}};
        CHECK(d.tell(how).front() ==
              (by_model ? "learn model 0 images_per_minute 60" : "learn 0 images_per_minute 60"));
        for (std::uint64_t item = 2; item < 8; ++item)
            d.offer(item, 1, {1});
        CHECK(d.machine.count().waiting == (by_model ? 0 : 5));
    }
}

TEST_CASE("a model may learn what the account does not allow, and nobody is told")
{
    auto options = two_models(true);
    options.accounts[0].limits.images_per_minute = 60.0;
    desk d(options);
    d.offer(1, 1, {0});
    schedule::attempt_settled how{.item = handle(1), .outcome = outcome::delivered};
    how.readings = {{.bucket = "images", .limit = 500.0}};
    CHECK(text(d.tell(how)) == "finish 1 done delivered");
}

TEST_CASE("a model that is not there stops its route only, a bad key everything at once")
{
    desk d(two_models(true));
    d.offer(1, 1, {0, 1});
    d.offer(2, 1, {0});
    schedule::attempt_settled gone{.item = handle(1), .outcome = outcome::account};
    gone.code = "model_not_found";
    gone.about_model = true;
    CHECK(text(d.tell(gone)) == "stop model 0 account: model_not_found; start 1 on 1 after "
                                "next_route");
    CHECK(!d.machine.route_stopped(1));
    d.offer(3, 1, {1});
    schedule::attempt_settled bad{.item = handle(1), .outcome = outcome::account};
    bad.code = "invalid_api_key";
    CHECK(text(d.tell(bad)) == "stop 0 account: invalid_api_key; finish 1 open account");
    CHECK(d.machine.route_stopped(1));
    CHECK(text(d.offer(4, 1, {1})) == "finish 4 open account");
}

TEST_CASE("when the key is bad, what waits for other models of the account ends too, in one stop")
{
    auto options = two_models(false);
    options.accounts[0].limits.concurrency = 1;
    desk d(options);
    d.offer(1, 1, {0});
    d.offer(2, 1, {1});
    d.offer(3, 1, {0});
    CHECK(text(d.settle(1, outcome::account)) ==
          "stop 0 account; finish 1 open account; finish 3 open account; finish 2 open account");
}

TEST_CASE("where nothing is known the search starts with four and grows by one for each success")
{
    auto options = desk::plain();
    options.concurrency_first = 4;
    desk d(options);
    for (std::uint64_t item = 0; item < 40; ++item)
        d.offer(item);
    CHECK(d.machine.count().in_flight == 4);
    d.settle(0, outcome::delivered);
    CHECK(d.machine.count().in_flight == 5);
    for (std::uint64_t item = 1; item < 20; ++item)
        d.settle(item, outcome::delivered);
    CHECK(d.machine.count().in_flight == 16); // never above what is configured
}

TEST_CASE("the first overload ends the search: halved, then one more for a whole round")
{
    auto options = desk::plain();
    options.concurrency_first = 4;
    desk d(options);
    for (std::uint64_t item = 0; item < 60; ++item)
        d.offer(item);
    for (std::uint64_t item = 0; item < 4; ++item)
        d.settle(item, outcome::delivered);
    CHECK(d.machine.count().in_flight == 8);
    d.settle(4, outcome::overloaded);
    for (std::uint64_t item = 5; item < 9; ++item)
        d.settle(item, outcome::delivered);
    CHECK(d.machine.count().in_flight == 4);
    d.settle(9, outcome::delivered);
    CHECK(d.machine.count().in_flight == 5); // four successes in all for one more
}

TEST_CASE("the rate of images ends the search, and so does a limit that refused us")
{
    auto options = desk::plain();
    options.concurrency_first = 4;
    for (const bool refusal : {false, true}) {
        desk d(options);
        for (std::uint64_t item = 0; item < 40; ++item)
            d.offer(item);
        schedule::attempt_settled how{.item = handle(0), .outcome = outcome::delivered};
        how.readings = {{.bucket = "images", .limit = 6'000.0}};
        if (refusal) {
            how.outcome = outcome::rate_limited;
            how.readings = {{.bucket = "requests", .limit = 6'000.0}};
        }
        d.tell(how);
        d.pass(10s);
        CHECK(d.machine.count().in_flight == 16);
    }
}

TEST_CASE("requests that headers name do not end the search: of images nothing is known")
{
    auto options = desk::plain();
    options.concurrency_first = 4;
    desk d(options);
    for (std::uint64_t item = 0; item < 40; ++item)
        d.offer(item);
    schedule::attempt_settled how{.item = handle(0), .outcome = outcome::delivered};
    how.readings = {{.bucket = "requests", .limit = 6'000.0}};
    d.tell(how);
    d.pass(10s);
    CHECK(d.machine.count().in_flight == 5);
}

TEST_CASE("a limit that is configured or remembered needs no search, and a pause is remembered")
{
    auto options = desk::plain();
    options.concurrency_first = 4;
    options.routes[0].before.limits.images_per_minute = 6'000.0;
    options.routes[0].before.paused_until = schedule::time_point(1h) + 5s;
    desk d(options);
    CHECK(text(d.offer(0)) == "pause 0 5000 ms rate_limited");
    for (std::uint64_t item = 1; item < 40; ++item)
        d.offer(item);
    CHECK(d.machine.count().in_flight == 0);
    CHECK(d.pass(4'999ms).empty());
    CHECK(text(d.pass(1ms)) == "+1 ms resume 0; +1 ms start 0 on 0");
    d.pass(10s);
    CHECK(d.machine.count().in_flight == 16);
}

TEST_CASE("a limit is in force as soon as the head of an answer has told it")
{
    auto options = desk::plain();
    desk d(options);
    d.offer(1);
    CHECK(text(d.tell(schedule::limits_read{
              handle(1), {{.bucket = "images", .limit = 60.0, .remaining = 59.0}}})) ==
          "learn 0 images_per_minute 60");
    d.offer(2);
    CHECK(d.offer(3).empty()); // while the first is still drawn
    CHECK(d.machine.count().binding == "images_per_minute");
    CHECK(d.tell(schedule::limits_read{handle(99), {}}).empty()); // nobody's
}

TEST_CASE("what others used with the key is charged, once, and leaves again")
{
    auto options = desk::plain();
    options.routes[0].limits.images_per_minute = 10.0;
    desk d(options);
    d.offer(1);
    const std::vector<schedule::bucket_reading> told = {
        {.bucket = "images", .limit = 10.0, .remaining = 1.0}};
    d.tell(schedule::limits_read{handle(1), told});
    for (std::uint64_t item = 2; item < 20; ++item)
        d.offer(item);
    // Nine are used of which one is ours: one more fits, and its answer says nothing new.
    CHECK(starts_in(d.pass(55s)) == 1);
    d.tell(schedule::limits_read{handle(2), {{.bucket = "images", .limit = 10.0, .remaining = 0}}});
    d.settle(1, outcome::delivered);
    CHECK(starts_in(d.pass(60s)) == 10);
}

TEST_CASE("a provider that refills continuously and counts less than we started starves nobody")
{
    auto options = desk::plain();
    options.routes[0].limits.images_per_minute = 60.0;
    options.routes[0].limits.concurrency = 400;
    desk d(options);
    for (std::uint64_t item = 0; item < 150; ++item)
        d.offer(item);
    int started = starts_in(d.pass(60s)) + 1;
    CHECK(started >= 59);
    for (std::uint64_t item = 0; item < 50; ++item)
        d.tell(schedule::limits_read{handle(item),
                                     {{.bucket = "images", .limit = 60.0, .remaining = 58.0}}});
    CHECK(starts_in(d.pass(60s)) >= 59);
}

TEST_CASE("an empty bucket with a reset is left alone until then")
{
    auto options = desk::plain();
    options.routes[0].limits.images_per_minute = 600.0;
    desk d(options);
    d.offer(1);
    d.tell(schedule::limits_read{
        handle(1),
        {{.bucket = "images", .limit = 600.0, .remaining = 0, .reset = std::chrono::seconds(20)}}});
    d.offer(2);
    CHECK(d.pass(20'499ms).empty()); // half a second for the way there
    CHECK(d.machine.count().binding == "images_per_minute");
}

TEST_CASE("tokens that were not used come back, to the log and to the pace")
{
    auto options = desk::plain();
    options.routes[0].limits.tokens_per_minute = 10'000.0;
    desk d(options);
    const auto offer = [&](std::uint64_t item) {
        auto wanted = desk::made(item);
        wanted.choices[0].tokens = 5'000;
        return d.tell(schedule::offered{wanted});
    };
    const auto settle = [&](std::uint64_t item, double tokens) {
        schedule::attempt_settled how{.item = handle(item), .outcome = outcome::delivered};
        how.tokens = tokens;
        return d.tell(how);
    };
    CHECK(starts_in(offer(1)) == 1);
    CHECK(starts_in(offer(2)) == 0);
    CHECK(text(settle(1, 500)) == "finish 1 done delivered");
    // 500 of 10,000 are 3 s of the minute, not 30.
    CHECK(text(d.pass(4s)) == "+3025 ms start 2 on 0");
    // 5,500 in the log: without the correction a third would wait until the first has left.
    offer(3);
    settle(2, 12'000); // and more than was thought is charged on top
    CHECK(d.pass(58s).empty());
}

TEST_CASE("half of the key is half of the rate, and whole units stay whole")
{
    using schedule::part_of;
    CHECK(part_of(60, {0, 2}) == 30);
    CHECK(part_of(5, {0, 2}) + part_of(5, {1, 2}) == 5);
    CHECK(part_of(5, {0, 2}) == 2);
    CHECK(part_of(1, {0, 2}) == 0); // the other one has it
    CHECK(part_of(0.5, {1, 2}) == 0.25);
    CHECK(part_of(100'000, {0, 3}) == doctest::Approx(33'333.33));
    CHECK(part_of(7, {0, 0}) == 0);

    auto options = desk::plain();
    options.routes[0].limits.images_per_minute = 5.0;
    options.routes[0].limits.concurrency = 1'000;
    desk d(options);
    d.tell(schedule::share_changed{.index = 1, .of = 2});
    for (std::uint64_t item = 0; item < 30; ++item)
        d.offer(item);
    d.pass(60s);
    int started = 0;
    for (int minute = 0; minute < 5; ++minute)
        started += starts_in(d.pass(60'500ms));
    CHECK(started == 15);
}

TEST_CASE("a run without a share starts nothing, and one that joined lets the others slow down")
{
    auto options = desk::plain();
    options.routes[0].limits.images_per_minute = 60.0;
    desk d(options);
    d.tell(schedule::share_changed{.index = 0, .of = 0});
    CHECK(d.offer(1).empty());
    CHECK(d.machine.count().binding == "shared_limits");
    CHECK(d.pass(10min).empty());
    CHECK(d.tell(schedule::share_changed{.index = 1, .of = 2, .joined = true}).empty());
    CHECK(text(d.pass(3s)) == "+2016 ms start 1 on 0"); // one distance of its own pace
}

TEST_CASE("a share that shrinks slows down and does not starve: the past was allowed")
{
    auto options = desk::plain();
    options.routes[0].limits.images_per_minute = 60.0;
    options.routes[0].limits.concurrency = 1'000;
    desk d(options);
    for (std::uint64_t item = 0; item < 500; ++item)
        d.offer(item);
    d.pass(2min);
    d.tell(schedule::share_changed{.index = 0, .of = 2});
    CHECK(starts_in(d.pass(30s)) >= 14);
    CHECK(starts_in(d.pass(30s)) >= 14);
    d.tell(schedule::share_changed{.index = 0, .of = 1});
    CHECK(starts_in(d.pass(30s)) >= 27);
    CHECK(starts_in(d.pass(30s)) <= 30);
}

TEST_CASE("the slots are shared too, and never fewer than one")
{
    desk d; // 16
    d.tell(schedule::share_changed{.index = 0, .of = 3});
    for (std::uint64_t item = 0; item < 40; ++item)
        d.offer(item);
    CHECK(d.machine.count().in_flight == 5);
    d.tell(schedule::share_changed{.index = 0, .of = 1});
    CHECK(d.machine.count().in_flight == 16);
    d.tell(schedule::share_changed{.index = 30, .of = 100});
    d.settle(0, outcome::delivered);
    CHECK(d.machine.count().in_flight == 15);
}

TEST_CASE("what others of our kind use is in their share, not charged to ours")
{
    auto options = desk::plain();
    options.routes[0].limits.images_per_minute = 60.0;
    desk d(options);
    d.tell(schedule::share_changed{.index = 0, .of = 2});
    d.offer(1);
    d.tell(
        schedule::limits_read{handle(1), {{.bucket = "images", .limit = 60.0, .remaining = 1.0}}});
    for (std::uint64_t item = 2; item < 10; ++item)
        d.offer(item);
    CHECK(starts_in(d.pass(10s)) >= 4);
}
