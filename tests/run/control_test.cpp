// What a person says to a run, and what the calendar does: pause, deadline, halt, purses.
#include <doctest/doctest.h>

#include "tests/support/run_world.hpp" // doctest first: run_world uses its macros

#include <algorithm>

using namespace engine;
using job::item_state;
using job::outcome;
using support::run_world;
using support::scripted_answer;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> sent_in_order(const run_world& world)
{
    std::vector<std::string> order;
    for (const auto& intent : world.events_of<job::intent_opened>())
        order.push_back(intent.item);
    return order;
}

} // namespace

TEST_CASE("at the deadline nothing new starts, what is in flight is stored, and the status is 124")
{
    run_world world;
    world.add_items(200);
    run_world::run_settings settings;
    settings.adjust = [&](run::batch_options& options) {
        options.deadline = world.time.wall_now() + 3s;
    };
    const auto result = world.run(settings);
    CHECK(result.exit_code == 124);
    CHECK(result.unknown == 0);
    CHECK(result.count(item_state::done) > 0);
    CHECK(result.count(item_state::open) > 0);
    CHECK(result.count(item_state::done) == result.requests);
    CHECK(std::ranges::any_of(world.events_of<job::warning_raised>(), [](const auto& line) {
        return line.message.find("deadline") != std::string::npos;
    }));
    // Without it the rest is made.
    settings.adjust = {};
    CHECK(world.run(settings).count(item_state::done) == 200);
}

TEST_CASE("a deadline that everything is made before changes nothing")
{
    run_world world;
    world.add_items(3);
    run_world::run_settings settings;
    settings.adjust = [&](run::batch_options& options) {
        options.deadline = world.time.wall_now() + 1h;
    };
    CHECK(world.run(settings).exit_code == 0);
}

TEST_CASE(
    "a pause lets what is in flight end, says so in the ledger, and everything is made after it")
{
    run_world world;
    world.add_items(100);
    run_world::run_settings settings;
    const auto begin = world.time.now();
    settings.adjust = [&](run::batch_options& options) {
        options.wants_pause = [&] {
            return world.time.now() >= begin + 300ms && world.time.now() < begin + 10min;
        };
    };
    const auto result = world.run(settings);
    CHECK(result.exit_code == 0);
    CHECK(result.count(item_state::done) == 100);
    CHECK(result.took >= 10min);
    std::vector<std::string> said;
    for (const auto& line : world.events_of<job::limit_changed>())
        said.push_back(line.change + " " + line.route);
    CHECK(said == std::vector<std::string>{"paused run", "resumed run"});
}

TEST_CASE("a run that starts paused sends nothing until it may go on")
{
    run_world world;
    world.add_items(5);
    run_world::run_settings settings;
    const auto begin = world.time.now();
    settings.adjust = [&](run::batch_options& options) {
        options.wants_pause = [&] { return world.time.now() < begin + 1h; };
    };
    settings.script = [&](const std::string&, int) {
        CHECK(world.time.now() >= begin + 1h);
        return scripted_answer{};
    };
    CHECK(world.run(settings).count(item_state::done) == 5);
}

TEST_CASE("a halt that says now gives up what is in flight, and counts it as unknown")
{
    run_world world;
    world.add_items(40);
    run_world::run_settings settings;
    settings.adjust = [](run::batch_options& options) {
        options.halts.push_back({.count = 1, .now = true});
    };
    settings.script = [](const std::string& prompt, int) {
        scripted_answer answer;
        if (prompt == "item-0")
            answer.outcome = outcome::refused;
        return answer;
    };
    const auto now = world.run(settings);
    CHECK(now.count(item_state::failed) == 1);
    CHECK(now.requests <= 5);
    CHECK(std::ranges::any_of(world.events_of<job::warning_raised>(), [](const auto& line) {
        return line.message.find("halted, as --halt says") != std::string::npos;
    }));
}

