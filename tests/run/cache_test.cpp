// A cache that several output folders share: what one has bought, the others do not buy.
#include <doctest/doctest.h>

#include "tests/support/run_world.hpp" // doctest first: run_world uses its macros

#include <algorithm>

using namespace engine;
using job::item_state;
using job::outcome;
using support::run_world;
using support::scripted_answer;

namespace {

struct two_folders {
    two_folders() { first.cache = second.cache = root.path() + "/cache"; }

    job::item add(const std::string& id)
    {
        first.items.push_back(run_world::item(id));
        second.items.push_back(run_world::item(id));
        return first.items.back();
    }
    // The picture of that item; empty if it is not there.
    [[nodiscard]] std::string picture(const job::item& wanted, const std::string& parent = {}) const
    {
        const auto disk = runtime::make_posix_files();
        const auto id = plan::cache_id(wanted.key, parent);
        const auto path = plan::cache_note_path(first.cache, id);
        const auto text = disk->read(path, 1u << 20);
        const auto note =
            text ? plan::parse_cache_note(*text, path) : base::result<plan::cache_note>();
        return text ? plan::cache_picture_path(first.cache, id, note->sha256) : std::string{};
    }

    support::temporary_folder root;
    run_world first, second;
};

job::item_ended end_of(const run_world& world, const std::string& id)
{
    job::item_ended last;
    for (const auto& ended : world.events_of<job::item_ended>())
        if (ended.item == id)
            last = ended;
    return last;
}

std::string warnings(const run_world& world)
{
    std::string all;
    for (const auto& warning : world.events_of<job::warning_raised>())
        all += warning.item + ": " + warning.message + "\n";
    return all;
}

} // namespace

TEST_CASE("what one folder has bought another one takes from the cache, and says so")
{
    two_folders both;
    const auto wanted = both.add("a");
    run_world::run_settings settings;
    settings.script = [](const std::string&, int) {
        scripted_answer answer;
        answer.model_returned = "gpt-image-2-2026-04-21"; // a snapshot of what was asked for
        return answer;
    };
    CHECK(both.first.run(settings).requests == 1);
    const auto result = both.second.run(settings);
    CHECK(result.requests == 0);
    CHECK(result.reused == 1);
    CHECK(both.second.read("a/master.png") == support::make_png({32, 16}));
    CHECK(both.second.exists("a/small.jpg"));
    const auto line = end_of(both.second, "a");
    CHECK(line.state == item_state::done);
    CHECK(line.attempts == 0);
    CHECK(line.cost.count == 0);
    CHECK(line.same_as == "");
    CHECK(line.reason.starts_with("reused: in the cache " + both.first.cache + ", bought 20"));
    CHECK(line.reason.ends_with(" for $0.0016"));
    // The folders stay apart: what happens to a file of one does not happen to the others.
    const auto disk = runtime::make_posix_files();
    auto file = disk->append_to(both.second.folder.file("a/master.png"));
    REQUIRE(file);
    REQUIRE((*file)->append(base::as_bytes("changed")));
    CHECK(both.first.read("a/master.png") == support::make_png({32, 16}));
    CHECK(disk->read(both.picture(wanted), 1u << 20) == support::make_png({32, 16}));
    CHECK(disk->list(both.second.folder.received_folder())->empty());
    // Nothing of the prompt is told.
    const auto note =
        disk->read(plan::cache_note_path(both.first.cache, wanted.key), 1u << 20).value();
    CHECK(note.find("prompt") == std::string::npos);
    CHECK(note.find("gpt-image-2-2026-04-21") != std::string::npos);
}

TEST_CASE("several items of a folder share what the cache has")
{
    two_folders both;
    const auto wanted = both.add("a");
    (void)both.first.run({});
    for (const auto* id : {"b", "c"}) {
        auto twin = run_world::item(id);
        twin.key = wanted.key;
        twin.outputs.erase(twin.outputs.begin());
        both.second.items.push_back(twin);
    }
    const auto result = both.second.run({});
    CHECK(result.requests == 0);
    CHECK(result.count(item_state::done) == 3);
    CHECK(end_of(both.second, "c").same_as == "a");
}

