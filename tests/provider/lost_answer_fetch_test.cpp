// Fetching an answer whose way to us was cut, over a scripted connection: every ending.
#include "engine/provider/leading_text.hpp"
#include "engine/provider/make_image_api.hpp"
#include "engine/provider/responses_reply.hpp"
#include "tests/provider/api_world.hpp"
#include "tests/provider/reading.hpp"
#include "tests/support/golden.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <doctest/doctest.h>

using namespace engine;
using namespace std::chrono_literals;
using job::outcome;
using provider::fetch_ending;
using support::api_world;
using support::http_answer;
using support::memory_sink;

namespace {

struct fetched {
    provider::reply reply;
    memory_sink sink;
    std::vector<http::server_request> requests;
    std::chrono::steady_clock::duration took{};
};

constexpr auto patience = std::chrono::minutes(5);

std::string response(const std::string& status, const std::string& rest = R"(,"output":[])")
{
    return R"({"id":"resp_9","object":"response","status":")" + status + "\"" + rest + "}";
}

const std::string pictured =
    R"(,"output":[{"id":"ig_9","type":"image_generation_call","status":"completed","result":"aGVsbG8="}])"
    R"(,"usage":{"input_tokens":300,"output_tokens":20},"tool_usage":{"image_gen":{"input_tokens":30,"output_tokens":196}})";

runtime::task<provider::reply> fetch_in(api_world& world, provider::image_api& api,
                                        provider::answer_handle lost, memory_sink& sink,
                                        std::chrono::seconds within)
{
    co_return co_await api.fetch(std::move(lost), false, sink,
                                 {world.clock.now() + within, "test"});
}

// `answers`: what is said to each GET; the last one for all that follow.
fetched fetch(std::vector<std::string> answers, provider::answer_handle lost = {"resp_9", ""},
              job::wire_switches wire = {}, std::chrono::seconds within = patience)
{
    std::size_t next = 0;
    api_world world([&](const auto&) { return answers[std::min(next++, answers.size() - 1)]; });
    fetched result;
    const auto api = provider::make_image_api(world.access(std::move(wire)), "responses",
                                              world.http, world.clock);
    const auto began = world.clock.now();
    result.reply = world.run(fetch_in(world, *api, std::move(lost), result.sink, within));
    result.took = world.clock.now() - began;
    result.requests = world.requests;
    return result;
}

fetched fetch_one(int status, const std::string& body, const std::string& headers = "")
{
    return fetch({http_answer(status, body, "Content-Type: application/json\r\n" + headers)});
}

void check_doubt(const fetched& got, fetch_ending how)
{
    CHECK(got.reply.fetched == how);
    CHECK(got.reply.outcome == outcome::unknown);
    CHECK(got.reply.possibly_billed);
    CHECK(!got.reply.used);
    CHECK(!got.reply.error_code.empty());
}

} // namespace

TEST_CASE("a stored response comes by one GET, its picture into the sink, its usage told")
{
    const auto got = fetch_one(200, support::golden("contract/responses_response.json"));
    CHECK(got.reply.fetched == fetch_ending::failed); // its id is another one
    const auto mine = fetch({http_answer(200, support::golden("contract/responses_response.json"))},
                            {"resp_0001", ""});
    CHECK(mine.reply.fetched == fetch_ending::answered);
    CHECK(mine.reply.outcome == outcome::delivered);
    CHECK(mine.reply.error_code.empty());
    CHECK(!mine.reply.possibly_billed);
    CHECK(mine.sink.bytes.starts_with(support::png_signature));
    CHECK(mine.reply.response_id == "resp_0001");
    CHECK(mine.reply.image_call_id == "ig_0001");
    REQUIRE(mine.reply.used);
    CHECK(mine.reply.used->mainline_input == 311);
    CHECK(mine.sink.ids.empty());    // it was known
    CHECK(mine.sink.limits.empty()); // those of GETs are none of the pictures'
    REQUIRE(mine.requests.size() == 1);
    CHECK(mine.requests[0].method == "GET");
    CHECK(mine.requests[0].target == "/v1/responses/resp_0001");
    CHECK(mine.requests[0].body.empty());
    CHECK(mine.requests[0].headers.find("authorization") == "Bearer sk-canary-0123456789abcdef");
}

