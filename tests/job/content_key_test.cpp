#include "engine/job/content_key.hpp"

#include "tests/support/job_samples.hpp"

#include <doctest/doctest.h>
#include <functional>
#include <set>

using namespace engine;
using job::content_key;
using job::item;
using support::photo;

namespace {

item sample()
{
    auto wanted = support::item_for("gpt-image-2");
    wanted.request.references = {photo("a.png", {64, 64}), photo("b.png", {64, 64})};
    return wanted;
}

} // namespace

TEST_CASE("the key is 64 hexadecimal digits, the same on every machine")
{
    // A change of these two digests makes every finished picture be bought again: the scheme's name
    // in content_key.cpp must change with them.
    CHECK(content_key(support::item_for("gpt-image-2")) ==
          "b9c1f5535af2127dfeb06420a7a70ff9370b1a607b9a237b599a56662536e8e3");
    CHECK(content_key(sample()) ==
          "d21f2fbbd7317e23b03f4ad7601729cff1dbd63bd63ba0ef34e59aebee6a5af8");
    CHECK(content_key(sample()) == content_key(sample()));
}

TEST_CASE("everything that changes the picture changes the key, each in its own way")
{
    using change = std::function<void(item&)>;
    const change changes[] = {
        [](item&) {},
        [](item& it) { it.routes[0].api = "responses"; },
        [](item& it) { it.routes[0].simulated = true; },
        [](item& it) { it.request.model = "gpt-image-2.5-flare"; },
        [](item& it) { it.request.prompt += " "; },
        [](item& it) { it.request.size = job::image_size{1536, 1024}; },
        [](item& it) { it.request.size = job::image_size{1024, 1536}; },
        [](item& it) { it.request.size.reset(); },
        [](item& it) { it.request.quality = "high"; },
        [](item& it) { it.request.quality.clear(); },
        [](item& it) { it.request.background = "opaque"; },
        [](item& it) { it.request.moderation = "low"; },
        [](item& it) { it.request.input_fidelity = "low"; },
        [](item& it) { it.request.format = job::image_format::webp; },
        [](item& it) { it.request.format = job::image_format::jpeg; },
        [](item& it) { it.request.compression = 0; },
        [](item& it) { it.request.compression = 50; },
        [](item& it) { it.request.references[0].sha256 = "other"; },
        [](item& it) { it.request.references[1].sha256 = "other"; },
        [](item& it) { std::swap(it.request.references[0], it.request.references[1]); },
        [](item& it) { it.request.references.pop_back(); },
        [](item& it) { it.request.references.push_back(it.request.references[1]); },
        [](item& it) { it.request.references.clear(); },
        [](item& it) { it.request.mask = it.request.references[0]; },
        [](item& it) { it.request.mask = it.request.references[1]; },
        [](item& it) { it.copy = 2; },
        [](item& it) { it.copy = 12; },
        [](item& it) { it.routes[0].mainline_model = "gpt-5.5"; },
        [](item& it) { it.request.action = "generate"; },
        [](item& it) { it.after = job::parent_link{"lamp", std::string(64, 'a'), {}}; },
        [](item& it) { it.after = job::parent_link{"lamp", std::string(64, 'b'), {}}; },
        [](item& it) { it.enrich = job::enrichment{"openai", "gpt-5.4-mini", "vivid", 600}; },
        [](item& it) { it.enrich = job::enrichment{"openai", "gpt-5.4-nano", "vivid", 600}; },
        [](item& it) { it.enrich = job::enrichment{"openai", "gpt-5.4-mini", "terse", 600}; },
    };
    std::set<std::string> keys;
    for (const auto& apply : changes) {
        auto wanted = sample();
        apply(wanted);
        keys.insert(content_key(wanted));
    }
    CHECK(keys.size() == std::size(changes));
}

TEST_CASE("what does not change the picture does not change the key")
{
    using change = std::function<void(item&)>;
    const change changes[] = {
        [](item& it) { it.id = "other"; },
        [](item& it) { it.routes[0].provider = "xai-router"; },
        [](item& it) { it.routes.push_back({.provider = "laozhang", .model = "gpt-image-2"}); },
        [](item& it) { it.outputs.clear(); },
        [](item& it) { it.request.stream = false; },
        [](item& it) { it.request.partial_images = 3; },
        [](item& it) { it.retry.max_attempts = 1; },
        [](item& it) { it.timeout = std::chrono::seconds(1); },
        [](item& it) { it.log_prompt = true; },
        [](item& it) { it.keep_partials = true; },
        [](item& it) { it.downgrades.push_back({{}, "low"}); },
        [](item& it) { it.variables.set("sku", "x"); },
        [](item& it) { it.expect.size = job::image_size{1, 1}; },
        [](item& it) { it.request.references[0].path = "/elsewhere/a.png"; },
        [](item& it) { it.request.references[0].source = "moved/a.png"; },
        [](item& it) { it.request.references[0].rights = "owned"; },
        // Nothing said means png to every provider.
        [](item& it) { it.request.format = job::image_format::png; },
    };
    const auto key = content_key(sample());
    for (const auto& apply : changes) {
        auto wanted = sample();
        apply(wanted);
        CHECK(content_key(wanted) == key);
    }
}

TEST_CASE("no two requests meet by moving text from one field into the next")
{
    auto one = support::item_for("gpt-image-2");
    auto two = one;
    one.request.prompt = "lamp";
    one.request.quality = "high\nbackground=6:opaque";
    two.request.prompt = "lamp";
    two.request.quality = "high";
    two.request.background = "opaque";
    CHECK(content_key(one) != content_key(two));

    one = two = support::item_for("m");
    one.request.prompt = "a\nsize=4:auto\n";
    two.request.prompt = "a";
    CHECK(content_key(one) != content_key(two));

    one = two = support::item_for("m");
    one.request.references = {photo("ab", {1, 1})};
    two.request.references = {photo("a", {1, 1}), photo("b", {1, 1})};
    one.request.references[0].sha256 = "ab";
    two.request.references[0].sha256 = "a";
    two.request.references[1].sha256 = "b";
    CHECK(content_key(one) != content_key(two));

    // A mask is not one more reference.
    one = two = support::item_for("m");
    one.request.references = {photo("a", {1, 1}), photo("b", {1, 1})};
    two.request.references = {photo("a", {1, 1})};
    two.request.mask = photo("b", {1, 1});
    CHECK(content_key(one) != content_key(two));
}

TEST_CASE("an item without a route counts as one of the images API")
{
    auto without = sample();
    without.routes.clear();
    CHECK(content_key(without) == content_key(sample()));
}

TEST_CASE("the prompt's hash is that of its text and of nothing else")
{
    auto request = support::request_for("m");
    request.prompt = "abc"; // the example of FIPS 180-2
    CHECK(job::prompt_hash(request) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    request.model = "n";
    CHECK(job::prompt_hash(request).starts_with("ba7816bf"));
}