TEST_CASE("an entry that is not whole or not what was bought is bought anew, and mended")
{
    two_folders both;
    const auto wanted = both.add("a");
    (void)both.first.run({});
    const auto disk = runtime::make_posix_files();
    const auto path = both.picture(wanted);
    const auto note_path = plan::cache_note_path(both.first.cache, wanted.key);
    SUBCASE("one byte is another")
    {
        auto bytes = disk->read(path, 1u << 20).value();
        bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
        REQUIRE(runtime::write_whole(*disk, path, base::as_bytes(bytes)));
    }
    SUBCASE("it is cut")
    {
        REQUIRE(disk->truncate(path, 10));
    }
    SUBCASE("it is gone")
    {
        REQUIRE(disk->remove(path));
    }
    SUBCASE("the note is none")
    {
        REQUIRE(runtime::write_whole(*disk, note_path, base::as_bytes("{\"scheme\":7")));
    }
    SUBCASE("the note is another picture's")
    {
        auto text = disk->read(note_path, 1u << 20).value();
        text.replace(text.find(wanted.key), 64, std::string(64, 'a'));
        REQUIRE(runtime::write_whole(*disk, note_path, base::as_bytes(text)));
    }
    CHECK(both.second.run({}).requests == 1);
    CHECK(both.second.planned_warnings.find("cannot be used") != std::string::npos);
    CHECK(disk->read(both.picture(wanted), 1u << 20) == support::make_png({32, 16}));
    run_world third;
    third.cache = both.first.cache;
    third.items = {wanted};
    CHECK(third.run({}).requests == 0);
    CHECK(third.planned_warnings.empty());
}

TEST_CASE("only what was asked for gets into the cache")
{
    two_folders both;
    auto wanted = both.add("a");
    run_world::run_settings settings;
    SUBCASE("not a cheaper form")
    {
        both.first.items[0].downgrades.push_back({{}, "medium"});
        both.first.items[0].retry.after[static_cast<std::size_t>(outcome::refused)] =
            job::fallback_step::downgrade;
        settings.script = [](const std::string&, int before) {
            scripted_answer answer;
            if (before == 0)
                answer.outcome = outcome::refused;
            return answer;
        };
    }
    SUBCASE("not another model's")
    {
        settings.script = [](const std::string&, int) {
            scripted_answer answer;
            answer.model_returned = "gpt-image-1";
            return answer;
        };
    }
    CHECK(both.first.run(settings).count(item_state::done) == 1);
    CHECK(both.picture(wanted).empty());
    CHECK(both.second.run({}).requests == 1);
}

TEST_CASE("a picture is not taken where it is not what would be bought")
{
    two_folders both;
    (void)both.add("a");
    (void)both.first.run({});
    SUBCASE("the same model's name at another address")
    {
        both.second.items[0].routes[0].provider = "xai-router";
    }
    SUBCASE("the item expects something else of its pixels")
    {
        both.second.items[0].expect.alpha = job::expectation::alpha_rule::required;
    }
    run_world::run_settings settings;
    (void)both.second.run(settings);
    CHECK(both.second.last_api->sent["a"] >= 1);
}

TEST_CASE("what continues a picture is taken only where that picture is the same")
{
    two_folders both;
    const auto hero = both.add("hero");
    for (auto* world : {&both.first, &both.second}) {
        auto child = run_world::item("winter");
        child.after = job::parent_link{hero.id, hero.key, hero.request.size};
        child.request.continues = true;
        world->items.push_back(child);
    }
    CHECK(both.first.run({}).requests == 2);
    SUBCASE("both come from the cache")
    {
        CHECK(both.second.run({}).requests == 0);
    }
    SUBCASE("the parent was bought here, and looks different")
    {
        const auto disk = runtime::make_posix_files();
        REQUIRE(disk->remove(plan::cache_note_path(both.first.cache, hero.key)));
        run_world::run_settings settings;
        settings.script = [](const std::string&, int) {
            scripted_answer answer;
            answer.image =
                base::as_text(image::encode(image::blank({32, 16}, false), {}).value().bytes);
            return answer;
        };
        CHECK(both.second.run(settings).requests == 2);
    }
}

TEST_CASE("a cache that cannot be written is said once and fails nothing")
{
    two_folders both;
    for (const auto* id : {"a", "b", "c"})
        (void)both.add(id);
    const auto disk = runtime::make_posix_files();
    REQUIRE(runtime::write_whole(*disk, both.first.cache, base::as_bytes("a file is in the way")));
    const auto result = both.first.run({});
    CHECK(result.count(item_state::done) == 3);
    CHECK(result.exit_code == 0);
    const auto said = warnings(both.first);
    CHECK(said.find("are not all in the cache") != std::string::npos);
    CHECK(std::ranges::count(said, '\n') == 1);
}

TEST_CASE(
    "the disk fails at any operation: nothing is paid twice, and the cache has whole pictures")
{
    for (long operation = 0;; ++operation) {
        CAPTURE(operation);
        two_folders both;
        const auto wanted = both.add("a");
        run_world::run_settings failing;
        failing.disk_fails_at = operation;
        (void)both.first.run(failing);
        if (!both.first.disk_failed) {
            CHECK(operation > 10);
            break;
        }
        for (auto* world : {&both.first, &both.second})
            world->items[0].retry.on_unknown = job::unknown_policy::retry;
        (void)both.first.run({});
        CHECK(both.first.run({}).count(item_state::done) == 1);
        CHECK(both.second.run({}).count(item_state::done) == 1);
        CHECK(runtime::make_posix_files()->read(both.picture(wanted), 1u << 20) ==
              support::make_png({32, 16}));
    }
}
