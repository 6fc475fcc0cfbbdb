#include <doctest/doctest.h>

#include "tests/support/run_world.hpp" // doctest first: run_world uses its macros

#include <algorithm>
#include <boost/asio/post.hpp>

using namespace engine;
using job::item_state;
using job::outcome;
using support::run_world;
using support::scripted_answer;

TEST_CASE("everything that is asked for is made, stored whole and written down")
{
    run_world world;
    world.add_items(10);
    const auto result = world.run({});
    CHECK(result.exit_code == 0);
    CHECK(result.count(item_state::done) == 10);
    CHECK(result.requests == 10);
    CHECK(world.last_api->in_flight_max == 4);
    CHECK(result.spent.count == 10 * (10 * 5 + 50 * 30));
    CHECK(world.read("item-3/master.png") == support::make_png({32, 16}));
    CHECK(world.read("item-3/small.jpg").starts_with("\xff\xd8"));
    CHECK(world.exists(".darkroom/thumbs/" + world.items[3].key.substr(0, 2) + "/" +
                       world.items[3].key + ".jpg"));
    CHECK(runtime::make_posix_files()->list(world.folder.received_folder())->empty());
    const auto ended = world.events_of<job::item_ended>();
    REQUIRE(ended.size() == 10);
    CHECK(ended[0].outputs.size() == 2);
    CHECK(ended[0].outputs[0].sha256 == ended[0].received_sha256);
    CHECK(ended[0].outputs[1].width == 16);
    CHECK(ended[0].outputs[1].height == 8);
}

TEST_CASE("the same command again sends nothing")
{
    run_world world;
    world.add_items(5);
    (void)world.run({});
    const auto again = world.run({});
    CHECK(again.requests == 0);
    CHECK(again.count(item_state::done) == 5);
    CHECK(again.reused == 5);
    CHECK(again.exit_code == 0);
    CHECK(world.last_api->sent.at("item-0") == 1);
}

TEST_CASE("every intent is on the disk before its request leaves")
{
    run_world world;
    world.add_items(3);
    run_world::run_settings settings;
    settings.script = [&](const std::string& prompt, int) {
        bool found = false;
        for (const auto& intent : world.events_of<job::intent_opened>())
            found = found || intent.item == prompt;
        CHECK(found);
        return scripted_answer{};
    };
    CHECK(world.run(settings).exit_code == 0);
}

TEST_CASE("each outcome ends its item as the rules say")
{
    run_world world;
    for (const char* id :
         {"refused", "invalid", "unknown", "wrong-size", "overloaded", "limited", "fine"})
        world.items.push_back(run_world::item(id));
    run_world::run_settings settings;
    settings.script = [](const std::string& prompt, int before) {
        scripted_answer answer;
        if (prompt == "refused")
            answer.outcome = outcome::refused;
        if (prompt == "invalid")
            answer.outcome = outcome::invalid;
        if (prompt == "unknown")
            answer.outcome = outcome::unknown;
        if (prompt == "wrong-size")
            answer.image = support::make_png({16, 16});
        if (prompt == "overloaded" && before < 2)
            answer.outcome = outcome::overloaded;
        if (prompt == "limited" && before < 9) { // more often than max_attempts: burns none
            answer.outcome = outcome::rate_limited;
            answer.retry_after = std::chrono::seconds(2);
        }
        return answer;
    };
    const auto result = world.run(settings);
    CHECK(result.exit_code == 8);
    CHECK(result.count(item_state::done) == 3);
    CHECK(result.count(item_state::failed) == 3);
    CHECK(result.count(item_state::held) == 1);
    CHECK(result.unknown == 1);
    std::map<std::string, job::item_ended> ended;
    for (auto& line : world.events_of<job::item_ended>())
        ended[line.item] = line;
    CHECK(ended["refused"].cause == "refused");
    CHECK(ended["invalid"].cause == "invalid");
    CHECK(ended["unknown"].state == item_state::held);
    CHECK(ended["wrong-size"].cause == "bad_output");
    CHECK(ended["overloaded"].attempts == 3);
    CHECK(world.last_api->sent.at("refused") == 1);
    CHECK(world.last_api->sent.at("wrong-size") == 2);
    CHECK(world.last_api->sent.at("limited") == 10);
    // Paid for and not what was asked: kept for a person to look at.
    CHECK(world.exists(".darkroom/quarantine/" + ended["wrong-size"].key + "-1.img"));
    CHECK(!world.exists("wrong-size"));
    // The unknown one is counted at its worst case.
    const auto attempts = world.events_of<job::attempt_ended>();
    for (const auto& line : attempts)
        if (line.outcome == outcome::unknown)
            CHECK(line.cost == result.possibly_billed);
    CHECK(result.possibly_billed.count > 0);

    // Again: only what may be tried again is.
    settings.script = [](const std::string&, int) { return scripted_answer{}; };
    const auto again = world.run(settings);
    CHECK(world.last_api->sent.at("refused") == 1);
    CHECK(world.last_api->sent.at("unknown") == 1);
    CHECK(world.last_api->sent.at("wrong-size") == 2); // paid twice already: not again by itself
    CHECK(again.count(item_state::done) == 3);
    CHECK(again.count(item_state::held) == 1);
    for (auto& wanted : world.items) {
        wanted.retry.on_unknown = job::unknown_policy::retry;
        wanted.retry.reopen_failed = true;
    }
    CHECK(world.run(settings).count(item_state::held) == 0);
    CHECK(world.last_api->sent.at("unknown") == 2);
    CHECK(world.last_api->sent.at("wrong-size") == 3);
}

