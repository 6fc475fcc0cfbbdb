// Responses that are asked for again: retrieval, replay, background, cancelling, forgetting.
#include "tests/sim/asking.hpp"

#include <doctest/doctest.h>
#include <map>

using namespace engine;
using namespace std::chrono_literals;
using support::answered;
using support::asking;
using support::drawn;
using support::json;
using support::quiet_profile;

namespace {

std::string id_of(const answered& got)
{
    const auto document = got.document();
    if (document["id"].is_string())
        return std::string(document["id"].text_or(""));
    const auto events = got.events();
    return events.empty() ? "" : std::string(events[0].data["response"]["id"].text_or(""));
}

std::string status_of(asking& simulator, const std::string& id)
{
    return std::string(
        simulator.ask("GET", "/v1/responses/" + id).document()["status"].text_or("gone"));
}

job::simulator_profile slow_profile()
{
    auto profile = quiet_profile();
    profile.latency.base_ms = 10'000;
    return profile;
}

} // namespace

TEST_CASE("a stored response comes back the same, plain and as a stream from any event on")
{
    asking simulator;
    const auto got = simulator.respond(drawn({{"partial_images", 1}}, {{"stream", true}}));
    const auto id = id_of(got);
    const auto events = got.events();
    const auto again = simulator.ask("GET", "/v1/responses/" + id);
    CHECK(again.status == 200);
    CHECK(again.document() == events.back().data["response"]);
    CHECK(simulator.ask("GET", "/v1/responses/" + id + "?stream=true").body == got.body);
    for (std::size_t after = 0; after < events.size(); ++after) {
        const auto rest = simulator.ask(
            "GET", "/v1/responses/" + id + "?stream=true&starting_after=" + std::to_string(after));
        CHECK(rest.complete);
        CHECK(got.body.ends_with(rest.body));
        CHECK(rest.events().size() == events.size() - after - 1);
    }
    CHECK(simulator.ask("GET", "/v1/responses/" + id + "?stream=true&starting_after=x").status ==
          400);
    const auto bill = simulator.bill();
    CHECK(bill["charged"].integer_or(0) == 1);
    CHECK(bill["requests"].items()[0]["fetched"].integer_or(0) >= 3);
    CHECK(bill["responses_fetched"] == bill["requests"].items()[0]["fetched"]);
}

TEST_CASE("a lost answer is finished on the server's side, charged once, and can be fetched")
{
    auto profile = quiet_profile();
    profile.faults.cut_stream = 1;
    int fetched = 0;
    for (int n = 0; n < 12; ++n) {
        asking simulator(profile);
        const bool stream = n % 2 == 0;
        const auto got = simulator.respond(
            drawn({}, {{"stream", stream}, {"input", "picture " + std::to_string(n)}}));
        CHECK(!got.complete);
        const auto row = simulator.bill()["requests"].items()[0];
        CHECK(row["outcome"].text_or("") == "cut");
        CHECK(row["charged"].bool_or(false));
        const auto id = std::string(row["response_id"].text_or(""));
        const auto document = simulator.ask("GET", "/v1/responses/" + id).document();
        CHECK(document["status"].text_or("") == "completed");
        support::decoded(document["output"].items()[0]["result"].text_or(""));
        fetched += id_of(got) == id ? 1 : 0;
        CHECK(simulator.bill()["charged"].integer_or(0) == 1);
    }
    CHECK(fetched > 0); // some clients had read the id before the break
}

TEST_CASE("a client that leaves early finds its picture later, if the provider goes on without it")
{
    auto profile = slow_profile();
    profile.wire.finishes_abandoned = true;
    asking simulator(profile);
    const auto got =
        simulator.ask("POST", "/v1/responses", drawn({}, {{"stream", true}}).dump(), {}, 100);
    CHECK(!got.complete);
    const auto row = simulator.bill()["requests"].items()[0];
    CHECK(row["outcome"].text_or("") == "client_gone");
    CHECK(row["charged"].bool_or(false));
    CHECK(status_of(simulator, std::string(row["response_id"].text_or(""))) == "completed");
}

