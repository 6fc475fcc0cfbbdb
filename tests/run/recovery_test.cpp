// Answers that were lost: fetched in their attempt, by the next run, after a crash.
#include <doctest/doctest.h>

#include "tests/support/run_world.hpp" // doctest first: run_world uses its macros

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

using namespace engine;
using job::item_state;
using job::outcome;
using provider::fetch_ending;
using support::run_world;
using support::scripted_answer;
using namespace std::chrono_literals;

namespace {

job::item stored_item(const std::string& id)
{
    auto wanted = run_world::item(id);
    wanted.routes = {{"openai", "responses", "gpt-image-2", "gpt-5.5"}};
    wanted.request.mainline_model = "gpt-5.5";
    wanted.retry.on_unknown = job::unknown_policy::recover;
    return wanted;
}

scripted_answer lost(const std::string& prompt, int = 0)
{
    scripted_answer answer;
    answer.outcome = outcome::unknown;
    answer.code = "stream_cut";
    answer.response_id = "resp of " + prompt;
    return answer;
}

scripted_answer with(fetch_ending how)
{
    scripted_answer answer;
    answer.fetched = how;
    answer.outcome = outcome::unknown;
    answer.code = name_of(how);
    return answer;
}

// A run that loses every answer, and cannot fetch any yet.
run_world::run_settings losing()
{
    run_world::run_settings settings;
    settings.script = lost;
    settings.fetching = [](const std::string&, int) { return with(fetch_ending::failed); };
    return settings;
}

run_world::run_settings fetching()
{
    run_world::run_settings settings;
    settings.fetching = [](const std::string&, int) { return scripted_answer{}; };
    return settings;
}

// The process dies right behind the last line of `type`.
void die_after(const run_world& world, const std::string& type)
{
    auto text = world.read("ledger.jsonl");
    const auto last = text.rfind("{\"type\":\"" + type + "\"");
    REQUIRE(last != std::string::npos);
    text.resize(text.find('\n', last) + 1);
    const auto disk = runtime::make_posix_files();
    REQUIRE(runtime::write_whole(*disk, world.folder.ledger(), base::as_bytes(text)));
}

ledger::history history_of(const run_world& world)
{
    const auto disk = runtime::make_posix_files();
    return ledger::history::read(*disk, world.folder.ledger()).value();
}

int attempts_with(const run_world& world, outcome how)
{
    const auto all = world.events_of<job::attempt_ended>();
    return static_cast<int>(std::ranges::count(all, how, &job::attempt_ended::outcome));
}

constexpr std::int64_t paid = 10 * 5 + 50 * 30; // what the scripted usage costs, in millionths

} // namespace

TEST_CASE("an answer that is cut is fetched in its attempt, under the same reservation")
{
    run_world world;
    for (int i = 0; i < 6; ++i)
        world.items.push_back(stored_item("item-" + std::to_string(i)));
    auto settings = fetching();
    settings.script = lost;
    const auto result = world.run(settings);
    CHECK(result.exit_code == 0);
    CHECK(result.count(item_state::done) == 6);
    CHECK(result.requests == 6);
    CHECK(result.unknown == 0);
    CHECK(result.possibly_billed.count == 0);
    CHECK(result.recovered == 0); // nothing of an earlier run
    const auto attempts = world.events_of<job::attempt_ended>();
    REQUIRE(attempts.size() == 6);
    for (const auto& line : attempts) {
        CHECK(line.outcome == outcome::delivered);
        CHECK(line.recovered);
        CHECK(line.error_code.empty());
        CHECK(line.cost_basis == job::cost_basis::usage);
        CHECK(line.cost.count == paid);
        CHECK(line.response_id == "resp of " + line.item);
        CHECK(world.last_api->sent.at(line.item) == 1);
        CHECK(world.last_api->fetched.at(line.response_id) == 1);
    }
    CHECK(world.read("item-3/master.png") == support::make_png({32, 16}));
    CHECK(history_of(world).totals().unknown == 0);
}

TEST_CASE("the name of an answer is in the ledger while the answer still comes")
{
    run_world world;
    world.items = {stored_item("lamp")};
    auto settings = fetching();
    settings.script = [](const std::string& prompt, int) {
        auto answer = lost(prompt);
        answer.outcome = outcome::delivered;
        return answer;
    };
    CHECK(world.run(settings).exit_code == 0);
    const auto named = world.events_of<job::answer_named>();
    REQUIRE(named.size() == 1);
    CHECK(named[0].response_id == "resp of lamp");
    CHECK(named[0].attempt == 1);
    CHECK(named[0].key == world.items[0].key);
    const auto all = world.events();
    const auto place = [&](auto is) { return std::ranges::find_if(all, is) - all.begin(); };
    const auto opened = place(
        [](const job::event& one) { return std::holds_alternative<job::intent_opened>(one.body); });
    const auto name = place(
        [](const job::event& one) { return std::holds_alternative<job::answer_named>(one.body); });
    const auto ended = place(
        [](const job::event& one) { return std::holds_alternative<job::attempt_ended>(one.body); });
    CHECK(opened < name);
    CHECK(name < ended);
}