TEST_CASE("an id leads nowhere else, and query and paths are the provider's own")
{
    job::wire_switches wire;
    wire.query = "api-version={api_version}";
    wire.api_version = "preview";
    wire.responses_path = "/studio/responses";
    const auto got = fetch({http_answer(404, "{}")}, {"../x?y=/z#", ""}, wire);
    REQUIRE(!got.requests.empty());
    CHECK(got.requests[0].target ==
          "/v1/studio/responses/..%2Fx%3Fy%3D%2Fz%23?api-version=preview");
}

TEST_CASE("how a response ended is told as send() would have told it")
{
    const auto ended = [](const std::string& status, const std::string& rest) {
        const auto got = fetch_one(200, response(status, rest));
        CHECK(got.reply.fetched == fetch_ending::answered);
        CHECK(got.reply.response_id == "resp_9");
        return got.reply;
    };
    CHECK(ended("completed", pictured).outcome == outcome::delivered);
    CHECK(ended("incomplete", pictured).outcome == outcome::delivered);
    const auto failed =
        ended("failed", R"(,"output":[],"error":{"code":"server_error","message":"a problem"})");
    CHECK(failed.outcome == outcome::overloaded);
    CHECK(!failed.possibly_billed);
    CHECK(ended("failed", R"(,"error":{"code":"invalid_prompt","message":"no"})").outcome ==
          outcome::refused);
    const auto cancelled = ended("cancelled", R"(,"output":[])");
    CHECK(cancelled.outcome == outcome::unknown);
    CHECK(cancelled.error_code == "response_cancelled");
    CHECK(ended("incomplete", R"(,"incomplete_details":{"reason":"max_output_tokens"})").outcome ==
          outcome::bad_output);
    const auto words = ended(
        "completed",
        R"(,"output":[{"type":"message","content":[{"type":"output_text","text":"Which lamp?"}]}],"usage":{"input_tokens":300,"output_tokens":20})");
    CHECK(words.outcome == outcome::refused);
    CHECK(words.error_message == "Which lamp?");
    REQUIRE(words.used);
    CHECK(words.used->mainline_output == 20);
    // Completed and empty: free when it comes so by itself, but a store may have dropped a picture.
    const auto empty = ended("completed", R"(,"output":[])");
    CHECK(empty.outcome == outcome::unknown);
    CHECK(empty.possibly_billed);
    CHECK(ended("completed", R"(,"output":[],"usage":{"input_tokens":3,"output_tokens":2})")
              .outcome == outcome::bad_output);
}

TEST_CASE("while the provider works on it, it is asked again in growing steps")
{
    const auto running = http_answer(200, response("in_progress"));
    const auto got =
        fetch({http_answer(200, response("queued")), running, running, running, running, running,
               running, http_answer(200, response("completed", pictured))});
    CHECK(got.reply.outcome == outcome::delivered);
    CHECK(got.requests.size() == 8);
    // 2, 3, 4.5, 6.75, 10.125, 15, 15 s
    CHECK(got.took > 56s);
    CHECK(got.took < 57s);
    const auto early = fetch({running}, {"resp_9", ""}, {}, 20s);
    check_doubt(early, fetch_ending::still_running);
    CHECK(early.reply.error_code == "still_running");
    CHECK(early.took < 20s);
    CHECK(early.requests.size() == 5); // at 0, 2, 5, 9.5 and 16.25 s
    CHECK(early.sink.begun == 0);
}

