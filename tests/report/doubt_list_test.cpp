#include "engine/report/doubt_list.hpp"

#include "tests/ledger/sample_events.hpp"

#include <doctest/doctest.h>

using namespace engine;
using namespace engine::report;
using job::outcome;
using support::as_event;
using support::sample_attempt;
using support::sample_intent;

namespace {

ledger::history two_doubts()
{
    ledger::history all;
    auto opened = sample_intent("later", 2, 1);
    opened.conversation_id = "conv_1";
    all.add(as_event(opened, 60'000));
    auto lost = sample_attempt("earlier", 1, 1, outcome::unknown);
    lost.request_id = "req_1";
    lost.error_message = "cut\x1b[31m here";
    all.add(as_event(sample_intent("earlier", 1, 1)));
    all.add(as_event(lost));
    all.add(as_event(sample_intent("fine", 3, 1)));
    all.add(as_event(sample_attempt("fine", 3, 1)));
    return all;
}

} // namespace

TEST_CASE("every doubt is listed once, the oldest first, with what it may have cost")
{
    const auto all = list_doubts(two_doubts());
    REQUIRE(all.size() == 2);
    CHECK(all[0].item == "earlier");
    CHECK(all[1].item == "later");
    CHECK(total_of(all).count == 2 * 82'400);
    const auto text = doubts_text(all);
    CHECK(text.starts_with("2 attempts may have been charged without anybody knowing, up to "
                           "$0.1648 in all\n"));
    CHECK(text.find("earlier #1  up to $0.0824  2026-11-20 10:00 UTC  openai/images/gpt-image-2") !=
          std::string::npos);
    CHECK(text.find("req_1") != std::string::npos);
    CHECK(text.find("conv_1") != std::string::npos);
    CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("a list without doubts says so")
{
    CHECK(list_doubts({}).empty());
    CHECK(doubts_text({}).starts_with("nothing is in doubt"));
    CHECK(doubts_json({}).dump() == "[]");
}

TEST_CASE("doubts as JSON have every name by which the provider can be asked")
{
    auto all = list_doubts(two_doubts());
    all[0].can = "look";
    const auto json = doubts_json(all);
    REQUIRE(json.items().size() == 2);
    const auto& one = json.items()[0];
    CHECK(one["request_id"].text_or({}) == "req_1");
    CHECK(one["can"].text_or({}) == "look");
    CHECK(one["response_id"].is_null());
    CHECK(one["attempt"].integer_or(0) == 1);
    CHECK(one["route"].text_or({}) == "openai/images/gpt-image-2");
    CHECK(json.items()[1]["conversation_id"].text_or({}) == "conv_1");
    CHECK(json.items()[1]["client_request_id"].text_or({}).ends_with(".1"));
}
