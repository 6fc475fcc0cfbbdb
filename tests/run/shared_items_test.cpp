// Items with one content key: the first gets the picture, the others make their outputs of it.
#include <doctest/doctest.h>

#include "tests/support/run_world.hpp" // doctest first: run_world uses its macros

#include <algorithm>

using namespace engine;
using job::item_state;
using job::outcome;
using support::run_world;
using support::scripted_answer;

namespace {

// Another item, with outputs of its own, that asks for the same picture.
job::item twin_of(const job::item& first, const std::string& id)
{
    auto twin = run_world::item(id);
    twin.key = first.key;
    twin.request.prompt = first.request.prompt;
    return twin;
}

// Three items, one picture; none of them keeps it as it was received.
void add_three(run_world& world)
{
    const auto first = run_world::item("a");
    world.items = {first, twin_of(first, "b"), twin_of(first, "c")};
    for (auto& item : world.items)
        item.outputs.erase(item.outputs.begin());
}

job::item_ended end_of(const run_world& world, const std::string& id)
{
    job::item_ended last;
    for (const auto& ended : world.events_of<job::item_ended>())
        if (ended.item == id)
            last = ended;
    return last;
}

int charged(const run_world& world)
{
    int all = 0;
    for (const auto& [prompt, times] : world.last_api->charged)
        all += times;
    return all;
}

} // namespace

TEST_CASE("items that ask for one picture get it for the price of one, each with its own outputs")
{
    run_world world;
    const auto first = run_world::item("a");
    world.items = {first, twin_of(first, "b"), twin_of(first, "c")};
    world.items[2].outputs[1].fit->width = 8;
    const auto result = world.run({});
    CHECK(result.count(item_state::done) == 3);
    CHECK(result.reused == 2);
    CHECK(result.images == 1);
    CHECK(charged(world) == 1);
    for (const auto* file : {"a/master.png", "b/master.png", "c/master.png"})
        CHECK(world.read(file) == support::make_png({32, 16}));
    CHECK(world.exists("b/small.jpg"));
    CHECK(world.read("b/small.jpg") != world.read("c/small.jpg"));
    const auto a = end_of(world, "a");
    CHECK(a.same_as == "");
    CHECK(a.cost.count > 0);
    for (const auto* id : {"b", "c"}) {
        const auto twin = end_of(world, id);
        CHECK(twin.same_as == "a");
        CHECK(twin.reason == "reused: the same picture as 'a', bought once");
        CHECK(twin.attempts == 0);
        CHECK(twin.cost.count == 0);
        CHECK(twin.received_sha256 == a.received_sha256);
        CHECK(twin.outputs.size() == 2);
    }
    // Again: everything is there, nothing is made and nothing lies about.
    const auto again = world.run({});
    CHECK(again.count(item_state::done) == 3);
    CHECK(again.requests == 0);
    CHECK(world.events_of<job::item_ended>().size() == 3);
    CHECK(runtime::make_posix_files()->list(world.folder.received_folder())->empty());
}