TEST_CASE("an account that says no stops everything at once")
{
    run_world world;
    world.add_items(50);
    run_world::run_settings settings;
    settings.script = [](const std::string&, int) {
        scripted_answer answer;
        answer.outcome = outcome::account;
        answer.http_status = 401;
        answer.code = "invalid_api_key";
        return answer;
    };
    auto result = world.run(settings);
    CHECK(result.exit_code == 3);
    CHECK(result.requests <= 4);
    CHECK(result.count(item_state::open) == 50);
    CHECK(result.spent.count == 0);
    settings.script = [](const std::string&, int) {
        scripted_answer answer;
        answer.outcome = outcome::account;
        answer.http_status = 404;
        answer.code = "model_not_found";
        return answer;
    };
    CHECK(world.run(settings).exit_code == 4);
}

TEST_CASE("the next route takes over when the first is stopped")
{
    run_world world;
    world.add_items(6);
    for (auto& wanted : world.items)
        wanted.routes = {{"xai-router", "images", "gpt-image-2"},
                         {"openai", "images", "gpt-image-2"}};
    run_world::run_settings settings;
    // Both names lead to the same scripted provider here: the first answers no, whoever it is.
    int calls = 0;
    settings.script = [&](const std::string&, int) {
        scripted_answer answer;
        if (++calls == 1) {
            answer.outcome = outcome::account;
            answer.http_status = 401;
        }
        return answer;
    };
    for (auto& provider : world.providers)
        if (provider.name == "xai-router")
            provider.limits.concurrency = 1;
    const auto result = world.run(settings);
    CHECK(result.count(item_state::done) == 6);
    CHECK(result.exit_code == 0);
}