TEST_CASE("what the provider has not finished in time is held, and the next run fetches it first")
{
    run_world world;
    world.items = {stored_item("new-1"), stored_item("new-2"), stored_item("lost")};
    for (auto& wanted : world.items)
        wanted.timeout = 20s;
    auto settings = losing();
    settings.fetching = [](const std::string&, int) {
        scripted_answer answer;
        answer.takes = 1h;
        return answer;
    };
    const auto everything = world.items;
    world.items = {everything[2]};
    const auto before = world.time.now();
    auto result = world.run(settings);
    CHECK(world.time.now() - before < 1min);
    CHECK(result.exit_code == 8);
    CHECK(result.count(item_state::held) == 1);
    CHECK(result.unknown == 1);
    CHECK(result.possibly_billed.count > paid);
    auto lines = world.events_of<job::attempt_ended>();
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].error_code == "stream_cut");
    CHECK(lines[0].error_message.find("still works on it") != std::string::npos);
    CHECK(!lines[0].recovered);

    world.items = everything;
    settings = fetching();
    bool fetched = false;
    settings.fetching = [&](const std::string&, int) {
        fetched = true;
        return scripted_answer{};
    };
    settings.script = [&](const std::string&, int) {
        CHECK(fetched); // nothing is bought before
        return scripted_answer{};
    };
    result = world.run(settings);
    CHECK(result.exit_code == 0);
    CHECK(result.count(item_state::done) == 3);
    CHECK(result.recovered == 1);
    CHECK(result.requests == 2);
    CHECK(world.last_api->sent.at("lost") == 1);
    CHECK(world.read("lost/master.png") == support::make_png({32, 16}));
    lines = world.events_of<job::attempt_ended>();
    const auto line = std::ranges::find_if(lines, &job::attempt_ended::recovered);
    REQUIRE(line != lines.end());
    CHECK(line->item == "lost");
    CHECK(line->attempt == 1);
    CHECK(line->outcome == outcome::delivered);
    CHECK(line->client_request_id == lines[0].client_request_id);
    CHECK(!line->latency_ms.first_byte);
    const auto totals = history_of(world).totals();
    CHECK(totals.possibly_billed.count == 0);
    CHECK(totals.settled.count == 3 * paid);
    CHECK(totals.unknown == 0);
    CHECK(world.run(settings).reused == 3);
}

TEST_CASE("after a crash the answer is fetched, whether it had its name or only its place")
{
    for (const bool has_name : {true, false}) {
        CAPTURE(has_name);
        run_world world;
        world.items = {stored_item("lamp")};
        auto settings = losing();
        settings.makes_places = true;
        (void)world.run(settings);
        CHECK(world.last_api->seen.at(0).conversation_id == "conv of lamp");
        die_after(world, has_name ? "accepted" : "intent");

        settings = fetching();
        const auto result = world.run(settings);
        CHECK(result.exit_code == 0);
        CHECK(result.recovered == 1);
        CHECK(result.requests == 0);
        CHECK(world.last_api->sent.at("lamp") == 1);
        CHECK(world.last_api->fetched.count(has_name ? "resp of lamp" : "conv of lamp") == 1);
        const auto lines = world.events_of<job::attempt_ended>();
        REQUIRE(lines.size() == 1);
        CHECK(lines[0].client_request_id == "r-1." + world.items[0].key.substr(0, 16) + ".1");
        CHECK(lines[0].mainline_model == "gpt-5.5");
        CHECK(history_of(world).totals().settled.count == paid);
        CHECK(history_of(world).totals().possibly_billed.count == 0);
    }
}

TEST_CASE("what is not to be had stays held with the reason, and is never bought again")
{
    run_world world;
    world.items = {stored_item("lamp")};
    (void)world.run(losing());
    die_after(world, "accepted");
    auto settings = fetching();
    settings.fetching = [](const std::string&, int) { return with(fetch_ending::not_found); };
    auto result = world.run(settings);
    CHECK(result.exit_code == 8);
    CHECK(result.count(item_state::held) == 1);
    auto lines = world.events_of<job::attempt_ended>();
    REQUIRE(lines.size() == 1); // the one that the ledger was owed
    CHECK(lines[0].outcome == outcome::unknown);
    CHECK(lines[0].error_code == "interrupted");
    CHECK(lines[0].response_id == "resp of lamp");
    auto ended = world.events_of<job::item_ended>();
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].cause == "unknown");
    CHECK(ended[0].reason.find("does not have it") != std::string::npos);
    // It is asked for again, and there is nothing new to say.
    result = world.run(settings);
    CHECK(result.count(item_state::held) == 1);
    CHECK(world.events_of<job::attempt_ended>().size() == 1);
    CHECK(world.last_api->sent.at("lamp") == 1);
    CHECK(world.last_api->fetched.at("resp of lamp") == 3);
    CHECK(history_of(world).totals().unknown == 1);
}