TEST_CASE("a client that leaves the foreground early has paid and finds nothing, as with OpenAI")
{
    asking simulator(slow_profile());
    const auto stream = drawn({}, {{"stream", true}}).dump();
    const auto left = [&](const std::string& body, std::optional<std::size_t> after) {
        (void)simulator.ask("POST", "/v1/responses", body, {}, after);
        return std::string(simulator.bill()["requests"].items().back()["response_id"].text_or(""));
    };
    CHECK(status_of(simulator, left(stream, 100)) == "gone");
    CHECK(status_of(simulator, left(drawn().dump(), 0)) == "gone");
    CHECK(simulator.bill()["charged"].integer_or(0) == 2);
    // It stayed until the picture was there: that is stored, whatever becomes of the last bytes.
    const auto whole = simulator.ask("POST", "/v1/responses", stream).body;
    const auto done = whole.find("event: response.output_item.done") + 40;
    CHECK(status_of(simulator, left(stream, done)) == "completed");
    // In the background nobody has to stay.
    const auto background = drawn({}, {{"stream", true}, {"background", true}}).dump();
    const auto early = left(background, 1);
    CHECK(status_of(simulator, early) == "completed");
    CHECK(simulator.bill()["charged"].integer_or(0) == 5);
}

TEST_CASE("many that leave the background at any moment find their pictures, each charged once")
{
    auto profile = slow_profile();
    asking simulator(profile);
    constexpr int clients = 300;
    std::map<std::string, std::string> ids; // by the client's own id
    for (int n = 0; n < clients; ++n) {
        http::header_list own;
        own.add("X-Client-Request-Id", "attempt-" + std::to_string(n));
        const auto body =
            drawn({{"partial_images", 2}}, {{"background", true},
                                            {"stream", n % 2 == 0},
                                            {"input", "picture " + std::to_string(n)}});
        const auto got = simulator.ask("POST", "/v1/responses", body.dump(), own,
                                       static_cast<std::size_t>(n * 37 % 9000));
        (void)got;
    }
    simulator.wait(60s);
    (void)simulator.ask("GET", "/v1/models"); // what has ended by itself is written down
    const auto bill = simulator.bill();
    CHECK(bill["charged"].integer_or(0) == clients);
    for (const auto& row : bill["requests"].items()) {
        const std::string id(row["response_id"].text_or(""));
        CHECK(ids.emplace(std::string(row["client_request_id"].text_or("")), id).second);
        CHECK(row["charged"].bool_or(false));
        CHECK(row["fetched"].integer_or(-1) == 0);
        CHECK(status_of(simulator, id) == "completed");
    }
    CHECK(ids.size() == clients);
    const auto after = simulator.bill();
    CHECK(after["charged"].integer_or(0) == clients);
    CHECK(after["responses_fetched"].integer_or(0) == clients);
}

TEST_CASE("background work is queued, goes on, ends in its own time and is charged then")
{
    asking simulator(slow_profile());
    const auto got = simulator.respond(drawn({}, {{"background", true}}));
    CHECK(got.took == 0ms);
    CHECK(got.document()["status"].text_or("") == "queued");
    CHECK(got.document()["background"].bool_or(false));
    const auto id = id_of(got);
    simulator.wait(1s);
    CHECK(status_of(simulator, id) == "in_progress");
    CHECK(simulator.bill()["charged"].integer_or(-1) == 0);
    CHECK(simulator.bill()["in_flight"].integer_or(-1) == 1);
    // Who listens in the meantime gets the rest when it is due.
    const auto rest = simulator.ask("GET", "/v1/responses/" + id + "?stream=true&starting_after=1");
    CHECK(rest.took == 9s);
    CHECK(rest.events().back().name == "response.completed");
    const auto document = simulator.ask("GET", "/v1/responses/" + id).document();
    CHECK(document["status"].text_or("") == "completed");
    support::decoded(document["output"].items()[0]["result"].text_or(""));
    CHECK(simulator.bill()["charged"].integer_or(0) == 1);
    CHECK(simulator.bill()["requests"].items()[0]["outcome"].text_or("") == "delivered");
    CHECK(simulator.bill()["in_flight"].integer_or(-1) == 0);
    const auto cancelled = simulator.ask("POST", "/v1/responses/" + id + "/cancel");
    CHECK(cancelled.document()["status"].text_or("") == "completed"); // too late
}