TEST_CASE("the cap holds at every moment, and what fits is used")
{
    run_world world;
    world.add_items(100);
    run_world::run_settings settings;
    settings.cap = base::microusd{100'000}; // each costs 1,550 of it
    const auto result = world.run(settings);
    CHECK(result.exit_code == 7);
    CHECK(result.spent <= *settings.cap);
    CHECK(result.spent.count >= 80'000);
    CHECK(result.count(item_state::open) > 0);
    // The folder's cap: another run gets only what is left.
    const auto again = world.run(settings);
    CHECK(result.spent + again.spent <= *settings.cap);
}

TEST_CASE("an attempt ends at its timeout and may have been billed")
{
    run_world world;
    world.add_items(1);
    world.items[0].timeout = std::chrono::seconds(5);
    run_world::run_settings settings;
    settings.script = [](const std::string&, int) {
        scripted_answer answer;
        answer.takes = std::chrono::hours(2);
        return answer;
    };
    const auto before = world.time.now();
    CHECK(world.run(settings).exit_code == 8);
    CHECK(world.time.now() - before < std::chrono::minutes(1));
}

TEST_CASE("stopping finishes what is in flight; cancelling gives it up as unknown")
{
    run_world world;
    world.add_items(20);
    run_world::run_settings settings;
    settings.meanwhile = [](run::batch& batch, runtime::clock& time,
                            boost::asio::io_context& loop) {
        const auto later = [](run::batch& one, runtime::clock& when) -> runtime::task<> {
            co_await when.sleep_until(when.now() + std::chrono::milliseconds(50));
            one.stop(130);
        };
        boost::asio::co_spawn(loop, later(batch, time), [](std::exception_ptr) {});
    };
    const auto stopped = world.run(settings);
    CHECK(stopped.exit_code == 130);
    CHECK(stopped.count(item_state::done) == 4);
    CHECK(stopped.count(item_state::open) == 16);
    CHECK(stopped.unknown == 0);

    settings.meanwhile = [](run::batch& batch, runtime::clock& time,
                            boost::asio::io_context& loop) {
        const auto later = [](run::batch& one, runtime::clock& when) -> runtime::task<> {
            co_await when.sleep_until(when.now() + std::chrono::milliseconds(50));
            one.stop(143);
            one.cancel();
        };
        boost::asio::co_spawn(loop, later(batch, time), [](std::exception_ptr) {});
    };
    const auto cancelled = world.run(settings);
    CHECK(cancelled.exit_code == 143);
    CHECK(cancelled.unknown == 4);
    CHECK(cancelled.count(item_state::done) == 4);
    CHECK(world.run({}).count(item_state::held) == 4);
}

TEST_CASE("a reference that changed after the plan is not sent")
{
    run_world world;
    world.add_items(1);
    const auto path = world.folder.file("photo.png");
    const auto disk = runtime::make_posix_files();
    REQUIRE(runtime::write_whole(*disk, path, base::as_bytes("new bytes")));
    job::reference_image photo;
    photo.source = "photo.png";
    photo.path = path;
    photo.bytes = 100;
    photo.sha256 = base::sha256_hex("old bytes");
    world.items[0].request.references = {photo};
    CHECK(world.run({}).exit_code == 1);
    CHECK(world.last_api->sent.empty());
    world.items[0].key = base::sha256_hex("another"); // the plan that saw the new bytes
    world.items[0].request.references[0].sha256 = base::sha256_hex("new bytes");
    CHECK(world.run({}).exit_code == 0);
}

TEST_CASE(
    "after a crash at any moment nothing done is paid again, nothing is lost, no file is half")
{
    long operation = 0;
    for (bool reached_end = false; !reached_end; ++operation) {
        CAPTURE(operation);
        run_world world;
        world.add_items(3);
        run_world::run_settings crash;
        crash.disk_fails_at = operation;
        crash.disk_stays_down =
            true; // as if the process had died here: nothing after it reaches the disk
        const auto first = world.run(crash);
        reached_end = !world.disk_failed;
        CHECK((first.exit_code == 0) == (first.count(item_state::done) == 3));

        const auto second = world.run({});
        CHECK(second.count(item_state::done) + second.count(item_state::held) == 3);
        CHECK(second.exit_code == (second.count(item_state::held) > 0 ? 8 : 0));
        std::map<std::string, int> paid; // as the ledger has it
        for (const auto& line : world.events_of<job::attempt_ended>())
            if (line.outcome == outcome::delivered || line.possibly_billed)
                ++paid[line.item];
        for (const auto& wanted : world.items) {
            CAPTURE(wanted.id);
            CHECK(world.last_api->sent[wanted.id] <= 1); // unknown is held, never bought again
            CHECK(paid[wanted.id] >= world.last_api->charged[wanted.id]);
        }
        for (const auto& line : world.events_of<job::item_ended>())
            for (const auto& output : line.outputs)
                CHECK(base::sha256_hex(world.read(output.path)) == output.sha256);
        CHECK(runtime::make_posix_files()->list(world.folder.received_folder())->empty());
    }
    CHECK(operation > 40);
}

TEST_CASE("one failing disk operation stops the run honestly, and the next run finishes it")
{
    for (long operation = 0;; ++operation) {
        CAPTURE(operation);
        run_world world;
        world.add_items(2);
        run_world::run_settings full;
        full.disk_fails_at = operation; // ENOSPC once
        const auto first = world.run(full);
        if (!world.disk_failed)
            break;
        CHECK(first.count(item_state::done) + first.count(item_state::open) +
                  first.count(item_state::held) ==
              2);
        const auto second = world.run({});
        CHECK(second.count(item_state::done) + second.count(item_state::held) == 2);
        for (const auto& wanted : world.items)
            CHECK(world.last_api->sent[wanted.id] <= 1);
    }
}

TEST_CASE("a picture bought again for a changed output survives a crash like the first one")
{
    for (long operation = 0;; ++operation) {
        CAPTURE(operation);
        run_world world;
        world.items.push_back(run_world::item("a"));
        world.items[0].outputs.erase(world.items[0].outputs.begin()); // no original is kept
        CHECK(world.run({}).exit_code == 0);
        world.items[0].outputs[0].quality =
            50; // changed, and nothing to make it from: bought again
        run_world::run_settings crash;
        crash.disk_fails_at = operation;
        crash.disk_stays_down = true;
        (void)world.run(crash);
        const bool reached_end = !world.disk_failed;
        const auto last = world.run({});
        CHECK(last.count(item_state::done) + last.count(item_state::held) == 1);
        CHECK(world.last_api->sent["a"] <=
              2); // once for each recipe, never a third time in silence
        if (reached_end)
            break;
    }
}

TEST_CASE("stored bytes that turn out bad cost nothing in this run and are bought by the next")
{
    run_world world;
    world.add_items(1);
    (void)world.run({});
    const auto disk = runtime::make_posix_files();
    // The same length, so that only decoding can tell.
    auto bytes = world.read("item-0/master.png");
    std::fill(bytes.begin() + 8, bytes.end(), 'x');
    REQUIRE(
        runtime::write_whole(*disk, world.folder.file("item-0/master.png"), base::as_bytes(bytes)));
    REQUIRE(disk->remove(world.folder.file("item-0/small.jpg")));
    const auto result = world.run({});
    CHECK(result.requests == 0);
    CHECK(result.count(item_state::open) == 1);
}