TEST_CASE("what the provider does not know is asked for once more, and then not there")
{
    const auto missing = http_answer(
        404,
        R"({"error":{"message":"Response with id 'resp_9' not found.","type":"invalid_request_error"}})");
    const auto gone = fetch({missing});
    check_doubt(gone, fetch_ending::not_found);
    CHECK(gone.requests.size() == 2);
    const auto late = fetch({missing, http_answer(200, response("completed", pictured))});
    CHECK(late.reply.outcome == outcome::delivered);
    CHECK(late.reply.fetched == fetch_ending::answered);
    for (const int status : {405, 410})
        check_doubt(fetch_one(status, "{}"), fetch_ending::not_found);
    // Between two GETs that miss it there was one that found it: not lost.
    const auto blinking = fetch({missing, http_answer(200, response("queued")), missing,
                                 http_answer(200, response("completed", pictured))});
    CHECK(blinking.reply.outcome == outcome::delivered);
}

TEST_CASE("a fetch that fails says nothing about the picture")
{
    const auto limited = fetch_one(
        429, R"({"error":{"message":"slow down","type":"rate_limit_error","code":"slow_down"}})",
        "retry-after: 7\r\n");
    check_doubt(limited, fetch_ending::failed);
    CHECK(limited.reply.error_code == "slow_down");
    CHECK(limited.reply.retry_after == 7s);
    const auto key = fetch_one(
        401,
        R"({"error":{"message":"no","type":"invalid_request_error","code":"invalid_api_key"}})");
    check_doubt(key, fetch_ending::failed);
    CHECK(key.reply.error_code == "invalid_api_key");
    for (const int status : {400, 403, 500, 502, 503, 504, 302})
        check_doubt(fetch_one(status, "{}"), fetch_ending::failed);
    check_doubt(fetch({http_answer(200, "<html>log in</html>", "Content-Type: text/html\r\n")}),
                fetch_ending::failed);
    for (const std::string body :
         {"", "{}", "[]", "7", "{", R"({"error":{"message":"no channel","code":503}})",
          R"({"id":"resp_9"})", R"({"id":"resp_9","output":[]})", R"({"id":"resp_9","status":7})",
          R"({"id":"resp_9","status":"dreaming","output":[]})"})
        check_doubt(fetch_one(200, body), fetch_ending::failed);
    // A picture that is broken where it is stored.
    const auto broken =
        fetch_one(200, response("completed",
                                R"(,"output":[{"type":"image_generation_call","result":"!!!"}])"));
    check_doubt(broken, fetch_ending::failed);
    CHECK(broken.reply.error_code == "malformed_reply");
}

TEST_CASE("a network that fails, and a disk that does")
{
    api_world world([](const auto&) { return http_answer(200, response("completed", pictured)); });
    const auto api = provider::make_image_api(world.access(), "responses", world.http, world.clock);
    memory_sink full;
    full.fails = true;
    const auto disk = world.run(fetch_in(world, *api, {"resp_9", ""}, full, patience));
    CHECK(disk.fetched == fetch_ending::failed);
    CHECK(disk.outcome == outcome::unknown);
    CHECK(disk.local_failure);
    world.net.scripts.clear();
    world.http.close_idle();
    memory_sink sink;
    const auto offline = world.run(fetch_in(world, *api, {"resp_9", ""}, sink, patience));
    CHECK(offline.fetched == fetch_ending::failed);
    CHECK(offline.outcome == outcome::unknown); // the GET was not sent; the picture was asked for
    CHECK(offline.possibly_billed);
}

TEST_CASE("an answer cut at any byte is fetched again later, and never half a picture")
{
    const auto whole = http_answer(200, response("completed", pictured));
    for (std::size_t length = 0; length < whole.size(); ++length) {
        api_world world([](const auto&) { return std::string(); });
        world.net.scripts = {[&](http::byte_stream& stream) -> runtime::task<> {
            (void)co_await support::hear_request(stream);
            co_await support::say(stream, whole.substr(0, length));
        }};
        const auto api =
            provider::make_image_api(world.access(), "responses", world.http, world.clock);
        memory_sink sink;
        const auto got = world.run(fetch_in(world, *api, {"resp_9", ""}, sink, patience));
        REQUIRE_MESSAGE(got.fetched == fetch_ending::failed, length);
        REQUIRE(got.outcome == outcome::unknown);
        REQUIRE(got.possibly_billed);
        REQUIRE(!got.local_failure);
    }
}

