// The faults of the profile on the Responses API: what the client sees, and what is charged.
#include "tests/sim/asking.hpp"
#include "tests/support/golden.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace engine;
using namespace std::chrono_literals;
using support::answered;
using support::asking;
using support::drawn;
using support::json;
using support::quiet_profile;

namespace {

using faults = job::simulator_profile::fault_model;

struct looked {
    answered got;
    json row;    // of the bill
    json stored; // the response as it is afterwards; null when there is none
};

looked look(const job::simulator_profile& profile, bool stream, int n = 0)
{
    asking simulator(profile);
    auto got =
        simulator.respond(drawn({{"partial_images", stream ? 1 : 0}},
                                {{"stream", stream}, {"input", "try " + std::to_string(n)}}));
    auto row = simulator.bill()["requests"].items().at(0);
    auto stored =
        simulator.ask("GET", "/v1/responses/" + std::string(row["response_id"].text_or("none")));
    return {std::move(got), row, stored.status == 200 ? stored.document() : json()};
}

job::simulator_profile faulty(double faults::* share)
{
    auto profile = quiet_profile();
    profile.faults.*share = 1;
    return profile;
}

std::string outcome_of(const json& row)
{
    return std::string(row["outcome"].text_or("")) +
           (row["charged"].bool_or(false) ? " charged" : " free");
}

json last_response(const answered& got)
{
    const auto events = got.events();
    return events.empty() ? got.document() : events.back().data["response"];
}

std::size_t calls_in(const json& response)
{
    std::size_t count = 0;
    for (const auto& item : response["output"].items())
        count += item["type"].text_or("") == "image_generation_call" ? 1 : 0;
    return count;
}

} // namespace

TEST_CASE("words instead of a picture: the text model is charged, the other one is not")
{
    for (const bool stream : {false, true}) {
        const auto [got, row, stored] = look(faulty(&faults::text_instead), stream);
        const auto response = last_response(got);
        CHECK(response["status"].text_or("") == "completed");
        CHECK(calls_in(response) == 0);
        CHECK(!response["output"].items()[0]["content"].items()[0]["text"].text_or("").empty());
        CHECK(!response.contains("tool_usage"));
        CHECK(outcome_of(row) == "delivered charged");
        CHECK(row["images"].integer_or(-1) == 0);
        CHECK(row["usage"]["output_image"].integer_or(-1) == 0);
        CHECK(row["usage"]["mainline_output"].integer_or(0) > 0);
        CHECK(stored == response);
    }
    asking images(faulty(&faults::text_instead)); // the Images API has no words
    CHECK(images.generate(support::wanted()).status == 200);
}

TEST_CASE("an incomplete response says why")
{
    std::set<std::string> reasons;
    for (int n = 0; n < 12; ++n) {
        const auto [got, row, stored] = look(faulty(&faults::incomplete), n % 2 == 0, n);
        const auto response = last_response(got);
        CHECK(response["status"].text_or("") == "incomplete");
        reasons.emplace(response["incomplete_details"]["reason"].text_or(""));
        CHECK(response["output"].items()[0]["result"].is_null());
        CHECK(outcome_of(row) == "delivered charged");
        CHECK(row["usage"]["output_image"].integer_or(-1) == 0);
        if (n % 2 == 0)
            CHECK(got.events().back().name == "response.incomplete");
    }
    CHECK(reasons == std::set<std::string>{"content_filter", "max_output_tokens"});
}

TEST_CASE("a server in trouble: 500, 503, or a response that failed; nothing is charged")
{
    std::set<std::string> kinds;
    for (int n = 0; n < 24; ++n) {
        const bool stream = n % 2 == 0;
        const auto [got, row, stored] = look(faulty(&faults::server_error), stream, n);
        CHECK(outcome_of(row) == "server_error free");
        if (got.status != 200) {
            kinds.insert(std::to_string(got.status));
            CHECK(stored.is_null());
            continue;
        }
        kinds.insert(stream ? "stream" : "document");
        const auto response = last_response(got);
        CHECK(response["status"].text_or("") == "failed");
        CHECK(response["error"]["code"].text_or("") == "server_error");
        CHECK(response["usage"].is_null());
        CHECK(stored == response);
        if (!stream)
            continue;
        const auto events = got.events();
        CHECK(events.back().name == "response.failed");
        const auto error = events[events.size() - 2];
        CHECK(error.name == "error");
        CHECK(error.data["error"]["code"].text_or("") == "server_error");
    }
    CHECK(kinds == std::set<std::string>{"500", "503", "document", "stream"});
}

TEST_CASE("error events in the documented, flat form")
{
    auto profile = quiet_profile();
    profile.moderated_words = {"try"};
    profile.wire.flat_errors = true;
    for (int n = 0; n < 12; ++n) {
        const auto [got, row, stored] = look(profile, true, n);
        CHECK(outcome_of(row) == "refused free");
        if (got.status != 200)
            continue;
        const auto events = got.events();
        const auto error = events[events.size() - 2].data;
        CHECK(error["type"].text_or("") == "error");
        CHECK(error["code"].text_or("") == "moderation_blocked");
        CHECK(!error.contains("error"));
        CHECK(error["sequence_number"].integer_or(0) ==
              static_cast<std::int64_t>(events.size()) - 2);
        return;
    }
    FAIL("none of them came as an event");
}

