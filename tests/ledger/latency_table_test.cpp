#include "engine/ledger/latency_table.hpp"

#include "tests/ledger/sample_events.hpp"

#include <doctest/doctest.h>

using namespace engine;
using ledger::latency_table;
using support::sample_attempt;

namespace {

const std::string route = "openai/images/gpt-image-2";

job::attempt_ended took(double last_byte_ms, const std::string& size = "1024x1024")
{
    auto ended = sample_attempt();
    ended.request.size = size;
    ended.latency_ms = {};
    ended.latency_ms.last_byte = last_byte_ms;
    ended.latency_ms.decode = 20;
    ended.latency_ms.encode = 30;
    ended.latency_ms.total = last_byte_ms + 60;
    return ended;
}

} // namespace

TEST_CASE("latencies are kept by route, size and quality")
{
    latency_table all;
    all.add(took(1000), 1);
    all.add(took(3000), 1);
    all.add(took(9000, "2048x2048"), 1);
    const auto* small = all.find(route, "1024x1024", "medium");
    REQUIRE(small);
    CHECK(small->on_wire_ms.count() == 2);
    CHECK(small->on_wire_ms.mean() == doctest::Approx(2000));
    CHECK(small->on_wire_ms.deviation() == doctest::Approx(1000));
    CHECK(small->local_ms.mean() == doctest::Approx(50));
    CHECK(!all.find(route, "1024x1024", "high"));
    CHECK(!all.find("xai-router/images/gpt-image-2", "1024x1024", "medium"));
    int forms = 0;
    all.for_each(route, [&](const std::string&, const std::string& quality,
                            const ledger::measured_latency&) {
        ++forms;
        CHECK(quality == "medium");
    });
    CHECK(forms == 2);
}

TEST_CASE("the newest run outweighs a long history of older ones")
{
    latency_table all;
    for (int i = 0; i < 10'000; ++i)
        all.add(took(1000), 1);
    for (int i = 0; i < 200; ++i)
        all.add(took(5000), 2);
    const auto* found = all.find(route, "1024x1024", "medium");
    REQUIRE(found);
    CHECK(found->on_wire_ms.count() == 10'200);
    CHECK(found->on_wire_ms.mean() == doctest::Approx(4200)); // 50 old and 200 new
}

TEST_CASE("a text model's time is part of what an attempt held its slot")
{
    latency_table all;
    auto ended = took(1000);
    ended.enriched = job::enriched_prompt{"openai", "gpt-5.4-mini", "", false, {}};
    ended.latency_ms.total = 4060;
    all.add(ended, 1);
    CHECK(all.find(route, "1024x1024", "medium")->on_wire_ms.mean() == doctest::Approx(4010));
}

TEST_CASE("how often a picture had to be asked for again is measured by route")
{
    latency_table all;
    for (int i = 0; i < 8; ++i)
        all.add(took(1000), 1);
    all.add(sample_attempt("a", 1, 1, job::outcome::overloaded), 1);
    all.add(sample_attempt("a", 1, 1, job::outcome::bad_output), 1);
    all.add(sample_attempt("a", 1, 1, job::outcome::rate_limited), 1); // burns no slot to speak of
    all.add(sample_attempt("a", 1, 1, job::outcome::cancelled), 1);
    const auto* repeats = all.repeats(route);
    REQUIRE(repeats);
    CHECK(repeats->again.count() == 10);
    CHECK(repeats->again.mean() == doctest::Approx(0.2));
    CHECK(!all.repeats("nowhere"));
}

TEST_CASE("figures that no attempt can have are left out")
{
    latency_table all;
    all.add(took(-1), 1);
    all.add(took(1e12), 1);
    auto silent = took(1000);
    silent.latency_ms = {};
    all.add(silent, 1);
    CHECK(all.cells() == 0);
}

TEST_CASE("endless sizes take a bounded table, and go into one figure of their route")
{
    latency_table all;
    for (int i = 0; i < 5000; ++i)
        all.add(took(1000, std::to_string(16 * i) + "x1024"), 1);
    CHECK(all.cells() == latency_table::cells_max + 1);
    const auto* rest = all.find(route, "", "");
    REQUIRE(rest);
    CHECK(rest->on_wire_ms.count() == 5000 - static_cast<int>(latency_table::cells_max));
}