TEST_CASE("a picture of many megabytes passes through, whatever pieces it comes in")
{
    const std::string base64(24u << 20, 'A');
    const auto got = fetch_one(
        200, response("completed", R"(,"output":[{"type":"image_generation_call","result":")" +
                                       base64 + "\"}]"));
    CHECK(got.reply.outcome == outcome::delivered);
    CHECK(got.sink.bytes.size() == base64.size() / 4 * 3);
}

TEST_CASE("a cancelled fetch stops at once")
{
    api_world world([](const auto&) { return http_answer(200, response("in_progress")); });
    const auto api = provider::make_image_api(world.access(), "responses", world.http, world.clock);
    const auto race = [&]() -> runtime::task<bool> {
        using namespace boost::asio::experimental::awaitable_operators;
        memory_sink sink;
        const auto first = co_await (fetch_in(world, *api, {"resp_9", ""}, sink, patience) ||
                                     world.clock.sleep_until(world.clock.now() + 3s));
        co_return first.index() == 1;
    };
    CHECK(world.run(race()));
}

TEST_CASE("only a responses route that stores and gives back can fetch")
{
    api_world world([](const auto&) { return http_answer(404, "{}"); });
    const auto can = [&](const std::string& api, auto change) {
        job::wire_switches wire;
        change(wire);
        return provider::make_image_api(world.access(wire), api, world.http, world.clock)
            ->can_fetch();
    };
    CHECK(can("responses", [](auto&) {}));
    CHECK(!can("images", [](auto&) {}));
    CHECK(!can("responses", [](auto& wire) { wire.stores_responses = false; }));
    CHECK(!can("responses", [](auto& wire) { wire.retrieves_responses = false; }));
    CHECK(!can("responses", [](auto& wire) { wire.supports_responses = false; }));
    // Asked all the same, it sends nothing.
    job::wire_switches wire;
    wire.retrieves_responses = false;
    const auto got =
        fetch({http_answer(200, response("completed", pictured))}, {"resp_9", ""}, wire);
    check_doubt(got, fetch_ending::not_found);
    CHECK(got.requests.empty());
    const auto nameless = fetch({http_answer(200, response("completed", pictured))}, {});
    check_doubt(nameless, fetch_ending::not_found);
    CHECK(nameless.requests.empty());
}

TEST_CASE("what lies in the conversation is found when no id is known, or none that is there")
{
    const std::string list =
        R"({"object":"list","data":[{"id":"ig_1","type":"image_generation_call","result":"aGVsbG8=","status":"completed"},)"
        R"({"type":"reasoning"},{"type":"message","role":"user","content":[{"type":"input_text","text":"a lamp"}]}],"has_more":false})";
    const auto found = fetch({http_answer(200, list)}, {"", "conv_1"});
    CHECK(found.reply.fetched == fetch_ending::answered);
    CHECK(found.reply.outcome == outcome::delivered);
    CHECK(found.sink.bytes == "hello");
    CHECK(found.reply.image_call_id == "ig_1");
    CHECK(
        !found.reply.used); // a conversation tells none: who settles takes the reserved worst case
    CHECK(found.reply.response_id.empty());
    REQUIRE(found.requests.size() == 1);
    CHECK(found.requests[0].target == "/v1/conversations/conv_1/items");
    const auto second =
        fetch({http_answer(404, "{}"), http_answer(404, "{}"), http_answer(200, list)},
              {"resp_9", "conv_1"});
    CHECK(second.reply.outcome == outcome::delivered);
    CHECK(second.reply.response_id == "resp_9");
    // The response is known: the conversation is not asked.
    const auto first =
        fetch({http_answer(200, response("completed", pictured))}, {"resp_9", "conv_1"});
    CHECK(first.requests.size() == 1);

    const auto holds = [](const std::string& items) {
        return fetch({http_answer(200, R"({"object":"list","data":[)" + items + "]}")},
                     {"", "conv_1"}, {}, 10s);
    };
    check_doubt(holds(""), fetch_ending::still_running);
    check_doubt(
        holds(R"({"type":"message","role":"user","content":[{"type":"input_text","text":"a"}]})"),
        fetch_ending::still_running);
    const auto words = holds(
        R"({"type":"message","role":"assistant","content":[{"type":"output_text","text":"Which?"}]})");
    CHECK(words.reply.fetched == fetch_ending::answered);
    CHECK(words.reply.outcome == outcome::refused);
    CHECK(words.reply.error_message == "Which?");
    const auto failed = holds(
        R"({"type":"image_generation_call","result":null,"status":"failed","error":{"code":"moderation_blocked","message":"m"}})");
    CHECK(failed.reply.fetched == fetch_ending::answered);
    CHECK(failed.reply.outcome == outcome::refused);
    check_doubt(fetch({http_answer(404, "{}")}, {"", "conv_1"}), fetch_ending::not_found);
    check_doubt(fetch({http_answer(200, "{}")}, {"", "conv_1"}), fetch_ending::failed);
    check_doubt(fetch({http_answer(500, "{}")}, {"", "conv_1"}), fetch_ending::failed);
}

