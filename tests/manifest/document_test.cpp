#include "engine/manifest/document.hpp"

#include "engine/base/sha256.hpp"
#include "tests/manifest/manifest_folder.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace engine;
using support::expand;
using support::manifest_folder;

namespace {

constexpr const char* a_job =
    "jobs:\n  - { id: a, route: simulator, model: gpt-image-2, prompt: x }\n";

const job::provider_spec& provider(const manifest::manifest& source, const std::string& name)
{
    const auto found = std::ranges::find(source.providers, name, &job::provider_spec::name);
    REQUIRE(found != source.providers.end());
    return *found;
}

} // namespace

TEST_CASE("a manifest keeps its text, its hash and its name")
{
    const manifest_folder folder;
    const auto text = std::string("\xEF\xBB\xBFversion: 1\nname: Spring_26.v2\n") + a_job;
    const auto all = expand(folder, text);
    REQUIRE(all.source);
    CHECK(all.source->text == text);
    CHECK(all.source->sha256 == base::sha256_hex(text));
    CHECK(all.source->name == "Spring_26.v2");
    CHECK(all.source->path == folder.path("m.yaml"));
    CHECK(folder.path("m.yaml") == all.source->folder + "/m.yaml");
    CHECK(!all.source->max_cost);
    CHECK(!all.source->allow_unpriced);
    CHECK(!all.source->log_prompts);
    CHECK(all.complaints == "");
}

TEST_CASE("without a name the file's name is taken, made safe")
{
    const manifest_folder folder;
    manifest::problems found;
    folder.write("Spring Catalog.2026.yaml", std::string("version: 1\n") + a_job);
    const auto source =
        manifest::load(folder.disk(), folder.path("Spring Catalog.2026.yaml"), found);
    REQUIRE(source);
    CHECK(source->name == "spring-catalog-2026");
    folder.write("--.yaml", std::string("version: 1\n") + a_job);
    CHECK(manifest::load(folder.disk(), folder.path("--.yaml"), found)->name == "manifest");
}

TEST_CASE("a manifest that cannot be read is one complaint")
{
    const manifest_folder folder;
    manifest::problems found;
    CHECK(!manifest::load(folder.disk(), folder.path("none.yaml"), found));
    CHECK(folder.text(found) ==
          "none.yaml:1:1: error: cannot be read: No such file or directory\n");
    folder.write("big.yaml", "x: \"" + std::string(17u << 20, 'x') + "\"\n");
    manifest::problems too_big;
    CHECK(!manifest::load(folder.disk(), folder.path("big.yaml"), too_big));
    CHECK(folder.text(too_big).find("more than 16 MiB") != std::string::npos);
}