TEST_CASE("a background stream says that it was queued, and can be taken up again")
{
    asking simulator;
    const auto got = simulator.respond(drawn({}, {{"background", true}, {"stream", true}}));
    const auto events = got.events();
    CHECK(events[0].data["response"]["status"].text_or("") == "queued");
    CHECK(events[1].name == "response.queued");
    CHECK(events.back().name == "response.completed");
    CHECK(simulator.ask("GET", "/v1/responses/" + id_of(got)).status == 200);
    CHECK(simulator.bill()["charged"].integer_or(0) == 1);
}

TEST_CASE("cancelled work costs nothing and has no picture")
{
    asking simulator(slow_profile());
    const auto id = id_of(simulator.respond(drawn({}, {{"background", true}})));
    simulator.wait(1s);
    CHECK(
        simulator.ask("POST", "/v1/responses/" + id + "/cancel").document()["status"].text_or("") ==
        "cancelled");
    simulator.wait(20s);
    const auto document = simulator.ask("GET", "/v1/responses/" + id).document();
    CHECK(document["status"].text_or("") == "cancelled");
    CHECK(document["output"].items().empty());
    CHECK(simulator.bill()["charged"].integer_or(-1) == 0);
    CHECK(simulator.bill()["outcomes"]["cancelled"].integer_or(0) == 1);
    const auto plain = id_of(simulator.respond(drawn()));
    CHECK(simulator.ask("POST", "/v1/responses/" + plain + "/cancel").status == 400);
    CHECK(simulator.ask("POST", "/v1/responses/resp_none/cancel").status == 404);
}

TEST_CASE("a deleted response is gone, with its image")
{
    asking simulator;
    const auto first = simulator.respond(drawn());
    const auto id = id_of(first);
    const auto gone = simulator.ask("DELETE", "/v1/responses/" + id).document();
    CHECK(gone["deleted"].bool_or(false));
    CHECK(gone["id"].text_or("") == id);
    const auto missing = simulator.ask("GET", "/v1/responses/" + id);
    CHECK(missing.status == 404);
    CHECK(missing.error()["type"].text_or("") == "invalid_request_error");
    CHECK(simulator.ask("DELETE", "/v1/responses/" + id).status == 404);
    const auto image = first.document()["output"].items()[0]["id"];
    const auto call = json::make_object({{"type", "image_generation_call"}, {"id", image}});
    const auto said = json::make_object({{"role", "user"}, {"content", "again"}});
    CHECK(simulator.respond(drawn({}, {{"input", json::array{said, call}}})).status == 404);
}

TEST_CASE("only the newest responses are kept, by number and by size")
{
    asking few(quiet_profile(), {.responses = {.responses_max = 3}});
    std::vector<std::string> ids;
    for (int n = 0; n < 5; ++n)
        ids.push_back(id_of(few.respond(drawn({}, {{"input", "picture " + std::to_string(n)}}))));
    CHECK(few.ask("GET", "/v1/responses/" + ids[1]).status == 404);
    CHECK(few.ask("GET", "/v1/responses/" + ids[2]).status == 200);
    asking small(quiet_profile(), {.responses = {.bytes_max = 1}});
    const auto first = id_of(small.respond(drawn()));
    CHECK(small.ask("GET", "/v1/responses/" + first).status == 200);
    const auto second = id_of(small.respond(drawn()));
    CHECK(small.ask("GET", "/v1/responses/" + first).status == 404);
    CHECK(small.ask("GET", "/v1/responses/" + second).status == 200);
}

TEST_CASE("a response that is still being worked on cannot be continued")
{
    asking simulator(slow_profile());
    const auto id = id_of(simulator.respond(drawn({}, {{"background", true}})));
    const auto next = drawn({}, {{"previous_response_id", json(id)}});
    CHECK(simulator.respond(next).error()["code"].text_or("") == "previous_response_in_progress");
    simulator.wait(11s);
    CHECK(simulator.respond(next).status == 200);
}

