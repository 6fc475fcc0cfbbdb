// shared_account: who uses a key on this host, and what is remembered about its limits.
#include "engine/run/shared_account.hpp"

#include "engine/base/wall_time.hpp"
#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>
#include <fstream>
#include <string>

using namespace std::chrono_literals;
using engine::run::account_folder_name;
using engine::run::shared_account;

namespace {

const auto now = *engine::base::parse_rfc3339("2026-11-21T10:00:00Z");

struct folder {
    support::temporary_folder temporary;
    std::unique_ptr<engine::runtime::files> disk = engine::runtime::make_posix_files();
    std::string path = temporary.path("account");

    std::unique_ptr<shared_account> run(const std::string& name)
    {
        return std::make_unique<shared_account>(*disk, path, name);
    }
    void write(const std::string& text)
    {
        REQUIRE(disk->make_directories(path));
        std::ofstream(path + "/limits.json") << text;
    }
    std::size_t members() { return disk->list(path + "/members").value().size(); }
};

} // namespace

TEST_CASE("an account's folder says neither key nor address, and is the same for all who use both")
{
    const auto name = account_folder_name("https://api.example/v1", "sk-canary-0123456789abcdef");
    CHECK(name.size() == 64);
    CHECK(name == account_folder_name("https://api.example/v1", "sk-canary-0123456789abcdef"));
    CHECK(name != account_folder_name("https://api.example/v1", "sk-canary-0123456789abcdeg"));
    CHECK(name != account_folder_name("https://api.example/v2", "sk-canary-0123456789abcdef"));
    CHECK(name.find("canary") == std::string::npos);
}

TEST_CASE("runs see each other in one order, come and go")
{
    folder f;
    auto b = f.run("b");
    REQUIRE(b->join());
    CHECK(b->count()->of == 1);
    auto a = f.run("a");
    REQUIRE(a->join());
    CHECK(a->count()->index == 0);
    CHECK(b->count()->index == 1);
    CHECK(a->count()->of == 2);
    CHECK(b->count()->of == 2);
    a->leave();
    CHECK(!a->joined());
    CHECK(b->count()->of == 1);
    REQUIRE(a->join());
    CHECK(b->count()->of == 2);
    a.reset();
    CHECK(b->count()->of == 1);
    b.reset();
    CHECK(f.members() == 0); // nothing is left
}

TEST_CASE("a run that died is noticed and swept away, and what is no run does not count")
{
    folder f;
    auto a = f.run("a");
    REQUIRE(a->join());
    std::ofstream(f.path + "/members/run-dead") << ""; // nobody holds its lock
    std::ofstream(f.path + "/members/readme") << "";
    REQUIRE(f.disk->make_directories(f.path + "/members/run-folder"));
    CHECK(a->count()->of == 1);
    CHECK(f.members() == 3);
}

TEST_CASE("a member whose file was removed by somebody is there again")
{
    folder f;
    auto a = f.run("a");
    REQUIRE(a->join());
    REQUIRE(f.disk->remove(f.path + "/members/run-a"));
    CHECK(a->count()->of == 1);
    auto b = f.run("b");
    REQUIRE(b->join());
    CHECK(b->count()->of == 2);
}

TEST_CASE("what one run learned the next one knows, by account and by model")
{
    folder f;
    auto first = f.run("a");
    CHECK(first->recall(now)->empty());
    CHECK(!first->has_news());
    first->learned("", "requests_per_minute", 500, now);
    first->learned("gpt-image-2", "images_per_minute", 60, now);
    first->learned("gpt-image-2", "images_per_minute", 20, now); // its last word
    first->paused("gpt-image-2", now + 30s);
    CHECK(first->has_news());
    REQUIRE(first->write_down(now));
    CHECK(!first->has_news());

    auto second = f.run("b");
    second->learned("gpt-image-1.5", "tokens_per_minute", 250'000, now + 1min);
    REQUIRE(second->write_down(now + 10s)); // what others wrote stays
    const auto known = f.run("c")->recall(now + 10s).value();
    CHECK(known.at("").limits.requests_per_minute == 500.0);
    CHECK(known.at("gpt-image-2").limits.images_per_minute == 20.0);
    CHECK(known.at("gpt-image-2").paused_until == now + 30s);
    CHECK(known.at("gpt-image-1.5").limits.tokens_per_minute == 250'000.0);
    CHECK(!f.run("c")->recall(now + 30s)->at("gpt-image-2").paused_until);
    CHECK(f.run("c")->recall(now + 8 * 24h)->empty()); // a week is enough
    CHECK(f.run("c")->recall(now - 48h)->empty());     // learned in the future
}

TEST_CASE("a damaged file is a failure that names it, and the next run's word replaces it")
{
    folder f;
    auto run = f.run("a");
    for (const std::string text : {"", "{", "\xff", "[1,2"}) {
        f.write(text);
        const auto known = run->recall(now);
        REQUIRE(!known);
        CHECK(known.error().message().find("limits.json") != std::string::npos);
    }
    run->learned("", "images_per_minute", 5, now);
    REQUIRE(run->write_down(now));
    CHECK(run->recall(now)->at("").limits.images_per_minute == 5.0);
    f.write(std::string(300'000, ' ') + "{}");
    CHECK(!run->recall(now)); // larger than any of ours
}

TEST_CASE("entries that make no sense are passed over, one by one")
{
    folder f;
    f.write(R"({"version": 1, "limits": [
        7, {"model": "a"},
        {"model": "a", "bucket": "images_per_minute", "per_minute": -1, "learned_at": "2026-11-21T09:00:00Z"},
        {"model": "a", "bucket": "images_per_minute", "per_minute": 1e300, "learned_at": "2026-11-21T09:00:00Z"},
        {"model": "a", "bucket": "pictures", "per_minute": 5, "learned_at": "2026-11-21T09:00:00Z"},
        {"model": "a b", "bucket": "images_per_minute", "per_minute": 5, "learned_at": "2026-11-21T09:00:00Z"},
        {"model": "a", "bucket": "images_per_minute", "per_minute": 5, "learned_at": "yesterday"},
        {"model": "good", "bucket": "images_per_minute", "per_minute": 5, "learned_at": "2026-11-21T09:00:00Z"}],
        "pauses": [{"model": "a", "until": "never"}, {"model": "", "until": "2026-11-21T09:59:00Z"}]})");
    const auto known = f.run("a")->recall(now).value();
    CHECK(known.size() == 1);
    CHECK(known.at("good").limits.images_per_minute == 5.0);
    f.write(R"({"version": 2, "limits": {"x": 1}})");
    CHECK(f.run("a")->recall(now)->empty());
}
