// docs/manifest.md is true: its complete examples are good manifests, and it names every key.
#include "engine/job/capability.hpp"
#include "engine/manifest/keys.hpp"
#include "tests/manifest/manifest_folder.hpp"

#include <doctest/doctest.h>
#include <span>

using namespace engine;

namespace {

std::string read_page()
{
    const auto disk = runtime::make_posix_files();
    const auto text = disk->read(std::string(SOURCE_DIR) + "/docs/manifest.md", 1u << 20);
    REQUIRE(text);
    return *text;
}

} // namespace

TEST_CASE("the examples of docs/manifest.md give the items that it says")
{
    const auto page = read_page();
    const support::manifest_folder folder;
    const std::string pictures = std::string(SOURCE_DIR) + "/tests/manifest/corpus/valid/refs/";
    for (const auto* name : {"photo.png", "lamp.png", "mask.png"})
        folder.write(std::string("refs/") + name,
                     folder.disk().read(pictures + name, 1u << 20).value());
    folder.write(
        "fonts/Title.ttf",
        folder.disk()
            .read(std::string(SOURCE_DIR) + "/manifests/fonts/DejaVuSans-Bold-subset.ttf", 1u << 20)
            .value());
    std::vector<std::size_t> counts;
    const std::string fence = "```yaml\n";
    for (auto at = page.find(fence); at != std::string::npos; at = page.find(fence, at)) {
        at += fence.size();
        const auto yaml = page.substr(at, page.find("```", at) - at);
        const auto all = support::expand(folder, yaml);
        CAPTURE(yaml);
        CHECK(all.complaints == "");
        counts.push_back(all.items.size());
    }
    CHECK(counts == std::vector<std::size_t>{1, 2, 12, 1, 1, 1, 3, 1, 1, 2, 1, 1});
}

TEST_CASE("docs/manifest.md names every key")
{
    const auto page = read_page();
    namespace keys = manifest::keys;
    const auto named = [&](std::span<const std::string_view> names, const std::string& group) {
        for (const auto name : names) {
            const std::string key(name);
            const bool there = page.find("`" + group + key + "`") != std::string::npos ||
                               page.find("`." + key + "`") != std::string::npos ||
                               page.find("`" + key + "`") != std::string::npos ||
                               page.find("`" + key + ".") != std::string::npos;
            CHECK_MESSAGE(there, group, key);
        }
    };
    named(keys::document, "");
    named(keys::job, "");
    named(keys::provider, "");
    named(keys::limits, "limits.");
    named(keys::prices, "prices.");
    named(keys::model_price, "");
    named(keys::budget, "budget.");
    named(keys::log, "log.");
    named(keys::prompt, "");
    named(keys::retry, "retry.");
    named(keys::expect, "expect.");
    named(keys::output, "");
    named(keys::fit, "fit.");
    named(keys::key_background, "key_background.");
    named(keys::text, "text.");
    named(keys::box, "text.box.");
    named(keys::outline, "text.outline.");
    named(keys::shadow, "text.shadow.");
    named(job::capability_table::field_names(), "");
}
