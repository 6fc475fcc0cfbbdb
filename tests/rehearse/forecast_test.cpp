#include "engine/rehearse/forecast.hpp"

#include <doctest/doctest.h>

using namespace engine;
using namespace std::chrono_literals;

namespace {

rehearse::night_result night(std::uint64_t seed, std::chrono::milliseconds took,
                             std::int64_t millionths)
{
    rehearse::night_result one;
    one.seed = seed;
    one.run.took = took;
    one.run.spent = {millionths};
    one.run.items = {98, 1, 1, 0};
    one.attempts_by_outcome = {{"delivered", 98}, {"rate_limited", 3}, {"unknown", 1}};
    one.bound_by = {{"images_per_minute", took * 3 / 4}, {"", took / 4}};
    one.ledger_sha256 = "abc";
    one.ledger_lines = 300;
    one.ledger_bytes = 2'500'000;
    return one;
}

rehearse::forecast_frame frame()
{
    rehearse::forecast_frame made;
    made.start = base::parse_rfc3339("2026-11-21T22:00:00.000Z").value();
    made.took = 2s;
    return made;
}

bool says(const std::string& text, std::string_view what)
{
    return text.find(what) != std::string::npos;
}

} // namespace

TEST_CASE("of many nights the ends of the interval are those that one in twenty passes")
{
    std::vector<rehearse::night_result> nights;
    for (int i = 100; i >= 0; --i)
        nights.push_back(night(static_cast<std::uint64_t>(i), std::chrono::minutes(i), i));
    const rehearse::forecast said(std::move(nights), frame());
    CHECK(said.finish().p5 == 5min);
    CHECK(said.finish().p50 == 50min);
    CHECK(said.finish().p95 == 95min);
    CHECK(said.cost().p5.count == 5);
    CHECK(said.cost().p95.count == 95);
}

TEST_CASE("one night is told as it is, several as an interval")
{
    const rehearse::forecast one({night(7, 8h, 5'250'000)}, frame());
    const auto text = one.text();
    CHECK(says(text, "1 night, seed 7, in 2.0 s"));
    CHECK(
        says(text, "finish: 8 h 00 min; begun at 2026-11-21T22:00Z it ends at 2026-11-22T06:00Z"));
    CHECK(says(text, "cost:   $5.25\n"));
    CHECK(says(text, "98 done, 1 failed, 1 held"));
    CHECK(says(text, "98 delivered, 3 rate_limited, 1 unknown"));
    CHECK(says(text, "images_per_minute 75 %, nothing 25 %"));
    CHECK(says(text, "300 lines, 2.5 MB, sha256 abc"));

    auto about = frame();
    about.nights_wanted = 10;
    about.cap = base::microusd{10'000'000};
    about.is_model = true;
    const rehearse::forecast several({night(1, 1h, 1'000'000), night(2, 2h, 2'000'000)}, about);
    CHECK(says(several.text(), "2 nights, seeds 1 to 2"));
    CHECK(says(several.text(), "10 were planned"));
    CHECK(says(several.text(), ", 1 h 00 min to 2 h 00 min;"));
    CHECK(says(several.text(), "$1.00 to $2.00 of a cap of $10.00"));
    CHECK(says(several.text(), "a model of the providers"));
}

TEST_CASE("the document holds every night and the intervals")
{
    const rehearse::forecast said({night(1, 1h, 1'000'000), night(2, 2h, 2'000'000)}, frame());
    const auto document = said.to_json();
    CHECK(document["rehearsal"].bool_or(false));
    CHECK(document["wall_ms"]["p5"].integer_or(0) == 3'600'000);
    CHECK(document["cost_usd"]["p95"].number_or(0) == 2);
    CHECK(document["items"]["done"]["p50"].integer_or(0) == 98);
    CHECK(document["bound_by"]["images_per_minute"].number_or(0) == doctest::Approx(0.75));
    CHECK(document["nights"].items().size() == 2);
    CHECK(document["nights"].items()[1]["attempts"]["rate_limited"].integer_or(0) == 3);
}
