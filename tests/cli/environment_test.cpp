#include "engine/cli/environment.hpp"

#include "tests/support/temporary_folder.hpp"

#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>

using namespace engine;

namespace {

// .env is read from the working folder: each test has one of its own.
struct working_folder {
    support::temporary_folder folder;
    std::filesystem::path before = std::filesystem::current_path();
    std::unique_ptr<runtime::files> disk = runtime::make_posix_files();
    working_folder() { std::filesystem::current_path(folder.path()); }
    ~working_folder() { std::filesystem::current_path(before); }
    base::result<cli::environment> with(std::string_view text)
    {
        REQUIRE(runtime::write_whole(*disk, ".env", base::as_bytes(text)));
        return cli::environment::load(*disk);
    }
};

} // namespace

TEST_CASE("a .env file gives what the environment does not")
{
    working_folder here;
    const auto loaded =
        here.with("# keys\n\nDR_TEST_A=one\nexport DR_TEST_B=\"two words\"\r\n DR_TEST_C = 'x' \n"
                  "DR_TEST_D=value # a comment\nDR_TEST_EMPTY=\n");
    REQUIRE(loaded);
    CHECK(loaded->find("DR_TEST_A") == "one");
    CHECK(loaded->find("DR_TEST_B") == "two words");
    CHECK(loaded->find("DR_TEST_C") == "x");
    CHECK(loaded->find("DR_TEST_D") == "value");
    CHECK(!loaded->find("DR_TEST_EMPTY"));
    CHECK(!loaded->find("DR_TEST_NONE"));
    CHECK(loaded->origin("DR_TEST_A") == ".env");
    CHECK(loaded->origin("DR_TEST_NONE").empty());
}

TEST_CASE("the environment goes before the file, unless it is empty there")
{
    working_folder here;
    ::setenv("DR_TEST_A", "from the process", 1);
    ::setenv("DR_TEST_B", "", 1);
    const auto loaded = here.with("DR_TEST_A=from the file\nDR_TEST_B=from the file\n");
    CHECK(loaded->find("DR_TEST_A") == "from the process");
    CHECK(loaded->origin("DR_TEST_A") == "environment");
    CHECK(loaded->find("DR_TEST_B") == "from the file");
    ::unsetenv("DR_TEST_A");
    ::unsetenv("DR_TEST_B");
}

TEST_CASE("a line that is no setting is named, its content is not")
{
    working_folder here;
    const auto broken = here.with("GOOD=1\nsk-secret-value-without-a-name\n");
    REQUIRE(!broken);
    CHECK(broken.error().message().find(".env:2") != std::string::npos);
    CHECK(broken.error().message().find("sk-secret") == std::string::npos);
    CHECK(!here.with("1BAD=x\n"));
}

TEST_CASE("no .env file is fine")
{
    working_folder here;
    CHECK(cli::environment::load(*here.disk));
}
