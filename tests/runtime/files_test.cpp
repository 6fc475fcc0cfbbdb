#include "engine/runtime/files.hpp"

#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>

using namespace engine;

TEST_CASE("a file is written whole or not at all")
{
    const support::temporary_folder folder;
    const auto disk = runtime::make_posix_files();
    const auto path = folder.path("a.bin");
    REQUIRE(runtime::write_whole(*disk, path, base::as_bytes("hello")));
    CHECK(disk->read(path, 100).value() == "hello");
    CHECK(disk->info(path)->bytes == 5);
    CHECK(disk->list(folder.path()).value() == std::vector<std::string>{"a.bin"});
    CHECK(!runtime::write_whole(*disk, folder.path("missing/a.bin"), base::as_bytes("x")));
}

TEST_CASE("reading is bounded and says what is wrong")
{
    const support::temporary_folder folder;
    const auto disk = runtime::make_posix_files();
    const auto path = folder.path("big");
    REQUIRE(runtime::write_whole(*disk, path, base::as_bytes(std::string(1000, 'x'))));
    CHECK(disk->read(path, 999).error().code == std::errc::file_too_large);
    CHECK(disk->read(path, 1000).value().size() == 1000);
    CHECK(disk->read(folder.path("nope"), 10).error().code == std::errc::no_such_file_or_directory);
    CHECK(disk->read(folder.path(), 10).error().code == std::errc::is_a_directory);
    CHECK(disk->read_at(path, 990, 100).value().size() == 10);
    CHECK(disk->read_at(path, 2000, 100).value().empty());
    CHECK(!disk->info(folder.path("nope")));
}

TEST_CASE("appending, cutting, linking and removing")
{
    const support::temporary_folder folder;
    const auto disk = runtime::make_posix_files();
    const auto path = folder.path("log");
    for (const char* line : {"one\n", "two\n"}) {
        auto file = disk->append_to(path).value();
        REQUIRE(file->append(base::as_bytes(line)));
        REQUIRE(file->sync());
        REQUIRE(file->close());
    }
    CHECK(disk->read(path, 100).value() == "one\ntwo\n");
    REQUIRE(disk->truncate(path, 4));
    CHECK(disk->read(path, 100).value() == "one\n");
    REQUIRE(disk->link_or_copy(path, folder.path("copy")));
    REQUIRE(disk->link_or_copy(path, folder.path("copy"))); // replaces, and leaves nothing beside
    CHECK(disk->list(folder.path()).value() == std::vector<std::string>{"copy", "log"});
    REQUIRE(disk->remove(path));
    REQUIRE(disk->remove(path)); // not there is fine
    CHECK(disk->read(folder.path("copy"), 100).value() == "one\n");
    REQUIRE(disk->make_directories(folder.path("a/b/c")));
    REQUIRE(disk->make_directories(folder.path("a/b/c")));
    CHECK(disk->info(folder.path("a/b/c"))->directory);
    CHECK(!disk->make_directories(folder.path("copy/x")));
}

TEST_CASE("a lock keeps a second writer out and goes with its holder")
{
    const support::temporary_folder folder;
    const auto disk = runtime::make_posix_files();
    auto first = disk->lock(folder.path("lock"));
    REQUIRE(first);
    CHECK(disk->lock(folder.path("lock")).error().code ==
          std::errc::resource_unavailable_try_again);
    first->reset();
    CHECK(disk->lock(folder.path("lock")));
}
