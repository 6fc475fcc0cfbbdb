// Every fault: what the client sees, what is charged, and what the bill calls it.
#include "engine/provider/error_class.hpp"
#include "tests/sim/asking.hpp"
#include "tests/support/golden.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace engine;
using namespace std::chrono_literals;
using job::outcome;
using support::answered;
using support::asking;
using support::json;
using support::quiet_profile;
using support::wanted;
using faults = job::simulator_profile::fault_model;

namespace {

job::simulator_profile faulty(double faults::* which)
{
    auto profile = quiet_profile();
    profile.faults.*which = 1;
    return profile;
}

const json stream = wanted({{"stream", true}, {"partial_images", 2}});

struct seen {
    answered got;
    json row; // of the bill
};

// The n-th prompt through a look-alike of that profile.
seen look(const job::simulator_profile& profile, const json& fields, int n = 0)
{
    asking simulator(profile);
    json asked = fields;
    asked.set("prompt", "picture " + std::to_string(n));
    seen found{simulator.generate(asked, "c-1"), {}};
    const auto bill = simulator.bill();
    REQUIRE(bill["requests"].items().size() == 1);
    found.row = bill["requests"].items()[0];
    CHECK(found.row["status"].integer_or(-1) == found.got.status);
    CHECK(found.row["client_request_id"].text_or("") == "c-1");
    CHECK(bill["in_flight"].integer_or(-1) == 0);
    CHECK((bill["usd"].number_or(-1) > 0) == found.row["charged"].bool_or(false));
    return found;
}

std::string outcome_of(const json& row)
{
    return std::string(row["outcome"].text_or("")) +
           (row["charged"].bool_or(false) ? " charged" : " free");
}

provider::error_report classified(const answered& got)
{
    const auto document = got.document();
    provider::error_input said;
    said.status = got.status;
    said.body = document.is_null() ? nullptr : &document;
    said.raw_body = got.body;
    said.headers = &got.headers;
    return provider::classify_error(said);
}

} // namespace

TEST_CASE("a 429 out of the blue costs nothing and says when to come again")
{
    const auto [got, row] = look(faulty(&faults::rate_limit_429), stream);
    CHECK(got.status == 429);
    CHECK(outcome_of(row) == "rate_limited free");
    CHECK(row["fault"].text_or("") == "rate_limit_429");
    CHECK(classified(got).outcome == outcome::rate_limited);
    CHECK(classified(got).retry_after.value_or(0ms) >= 200ms);
    CHECK(classified(got).retry_after.value_or(0ms) < 1000ms);
}

TEST_CASE("server errors come before any image, as 500, 503 or an event, and cost nothing")
{
    std::set<int> statuses;
    for (int n = 0; n < 24; ++n) {
        const auto [got, row] = look(faulty(&faults::server_error), stream, n);
        statuses.insert(got.status);
        CHECK(outcome_of(row) == "server_error free");
        if (got.status == 200) {
            REQUIRE(got.events().size() == 1);
            auto expected = support::golden("contract/gen_stream_error.sse"); // its second event
            CHECK(expected.ends_with(got.body));
        } else {
            CHECK(classified(got).outcome == outcome::overloaded);
            const auto name = got.status == 500 ? "server_error" : "overloaded";
            CHECK(got.error() ==
                  support::golden_json("contract/errors.json")["cases"][name]["body"]["error"]);
        }
        CHECK(look(faulty(&faults::server_error), wanted(), n).got.status >= 500);
    }
    CHECK(statuses == std::set<int>{200, 500, 503});
}

TEST_CASE("a gateway that gives up answers with a page, and the work is charged")
{
    std::set<int> statuses;
    for (int n = 0; n < 8; ++n) {
        const auto [got, row] = look(faulty(&faults::bad_gateway), stream, n);
        statuses.insert(got.status);
        CHECK(got.header("content-type") == "text/html");
        CHECK(got.header("x-request-id").empty());
        CHECK(got.body.find("<html>") == 0);
        CHECK(outcome_of(row) == "gateway_error charged");
        CHECK(classified(got).outcome == outcome::unknown);
    }
    CHECK(statuses == std::set<int>{502, 504});
}

TEST_CASE("moderation of the prompt is free, of the picture it is charged")
{
    std::set<int> statuses;
    for (int n = 0; n < 8; ++n) {
        const auto [got, row] = look(faulty(&faults::moderation), stream, n);
        statuses.insert(got.status);
        CHECK(outcome_of(row) == "refused free");
        const auto error = got.status == 200 ? got.events().at(0).data["error"] : got.error();
        if (got.status == 200)
            CHECK(error["code"].text_or("") == "moderation_blocked");
        else
            CHECK(error ==
                  support::golden_json(
                      "contract/errors.json")["cases"]["moderation_blocked"]["body"]["error"]);
    }
    CHECK(statuses == std::set<int>{200, 400});
    const auto after = look(faulty(&faults::moderation_output), stream);
    CHECK(outcome_of(after.row) == "refused charged");
    REQUIRE(after.got.events().size() == 3);
    CHECK(after.got.events()[2].name == "error");
    CHECK(after.got.events()[2].data["error"]["moderation_details"]["moderation_stage"].text_or(
              "") == "output");
    CHECK(look(faulty(&faults::moderation_output), wanted()).got.status == 400);
}