TEST_CASE("a conversation is made only for what can be recovered by one")
{
    struct asked {
        base::result<std::string> id;
        std::size_t requests = 0;
    };
    const auto make = [](const std::string& answer, auto change) {
        api_world world([&](const auto&) { return answer; });
        job::wire_switches wire;
        wire.supports_conversations = true;
        job::image_request request;
        request.recoverable = true;
        change(wire, request);
        const auto api =
            provider::make_image_api(world.access(wire), "responses", world.http, world.clock);
        auto id = world.run(api->prepare_recovery(request, {}));
        if (!world.requests.empty()) {
            CHECK(world.requests[0].method == "POST");
            CHECK(world.requests[0].target == "/v1/conversations");
            CHECK(world.requests[0].body == "{}");
        }
        return asked{std::move(id), world.requests.size()};
    };
    const auto good = http_answer(200, R"({"id":"conv_7","object":"conversation"})");
    CHECK(make(good, [](auto&, auto&) {}).id.value() == "conv_7");
    const auto none = [&](auto change) {
        const auto made = make(good, change);
        CHECK(made.id.value().empty());
        CHECK(made.requests == 0);
    };
    none([](auto&, auto& request) { request.recoverable = false; });
    none([](auto&, auto& request) { request.previous_response_id = "resp_1"; });
    none([](auto& wire, auto&) { wire.supports_conversations = false; });
    none([](auto& wire, auto&) { wire.retrieves_responses = false; });
    CHECK(!make(http_answer(500, "{}"), [](auto&, auto&) {}).id);
    CHECK(!make(http_answer(200, "{}"), [](auto&, auto&) {}).id);
    CHECK(!make(http_answer(200, R"({"id":"a b"})"), [](auto&, auto&) {}).id);
}

