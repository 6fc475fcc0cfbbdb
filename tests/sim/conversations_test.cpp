// Conversations: made empty, filled by what is completed in them, and found by who lost the rest.
#include "tests/sim/asking.hpp"

#include <doctest/doctest.h>

using namespace engine;
using namespace std::chrono_literals;
using support::asking;
using support::drawn;
using support::json;
using support::quiet_profile;

namespace {

job::simulator_profile slow_profile()
{
    auto profile = quiet_profile();
    profile.latency.base_ms = 10'000;
    return profile;
}

std::string made(asking& simulator)
{
    const auto got = simulator.ask("POST", "/v1/conversations", "{}");
    REQUIRE(got.status == 200);
    const auto document = got.document();
    CHECK(document["object"].text_or("") == "conversation");
    return std::string(document["id"].text_or(""));
}

json::array items(asking& simulator, const std::string& id)
{
    const auto got = simulator.ask("GET", "/v1/conversations/" + id + "/items");
    REQUIRE(got.status == 200);
    const auto document = got.document();
    CHECK(document["object"].text_or("") == "list");
    CHECK(!document["has_more"].bool_or(true));
    return document["data"].items();
}

} // namespace

TEST_CASE("a conversation costs nothing, is empty at first, and can be read and deleted")
{
    asking simulator;
    const auto id = made(simulator);
    CHECK(id.starts_with("conv_"));
    CHECK(made(simulator) != id);
    CHECK(items(simulator, id).empty());
    CHECK(simulator.ask("GET", "/v1/conversations/" + id).document()["id"].text_or("") == id);
    CHECK(simulator.bill()["requests_total"].integer_or(-1) == 0);
    CHECK(simulator.ask("DELETE", "/v1/conversations/" + id).document()["deleted"].bool_or(false));
    for (const std::string& path : {"/v1/conversations/" + id, "/v1/conversations/" + id + "/items",
                                    std::string("/v1/conversations/conv_none")})
        CHECK(simulator.ask("GET", path).status == 404);
    CHECK(simulator.ask("GET", "/v1/conversations").status == 405);
    CHECK(simulator.ask("POST", "/v1/conversations/" + id + "/items").status == 405);
    CHECK(simulator.ask("GET", "/v1/conversations/" + id + "/other").status == 404);
}

TEST_CASE("what a response leaves in its conversation is its picture and what was asked")
{
    asking simulator;
    const auto id = made(simulator);
    const auto got = simulator.respond(drawn({}, {{"conversation", id}})).document();
    CHECK(got["conversation"]["id"].text_or("") == id);
    const auto found = items(simulator, id);
    REQUIRE(found.size() == 2);
    CHECK(found[0] == got["output"].items()[0]); // the newest first
    CHECK(found[1]["role"].text_or("") == "user");
    CHECK(found[1]["content"].items()[0]["text"].text_or("") ==
          "Draw a paper lighthouse on a desk");
    CHECK(simulator.bill()["requests"].items()[0]["fetched"].integer_or(0) == 1);
    CHECK(simulator.bill()["charged"].integer_or(0) == 1);
    // As an object, and for words.
    const auto other = made(simulator);
    const auto words = simulator.respond(
        json::make_object({{"model", "gpt-5.5"},
                           {"input", "hello"},
                           {"conversation", json::make_object({{"id", other}})}}));
    REQUIRE(words.status == 200);
    CHECK(items(simulator, other)[0]["role"].text_or("") == "assistant");
}

TEST_CASE(
    "who lost even the id of the answer finds the picture in the conversation, when it is done")
{
    asking simulator(slow_profile());
    const auto id = made(simulator);
    const auto body = drawn({}, {{"conversation", id}, {"background", true}}).dump();
    const auto lost = simulator.ask("POST", "/v1/responses", body, {}, 0); // gone at once
    CHECK(lost.body.empty());
    CHECK(items(simulator, id).empty());
    const auto again = simulator.respond(drawn({}, {{"conversation", id}}));
    CHECK(again.status == 400);
    CHECK(again.error()["code"].text_or("") == "conversation_locked");
    simulator.wait(10s);
    const auto found = items(simulator, id);
    REQUIRE(found.size() == 2);
    support::decoded(found[0]["result"].text_or(""));
    CHECK(simulator.bill()["charged"].integer_or(0) == 1);
    // In the foreground it ended with its client.
    const auto other = made(simulator);
    (void)simulator.ask("POST", "/v1/responses", drawn({}, {{"conversation", other}}).dump(), {},
                        0);
    simulator.wait(20s);
    CHECK(items(simulator, other).empty());
}

TEST_CASE("a conversation goes on from its last picture, and excludes an earlier response")
{
    asking simulator;
    const auto id = made(simulator);
    const auto first = simulator.respond(drawn({}, {{"conversation", id}})).document();
    CHECK(first["output"].items()[0]["action"].text_or("") == "generate");
    const auto second = simulator.respond(drawn({}, {{"conversation", id}, {"input", "at night"}}));
    CHECK(second.document()["output"].items()[0]["action"].text_or("") == "edit");
    CHECK(items(simulator, id).size() == 4);
    const auto both =
        simulator.respond(drawn({}, {{"conversation", id}, {"previous_response_id", first["id"]}}));
    CHECK(both.error()["code"].text_or("") == "mutually_exclusive_parameters");
    CHECK(simulator.respond(drawn({}, {{"conversation", "conv_none"}})).status == 404);
    CHECK(simulator.respond(drawn({}, {{"conversation", 7}})).status == 400);
    CHECK(simulator.respond(drawn({}, {{"conversation", json::object{}}})).status == 400);
}

TEST_CASE("what failed leaves nothing in its conversation")
{
    auto profile = quiet_profile();
    profile.faults.server_error = 1;
    asking simulator(profile);
    for (int n = 0; n < 6; ++n) {
        const auto id = made(simulator);
        (void)simulator.respond(
            drawn({}, {{"conversation", id}, {"input", "picture " + std::to_string(n)}}));
        CHECK(items(simulator, id).empty());
    }
}
