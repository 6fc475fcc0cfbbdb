// What the manifest wants after an outcome instead of the usual.
#include "tests/schedule/desk.hpp"

#include <doctest/doctest.h>

using namespace test;
using engine::job::fallback_step;

namespace {

// Route 0 as asked, the same cheaper, the same cheaper still, and route 1.
schedule::candidate with(std::uint64_t item, outcome ended, fallback_step step)
{
    auto wanted = desk::made(item, 40, {0});
    wanted.choices.push_back({.route = 0, .reserve = {200'000}, .downgrade = true});
    wanted.choices.push_back({.route = 0, .reserve = {100'000}, .downgrade = true});
    wanted.choices.push_back({.route = 1, .reserve = {300'000}});
    wanted.retry.after[static_cast<std::size_t>(ended)] = step;
    return wanted;
}

} // namespace

TEST_CASE("the usual never takes a downgrade")
{
    auto options = desk::plain(2);
    options.not_sent_max = 1;
    desk d(options);
    d.tell(schedule::offered{with(1, outcome::refused, fallback_step::usual)});
    CHECK(text(d.settle(1, outcome::not_sent)) == "start 1 on 1 after next_route");
    CHECK(d.machine.count().reserved == microusd{300'000});
}

TEST_CASE(
    "a refusal goes to the next route when the manifest says so, and ends where there is none")
{
    desk d(desk::plain(2));
    d.tell(schedule::offered{with(1, outcome::refused, fallback_step::next_route)});
    CHECK(text(d.settle(1, outcome::refused)) == "start 1 on 1 after next_route");
    CHECK(d.machine.count().reserved == microusd{300'000}); // priced by the route it goes to
    CHECK(text(d.settle(1, outcome::refused)) == "finish 1 failed refused");
}

TEST_CASE("a downgrade steps down in order on the same route, then the usual happens")
{
    desk d(desk::plain(2));
    d.tell(schedule::offered{with(1, outcome::bad_output, fallback_step::downgrade)});
    CHECK(text(d.settle(1, outcome::bad_output, 40)) == "start 1 on 0 after downgrade");
    CHECK(d.machine.count().reserved == microusd{200'000});
    CHECK(text(d.settle(1, outcome::bad_output, 20)) == "start 1 on 0 after downgrade");
    CHECK(d.machine.count().reserved == microusd{100'000});
    CHECK(text(d.settle(1, outcome::bad_output, 10)) == "finish 1 failed bad_output");
}

TEST_CASE("hold and fail end the item at once, in their own words")
{
    for (const auto step : {fallback_step::hold, fallback_step::fail}) {
        desk d;
        auto wanted = desk::made(1);
        wanted.retry.after[static_cast<std::size_t>(outcome::overloaded)] = step;
        d.tell(schedule::offered{wanted});
        std::vector<schedule::action> actions;
        d.machine.step(schedule::attempt_settled{.item = handle(1),
                                                 .outcome = outcome::overloaded,
                                                 .code = "server_error"},
                       d.now, actions);
        REQUIRE(actions.size() == 1);
        const auto& end = std::get<schedule::finish_item>(actions[0]);
        CHECK(end.cause == schedule::finish_cause::fallback);
        const bool held = step == fallback_step::hold;
        CHECK((end.state == engine::job::item_state::held) == held);
        CHECK(end.reason == std::string("fallback: ") + (held ? "hold" : "fail") +
                                " after overloaded: server_error");
    }
}

TEST_CASE("retry makes a bad output again until the attempts are used up")
{
    desk d(desk::plain(2));
    auto wanted = with(1, outcome::bad_output, fallback_step::retry);
    wanted.retry.max_attempts = 4;
    d.tell(schedule::offered{wanted});
    for (int i = 0; i < 3; ++i)
        CHECK(text(d.settle(1, outcome::bad_output)) == "start 1 on 0 after bad_output");
    CHECK(text(d.settle(1, outcome::bad_output)) == "finish 1 failed bad_output");
}

TEST_CASE("a switch does not get round max_attempts")
{
    desk d(desk::plain(2));
    auto wanted = with(1, outcome::overloaded, fallback_step::next_route);
    wanted.retry.max_attempts = 1;
    d.tell(schedule::offered{wanted});
    CHECK(text(d.settle(1, outcome::overloaded)) == "finish 1 failed attempts");
}

TEST_CASE("a switch skips a route that was stopped")
{
    desk d(desk::plain(3));
    d.offer(9, 10, {1});
    CHECK(text(d.settle(9, outcome::account)) == "stop 1 account; finish 9 open account");
    auto wanted = with(1, outcome::overloaded, fallback_step::next_route);
    wanted.choices.push_back({.route = 2, .reserve = {100'000}});
    d.tell(schedule::offered{wanted});
    CHECK(text(d.settle(1, outcome::overloaded)) == "start 1 on 2 after next_route");
}

TEST_CASE("a lost answer is never switched: on_unknown alone decides")
{
    desk d(desk::plain(2));
    auto wanted = with(1, outcome::unknown, fallback_step::next_route);
    d.tell(schedule::offered{wanted});
    CHECK(text(d.settle(1, outcome::unknown)) == "finish 1 held unknown");
}

TEST_CASE("while the run stops, nothing is switched")
{
    desk d(desk::plain(2));
    d.tell(schedule::offered{with(1, outcome::overloaded, fallback_step::next_route)});
    d.tell(schedule::stop_admitting{});
    CHECK(text(d.settle(1, outcome::overloaded)) == "finish 1 open stopped");
}

TEST_CASE(
    "an ending that is about somebody else gives the route its slot back and teaches it nothing")
{
    auto options = desk::plain();
    options.circuit.failures_to_open = 1;
    desk d(options);
    d.offer(1);
    d.offer(2);
    d.offer(3);
    const auto beside = [](std::uint64_t item, outcome how) {
        schedule::attempt_settled settled{.item = handle(item), .outcome = how};
        settled.readings.push_back({.bucket = "images", .limit = 1.0});
        settled.beside_route = true;
        return settled;
    };
    CHECK(text(d.tell(beside(1, outcome::account))) == "finish 1 open account");
    CHECK(text(d.tell(beside(2, outcome::overloaded))) == "");
    CHECK(text(d.tell(beside(3, outcome::rate_limited))) == "start 3 on 0 after rate_limited");
    CHECK(d.machine.count().in_flight == 1);
    d.offer(4);
    CHECK(d.machine.count().in_flight == 2); // no limit was learned, no pause, no open circuit
}

TEST_CASE("what is to start again at once burns nothing, even as the last attempt")
{
    desk d(desk::plain(2));
    auto wanted = with(1, outcome::invalid, fallback_step::fail);
    wanted.retry.max_attempts = 1;
    d.tell(schedule::offered{wanted});
    schedule::attempt_settled settled{.item = handle(1), .outcome = outcome::invalid};
    settled.code = "previous_response_not_found";
    settled.again = true;
    CHECK(text(d.tell(settled)) == "start 1 on 0 after previous_response_not_found");
    CHECK(text(d.settle(1, outcome::delivered)) == "finish 1 done delivered");
    d.tell(schedule::offered{with(2, outcome::invalid, fallback_step::fail)});
    d.tell(schedule::stop_admitting{});
    settled.item = handle(2);
    CHECK(text(d.tell(settled)) == "finish 2 open stopped");
}
