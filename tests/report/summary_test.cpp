#include "engine/report/summary.hpp"

#include "engine/ledger/history.hpp"
#include "engine/ledger/line.hpp"
#include "engine/report/advice.hpp"
#include "engine/report/status.hpp"
#include "tests/ledger/fake_disk.hpp"
#include "tests/ledger/sample_events.hpp"
#include "tests/report/made_ledger.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <limits>

using namespace engine;
using namespace engine::report;
using job::item_state;
using job::outcome;
using support::as_event;
using support::sample_attempt;
using support::sample_intent;
using support::sample_item;

namespace {

summary fold(const std::vector<job::event>& events)
{
    summary all;
    for (const auto& happened : events)
        all.add(happened);
    return all;
}

} // namespace

TEST_CASE("a summary adds up what the ledger says, to the millionth and as history does")
{
    const support::made_ledger made;
    const auto all = fold(made.events);
    ledger::history history;
    for (const auto& happened : made.events)
        history.add(happened);
    CHECK(all.settled() == history.totals().settled);
    CHECK(all.possibly_billed() == history.totals().possibly_billed);
    CHECK(all.spent() == history.totals().spent());
    CHECK(all.unknown() == 4);
    CHECK(all.items().done == 46);
    CHECK(all.items().failed == 4);
    CHECK(all.items().held == 3);
    CHECK(all.items().open == 1);
    CHECK(all.images() == 46);
    CHECK(all.attempts_by_outcome().at("delivered") == 46);
    CHECK(all.attempts_by_outcome().at("unknown") == 3);
    CHECK(all.bytes_stored() == 46 * 2'504'000ull);
    CHECK(all.latency().at("total").count() == 46);
    CHECK(all.by_route().size() == 2);
    CHECK(all.by_model().at("gpt-image-2").delivered == 46);
    CHECK(all.cost_per_image()->count == (all.spent().count + 23) / 46);
    REQUIRE(all.runs().size() == 2);
    CHECK(all.runs()[1].images == 2);
    CHECK(all.images_per_second() == doctest::Approx(2 / 21.5));
    base::microusd by_run;
    for (const auto& run : all.runs())
        by_run += run.settled + run.possibly_billed;
    CHECK(by_run == all.spent());
}