TEST_CASE("blocks change built-in providers field by field, and add others")
{
    const manifest_folder folder;
    const auto all = expand(folder, std::string(R"yaml(version: 1
providers:
  x-note: { anything: at all }
  openai:
    limits:
      { images_per_minute: 5, requests_per_minute: 7.5, tokens_per_minute: 1e5, concurrency: 3, reference_weight: 0.5, learned_for: account, models: { gpt-image-2: { images_per_minute: 2, concurrency: 1 }, x-note: 1 } }
  laozhang: { prices: { per_image_usd: 0.05 } }
  studio:
    dialect: xai-router
    base_url: https://images.studio.example:8443/v1/
    api_key_env: STUDIO_KEY
    response_format: false
    prices:
      models:
        m: { per_image_usd: 0.125 }
        t: { input_text: 5, input_cached: 1.25, input_image: 8, output_image: 30, output_text: 10 }
  open: { base_url: "http://images.example/v1" }
  simulator: { simulate: { profile: instant, x-note: 1, seed: 9 } }
)yaml") + a_job);
    REQUIRE(all.source);
    CHECK(all.complaints ==
          "m.yaml:17:21: warning: base_url: http:// sends keys and pictures in the "
          "clear\n");
    const auto& source = *all.source;
    CHECK(source.providers.size() == job::builtin_providers().size() + 2);
    const auto& openai = provider(source, "openai");
    CHECK(openai.base_url == "https://api.openai.com/v1");
    CHECK(openai.api_key_env == "OPENAI_API_KEY");
    CHECK(openai.limits.images_per_minute == 5);
    CHECK(openai.limits.requests_per_minute == 7.5);
    CHECK(openai.limits.tokens_per_minute == 1e5);
    CHECK(openai.limits.concurrency == 3);
    CHECK(openai.reference_weight == 0.5);
    CHECK(openai.limits_owner() == engine::job::limit_owner::account);
    REQUIRE(openai.model_limits.size() == 1);
    CHECK(openai.model_limits.at("gpt-image-2").images_per_minute == 2);
    CHECK(openai.model_limits.at("gpt-image-2").concurrency == 1);
    CHECK(!openai.model_limits.at("gpt-image-2").tokens_per_minute);
    CHECK(openai.real_money);
    const auto& studio = provider(source, "studio");
    CHECK(studio.base_url == "https://images.studio.example:8443/v1");
    CHECK(studio.dialect == "xai-router");
    CHECK(!studio.wire.send_response_format); // the switch wins over the dialect
    CHECK(studio.api_key_env == "STUDIO_KEY");
    CHECK(studio.real_money);
    CHECK(studio.model_prices.at("m").per_image == base::microusd{125'000});
    CHECK(source.prices.find("studio", "m")->per_image == base::microusd{125'000});
    CHECK(source.prices.find("studio", "t")->tokens->input_cached == base::microusd{1'250'000});
    CHECK(source.prices.find("laozhang", "gpt-image-2")->per_image == base::microusd{50'000});
    CHECK(provider(source, "laozhang").per_image_price == base::microusd{50'000});
    const auto& simulator = provider(source, "simulator");
    CHECK(!simulator.real_money);
    CHECK(simulator.simulator.dump() == R"({"profile":"instant","seed":9})");
}

TEST_CASE("a provider of our own at sim: is a look-alike, one at an address is not")
{
    const manifest_folder folder;
    const auto all = expand(folder, std::string(R"yaml(version: 1
providers:
  second: { base_url: "sim:", simulate: quick }
  simulator: { base_url: "http://127.0.0.1:8080/v1" }
jobs:
  - { id: a, route: [second, simulator], model: gpt-image-2, prompt: x }
)yaml"));
    CHECK(all.complaints == "");
    REQUIRE(all.items.size() == 1);
    CHECK(all.items[0].routes[0].simulated);
    CHECK(!all.items[0].routes[1].simulated);
    CHECK(provider(*all.source, "simulator").real_money);
}

TEST_CASE("models can be changed and added")
{
    const manifest_folder folder;
    const auto all = expand(folder, R"yaml(version: 1
models:
  x-why: note
  mine: { like: gpt-image-2, x-why: note, sizes: ["512x512"], references_max: 2 }
  gpt-image-2: { backgrounds: [transparent] }
jobs:
  - { id: a, route: simulator, model: mine, size: 512x512, prompt: x }
  - { id: b, route: simulator, model: gpt-image-2, background: transparent, prompt: x }
  - { id: c, route: simulator, model: mine, size: 1024x1024, prompt: x }
)yaml");
    CHECK(all.items.size() == 2);
    CHECK(all.complaints.find(
              "m.yaml:9:51: error: size 1024x1024: expected one of 512x512 or auto") == 0);
    CHECK(all.source->capabilities.find("mine")->references_max == 2);
    CHECK(all.source->capabilities.find("mine")->edge_multiple == 16);
}

TEST_CASE("a budget is exact to the millionth")
{
    const manifest_folder folder;
    const auto budget = [&](const std::string& text) {
        const auto all =
            expand(folder, "version: 1\nbudget: { max_cost_usd: " + text + " }\n" + a_job);
        return all.source && all.source->max_cost ? all.source->max_cost->count : -1;
    };
    CHECK(budget("25") == 25'000'000);
    CHECK(budget("0.000001") == 1);
    CHECK(budget("12.345678") == 12'345'678);
    CHECK(budget("1e-3") == 1000);
    CHECK(budget("0") == 0);
    CHECK(budget("-1") == -1);
    CHECK(budget(".inf") == -1);
    CHECK(budget(".nan") == -1);
    CHECK(budget("1e10") == -1);
}

TEST_CASE("a key that was pasted into the manifest does not come back in the complaint")
{
    const manifest_folder folder;
    const auto all = expand(folder, std::string("version: 1\nproviders:\n  openai: { api_key_env: "
                                                "sk-proj-verysecret123 }\n") +
                                        a_job);
    CHECK(all.found.errors() == 1);
    CHECK(all.complaints.find("verysecret") == std::string::npos);
}

TEST_CASE("what is written under defaults holds for every job, its own mistakes are told once")
{
    const manifest_folder folder;
    const auto all = expand(folder, R"yaml(version: 1
defaults:
  route: simulator
  model: gpt-image-2
  prompt: { style: photo, avoid: text }
  retry: { max_attempts: 3 }
  count: many
  outputs: [{ name: a, format: webp }]
jobs:
  - { id: a, prompt: { subject: mug }, retry: { on_unknown: retry } }
  - { id: b, prompt: plain }
  - { id: c, prompt: { subject: cup, style: ~ }, outputs: [{ name: b }] }
)yaml");
    CHECK(all.complaints ==
          "m.yaml:7:10: error: count: expected a whole number from 1 to 10000, found the text "
          "'many'\n"
          "m.yaml:12:45: error: prompt.style: expected text, found nothing\n");
    auto text = folder.disk().read(folder.path("m.yaml"), 10'000).value();
    text.replace(text.find("count: many"), 11, "stream: false");
    text.replace(text.find(", style: ~"), 10, "");
    const auto good = expand(folder, text);
    REQUIRE(good.items.size() == 3);
    CHECK(good.items[0].request.prompt == "Subject: mug\nStyle: photo\nAvoid: text");
    CHECK(good.items[0].retry.max_attempts == 3);
    CHECK(good.items[0].retry.on_unknown == job::unknown_policy::retry);
    CHECK(good.items[1].request.prompt == "plain");
    CHECK(good.items[1].outputs[0].path == "b.webp");
    CHECK(good.items[2].outputs[0].name == "b");
    CHECK(!good.items[2].request.stream);
}

TEST_CASE("a complaint about a default stands where the default stands")
{
    const manifest_folder folder;
    const auto all = expand(folder, R"yaml(version: 1
defaults: { route: simulator, model: gpt-image-2, size: 1000x1000 }
jobs:
  - { id: a, prompt: x }
  - { id: b, prompt: x, size: 1024x1024 }
  - { id: c, prompt: x }
)yaml");
    CHECK(all.found.errors() == 1);
    CHECK(all.complaints.find("m.yaml:2:57: error: size 1000x1000") == 0);
    CHECK(all.items.size() == 1);
}

TEST_CASE("many jobs are read in one go")
{
    const manifest_folder folder;
    std::string text = "version: 1\ndefaults: { route: simulator, model: gpt-image-2, quality: low "
                       "}\njobs:\n";
    for (int i = 0; i < 5000; ++i)
        text += "  - { id: item-" + std::to_string(i) + ", prompt: a mug, number " +
                std::to_string(i) + " }\n";
    // A comma ends a plain text in braces: what follows is a key without a value.
    const auto wrong = expand(folder, text);
    CHECK(wrong.found.errors() == 5000);
    CHECK(wrong.found.list().size() == manifest::problems::listed_max);
    CHECK(wrong.complaints.ends_with("... and 4900 more\n"));
    std::string quoted = text;
    for (auto at = quoted.find("mug, number"); at != std::string::npos;
         at = quoted.find("mug, number"))
        quoted.replace(at, 11, "mug number");
    const auto all = expand(folder, quoted);
    CHECK(all.complaints == "");
    CHECK(all.items.size() == 5000);
}