TEST_CASE("a word that is never allowed is refused in any case, every time")
{
    auto profile = quiet_profile();
    profile.moderated_words = {"Forbidden"};
    asking simulator(profile);
    for (int i = 0; i < 3; ++i) {
        const auto got = simulator.generate(wanted({{"prompt", "a FORBIDDEN lamp"}}));
        CHECK(got.status == 400);
        CHECK(got.error()["code"].text_or("") == "moderation_blocked");
    }
    CHECK(simulator.generate(wanted()).status == 200);
}

TEST_CASE("cut answers stop in another place each time, and are charged")
{
    bool before_head = false, in_final_event = false, by_reset = false, by_close = false;
    for (int n = 0; n < 40; ++n) {
        const auto [got, row] = look(faulty(&faults::cut_stream), stream, n);
        CHECK(!got.complete);
        CHECK(outcome_of(row) == "cut charged");
        CHECK(got.body.find("image_generation.completed\",\"b64_json\":\"\"") == std::string::npos);
        before_head = before_head || got.status == 0;
        in_final_event = in_final_event || got.body.find("completed") != std::string::npos;
        by_reset = by_reset || got.reset;
        by_close = by_close || !got.reset;
        const auto events = got.events();
        CHECK((events.empty() || events.back().name != "image_generation.completed" ||
               events.back().data.is_null()));
        CHECK(!look(faulty(&faults::cut_stream), wanted(), n).got.complete);
    }
    CHECK(before_head);
    CHECK(in_final_event);
    CHECK(by_reset);
    CHECK(by_close);
}

TEST_CASE("an answer can be cut at any chosen byte")
{
    auto profile = quiet_profile();
    const auto whole = look(profile, stream).got.body;
    profile.faults.cut_stream = 1;
    for (const std::uint64_t at :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{100}, whole.size() / 2,
          whole.size() - 1, whole.size(), whole.size() + 100}) {
        profile.cut_at_byte = at;
        const auto [got, row] = look(profile, stream);
        CHECK(got.status == 200);
        const auto expected = whole.substr(0, static_cast<std::size_t>(at));
        CHECK_MESSAGE((got.body == expected),
                      at); // in brackets: a failure must not print megabytes
        CHECK(!got.complete);
        CHECK(outcome_of(row) == "cut charged");
        CHECK(look(profile, wanted()).got.complete == false);
    }
}

TEST_CASE("a stall says nothing for a long time and then hangs up")
{
    auto profile = faulty(&faults::stall);
    profile.stall_ms = 90'000;
    profile.latency.base_ms = 1000;
    bool silent = false, halfway = false;
    for (int n = 0; n < 20; ++n) {
        const auto [got, row] = look(profile, stream, n);
        CHECK(!got.complete);
        CHECK(got.took == 91s);
        CHECK(outcome_of(row) == "cut charged");
        silent = silent || got.status == 0;
        halfway = halfway || got.body.size() > 1000;
    }
    CHECK(silent);
    CHECK(halfway);
}

TEST_CASE("a truncated image is half a file in a whole answer")
{
    for (int n = 0; n < 10; ++n) {
        const auto [got, row] = look(faulty(&faults::truncated_image), stream, n);
        CHECK(got.complete);
        CHECK(outcome_of(row) == "delivered charged");
        CHECK(row["fault"].text_or("") == "truncated_image");
        const auto events = got.events();
        const auto bytes = base::decode_base64(events.back().data["b64_json"].text_or(""), "image");
        REQUIRE(bytes);
        CHECK(image::sniff(*bytes).has_value()); // its header is fine
        CHECK(!image::decode(*bytes).has_value());
        support::decoded(events.front().data["b64_json"].text_or("")); // partials are whole
    }
}