TEST_CASE(
    "what the first ends as, the others end as, with its reason, and nothing is sent for them")
{
    run_world world;
    add_three(world);
    run_world::run_settings settings;
    auto how = outcome::refused;
    settings.script = [&](const std::string&, int) {
        scripted_answer answer;
        answer.outcome = how;
        answer.code = "moderation_blocked";
        return answer;
    };
    SUBCASE("failed")
    {
        const auto result = world.run(settings);
        CHECK(result.count(item_state::failed) == 3);
        CHECK(result.requests == 1);
        CHECK(end_of(world, "b").cause == end_of(world, "a").cause);
        CHECK(end_of(world, "b").reason.starts_with("the same picture as 'a', which has failed: "));
        CHECK(end_of(world, "b").same_as == "a");
        // Once more: each has failed by its own line, none is tried.
        CHECK(world.run(settings).requests == 0);
        CHECK(world.events_of<job::item_ended>().size() == 3);
        // By a person's word: one is bought, all are done.
        for (auto& item : world.items)
            item.retry.reopen_failed = true;
        how = outcome::delivered;
        const auto last = world.run(settings);
        CHECK(last.count(item_state::done) == 3);
        CHECK(last.requests == 1);
    }
    SUBCASE("held")
    {
        how = outcome::unknown;
        const auto result = world.run(settings);
        CHECK(result.count(item_state::held) == 3);
        CHECK(result.exit_code == 8);
        CHECK(result.requests == 1);
        CHECK(world.run(settings).count(item_state::held) == 3);
        // Only one of them may buy it again: that is enough for all.
        world.items[1].retry.on_unknown = job::unknown_policy::retry;
        how = outcome::delivered;
        const auto some = world.run(settings);
        CHECK(some.requests == 1);
        CHECK(some.count(item_state::done) == 1);
        CHECK(some.count(item_state::held) == 2); // but for the next run the picture is kept
        CHECK(world.run(settings).count(item_state::done) == 3);
        CHECK(charged(world) == 2);
    }
    SUBCASE("open")
    {
        settings.cap = base::microusd{1};
        const auto result = world.run(settings);
        CHECK(result.count(item_state::open) == 3);
        CHECK(result.requests == 0);
        CHECK(result.exit_code == 7);
        settings.cap.reset();
        how = outcome::delivered;
        CHECK(world.run(settings).count(item_state::done) == 3);
        CHECK(charged(world) == 1);
    }
}

TEST_CASE("an item whose own outputs cannot be made does not take the picture from the others")
{
    run_world world;
    const auto first = run_world::item("a");
    world.items = {first, twin_of(first, "b")};
    const auto font = world.folder.file("font.ttf"); // not the one that it was planned with
    REQUIRE(runtime::write_whole(*runtime::make_posix_files(), font, base::as_bytes("no font")));
    world.items[0].outputs[1].texts.emplace_back().fonts.push_back({font, std::string(64, '0')});
    const auto result = world.run({});
    CHECK(charged(world) == 1);
    CHECK(result.count(item_state::done) == 1);
    CHECK(end_of(world, "b").state == item_state::done);
    // When its outputs can be made, they are made of what was bought.
    world.items[0].outputs[1].texts.clear();
    const auto again = world.run({});
    CHECK(again.requests == 0);
    CHECK(again.count(item_state::done) == 2);
}

TEST_CASE("one that joins later takes the stored original, and says whose it is")
{
    run_world world;
    const auto first = run_world::item("a");
    world.items = {first};
    (void)world.run({});
    world.items = {first, twin_of(first, "b"), twin_of(first, "c")};
    const auto result = world.run({});
    CHECK(result.requests == 0);
    CHECK(result.count(item_state::done) == 3);
    CHECK(end_of(world, "b").same_as == "a");
    CHECK(end_of(world, "b").reason ==
          "reused: the same picture as 'a'; made from the stored original");
    CHECK(end_of(world, "b").attempts == 0);
    // The first one's outputs may change since: it is still its own.
    world.items[0].outputs[1].quality = 40;
    CHECK(world.run({}).requests == 0);
    CHECK(end_of(world, "a").same_as == "");
    CHECK(end_of(world, "a").attempts == 1);
}

TEST_CASE("without the first in the run the second buys")
{
    run_world world;
    const auto first = run_world::item("a");
    world.items = {twin_of(first, "b")};
    CHECK(world.run({}).requests == 1);
    world.items = {first, twin_of(first, "b")};
    const auto result = world.run({});
    CHECK(result.requests == 0);
    CHECK(result.count(item_state::done) == 2);
    CHECK(end_of(world, "a").same_as == "b");
}