TEST_CASE(
    "a lost answer that was a refusal ends its item; one that failed for nothing is bought next")
{
    run_world world;
    world.items = {stored_item("refused"), stored_item("failed")};
    (void)world.run(losing());
    auto settings = fetching();
    settings.fetching = [](const std::string& name, int) {
        scripted_answer answer;
        answer.outcome = name.ends_with("refused") ? outcome::refused : outcome::overloaded;
        return answer;
    };
    auto result = world.run(settings);
    CHECK(result.count(item_state::failed) == 1);
    CHECK(result.count(item_state::open) == 1);
    CHECK(result.requests == 0);
    CHECK(history_of(world).totals().spent().count == 0);
    result = world.run(settings);
    CHECK(result.count(item_state::done) == 1);
    CHECK(result.count(item_state::failed) == 1);
    CHECK(world.last_api->sent.at("refused") == 1);
    CHECK(world.last_api->sent.at("failed") == 2);
    CHECK(history_of(world).totals().spent().count == paid);
}

TEST_CASE("a fetched picture that is not what was asked for is paid, set aside and bought next")
{
    run_world world;
    world.items = {stored_item("lamp")};
    (void)world.run(losing());
    auto settings = fetching();
    settings.fetching = [](const std::string&, int) {
        scripted_answer answer;
        answer.image = support::make_png({16, 16});
        return answer;
    };
    CHECK(world.run(settings).count(item_state::open) == 1);
    CHECK(attempts_with(world, outcome::bad_output) == 1);
    CHECK(world.exists(".darkroom/quarantine/" + world.items[0].key + "-1.img"));
    CHECK(history_of(world).totals().settled.count == paid);
    CHECK(world.run(settings).count(item_state::done) == 1);
    CHECK(history_of(world).totals().settled.count == 2 * paid);
}

TEST_CASE("a route that keeps no answers holds what is lost there")
{
    run_world world;
    world.items = {stored_item("lamp")};
    run_world::run_settings settings; // nothing can be fetched
    settings.script = lost;
    settings.makes_places = true;
    CHECK(world.run(settings).count(item_state::held) == 1);
    CHECK(world.last_api->seen.at(0).conversation_id.empty());
    CHECK(world.run(settings).count(item_state::held) == 1);
    CHECK(world.last_api->sent.at("lamp") == 1);
}

TEST_CASE("a stop while it is fetched loses nothing: the ledger stays as it was")
{
    for (const bool in_its_attempt : {true, false}) {
        CAPTURE(in_its_attempt);
        run_world world;
        world.items = {stored_item("lamp")};
        auto slow = losing();
        slow.fetching = [](const std::string&, int) {
            scripted_answer answer;
            answer.takes = 60s;
            return answer;
        };
        slow.meanwhile = [](run::batch& batch, runtime::clock& time,
                            boost::asio::io_context& loop) {
            const auto later = [](run::batch& one, runtime::clock& when) -> runtime::task<> {
                co_await when.sleep_until(when.now() + 1s);
                one.stop(130);
                one.cancel();
            };
            boost::asio::co_spawn(loop, later(batch, time), [](std::exception_ptr) {});
        };
        if (!in_its_attempt) {
            (void)world.run(losing());
            die_after(world, "accepted");
        }
        const auto stopped = world.run(slow);
        CHECK(world.events_of<job::attempt_ended>().size() == (in_its_attempt ? 1 : 0));
        CHECK(stopped.exit_code == (in_its_attempt ? 8 : 130));
        CHECK(history_of(world).totals().unknown == 1);
        const auto result = world.run(fetching());
        CHECK(result.exit_code == 0);
        CHECK(result.recovered == 1);
        CHECK(world.last_api->sent.at("lamp") == 1);
    }
}

TEST_CASE("an answer that is given up on the wire keeps its name")
{
    run_world world;
    world.items = {stored_item("lamp")};
    auto settings = losing();
    settings.script = [](const std::string& prompt, int) {
        auto answer = lost(prompt);
        answer.takes = 60s;
        return answer;
    };
    settings.meanwhile = [](run::batch& batch, runtime::clock& time,
                            boost::asio::io_context& loop) {
        const auto later = [](run::batch& one, runtime::clock& when) -> runtime::task<> {
            co_await when.sleep_until(when.now() + 1s);
            one.cancel();
        };
        boost::asio::co_spawn(loop, later(batch, time), [](std::exception_ptr) {});
    };
    (void)world.run(settings);
    const auto lines = world.events_of<job::attempt_ended>();
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].error_code == "cancelled");
    CHECK(lines[0].response_id == "resp of lamp");
    CHECK(world.run(fetching()).recovered == 1);
}