TEST_CASE("each job has its purse, over all runs, and the others go on when it is spent")
{
    run_world world;
    world.add_items(80);
    const auto names = std::vector{std::make_shared<const std::string>("a"),
                                   std::make_shared<const std::string>("b")};
    for (std::size_t i = 0; i < world.items.size(); ++i)
        world.items[i].of_job = {i % 2, 0, names[i % 2]};
    const base::microusd each{10 * 5 + 50 * 30}; // what run_world charges
    run_world::run_settings settings;
    const auto purses = [&](run::batch_options& options) {
        const auto disk = runtime::make_posix_files();
        const auto before = ledger::history::read(*disk, world.folder.ledger()).value();
        options.job_purses = {{"job a", base::microusd{40'000}, before.spent_for_job("a")},
                              {"job b", std::nullopt, {}}};
    };
    settings.adjust = purses;
    const auto first = world.run(settings);
    CHECK(first.exit_code == 7);
    CHECK(first.count(item_state::done) > 40);
    CHECK(first.count(item_state::done) < 80);
    const auto a_done = first.count(item_state::done) - 40;
    CHECK(each.count * a_done <= 40'000);
    const auto refused = world.events_of<job::budget_changed>();
    REQUIRE(refused.size() >= 1);
    CHECK(refused[0].purse == "job a");
    // What the first run spent still counts in the second.
    const auto again = world.run(settings);
    CHECK(again.exit_code == 7);
    const auto disk = runtime::make_posix_files();
    CHECK(ledger::history::read(*disk, world.folder.ledger()).value().spent_for_job("a") <=
          base::microusd{40'000});
}

TEST_CASE("at midnight the purse of the day is full again")
{
    run_world world;
    world.add_items(200);
    run_world::run_settings settings;
    base::wall_time begin{};
    settings.adjust = [&](run::batch_options& options) {
        begin = world.time.wall_now();
        options.day_cap = base::microusd{100'000};
        options.end_of_day = [begin](base::wall_time now) {
            return now < begin + 1s ? begin + 1s : begin + 24h;
        };
    };
    const auto result = world.run(settings);
    CHECK(result.spent > base::microusd{100'000});
    CHECK(result.spent <= base::microusd{200'000});
    // As the next run will add it up: what ended behind midnight is the new day's.
    const auto disk = runtime::make_posix_files();
    const auto history = ledger::history::read(*disk, world.folder.ledger()).value();
    CHECK(history.spent_since(begin + 1s) <= base::microusd{100'000});
    CHECK(history.spent_since(begin + 1s) > base::microusd{50'000});
}

TEST_CASE(
    "items of a higher priority are sent first, and those that others wait for before their like")
{
    run_world world;
    world.add_items(12);
    for (auto& provider : world.providers)
        if (provider.name == "openai")
            provider.limits.concurrency = 1;
    for (std::size_t i = 0; i < world.items.size(); ++i)
        world.items[i].of_job = {i % 3, i % 3 == 2 ? 5 : 0, nullptr};
    CHECK(world.run({}).exit_code == 0);
    const auto order = sent_in_order(world);
    REQUIRE(order.size() == 12);
    // The first went before the others were read; then the high ones, then turns.
    const auto place = [&](const std::string& id) {
        return std::ranges::find(order, id) - order.begin();
    };
    for (const char* high : {"item-2", "item-5", "item-8", "item-11"})
        for (const char* low : {"item-3", "item-4", "item-10"})
            CHECK(place(high) < place(low));
}

TEST_CASE("10,000 items of a bad key are one line that says so, not 10,000")
{
    run_world world;
    world.add_items(10'000);
    run_world::run_settings settings;
    settings.script = [](const std::string&, int) {
        scripted_answer answer;
        answer.outcome = outcome::account;
        answer.http_status = 401;
        answer.code = "invalid_api_key";
        return answer;
    };
    const auto result = world.run(settings);
    CHECK(result.exit_code == 3);
    CHECK(result.requests <= 4);
    CHECK(result.count(item_state::open) == 10'000);
    CHECK(world.events().size() < 20);
    const auto limits = world.events_of<job::limit_changed>();
    REQUIRE(limits.size() == 1);
    CHECK(limits[0].change == "stopped");
    CHECK(limits[0].reason == "account: invalid_api_key");
}