TEST_CASE(
    "items that share a picture and items that continue it do not wait for each other for ever")
{
    run_world world;
    const auto first = run_world::item("a");
    const auto twin = twin_of(first, "b");
    auto child = run_world::item("c");
    child.after = job::parent_link{"b", twin.key, twin.request.size};
    child.request.continues = true;
    auto child_twin = twin_of(child, "d");
    child_twin.after = job::parent_link{"a", first.key, first.request.size};
    child_twin.request.continues = true;
    world.items = {first, child, twin, child_twin};
    run_world::run_settings settings;
    SUBCASE("all goes well")
    {
        const auto result = world.run(settings);
        CHECK(result.count(item_state::done) == 4);
        CHECK(result.requests == 2);
        CHECK(end_of(world, "d").same_as == "c");
    }
    SUBCASE("the first fails")
    {
        settings.script = [](const std::string&, int) {
            scripted_answer answer;
            answer.outcome = outcome::refused;
            return answer;
        };
        const auto result = world.run(settings);
        CHECK(result.count(item_state::failed) == 4);
        CHECK(result.requests == 1);
    }
}

TEST_CASE("a picture that was received by an earlier run is stored for all who share it")
{
    // The line of the first attempt is in the ledger, its outputs are not.
    for (long operation = 0;; ++operation) {
        CAPTURE(operation);
        run_world world;
        add_three(world);
        run_world::run_settings failing;
        failing.disk_fails_at = operation;
        failing.disk_stays_down = true;
        (void)world.run(failing);
        if (!world.disk_failed) {
            CHECK(operation > 10);
            break;
        }
        for (auto& item : world.items)
            item.retry.on_unknown = job::unknown_policy::retry;
        const auto lost = static_cast<int>(std::ranges::count(
            world.events_of<job::attempt_ended>(), outcome::unknown, &job::attempt_ended::outcome));
        (void)world.run({});
        const auto result = world.run({});
        CHECK(result.count(item_state::done) == 3);
        CHECK(charged(world) <= 1 + lost + 1); // one more: its line may be what the disk lost
        std::vector<std::pair<std::string, int>> attempts;
        for (const auto& line : world.events_of<job::attempt_ended>())
            attempts.emplace_back(line.key, line.attempt);
        std::ranges::sort(attempts);
        CHECK(std::ranges::adjacent_find(attempts) == attempts.end()); // each is told once
    }
}

TEST_CASE("hundreds that share one picture wait for it and are made of it")
{
    run_world world;
    const auto first = run_world::item("a");
    world.items = {first};
    for (int i = 0; i < 300; ++i) {
        world.items.push_back(twin_of(first, "t" + std::to_string(i)));
        world.items.back().outputs.resize(1);
    }
    const auto result = world.run({});
    CHECK(result.count(item_state::done) == 301);
    CHECK(result.requests == 1);
}

TEST_CASE("what was kept for a while goes when nobody needs it any more")
{
    run_world world;
    add_three(world);
    (void)world.run({});
    const auto disk = runtime::make_posix_files();
    const auto kept = world.folder.kept(world.items[0].key);
    REQUIRE(disk->info(kept));
    const auto sweep = [&](bool all_done) {
        run::sweep_kept(*disk, world.folder,
                        ledger::history::read(*disk, world.folder.ledger()).value(), all_done);
    };
    sweep(false); // no output is a copy of it
    CHECK(disk->info(kept));
    SUBCASE("all are done")
    {
        sweep(true);
        CHECK(!disk->info(kept));
        CHECK(world.run({}).count(item_state::done) == 3);
    }
    SUBCASE("an output is as it was received")
    {
        world.items[1] = twin_of(world.items[0], "b"); // with a master
        CHECK(world.run({}).requests == 0);
        sweep(false);
        CHECK(!disk->info(kept));
        world.items[0].outputs[0].quality = 33;
        CHECK(world.run({}).requests == 0);
    }
    SUBCASE("others continue it")
    {
        REQUIRE(runtime::write_whole(*disk, world.folder.kept_note(world.items[0].key),
                                     base::as_bytes("{}")));
        sweep(true);
        CHECK(disk->info(kept));
    }
}