TEST_CASE("moderation: 400 or an event before the work, a failed item or response after it")
{
    std::set<std::string> before, after;
    for (int n = 0; n < 16; ++n) {
        const bool stream = n % 2 == 0;
        const auto early = look(faulty(&faults::moderation), stream, n);
        CHECK(outcome_of(early.row) == "refused free");
        before.insert(early.got.status == 400 ? "400" : early.got.events().back().name);
        const auto late = look(faulty(&faults::moderation_output), stream, n);
        CHECK(outcome_of(late.row) == "refused charged");
        const auto response = last_response(late.got);
        if (response["status"].text_or("") == "failed") {
            after.insert("failed");
            CHECK(response["error"]["code"].text_or("") == "moderation_blocked");
            continue;
        }
        after.insert("item");
        const auto item = response["output"].items()[0];
        CHECK(item["status"].text_or("") == "failed");
        CHECK(item["result"].is_null());
        const auto recorded = support::golden("contract/responses_stream_item_failed.sse");
        CHECK(item["error"]["code"].text_or("") == "moderation_blocked");
        CHECK(item["error"]["moderation_details"]["moderation_stage"].text_or("") == "output");
        CHECK(response["tool_usage"]["image_gen"]["output_tokens"] ==
              late.row["usage"]["output_image"]);
    }
    CHECK(before == std::set<std::string>{"400", "response.failed"});
    CHECK(after == std::set<std::string>{"failed", "item"});
}

TEST_CASE("an empty response has neither picture nor words, and is charged")
{
    std::set<std::size_t> items;
    for (int n = 0; n < 12; ++n) {
        const auto [got, row, stored] = look(faulty(&faults::empty_data), n % 2 == 0, n);
        const auto response = last_response(got);
        CHECK(response["status"].text_or("") == "completed");
        items.insert(response["output"].items().size());
        CHECK(got.body.find("iVBOR", got.body.size() / 2) == std::string::npos);
        CHECK(outcome_of(row) == "delivered charged");
    }
    CHECK(items == std::set<std::size_t>{0, 1});
}

TEST_CASE("a broken picture is only broken for who gets it: a chain goes on from a whole one")
{
    asking simulator(faulty(&faults::truncated_image));
    const auto first = simulator.respond(drawn()).document();
    const auto bytes =
        base::decode_base64(first["output"].items()[0]["result"].text_or(""), "image");
    REQUIRE(bytes);
    CHECK(!image::decode(*bytes).has_value());
    const auto next = simulator.respond(drawn({}, {{"previous_response_id", first["id"]}}));
    CHECK(next.status == 200);
}

TEST_CASE("a stream that breaks ends in another place each time; a stall hangs up late")
{
    bool before_head = false, with_picture = false, without_picture = false;
    for (int n = 0; n < 24; ++n) {
        const auto [got, row, stored] = look(faulty(&faults::cut_stream), true, n);
        CHECK(!got.complete);
        CHECK(outcome_of(row) == "cut charged");
        CHECK(calls_in(stored) == 1);
        before_head = before_head || got.status == 0;
        bool done = false;
        for (const auto& [name, data] : got.events())
            done = done || (name == "response.output_item.done" && !data.is_null());
        (done ? with_picture : without_picture) = true;
    }
    CHECK(before_head);
    CHECK(with_picture);
    CHECK(without_picture);
    auto profile = faulty(&faults::stall);
    profile.stall_ms = 90'000;
    profile.latency.base_ms = 1000;
    CHECK(look(profile, true).got.took == 91s);
    auto fixed = faulty(&faults::cut_stream);
    fixed.cut_at_byte = 300;
    CHECK(look(fixed, true).got.body.size() == 300);
    CHECK(look(fixed, false).got.body.size() == 300);
}

TEST_CASE("a gateway's page, plain JSON for a stream, and a limit")
{
    const auto lost = look(faulty(&faults::bad_gateway), true);
    CHECK((lost.got.status == 502 || lost.got.status == 504));
    CHECK(outcome_of(lost.row) == "gateway_error charged");
    CHECK(calls_in(lost.stored) == 1); // nobody knows its name, but it is there
    const auto plain = look(faulty(&faults::json_to_stream), true);
    CHECK(plain.got.header("content-type") == "application/json");
    CHECK(calls_in(plain.got.document()) == 1);
    const auto limited = look(faulty(&faults::rate_limit_429), true);
    CHECK(limited.got.status == 429);
    CHECK(outcome_of(limited.row) == "rate_limited free");
    CHECK(limited.stored.is_null());
}

TEST_CASE("background work meets its fate on the server's side")
{
    auto profile = faulty(&faults::server_error);
    profile.latency.base_ms = 1000;
    asking simulator(profile);
    for (int n = 0; n < 6; ++n) {
        const auto got = simulator.respond(
            drawn({}, {{"background", true}, {"input", "try " + std::to_string(n)}}));
        REQUIRE(got.status == 200);
        simulator.wait(2s);
        const auto id = std::string(got.document()["id"].text_or(""));
        CHECK(simulator.ask("GET", "/v1/responses/" + id).document()["status"].text_or("") ==
              "failed");
    }
    simulator.ask("GET", "/v1/models"); // any request writes down what ended
    CHECK(simulator.bill()["charged"].integer_or(-1) == 0);
    CHECK(simulator.bill()["outcomes"]["server_error"].integer_or(0) == 6);
    CHECK(simulator.bill()["in_flight"].integer_or(-1) == 0);
}

TEST_CASE("limits hold for responses, and words take none of the images")
{
    auto profile = quiet_profile();
    profile.limits.images_per_minute = 1;
    asking simulator(profile);
    const auto first = simulator.respond(drawn());
    CHECK(first.header("x-ratelimit-remaining-input-images") == "0");
    CHECK(simulator.respond(drawn()).status == 429);
    const auto words = json::make_object({{"model", "gpt-5.5"}, {"input", "a lamp"}});
    CHECK(simulator.respond(words).status == 200);
}
