#include "engine/plan/plan_text.hpp"

#include "tests/plan/plan_bench.hpp"

#include <doctest/doctest.h>

using namespace engine;
using support::bench;

TEST_CASE("the summary says what a person must know before spending")
{
    bench b;
    (void)b.planner.add(bench::item("a"));
    const plan::money_facts money{base::microusd{10'000}, base::microusd{5'000}};
    const auto time = b.planner.estimate_time({});
    const auto text = plan::plan_summary(b.planner.totals(), time, money);
    CHECK(text.find("1 item: 1 new") != std::string::npos);
    CHECK(text.find("$0.01, $0.005 of it spent by earlier runs; it will be reached") !=
          std::string::npos);
    CHECK(text.find(", bound by how long a picture takes (latency a guess)\n") !=
          std::string::npos);
    const auto json = plan::plan_json(b.planner.totals(), time, money);
    CHECK(json["items"]["new"].integer_or(0) == 1);
    CHECK(json["cap_usd"].number_or(0) == doctest::Approx(0.01));
    CHECK(json["binding"].text_or({}) == "latency");
    CHECK(json["wall_ms"].integer_or(0) == time.duration.count());
    bench empty;
    CHECK(empty.planner.totals().idle());
    CHECK(plan::plan_summary(empty.planner.totals(), {}, {}) == "0 items: nothing to do\n");
}

TEST_CASE("what would be faster stands below the time")
{
    bench b;
    (void)b.planner.add(bench::item("a"));
    plan::time_estimate time;
    time.duration = std::chrono::minutes(62);
    time.binding = "images_per_minute";
    time.binding_at = "openai";
    time.latency_from = "measured on 212 images";
    time.shortest = std::chrono::minutes(60);
    time.longest = std::chrono::minutes(65);
    time.faster = {"images_per_minute 60 -> 120 at openai: 31 min 00 s",
                   "quality low: 20 min 00 s"};
    const auto text = plan::plan_summary(b.planner.totals(), time, {});
    CHECK(text.find("time: about 1 h 02 min, bound by images_per_minute of openai (latency "
                    "measured on 212 images)\n"
                    "      faster with images_per_minute 60 -> 120 at openai: 31 min 00 s\n"
                    "      or with quality low: 20 min 00 s\n") != std::string::npos);
}

TEST_CASE("a time that chance decides is told as a range, and a limit nobody wrote down as learned")
{
    bench b;
    (void)b.planner.add(bench::item("a"));
    plan::time_estimate time;
    time.duration = std::chrono::minutes(62);
    time.shortest = std::chrono::minutes(50);
    time.longest = std::chrono::minutes(70);
    time.binding = "images_per_minute";
    time.binding_at = "openai";
    time.binding_learned = true;
    time.latency_from = "a guess";
    CHECK(plan::plan_summary(b.planner.totals(), time, {})
              .find("time: about 1 h 02 min, 50 min 00 s to 1 h 10 min in four runs of five, bound "
                    "by images_per_minute of openai as earlier runs learned it (latency a "
                    "guess)\n") != std::string::npos);
    CHECK(plan::plan_json(b.planner.totals(), time, {})["binding_learned"].bool_or(false));
}

TEST_CASE("an item without a known price has none in its line")
{
    bench b;
    auto wanted = bench::item("x");
    wanted.routes[0].model = wanted.request.model = "mystery-1";
    const auto planned = b.planner.add(wanted);
    CHECK(plan::plan_line(planned).find('?') != std::string::npos);
    CHECK(plan::plan_json(planned)["cost_usd"].is_null());
    CHECK(plan::plan_summary(b.planner.totals(), b.planner.estimate_time({}), {})
              .find("1 without a known price") != std::string::npos);
}
