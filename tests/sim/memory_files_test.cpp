#include "engine/sim/memory_files.hpp"

#include <cerrno>
#include <doctest/doctest.h>
#include <set>

using namespace engine;
using sim::memory_files;

namespace {

base::byte_view operator""_bytes(const char* text, std::size_t size)
{
    return base::as_bytes(std::string_view(text, size));
}

std::string text_of(runtime::files& disk, const std::string& path)
{
    return disk.read(path, 1u << 20).value_or("(none)");
}

// A file with `synced` bytes that survive for certain, and its name too.
std::unique_ptr<runtime::output_file> make_synced(memory_files& disk, const std::string& path,
                                                  base::byte_view synced)
{
    auto file = disk.create(path).value();
    REQUIRE(file->append(synced));
    REQUIRE(file->sync());
    REQUIRE(disk.sync_directory("/d"));
    return file;
}

} // namespace

TEST_CASE("a disk in memory does what a disk does")
{
    memory_files disk;
    CHECK(disk.create("/d/a").error().code == std::errc::no_such_file_or_directory);
    REQUIRE(disk.make_directories("/d/e"));
    REQUIRE(runtime::write_whole(disk, "/d/a", "hello"_bytes));
    REQUIRE(runtime::write_whole(disk, "/d/e/b", "world"_bytes));
    CHECK(text_of(disk, "/d/a") == "hello");
    CHECK(disk.read_at("/d/a", 1, 3).value() == "ell");
    CHECK(disk.read("/d/a", 4).error().code == std::errc::file_too_large);
    CHECK(disk.read("/d", 4).error().code == std::errc::is_a_directory);
    CHECK(disk.list("/d").value() == std::vector<std::string>{"a", "e"});
    CHECK(disk.info("/d/e")->directory);
    CHECK(disk.info("/d/a")->bytes == 5);
    REQUIRE(disk.link_or_copy("/d/a", "/d/e/b"));
    CHECK(text_of(disk, "/d/e/b") == "hello");
    REQUIRE(disk.link_or_copy("/d/a", "/d/e/b")); // again: of two names of one file both stay
    REQUIRE(disk.remove("/d/a"));
    REQUIRE(disk.remove("/d/a"));
    CHECK(!disk.info("/d/a"));
    CHECK(disk.paths() == std::vector<std::string>{"/d/e/b"});
    {
        auto more = disk.append_to("/d/e/b").value();
        REQUIRE(more->append(", all"_bytes));
        CHECK(disk.open_files() == 1);
    }
    REQUIRE(disk.truncate("/d/e/b", 6));
    CHECK(text_of(disk, "/d/e/b") == "hello,");
    CHECK(disk.open_files() == 0);
}

TEST_CASE("of what was appended and not synced a crash leaves any piece, and never another byte")
{
    std::set<std::string> seen;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        memory_files disk;
        REQUIRE(disk.make_directories("/d"));
        const auto file = make_synced(disk, "/d/log", "one\n"_bytes);
        REQUIRE(file->append("two\n"_bytes));
        const auto after = disk.crash(0.5, seed);
        seen.insert(text_of(*after, "/d/log"));
    }
    CHECK(seen == std::set<std::string>{"one\n", "one\nt", "one\ntw", "one\ntwo", "one\ntwo\n"});
}

TEST_CASE("a name without a sync of its folder may be lost, with it what builds on it")
{
    std::set<std::vector<std::string>> seen;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        memory_files disk;
        REQUIRE(disk.make_directories("/d"));
        (void)make_synced(disk, "/d/old", "old"_bytes);
        auto file = disk.create("/d/new.part").value();
        REQUIRE(file->append("new"_bytes));
        REQUIRE(file->sync());
        REQUIRE(disk.rename("/d/new.part", "/d/new"));
        REQUIRE(disk.remove("/d/old"));
        const auto after = disk.crash(0.5, seed);
        seen.insert(after->paths());
        if (after->info("/d/new"))
            CHECK(text_of(*after, "/d/new") == "new"); // its bytes were synced
    }
    using paths = std::vector<std::string>;
    CHECK(seen == std::set<paths>{{},
                                  {"/d/old"},
                                  {"/d/new"},
                                  {"/d/new", "/d/old"},
                                  {"/d/new.part"},
                                  {"/d/new.part", "/d/old"}});
}

