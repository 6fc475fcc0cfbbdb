#include "engine/plan/planner.hpp"

#include "engine/job/content_key.hpp"
#include "engine/plan/plan_text.hpp"
#include "tests/plan/plan_bench.hpp"

#include <doctest/doctest.h>

using namespace engine;

using support::bench;

TEST_CASE("the plan adds up what will be bought, at known prices")
{
    bench b;
    for (int i = 0; i < 10; ++i)
        (void)b.planner.add(bench::item("lamp-" + std::to_string(i)));
    const auto& totals = b.planner.totals();
    CHECK(totals.total() == 10);
    CHECK(totals.to_buy() == 10);
    CHECK(!totals.idle());
    // 1756 output tokens at $30 a million are $0.05268 an image; text comes on top.
    CHECK(totals.expected.count >= 526'800);
    CHECK(totals.expected.count < 540'000);
    CHECK(totals.low <= totals.expected);
    CHECK(totals.expected <= totals.worst);
    CHECK(totals.unpriced == 0);
}

TEST_CASE("one picture asked for by several items is bought once, by the first")
{
    bench b;
    (void)b.planner.add(bench::item("a"));
    const auto once = b.planner.totals().expected;
    for (const auto* id : {"b", "c"}) {
        auto twin = bench::item(id);
        twin.key = base::sha256_hex("a");
        const auto planned = b.planner.add(twin);
        CHECK(planned.decision.verdict == plan::verdict::reuse);
        CHECK(planned.decision.same_as == "a");
        CHECK(planned.decision.waits);
        CHECK(planned.decision.reason == "the same picture as 'a', bought once");
        CHECK(planned.cost.expected.count == 0);
        CHECK(planned.conflicts_with.empty());
        CHECK(plan::plan_json(planned).dump().find(R"("same_as":"a")") != std::string::npos);
    }
    CHECK(b.planner.totals().to_buy() == 1);
    CHECK(b.planner.totals().count(plan::verdict::reuse) == 2);
    CHECK(b.planner.totals().expected == once);
    // The second pass says the same, and who is waited for.
    CHECK(b.planner.decide_again(bench::item("a")).is_shared);
    CHECK(b.planner.decide_again(bench::item("a")).decision.buys());
    auto twin = bench::item("b");
    twin.key = base::sha256_hex("a");
    CHECK(b.planner.decide_again(twin).decision.same_as == "a");
    CHECK(!b.planner.decide_again(bench::item("alone")).is_shared);
}

TEST_CASE("items share a picture only if they would take the same for it")
{
    const auto conflict = [](auto change) {
        bench b;
        (void)b.planner.add(bench::item("a"));
        auto twin = bench::item("b");
        twin.key = base::sha256_hex("a");
        change(twin);
        return b.planner.add(twin).conflicts_with;
    };
    CHECK(conflict([](job::item& it) { it.downgrades.push_back({{}, "low"}); }) == "a");
    CHECK(conflict([](job::item& it) {
              it.routes.push_back({"xai-router", "images", "grok-imagine-image"});
          }) == "a");
    CHECK(conflict([](job::item& it) {
              it.expect.alpha = job::expectation::alpha_rule::required;
          }) == "a");
    // The same model at another place makes the same picture.
    CHECK(conflict([](job::item& it) {
              it.routes.push_back({"xai-router", "images", "gpt-image-2"});
          }) == "");
    CHECK(conflict([](job::item& it) { it.retry.max_attempts = 1; }) == "");
}

TEST_CASE("a price nobody knows is said, never taken for zero")
{
    bench b;
    auto wanted = bench::item("x");
    wanted.routes[0].model = wanted.request.model = "mystery-1";
    const auto planned = b.planner.add(wanted);
    CHECK(!planned.cost.priced);
    CHECK(b.planner.totals().unpriced == 1);
}

TEST_CASE("whose parent has no picture has none either, and whose parent waits waits")
{
    for (const auto state : {job::item_state::failed, job::item_state::held}) {
        bench b;
        auto parent = bench::item("hero");
        auto child = bench::item("winter");
        child.after = job::parent_link{parent.id, parent.key, {}};
        job::attempt_ended attempt;
        attempt.item = parent.id;
        attempt.key = parent.key;
        attempt.outcome = job::outcome::refused;
        job::item_ended ended;
        ended.item = parent.id;
        ended.key = parent.key;
        ended.state = state;
        ended.cause = "fallback";
        b.history.add({base::wall_time{}, "r-1", attempt});
        b.history.add({base::wall_time{}, "r-1", ended});
        (void)b.planner.add(parent);
        const auto planned = b.planner.add(child);
        const bool failed = state == job::item_state::failed;
        CHECK(planned.decision.verdict == (failed ? plan::verdict::failed : plan::verdict::held));
        CHECK(planned.decision.reason == std::string("continues 'hero', which ") +
                                             (failed ? "has failed" : "waits for a person"));
        CHECK(b.planner.totals().to_buy() == 0);
    }
}

TEST_CASE("the second pass knows which items others continue")
{
    bench b;
    auto parent = bench::item("hero");
    auto child = bench::item("winter");
    child.after = job::parent_link{parent.id, parent.key, {}};
    (void)b.planner.add(parent);
    (void)b.planner.add(child);
    CHECK(b.planner.decide_again(parent).has_children);
    CHECK(!b.planner.decide_again(child).has_children);
}

TEST_CASE("a plan knows how deep its chains are, counting only what is to be bought")
{
    bench b;
    auto hero = bench::item("hero");
    auto winter = bench::item("winter");
    auto night = bench::item("night");
    winter.after = job::parent_link{hero.id, hero.key, {}};
    night.after = job::parent_link{winter.id, winter.key, {}};
    for (const auto& one : {hero, winter, night, bench::item("other")})
        (void)b.planner.add(one);
    const auto& load = b.planner.totals().routes.at("openai/images/gpt-image-2");
    CHECK(load.by_depth == std::vector<std::int64_t>{2, 1, 1});
    CHECK(load.count() == 4);
    REQUIRE(load.classes.size() == 1);
    CHECK(load.classes[0].count == 4);
}

TEST_CASE("rewriting a prompt is part of the cost until it is written, also the longer prompt")
{
    bench b;
    const auto plain = bench::item("a");
    auto wanted = bench::item("a");
    wanted.enrich = job::enrichment{"openai", "gpt-5.4-mini", "vivid", 600};
    const auto before = b.planner.estimate(wanted, wanted.routes[0]);
    const auto without = b.planner.estimate(plain, plain.routes[0]);
    const auto text = b.planner.enrichment_cost(wanted);
    REQUIRE(text);
    // 600 tokens out at 4.50 USD a million, the rest in at 0.75.
    CHECK(text->worst.count >= 2700);
    CHECK(text->worst.count < 2900);
    CHECK(text->expected.count < 300);
    CHECK(before.worst.count == without.worst.count + text->worst.count + 600 * 5);
    CHECK(before.expected.count == without.expected.count + text->expected.count + 40 * 5);
    const auto path = b.folder.enriched(job::enrichment_hash(wanted));
    REQUIRE(b.disk->make_directories(b.folder.enriched_folder()));
    REQUIRE(runtime::write_whole(*b.disk, path, base::as_bytes("{}")));
    CHECK(b.planner.enrichment_cost(wanted)->worst.count == 0);
    wanted.enrich->model = "a-text-model-of-nobody";
    CHECK(!b.planner.estimate(wanted, wanted.routes[0]).priced);
}
