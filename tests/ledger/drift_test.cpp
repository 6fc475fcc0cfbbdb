#include "engine/ledger/drift.hpp"

#include "tests/ledger/sample_events.hpp"

#include <doctest/doctest.h>

using namespace engine;
using support::sample_attempt;

namespace {

job::attempt_ended expected_at(std::int64_t microusd)
{
    auto ended = sample_attempt(); // charged 41,200
    ended.expected = base::microusd{microusd};
    ended.price_table = "2026-11-20";
    return ended;
}

} // namespace

TEST_CASE("drift is what was charged over what was expected, by route")
{
    ledger::drift_by_route all;
    ledger::note_drift(all, expected_at(40'000));
    REQUIRE(all.size() == 1);
    const auto& one = all.at("openai/images/gpt-image-2");
    CHECK(one.attempts == 1);
    CHECK(*one.share() == doctest::Approx(0.03));
    CHECK(ledger::drift_text(one) == "cost was 3.0 % above the estimate (prices of 2026-11-20)");
    ledger::note_drift(all, expected_at(50'000));
    CHECK(ledger::drift_text(one) == "cost was 8.4 % below the estimate (prices of 2026-11-20)");
}

TEST_CASE("within half a percent the cost was as estimated")
{
    ledger::drift one;
    one.add(expected_at(41'100));
    CHECK(ledger::drift_text(one) == "cost was as estimated (prices of 2026-11-20)");
}

TEST_CASE("what nobody estimated, and what is counted at its worst case, is not compared")
{
    ledger::drift none;
    none.add(sample_attempt());
    auto lost = sample_attempt("b", 2, 1, job::outcome::unknown);
    lost.expected = base::microusd{40'000};
    none.add(lost);
    auto without_usage = expected_at(40'000);
    without_usage.cost_basis = job::cost_basis::estimate;
    none.add(without_usage);
    none.add(expected_at(0));
    CHECK(none.attempts == 0);
    CHECK(!none.share());
    CHECK(ledger::drift_text(none).empty());
}

TEST_CASE("a ledger with endless routes takes a bounded table")
{
    ledger::drift_by_route all;
    for (int i = 0; i < 1000; ++i) {
        auto ended = expected_at(40'000);
        ended.model_requested = "model-" + std::to_string(i);
        ledger::note_drift(all, ended);
    }
    CHECK(all.size() == ledger::drift_routes_max + 1);
    CHECK(all.at("").attempts == 1000 - static_cast<int>(ledger::drift_routes_max));
}