TEST_CASE("what was synced survives, and a crash that keeps nothing keeps no more than that")
{
    memory_files disk;
    REQUIRE(disk.make_directories("/d"));
    REQUIRE(runtime::write_whole(disk, "/d/whole", "whole"_bytes));
    auto log = make_synced(disk, "/d/log", "one\n"_bytes);
    REQUIRE(log->append("two\n"_bytes));
    REQUIRE(disk.rename("/d/whole", "/d/renamed"));
    const auto after = disk.crash(0, 1);
    CHECK(text_of(*after, "/d/log") == "one\n");
    CHECK(after->paths() == std::vector<std::string>{"/d/log", "/d/whole"});

    // A truncation is a change like others.
    memory_files cut;
    REQUIRE(cut.make_directories("/d"));
    auto file = make_synced(cut, "/d/log", "one\ntw"_bytes);
    REQUIRE(cut.truncate("/d/log", 4));
    CHECK(text_of(cut, "/d/log") == "one\n");
    CHECK(text_of(*cut.crash(0, 1), "/d/log") == "one\ntw");
}

TEST_CASE("who only kills the process loses nothing; the power that goes later may take it")
{
    memory_files disk;
    REQUIRE(disk.make_directories("/d"));
    auto log = make_synced(disk, "/d/log", "one\n"_bytes);
    REQUIRE(log->append("two\n"_bytes));
    REQUIRE(disk.rename("/d/log", "/d/ledger"));
    const auto killed = disk.crash(1, 1);
    CHECK(text_of(*killed, "/d/ledger") == "one\ntwo\n");
    const auto powerless = killed->crash(0, 1);
    CHECK(text_of(*powerless, "/d/log") == "one\n");
}

TEST_CASE("a dead disk changes nothing more, and its locks are free")
{
    memory_files disk;
    REQUIRE(disk.make_directories("/d"));
    const auto lock = disk.lock("/d/lock").value();
    CHECK(disk.lock("/d/lock").error().code == std::errc::resource_unavailable_try_again);
    auto file = make_synced(disk, "/d/log", "one\n"_bytes);
    const auto after = disk.crash(1, 1);
    CHECK(disk.dead());
    CHECK(!file->append("two\n"_bytes));
    CHECK(!file->sync());
    CHECK(!disk.create("/d/b"));
    CHECK(!disk.rename("/d/log", "/d/b"));
    CHECK(!disk.remove("/d/log"));
    CHECK(!disk.read("/d/log", 100));
    CHECK(!disk.info("/d/log"));
    CHECK(text_of(*after, "/d/log") == "one\n");
    CHECK(after->lock("/d/lock"));
}

TEST_CASE("a full disk takes what fits; whoever makes room can go on")
{
    for (const bool for_ever : {false, true}) {
        memory_files disk;
        REQUIRE(disk.make_directories("/d"));
        auto file = disk.create("/d/a").value();
        disk.fill_after(7, for_ever);
        REQUIRE(file->append("12345"_bytes));
        CHECK(file->append("67890"_bytes).error().code == std::errc::no_space_on_device);
        CHECK(disk.failed());
        CHECK(text_of(disk, "/d/a") == "1234567");
        CHECK(file->append("8"_bytes).has_value() == !for_ever);
        CHECK(disk.create("/d/b").has_value() == !for_ever);
        CHECK(disk.remove("/d/a"));
        disk.repair();
        CHECK(file->append("9"_bytes));
        CHECK(!disk.failed());
    }
}

TEST_CASE("any change can fail, and any can be the last")
{
    memory_files disk;
    REQUIRE(disk.make_directories("/d"));
    std::vector<std::string> seen;
    disk.at_point = [&](const sim::disk_point& point) {
        seen.push_back(std::string(name_of(point.change)) + " " + std::string(point.path));
    };
    disk.fail_from(3, EIO, false);
    CHECK(!runtime::write_whole(disk, "/d/a", "hello"_bytes)); // close fails
    CHECK(seen == std::vector<std::string>{"create /d/a.part", "append /d/a.part", "sync /d/a.part",
                                           "close /d/a.part", "remove /d/a.part"});
    CHECK(disk.paths().empty());
    REQUIRE(runtime::write_whole(disk, "/d/a", "hello"_bytes));

    std::unique_ptr<memory_files> after;
    disk.at_point = [&](const sim::disk_point& point) {
        if (point.change == sim::disk_change::rename)
            after = disk.crash(1, 1);
    };
    CHECK(!runtime::write_whole(disk, "/d/a", "again"_bytes));
    REQUIRE(after);
    CHECK(text_of(*after, "/d/a") == "hello");
    CHECK(text_of(*after, "/d/a.part") == "again"); // the dead cannot clean up
}
