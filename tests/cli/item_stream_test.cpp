#include "engine/cli/item_stream.hpp"

#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>
#include <vector>

using namespace engine;

namespace {

struct listing {
    std::vector<job::item> items;
    std::string complaints;
};

listing read(const std::string& yaml, const cli::selection& chosen = {})
{
    const support::temporary_folder folder;
    const auto disk = runtime::make_posix_files();
    const auto path = folder.path() + "/m.yaml";
    REQUIRE(runtime::write_whole(*disk, path, base::as_bytes(yaml)));
    manifest::problems found;
    const auto source = manifest::load(*disk, path, found);
    REQUIRE(source);
    listing all;
    cli::item_stream stream(*source, *disk, chosen, found);
    while (auto one = stream.next())
        all.items.push_back(std::move(*one));
    all.complaints = found.text();
    return all;
}

constexpr std::string_view chain = R"(version: 1
defaults: { route: openai, model: gpt-image-2, size: 1024x1024 }
jobs:
  - { id: hero, prompt: a robot }
  - { id: winter, after: hero, prompt: in snow }
  - { id: night, after: winter, prompt: at night }
  - { id: other, prompt: in snow, priority: -1 }
)";

} // namespace

TEST_CASE("a child knows its parent's key and size, and its own key follows from it")
{
    const auto all = read(std::string(chain)).items;
    REQUIRE(all.size() == 4);
    REQUIRE(all[1].after);
    CHECK(all[1].after->key == all[0].key);
    CHECK(all[1].after->size == job::image_size{1024, 1024});
    CHECK(all[2].after->key == all[1].key);
    CHECK(all[1].request.chain_length == 1);
    CHECK(all[2].request.chain_length == 2);
    CHECK(all[1].key != all[3].key);
    auto changed = std::string(chain);
    changed.replace(changed.find("a robot"), 7, "a rabbit");
    const auto others = read(changed).items;
    CHECK(others[1].key != all[1].key);
    CHECK(others[2].key != all[2].key);
    CHECK(others[3].key == all[3].key);
}

TEST_CASE("a child that is chosen without its parent still knows it")
{
    const auto all = read(std::string(chain)).items;
    cli::selection only;
    only.only = {"night"};
    const auto chosen = read(std::string(chain), only).items;
    REQUIRE(chosen.size() == 1);
    CHECK(chosen[0].key == all[2].key);
}

TEST_CASE("another route changes the whole chain's keys alike")
{
    cli::selection simulated;
    simulated.route = "simulator";
    const auto all = read(std::string(chain), simulated).items;
    CHECK(all[1].after->key == all[0].key);
    CHECK(all[0].key != read(std::string(chain)).items[0].key);
}