TEST_CASE(
    "an attempt line takes its intent off the bill, and a correction takes back the unknown one")
{
    summary all;
    all.add(as_event(sample_intent("a", 1, 1)));
    CHECK(all.possibly_billed().count == 82'400);
    CHECK(all.unknown() == 1);
    CHECK(all.unknowns()[0].intent_only);
    all.add(as_event(sample_attempt("a", 1, 1, outcome::unknown), 5));
    CHECK(all.possibly_billed().count == 82'400);
    CHECK(all.unknown() == 1);
    CHECK(!all.unknowns()[0].intent_only);
    CHECK(all.failures().size() == 1);
    CHECK(all.failures()[0].items_open == 1);
    all.add(as_event(sample_attempt("a", 1, 1, outcome::delivered), 9));
    all.add(as_event(sample_item("a", 1), 10));
    CHECK(all.possibly_billed().count == 0);
    CHECK(all.settled().count == 41'200);
    CHECK(all.unknown() == 0);
    CHECK(all.failures().empty());
    CHECK(all.attempts_by_outcome().at("unknown") == 0);
    CHECK(all.by_route().begin()->second.attempts == 1);
    CHECK(all.by_route().begin()->second.possibly_billed.count == 0);
    CHECK(all.runs()[0].attempts == 1);
}

TEST_CASE("whatever was possibly billed is taken back when its doubt is settled")
{
    auto doubtful = sample_attempt("a", 1, 1, outcome::refused);
    doubtful.cost = {82'400};
    doubtful.cost_basis = job::cost_basis::unpriced;
    doubtful.possibly_billed = true;
    auto settled = doubtful;
    settled.cost = {};
    settled.cost_basis = job::cost_basis::none;
    settled.possibly_billed = false;
    settled.recovered = true;
    const std::vector<job::event> events = {as_event(sample_intent("a", 1, 1)), as_event(doubtful),
                                            as_event(support::sample_name("a", 1, 1)),
                                            as_event(settled, 5, "r-later")};
    auto all = fold({events[0], events[1]});
    CHECK(all.unknown() == 1);
    CHECK(all.unpriced() == 1);
    CHECK(all.possibly_billed().count == 82'400);
    all = fold(events);
    ledger::history history;
    for (const auto& happened : events)
        history.add(happened);
    CHECK(history.totals().spent().count == 0);
    CHECK(all.spent().count == 0);
    CHECK(all.unknown() == 0);
    CHECK(all.unpriced() == 0);
    CHECK(all.attempts_by_outcome().at("refused") == 1);
    CHECK(all.by_route().begin()->second.attempts == 1);
}

TEST_CASE("a recovered attempt is an image, and tells nothing about latency")
{
    auto recovered = sample_attempt("a", 1, 1);
    recovered.recovered = true;
    const auto all =
        fold({as_event(sample_intent("a", 1, 1)),
              as_event(sample_attempt("a", 1, 1, outcome::unknown)), as_event(recovered, 5)});
    CHECK(all.images() == 1);
    CHECK(all.settled().count == 41'200);
    CHECK(all.possibly_billed().count == 0);
    CHECK(all.latency().empty());
}

TEST_CASE("a number that is used again adds to the bill")
{
    const std::vector<job::event> events = {
        as_event(sample_intent("a", 1, 1)), as_event(sample_attempt("a", 1, 1, outcome::unknown)),
        as_event(sample_intent("a", 1, 1)), as_event(sample_intent("a", 1, 1)),
        as_event(sample_attempt("a", 1, 1))};
    const auto all = fold(events);
    CHECK(all.settled().count == 41'200);
    CHECK(all.unknown() == 2);
    CHECK(all.possibly_billed().count == 164'800);
}

TEST_CASE("an item that is made again counts its files once, and `open` is not an ending")
{
    auto all = fold({as_event(sample_item("a")), as_event(sample_item("a", 1, item_state::open))});
    CHECK(all.items().done == 1);
    const auto stored = all.bytes_stored();
    all.add(as_event(sample_item("a")));
    CHECK(all.bytes_stored() == stored);
    CHECK(all.causes().empty());
}

TEST_CASE("causes follow the item from one ending to the next")
{
    auto failed = sample_item("a", 1, item_state::failed);
    failed.cause = "output";
    failed.reason = "webp too large";
    auto held = sample_item("b", 2, item_state::held);
    held.cause = "unknown";
    auto all = fold({as_event(held), as_event(failed)});
    REQUIRE(all.causes().size() == 2);
    CHECK(all.causes()[0].state == item_state::failed);
    CHECK(all.causes()[0].cause == "output");
    CHECK(all.causes()[0].example_reason == "webp too large");
    CHECK(all.causes()[1].items == 1);
    all.add(as_event(sample_item("a")));
    REQUIRE(all.causes().size() == 1);
    CHECK(all.causes()[0].cause == "unknown");

    // The example is one that is still there.
    for (const auto* id : {"c", "d"}) {
        held.item = id;
        held.reason = std::string("unknown: of ") + id;
        all.add(as_event(held));
    }
    all.add(as_event(sample_item("b")));
    const auto left = all.causes()[0].example_item;
    CHECK((left == "c" || left == "d"));
    held.reason = "unknown: once more";
    all.add(as_event(held)); // d, in the next run
    CHECK(all.causes()[0].items == 2);
    CHECK(all.causes()[0].example_item == "d");
    CHECK(all.causes()[0].example_reason == "unknown: once more");
}

TEST_CASE("messages that are all different do not make groups without end")
{
    summary all;
    for (int i = 0; i < 1'000; ++i) {
        auto attempt = sample_attempt("item-" + std::to_string(i), i, 1, outcome::overloaded);
        attempt.error_message = "request " + std::to_string(i) + " failed";
        all.add(as_event(attempt));
    }
    const auto failures = all.failures();
    CHECK(failures.size() == 201);
    CHECK(failures[0].reason == "other");
    CHECK(failures[0].attempts == 800);
    CHECK(failures[0].items_open == 800);
}

TEST_CASE("summary.json says everything with the same words")
{
    const support::made_ledger made;
    const auto document = fold(made.events).to_json();
    CHECK(document["schema_version"].integer_or(0) == 1);
    CHECK(document["items"]["held"].integer_or(0) == 3);
    CHECK(document["cost"]["possibly_billed_usd"].number_or(0) == doctest::Approx(0.3296));
    CHECK(document["cost"]["unknown"].integer_or(0) == 4);
    CHECK(document["latency_ms"]["total"]["count"].integer_or(0) == 46);
    CHECK(document["failures"].items().size() == 4);
    CHECK(document["causes"].items().size() == 3);
    CHECK(document["runs"].items()[0]["exit_code"].is_null());
    CHECK(document["runs"].items()[1]["exit_code"].integer_or(0) == 8);
    CHECK(document["runs"].items()[0]["max_cost_usd"].number_or(0) == 5);
    const auto empty = summary().to_json();
    CHECK(empty["cost"]["per_image_usd"].is_null());
    CHECK(empty["runs"].items().empty());
    auto unpriced = sample_attempt();
    unpriced.cost_basis = job::cost_basis::unpriced;
    unpriced.cost = {};
    CHECK(fold({as_event(unpriced)}).to_json()["cost"]["unpriced_attempts"].integer_or(0) == 1);
}

TEST_CASE("percentiles are right within 1.6 %")
{
    histogram values;
    CHECK(values.percentile(50) == 0);
    CHECK(values.mean() == 0);
    for (int i = 1; i <= 10'000; ++i)
        values.add(i);
    CHECK(values.count() == 10'000);
    CHECK(values.min() == 1);
    CHECK(values.max() == 10'000);
    CHECK(values.mean() == doctest::Approx(5000.5));
    for (const double percent : {1.0, 10.0, 50.0, 90.0, 95.0, 99.0, 99.9}) {
        const double exact = percent * 100;
        CHECK(values.percentile(percent) >= exact);
        CHECK(values.percentile(percent) <= exact * 1.017);
    }
    CHECK(values.percentile(100) == 10'000);
    CHECK(values.percentile(0) >= 1);
    CHECK(values.between(0, 1e9) == 10'000);
    CHECK(values.between(0, 5'000) == doctest::Approx(5'000).epsilon(0.02));
    values.add(std::numeric_limits<double>::quiet_NaN());
    values.add(std::numeric_limits<double>::infinity());
    CHECK(values.count() == 10'000);
    values.add(1e300);
    values.add(-5);
    CHECK(values.max() == 1e300);
    CHECK(values.min() == -5);
    CHECK(values.percentile(100) <= 1e300);
}

TEST_CASE("the last line of a run says what there is to say and no more")
{
    money_line_figures figures;
    figures.took = std::chrono::milliseconds(850);
    CHECK(money_line(figures) == "nothing to do · spent $0.00 · 850 ms");
    figures.done = 42;
    figures.failed = 1;
    figures.held = 1;
    figures.spent = {2'354'100};
    figures.possibly_billed = {53'000};
    figures.unknown = 1;
    figures.cap = base::microusd{5'000'000};
    figures.images = 42;
    figures.took = std::chrono::milliseconds(72'000);
    CHECK(
        money_line(figures) ==
        "42 done, 1 failed, 1 held · spent $2.3541 (of it $0.053 possibly billed for 1 unknown) of "
        "a $5.00 cap · $0.0561 per image · 1 min 12 s");
    figures.open = 3;
    figures.reused = 40;
    figures.unknown = 0;
    figures.possibly_billed = {};
    figures.images = 0;
    CHECK(money_line(figures) == "42 done, 1 failed, 1 held, 3 not finished (40 reused) · spent "
                                 "$2.3541 of a $5.00 cap · 1 min 12 s");
}

TEST_CASE("status tells where a folder stands")
{
    const support::made_ledger made;
    support::fake_disk disk;
    for (const auto& happened : made.events)
        disk.all["out/ledger.jsonl"].content += ledger::to_line(happened) + "\n";
    const auto all = read_summary(disk, "out");
    REQUIRE(all.has_value());
    status_facts facts;
    const auto text = status_text(*all, facts);
    CHECK(text.find("manifest  manifests/spring-catalog.yaml\n") == 0);
    CHECK(text.find("21.5 s, ended with 8 (unknown outcomes need a look)") != std::string::npos);
    CHECK(text.find("items     46 done, 4 failed, 3 held, 1 to go of 54\n") != std::string::npos);
    CHECK(text.find("(of it $0.3296 possibly billed for 4 unknown)") != std::string::npos);
    CHECK(text.find("trouble   6 ") != std::string::npos);
    CHECK(
        text.find("next      darkroom recon lists what was lost and fetches what it can; the same "
                  "run with --on-unknown retry buys it again\n") != std::string::npos);

    facts.running = true;
    facts.now = all->runs().back().started + std::chrono::seconds(65);
    const auto running = status_text(*all, facts);
    CHECK(running.find("running since 2026-11-20T11:0") != std::string::npos);
    CHECK(running.find("(1 min 05 s)") != std::string::npos);
    CHECK(running.find("next ") == std::string::npos);

    // What a living run has under way is not lost; of a dead one it is.
    auto begun = *all;
    job::intent_opened sent;
    sent.item = "late";
    sent.key = std::string(64, 'c');
    sent.attempt = 1;
    sent.reserved = base::microusd{31'400};
    begun.add({all->runs().back().started + std::chrono::seconds(1), "r", sent});
    const auto alive = status_text(begun, facts);
    CHECK(alive.find("(of it $0.3296 possibly billed for 4 unknown), $0.0314 reserved for 1 in "
                     "flight") != std::string::npos);
    CHECK(status_text(begun, {}).find("(of it $0.361 possibly billed for 5 unknown)") !=
          std::string::npos);

    CHECK(status_text(summary(), {}) == "nothing has run here yet\n");
    CHECK(read_summary(disk, "elsewhere")->runs().empty());

    auto failed = sample_item("a", 1, item_state::failed);
    const auto died = status_text(fold({as_event(failed)}), {});
    CHECK(died.find("died without saying goodbye") != std::string::npos);
    CHECK(died.find("items     1 failed") == std::string::npos);
    CHECK(died.find("0 done, 1 failed\n") != std::string::npos);
    CHECK(died.find("--retry-failed") != std::string::npos);

    summary many;
    for (int i = 0; i < 12; ++i) {
        auto attempt = sample_attempt("x", i, 1, outcome::invalid);
        attempt.error_code = "code_" + std::to_string(i);
        attempt.cost_basis = job::cost_basis::unpriced;
        many.add(as_event(attempt));
    }
    CHECK(status_text(many, {}).find("and 4 more kinds") != std::string::npos);
    CHECK(status_text(many, {}).find("12 attempts without a known price") != std::string::npos);
}

TEST_CASE("there is advice for every outcome, cause and exit code")
{
    for (std::size_t i = 0; i < job::outcome_names.size(); ++i) {
        const auto known = advice_for(static_cast<outcome>(i));
        CHECK(!known.meaning.empty());
        CHECK(!known.action.empty());
        CHECK(action_for_cause(job::outcome_names[i]) == known.action);
    }
    for (const auto* cause : {"attempts", "output", "store", "never_fits", "budget", "unpriced",
                              "provider_down", "stopped", "halted"})
        CHECK(!action_for_cause(cause).empty());
    CHECK(action_for_cause("something new").empty());
    for (const int code : {0, 1, 2, 3, 4, 5, 7, 8, 130, 143})
        CHECK(meaning_of_exit_code(code) != "ended early");
    CHECK(meaning_of_exit_code(99) == "ended early");
}

TEST_CASE("what was charged is held against what was expected and what was reserved")
{
    summary all;
    for (const int key : {1, 2}) {
        auto intent = support::sample_intent("lamp", key);
        auto attempt = support::sample_attempt("lamp", key); // charged 41,200
        attempt.expected = base::microusd{40'000};
        attempt.price_table = "2026-11-20";
        intent.reserved = {key == 1 ? 82'400 : 41'000};
        all.add(support::as_event(intent));
        all.add(support::as_event(attempt));
    }
    CHECK(*all.drift().share() == doctest::Approx(0.03));
    CHECK(all.over_reserved() == 1);
    CHECK(all.over_reserved_amount().count == 200);
    const auto document = all.to_json();
    CHECK(document["cost"]["drift"]["share"].number_or(0) == doctest::Approx(0.03));
    CHECK(document["by_route"]["openai/images/gpt-image-2"]["drift"]["price_table"].text_or({}) ==
          "2026-11-20");
    CHECK(status_text(all, {}).find("estimate  cost was 3.0 % above the estimate (prices of "
                                    "2026-11-20); 1 attempt cost more than was reserved, by "
                                    "$0.0002 in all: a price is wrong") != std::string::npos);
}
