#include "engine/rehearse/scratch_files.hpp"

#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>

using namespace engine;
using names = std::vector<std::string>;

namespace {

struct fixture {
    fixture()
    {
        REQUIRE(real->make_directories(root));
        REQUIRE(runtime::write_whole(*real, root + "/old", base::as_bytes("below")));
    }
    std::string text(const std::string& name) { return disk.read(root + "/" + name, 100).value(); }
    void write(const std::string& name, std::string_view content)
    {
        REQUIRE(runtime::write_whole(disk, root + "/" + name, base::as_bytes(content)));
    }

    support::temporary_folder folder;
    std::string root = folder.path() + "/a";
    std::unique_ptr<runtime::files> real = runtime::make_posix_files();
    rehearse::scratch_files disk{*real};
};

} // namespace

TEST_CASE("what is below is seen, what is written hides it, and the disk stays as it was")
{
    fixture f;
    CHECK(f.text("old") == "below");
    f.write("old", "above");
    f.write("new", "made");
    CHECK(f.text("old") == "above");
    CHECK(f.disk.info(f.root + "/old")->bytes == 5);
    CHECK(f.disk.list(f.root).value() == names{"new", "old"});
    CHECK(f.real->list(f.root).value() == names{"old"});
    CHECK(f.real->read(f.root + "/old", 100).value() == "below");
    f.disk.forget();
    CHECK(f.text("old") == "below");
    CHECK(!f.disk.info(f.root + "/new"));
}

TEST_CASE("what is removed is gone only here")
{
    fixture f;
    CHECK(f.disk.remove(f.root + "/old"));
    CHECK(f.disk.remove(f.root + "/never there"));
    CHECK(!f.disk.info(f.root + "/old"));
    CHECK(!f.disk.read(f.root + "/old", 100));
    CHECK(!f.disk.read_at(f.root + "/old", 0, 100));
    CHECK(!f.disk.rename(f.root + "/old", f.root + "/b"));
    CHECK(f.disk.list(f.root).value().empty());
    CHECK(f.real->info(f.root + "/old"));
    f.write("old", "again");
    CHECK(f.text("old") == "again");
}

TEST_CASE("names move and are shared without a copy")
{
    fixture f;
    CHECK(f.disk.rename(f.root + "/old", f.root + "/moved"));
    CHECK(!f.disk.info(f.root + "/old"));
    CHECK(f.text("moved") == "below");
    CHECK(f.disk.info(f.root + "/moved")->bytes == 5);
    CHECK(f.disk.link_or_copy(f.root + "/moved", f.root + "/twin"));
    CHECK(f.disk.read_at(f.root + "/twin", 2, 100).value() == "low");
    f.write("x", "bytes");
    CHECK(f.disk.link_or_copy(f.root + "/x", f.root + "/y"));
    CHECK(f.disk.remove(f.root + "/x"));
    CHECK(f.text("y") == "bytes");
}

TEST_CASE("a file below is copied before it is changed")
{
    fixture f;
    auto file = f.disk.append_to(f.root + "/old");
    REQUIRE(file);
    CHECK((*file)->append(base::as_bytes(" and above")));
    CHECK(f.text("old") == "below and above");
    CHECK(f.disk.truncate(f.root + "/old", 3));
    CHECK(f.text("old") == "bel");
    CHECK(f.real->read(f.root + "/old", 100).value() == "below");
    CHECK(!f.disk.truncate(f.root + "/nowhere", 3));
}

TEST_CASE("a folder that was made is there, and lists what lies in it and below it")
{
    fixture f;
    const auto made = f.root + "/made/deep";
    CHECK(!f.disk.list(made));
    CHECK(f.disk.make_directories(made));
    CHECK(f.disk.info(made)->directory);
    CHECK(f.disk.list(made).value().empty());
    f.write("made/deep/b/c", "x");
    f.write("made/deep/a", "x");
    CHECK(f.disk.list(made).value() == names{"a", "b"});
    CHECK(!f.real->info(f.root + "/made"));
    CHECK(f.disk.read(f.root + "/made/deep/a", 0).error().code == std::errc::file_too_large);
}