TEST_CASE("only so much goes on in the background at once")
{
    asking simulator(slow_profile(), {.background_max = 2});
    const auto asked = drawn({}, {{"background", true}});
    CHECK(simulator.respond(asked).status == 200);
    CHECK(simulator.respond(asked).status == 200);
    CHECK(simulator.respond(asked).status == 429);
    simulator.wait(11s);
    CHECK(simulator.respond(asked).status == 200);
}

TEST_CASE("words between two pictures pass the picture on, and action generate lets it go")
{
    asking simulator;
    const auto first = id_of(simulator.respond(drawn()));
    const auto words = simulator.respond(json::make_object(
        {{"model", "gpt-5.5"}, {"input", "describe it"}, {"previous_response_id", first}}));
    REQUIRE(words.status == 200);
    const auto action_after = [&](std::initializer_list<json::member> tool) {
        const auto got =
            simulator.respond(drawn(tool, {{"previous_response_id", id_of(words)}})).document();
        return std::string(got["output"].items()[0]["action"].text_or(""));
    };
    CHECK(action_after({}) == "edit");
    CHECK(action_after({{"action", "edit"}}) == "edit");
    CHECK(action_after({{"action", "generate"}}) == "generate");
}

TEST_CASE("work in the background whose pictures are broken is refused and leaves nothing behind")
{
    asking simulator(slow_profile());
    auto png = *support::png_file(image::blank({64, 64}, false));
    png[png.size() - 20] = static_cast<char>(png[png.size() - 20] ^ 1);
    const auto picture = json::make_object(
        {{"type", "input_image"},
         {"image_url", support::data_url(std::make_shared<const std::string>(png))}});
    const auto message =
        json::make_object({{"role", "user"}, {"content", json(json::array{picture})}});
    const auto got =
        simulator.respond(drawn({}, {{"background", true}, {"input", json(json::array{message})}}));
    CHECK(got.status == 400);
    const auto bill = simulator.bill();
    CHECK(bill["in_flight"].integer_or(-1) == 0);
    CHECK(bill["outcomes"]["rejected"].integer_or(0) == 1);
    const std::string id{bill["requests"].items()[0]["response_id"].text_or("")};
    CHECK(simulator.ask("GET", "/v1/responses/" + id).status == 404);
    simulator.wait(20s);
    CHECK(simulator.ask("GET", "/v1/models").status == 200);
    CHECK(simulator.bill()["charged"].integer_or(-1) == 0);
}

TEST_CASE("no body, wherever it is cut, gets more than a refusal")
{
    asking simulator;
    const std::string whole = drawn().dump();
    for (std::size_t end = 0; end < whole.size(); ++end)
        CHECK(simulator.ask("POST", "/v1/responses", whole.substr(0, end)).status == 400);
    const std::string form = "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\n"
                             "vision\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; "
                             "filename=\"a\"\r\n\r\nbytes\r\n--b--";
    http::header_list headers;
    headers.add("Content-Type", "multipart/form-data; boundary=b");
    for (std::size_t end = 0; end < form.size(); ++end)
        CHECK(simulator.ask("POST", "/v1/files", form.substr(0, end), headers).status == 400);
    CHECK(simulator.ask("POST", "/v1/files", form, headers).status == 200);
    CHECK(simulator.bill()["charged"].integer_or(-1) == 0);
}

TEST_CASE("a conversation has an end: texts that are too long are refused")
{
    asking simulator;
    const auto too_long = simulator.respond(drawn({}, {{"input", std::string(10'485'761, 'x')}}));
    CHECK(too_long.error()["code"].text_or("") == "string_above_max_length");
    const auto large = drawn({}, {{"input", std::string(10'000'000, 'x')}});
    const auto first = simulator.respond(large);
    REQUIRE(first.status == 200);
    auto next = large;
    next.set("previous_response_id", id_of(first));
    CHECK(simulator.respond(next).error()["code"].text_or("") == "context_length_exceeded");
}