TEST_CASE("wrong sizes and formats are good pictures that nobody asked for")
{
    for (int n = 0; n < 6; ++n) {
        const auto size = look(faulty(&faults::wrong_size), stream, n);
        auto last = size.got.events().back().data;
        CHECK(last["size"].text_or("") == "1024x640"); // the answer lies
        CHECK(support::decoded(last["b64_json"].text_or("")).size != job::image_size{1024, 640});
        CHECK(outcome_of(size.row) == "delivered charged");

        const auto format = look(faulty(&faults::wrong_format), wanted(), n);
        const auto document = format.got.document();
        CHECK(document["output_format"].text_or("") == "png");
        CHECK(support::header_of(document["data"].items()[0]["b64_json"].text_or("")).format ==
              job::image_format::jpeg);
    }
    const auto clear = look(faulty(&faults::wrong_format),
                            wanted({{"model", "gpt-image-2.5"}, {"background", "transparent"}}));
    const auto header =
        support::header_of(clear.got.document()["data"].items()[0]["b64_json"].text_or(""));
    CHECK(header.format == job::image_format::webp);
    CHECK(header.has_alpha);
}

TEST_CASE("an empty answer has no image, plain or streamed")
{
    const auto plain = look(faulty(&faults::empty_data), wanted());
    CHECK(plain.got.status == 200);
    CHECK(plain.got.document()["data"].is_array());
    CHECK(plain.got.document()["data"].items().empty());
    CHECK(outcome_of(plain.row) == "delivered charged");
    const auto streamed = look(faulty(&faults::empty_data), stream);
    CHECK(streamed.got.events().back().name == "image_generation.completed");
    CHECK(streamed.got.events().back().data["b64_json"].text_or("x").empty());
}

TEST_CASE("JSON to a stream request is a good image in the other form")
{
    const auto [got, row] = look(faulty(&faults::json_to_stream), stream);
    CHECK(got.header("content-type") == "application/json");
    support::decoded(got.document()["data"].items()[0]["b64_json"].text_or(""));
    CHECK(outcome_of(row) == "delivered charged");
    CHECK(row["partials"].integer_or(-1) == 0);
}

TEST_CASE("fewer partials come, and only those that came are charged")
{
    auto profile = quiet_profile();
    profile.fewer_partials = 1;
    const auto [got, row] = look(profile, stream);
    CHECK(got.events().size() == 2);
    CHECK(row["partials"].integer_or(0) == 1);
    CHECK(got.events().back().data["usage"]["output_tokens"].integer_or(0) ==
          row["usage"]["output_image"].integer_or(-1));
}

TEST_CASE("a client that leaves is charged all the same, once, wherever it left")
{
    auto profile = quiet_profile();
    profile.latency.base_ms = 1000;
    asking whole(profile);
    const auto size = whole.generate(stream).body.size();
    for (const std::size_t leaves_after : {std::size_t{0}, std::size_t{10}, size / 3, size - 1}) {
        asking simulator(profile);
        simulator.ask("POST", "/v1/images/generations", stream.dump(), {}, leaves_after);
        const auto bill = simulator.bill();
        CHECK(bill["charged"].integer_or(0) == 1);
        const auto ended = bill["requests"].items()[0]["outcome"].text_or("");
        CHECK((ended == "client_gone" || leaves_after == size - 1));
    }
}

TEST_CASE("references that are broken inside are refused before anything is charged")
{
    asking simulator;
    auto png = *support::png_file(image::blank({64, 64}, false));
    png[png.size() - 20] = static_cast<char>(png[png.size() - 20] ^ 1); // the header stays good
    http::multipart_builder form("form-boundary");
    form.add_field("prompt", "a lamp");
    form.add_file("image", "a.png", "image/png", std::make_shared<const std::string>(png));
    const auto got = simulator.edit(std::move(form));
    CHECK(got.status == 400);
    CHECK(got.error()["code"].text_or("") == "invalid_image_file");
    const auto bill = simulator.bill();
    CHECK(bill["charged"].integer_or(-1) == 0);
    CHECK(bill["outcomes"]["rejected"].integer_or(0) == 1);
}

TEST_CASE("a storm ends the same for every order of arrival")
{
    auto profile = *job::simulator_preset("stormy");
    profile.art = job::simulator_profile::art_style::flat;
    const auto run = [&](bool backwards) {
        asking simulator(profile);
        std::map<std::string, std::string> ends;
        for (int i = 0; i < 60; ++i) {
            const int n = backwards ? 59 - i : i;
            json fields = stream;
            fields.set("prompt", "picture " + std::to_string(n));
            for (int attempt = 0; attempt < 2; ++attempt) {
                const auto got = simulator.generate(fields);
                const auto rows = simulator.bill()["requests"];
                ends[std::to_string(n) + "." + std::to_string(attempt)] =
                    outcome_of(rows.items().back()) + std::to_string(got.body.size());
            }
        }
        return ends;
    };
    const auto forwards = run(false);
    CHECK(forwards == run(true));
    std::set<std::string> kinds;
    for (const auto& [name, end] : forwards)
        kinds.insert(end.substr(0, end.find(' ')));
    CHECK(kinds.size() >= 3);
}
