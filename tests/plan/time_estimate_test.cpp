#include "engine/plan/time_estimate.hpp"

#include "tests/plan/plan_bench.hpp"

#include <doctest/doctest.h>

using namespace engine;
using support::bench;

TEST_CASE("the time comes from whichever limit binds")
{
    bench b;
    for (int i = 0; i < 600; ++i)
        (void)b.planner.add(bench::item(std::to_string(i)));
    // 31.5 s each (30 s at medium and 1.05 MP), 16 at once by default.
    const auto plain = b.planner.estimate_time({});
    CHECK(plain.binding == "concurrency");
    CHECK(plain.binding_at == "openai");
    CHECK(plain.latency_from == "a guess");
    // No rate is known: the first rounds have four and eight at once.
    CHECK(plain.duration.count() == doctest::Approx(600 * 31'457 / 16 + 2 * 31'457).epsilon(0.03));
    CHECK(plain.shortest <= plain.duration);
    CHECK(plain.longest >= plain.duration);
    const auto one = b.planner.estimate_time({1});
    CHECK(one.binding == "-j");
    CHECK(one.binding_at.empty());
    CHECK(one.duration.count() == doctest::Approx(600 * 31'457).epsilon(0.03));
    b.limits("openai").images_per_minute = 20;
    const auto limited = b.planner.estimate_time({});
    CHECK(limited.binding == "images_per_minute");
    CHECK(limited.duration.count() == doctest::Approx(30 * 60'500).epsilon(0.03));
    b.limits("openai").requests_per_minute = 5;
    CHECK(b.planner.estimate_time({}).binding == "requests_per_minute");
    b.limits("openai").tokens_per_minute = 1000;
    CHECK(b.planner.estimate_time({}).binding == "tokens_per_minute");
}

TEST_CASE(
    "limits that earlier runs learned count, of the account and of the model, and are named so")
{
    bench b;
    for (int i = 0; i < 600; ++i)
        (void)b.planner.add(bench::item(std::to_string(i)));
    plan::time_settings settings;
    settings.learned["openai"]["gpt-image-2"].images_per_minute = 20;
    const auto of_model = b.planner.estimate_time(settings);
    CHECK(of_model.binding == "images_per_minute");
    CHECK(of_model.binding_learned);
    CHECK(of_model.duration.count() == doctest::Approx(30 * 60'500).epsilon(0.03));
    settings.learned["openai"][""].images_per_minute = 10; // of the account: it sells by the model
    CHECK(b.planner.estimate_time(settings).duration == of_model.duration);
    for (auto& spec : b.providers)
        spec.limits_learned_for = job::limit_owner::account;
    const auto of_account = b.planner.estimate_time(settings);
    CHECK(of_account.binding_learned);
    CHECK(of_account.duration.count() == doctest::Approx(60 * 60'500).epsilon(0.03));
    for (const double by_hand : {5.0, 10.0}) { // somebody has written down as much
        b.limits("openai").images_per_minute = by_hand;
        CHECK(!b.planner.estimate_time(settings).binding_learned);
    }
    b.limits("openai") = {};
    settings.learned = {{"gateway", settings.learned["openai"]}}; // somebody else's
    CHECK(b.planner.estimate_time(settings).duration == b.planner.estimate_time({}).duration);
}

TEST_CASE("where limits are the model's, each model is searched by itself")
{
    bench b;
    for (int i = 0; i < 24; ++i) {
        auto item = bench::item(std::to_string(i));
        if (i % 2)
            item.routes[0].model = item.request.model = "gpt-image-1.5";
        (void)b.planner.add(std::move(item));
    }
    // Four of each at once, then eight; or four of all, eight, and the rest.
    const auto each = b.planner.estimate_time({}).duration;
    for (auto& spec : b.providers)
        spec.limits_learned_for = job::limit_owner::account;
    const auto together = b.planner.estimate_time({}).duration;
    CHECK(together - each > std::chrono::seconds(10));
    CHECK(together - each < std::chrono::seconds(32));
}

TEST_CASE("references weigh in the images a minute as they do in a run")
{
    bench b;
    b.limits("openai").images_per_minute = 20;
    for (auto& spec : b.providers)
        spec.reference_weight = 0.5;
    for (int i = 0; i < 600; ++i) {
        auto item = bench::item(std::to_string(i));
        item.request.references.resize(2);
        (void)b.planner.add(std::move(item));
    }
    CHECK(b.planner.estimate_time({}).duration.count() ==
          doctest::Approx(2 * 30 * 60'500).epsilon(0.03));
}

TEST_CASE("nothing to buy takes no time and is bound by nothing")
{
    bench b;
    const auto none = b.planner.estimate_time({});
    CHECK(none.duration.count() == 0);
    CHECK(none.binding.empty());
    CHECK(none.faster.empty());
}

TEST_CASE("the cheapest change that would halve the time is named, with what binds then")
{
    bench b;
    b.limits("openai").images_per_minute = 6;
    for (int i = 0; i < 300; ++i)
        (void)b.planner.add(bench::item(std::to_string(i)));
    const auto slow = b.planner.estimate_time({});
    REQUIRE(!slow.faster.empty());
    CHECK(slow.faster[0].starts_with("images_per_minute 6 -> 12 at openai: half the time, 2"));
    b.limits("openai").images_per_minute = 25; // 16 slots give 30 a minute
    const auto near = b.planner.estimate_time({});
    REQUIRE(!near.faster.empty());
    CHECK(near.faster[0].find("then bound by concurrency") != std::string::npos);
}

TEST_CASE("a limit that is not alone is named together with the next one")
{
    bench b;
    b.limits("openai").images_per_minute = 60;
    b.limits("openai").requests_per_minute = 60;
    b.limits("openai").concurrency = 100;
    for (int i = 0; i < 600; ++i)
        (void)b.planner.add(bench::item(std::to_string(i)));
    const auto time = b.planner.estimate_time({});
    REQUIRE(!time.faster.empty());
    CHECK(time.faster[0].starts_with("requests_per_minute 60 -> 120 at openai together with "
                                     "images_per_minute 60 -> 120: 5 min"));
}

TEST_CASE("a lower quality is offered with its time and its price")
{
    bench b;
    for (int i = 0; i < 300; ++i)
        (void)b.planner.add(bench::item(std::to_string(i)));
    const auto time = b.planner.estimate_time({});
    REQUIRE(time.faster.size() == 2);
    CHECK(time.faster[0].starts_with("concurrency 16 -> 32 at openai: "));
    // 196 tokens instead of 1756 at 30 USD a million.
    CHECK(time.faster[1].starts_with("quality low: 4 min"));
    CHECK(time.faster[1].find(" instead of " + base::format_usd(b.planner.totals().expected)) !=
          std::string::npos);
}

TEST_CASE("what this machine needs for decoding and encoding can be the bound")
{
    bench b;
    job::attempt_ended measured;
    measured.route_owner = "openai";
    measured.api = "images";
    measured.model_requested = "gpt-image-2";
    measured.outcome = job::outcome::delivered;
    measured.request.size = "1024x1024";
    measured.request.quality = "medium";
    measured.latency_ms.last_byte = 1'000;
    measured.latency_ms.encode = 4'000;
    measured.key = base::sha256_hex("earlier");
    b.history.add({base::wall_time{}, "r-1", measured});
    for (int i = 0; i < 160; ++i)
        (void)b.planner.add(bench::item(std::to_string(i)));
    const auto slow = b.planner.estimate_time({std::nullopt, 2});
    CHECK(slow.binding == "this machine");
    CHECK(slow.duration.count() == 320'000);
    CHECK(slow.latency_from == "measured on 1 image");
    const auto many_cores = b.planner.estimate_time({std::nullopt, 64});
    CHECK(many_cores.binding == "concurrency");
    CHECK(many_cores.duration.count() == doctest::Approx(14'000).epsilon(0.15));
}

TEST_CASE("the end of a run is its duration from now")
{
    plan::time_estimate time;
    time.duration = std::chrono::hours(8);
    const auto now = *base::parse_rfc3339("2026-11-20T22:30:00.000Z");
    CHECK(base::format_rfc3339(time.end_of_run(now)) == "2026-11-21T06:30:00.000Z");
}