TEST_CASE("of two lost answers each settles its money, and one picture is enough")
{
    run_world world;
    world.items = {stored_item("lamp")};
    world.items[0].retry.on_unknown = job::unknown_policy::retry;
    world.items[0].retry.max_attempts = 2;
    auto settings = losing();
    settings.script = [](const std::string& prompt, int before) {
        return lost(prompt + std::to_string(before));
    };
    (void)world.run(settings);
    CHECK(history_of(world).totals().possibly_billed.count > 2 * paid);
    world.items[0].retry.on_unknown = job::unknown_policy::recover;
    const auto result = world.run(fetching());
    CHECK(result.exit_code == 0);
    CHECK(result.recovered == 1);
    CHECK(history_of(world).totals().settled.count == 2 * paid);
    CHECK(history_of(world).totals().unknown == 0);
    CHECK(world.exists(".darkroom/quarantine/" + world.items[0].key + "-1.img"));
    CHECK(world.read("lamp/master.png") == support::make_png({32, 16}));
}

TEST_CASE("recon settles late answers of done items, and of items that nobody asks for any more")
{
    run_world world;
    world.items = {stored_item("lamp"), stored_item("gone")};
    (void)world.run(losing());
    // One is bought again by somebody's word.
    world.items[0].retry.on_unknown = job::unknown_policy::retry;
    const auto bought = world.run({});
    CHECK(bought.count(item_state::done) == 1);
    world.items[0].retry.on_unknown = job::unknown_policy::recover;
    auto known = world.items[1];
    world.items[1].outputs.clear();
    auto settings = fetching();
    settings.only_recover = true;
    const auto result = world.run(settings);
    CHECK(result.requests == 0);
    CHECK(result.local_failure == std::nullopt);
    CHECK(history_of(world).totals().unknown == 0);
    CHECK(history_of(world).totals().settled.count == 3 * paid);
    CHECK(world.exists(".darkroom/quarantine/" + world.items[0].key + "-1.img"));
    CHECK(world.exists(".darkroom/received/" + world.items[1].key + "-1.img"));
    // When it is asked for again its picture is there.
    world.items = {known};
    const auto again = world.run(fetching());
    CHECK(again.exit_code == 0);
    CHECK(again.reused == 1);
    CHECK(world.read("gone/master.png") == support::make_png({32, 16}));
    CHECK(world.last_api->sent.at("gone") == 1);
}

TEST_CASE("a done item whose files are gone is not done because its lost answer had no picture")
{
    run_world world;
    world.items.push_back(stored_item("a"));
    CHECK(world.run({}).count(item_state::done) == 1);
    const auto ended = world.events_of<job::item_ended>();
    for (const auto& one : ended.back().outputs)
        REQUIRE(runtime::make_posix_files()->remove(world.folder.file(one.path)));
    (void)world.run(losing());
    die_after(world, "attempt"); // so the last item line still says done
    run_world::run_settings settings;
    settings.fetching = [](const std::string&, int) {
        scripted_answer answer;
        answer.outcome = outcome::refused;
        return answer;
    };
    const auto result = world.run(settings);
    CHECK(result.count(item_state::done) == 0);
    CHECK(result.count(item_state::failed) == 1);
}

TEST_CASE("the disk may fail at every step of fetching: nothing is lost and nothing bought again")
{
    for (const bool crashed : {true, false}) {
        bool whole = false;
        for (long n = 0; !whole; ++n) {
            REQUIRE(n < 200);
            CAPTURE(n);
            CAPTURE(crashed);
            run_world world;
            world.items = {stored_item("lamp")};
            (void)world.run(losing());
            if (crashed)
                die_after(world, "accepted");
            auto settings = fetching();
            settings.disk_fails_at = n;
            settings.disk_stays_down = true;
            (void)world.run(settings);
            whole = !world.disk_failed;
            const auto result = world.run(fetching());
            CHECK(result.exit_code == 0);
            CHECK(result.count(item_state::done) == 1);
            CHECK(world.last_api->sent.at("lamp") == 1);
            CHECK(world.read("lamp/master.png") == support::make_png({32, 16}));
            const auto totals = history_of(world).totals();
            CHECK(totals.unknown == 0);
            CHECK(totals.possibly_billed.count == 0);
            CHECK(totals.settled.count == paid);
            const auto disk = runtime::make_posix_files();
            CHECK(disk->list(world.folder.received_folder())->empty());
        }
    }
}