TEST_CASE("a recoverable request says store and background, and nothing else of it changes")
{
    api_world world([](const auto&) { return http_answer(404, "{}"); });
    const auto body = [&](auto change) {
        job::wire_switches wire;
        job::image_request request;
        request.model = "gpt-image-2";
        request.mainline_model = "gpt-5.5";
        request.prompt = "a lamp";
        change(wire, request);
        const auto prepared =
            provider::make_image_api(world.access(wire), "responses", world.http, world.clock)
                ->prepare(request, {}, "id")
                .value();
        std::string all;
        for (const auto& piece : prepared.wire.body)
            all += *piece;
        return base::parse_json(all, "body").value();
    };
    const auto plain = body([](auto&, auto&) {});
    CHECK(plain["background"].is_null());
    auto recoverable = body([](auto&, auto& request) {
        request.recoverable = true;
        request.conversation_id = "conv_1";
    });
    CHECK(recoverable["background"].bool_or(false));
    CHECK(recoverable["store"].bool_or(false));
    CHECK(recoverable["stream"].bool_or(false));
    CHECK(recoverable["conversation"].text_or("") == "conv_1");
    recoverable.erase("background");
    recoverable.erase("conversation");
    CHECK(recoverable == plain);
    const auto foreground = body([](auto& wire, auto& request) {
        request.recoverable = true;
        wire.supports_background = false;
    });
    CHECK(foreground == plain);
    const auto forgetful = body([](auto& wire, auto& request) {
        request.recoverable = true;
        request.conversation_id = "conv_1";
        wire.retrieves_responses = false;
    });
    CHECK(forgetful == plain);
    const auto link = body([](auto&, auto& request) {
        request.recoverable = true;
        request.conversation_id = "conv_1";
        request.previous_response_id = "resp_1";
    });
    CHECK(link["conversation"].is_null());
    CHECK(link["background"].bool_or(false));
}

TEST_CASE("an answer that is only a name is waited for, when nothing is streamed")
{
    int asked = 0;
    const auto answers = [&](const http::server_request& request) {
        if (request.method == "POST")
            return http_answer(200, response("queued"),
                               "Content-Type: application/json\r\nx-request-id: req_7\r\n");
        return http_answer(200,
                           ++asked < 3 ? response("in_progress") : response("completed", pictured));
    };
    const auto send = [&](job::wire_switches wire, std::chrono::seconds within, memory_sink& sink) {
        asked = 0;
        api_world world(answers);
        job::image_request request;
        request.model = "gpt-image-2";
        request.mainline_model = "gpt-5.5";
        request.stream = false;
        request.recoverable = true;
        const auto api =
            provider::make_image_api(world.access(wire), "responses", world.http, world.clock);
        auto prepared = api->prepare(request, {}, "id").value();
        return world.run(
            api->send(std::move(prepared), sink, {world.clock.now() + within, "test"}));
    };
    memory_sink sink;
    const auto got = send({}, patience, sink);
    CHECK(got.outcome == outcome::delivered);
    CHECK(got.response_id == "resp_9");
    CHECK(got.request_id == "req_7"); // of what was charged
    CHECK(sink.bytes == "hello");
    CHECK(sink.ids == std::vector<std::string>{"resp_9"});
    CHECK(got.last_byte_ms >= 5000);
    memory_sink late;
    const auto cut = send({}, 3s, late);
    CHECK(cut.outcome == outcome::unknown);
    CHECK(cut.possibly_billed);
    CHECK(cut.response_id == "resp_9");
    CHECK(cut.fetched == fetch_ending::answered);
}

TEST_CASE("the id of a plain answer is known before its picture has come")
{
    const std::string whole =
        R"({ "object" : "response", "metadata": {"id":"no","x":"\"id\":\"no\""}, "list":["id","no"], "id" : "resp_9")" +
        pictured + R"(,"status":"completed"})";
    const auto id_ends = whole.find("resp_9") + 7;
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const auto got =
            support::read_answer<provider::responses_reply>({.content_type = "application/json",
                                                             .body = whole.substr(0, length),
                                                             .complete = false},
                                                            {});
        REQUIRE_MESSAGE(got.sink.ids == (length >= id_ends ? std::vector<std::string>{"resp_9"}
                                                           : std::vector<std::string>{}),
                        length);
        REQUIRE(got.reply.outcome == outcome::unknown);
    }
    CHECK(provider::leading_text(R"({"id":"a\u0062"})", "id").empty());
    CHECK(provider::leading_text(R"({"id":7,"x":{"id":"b"}})", "id").empty());
    CHECK(provider::leading_text(R"(["id","b"])", "id").empty());
    CHECK(provider::leading_text(R"({"x":"id","id":"b"})", "id") == "b");
    CHECK(provider::leading_text(R"({"id" "b"})", "id").empty());
}
