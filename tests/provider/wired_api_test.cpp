#include "engine/base/redact.hpp"
#include "engine/provider/make_image_api.hpp"
#include "engine/provider/models_api.hpp"
#include "engine/provider/text_api.hpp"
#include "tests/provider/api_world.hpp"
#include "tests/provider/reading.hpp"
#include "tests/support/golden.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <doctest/doctest.h>

using namespace engine;
using job::outcome;
using support::api_world;
using support::http_answer;
using support::memory_sink;

namespace {

const std::string canary = "sk-canary-0123456789abcdef";

job::image_request edit_request()
{
    job::image_request request;
    request.model = "gpt-image-2";
    request.mainline_model = "gpt-5.5";
    request.prompt = "a lamp";
    request.stream = false;
    job::reference_image photo;
    photo.sha256 = std::string(64, 'a');
    request.references = {photo};
    return request;
}

provider::image_inputs inputs_of(const job::image_request& request)
{
    provider::image_inputs inputs;
    for (const auto& reference : request.references)
        inputs.references.push_back(
            std::make_shared<const std::string>("bytes of " + reference.sha256));
    if (request.mask)
        inputs.mask = std::make_shared<const std::string>("mask");
    return inputs;
}

job::wire_switches with_files()
{
    job::wire_switches wire;
    wire.edits = job::edit_form::json_images;
    return wire;
}

// Uploads, prepares and sends, as `run` does.
runtime::task<provider::reply> attempt(provider::image_api& api, job::image_request request,
                                       provider::image_inputs inputs, provider::image_sink& sink)
{
    auto uploaded = co_await api.upload(request, inputs, {});
    REQUIRE(uploaded);
    auto prepared = api.prepare(request, inputs, "id-1");
    REQUIRE(prepared);
    co_return co_await api.send(std::move(*prepared), sink, {});
}

std::string file_answer(const std::string& id)
{
    return http_answer(200, R"({"object":"file","id":")" + id + "\"}");
}

const std::string image_answer = http_answer(200, R"({"data":[{"b64_json":"aGVsbG8="}]})");

} // namespace

TEST_CASE("the factory makes both apis and nothing else")
{
    api_world world([](const auto&) { return image_answer; });
    for (const auto name : job::api_names)
        CHECK(provider::make_image_api(world.access(), name, world.http, world.clock));
    CHECK(!provider::make_image_api(world.access(), "chat", world.http, world.clock));
}

TEST_CASE("each api asks its own path with the key and nothing else that is secret")
{
    api_world world([](const http::server_request& request) {
        return request.target == "/v1/responses"
                   ? http_answer(200, support::golden("contract/responses_response.json"))
                   : image_answer;
    });
    auto request = edit_request();
    request.references.clear();
    for (const auto name : job::api_names) {
        memory_sink sink;
        const auto api = provider::make_image_api(world.access(), name, world.http, world.clock);
        const auto reply = world.run(attempt(*api, request, {}, sink));
        CHECK(reply.outcome == outcome::delivered);
        CHECK(!sink.bytes.empty());
    }
    REQUIRE(world.requests.size() == 2);
    CHECK(world.requests[0].target == "/v1/images/generations");
    CHECK(world.requests[1].target == "/v1/responses");
    for (const auto& sent : world.requests) {
        CHECK(sent.headers.find("authorization") == "Bearer " + canary);
        CHECK(sent.headers.find("x-client-request-id") == "id-1");
        CHECK(sent.body.find("canary") == std::string::npos);
    }
}

TEST_CASE("a responses route needs a text model and a provider that has the API")
{
    api_world world([](const auto&) { return image_answer; });
    auto request = edit_request();
    const auto prepare = [&](job::wire_switches wire) {
        return provider::make_image_api(world.access(std::move(wire)), "responses", world.http,
                                        world.clock)
            ->prepare(request, inputs_of(request), "id");
    };
    CHECK(prepare({}));
    job::wire_switches without;
    without.supports_responses = false;
    CHECK(!prepare(without));
    request.mainline_model.clear();
    CHECK(!prepare({}));
}

TEST_CASE("a server that falls silent behind the image loses its usage and nothing else")
{
    const auto stream = support::golden("contract/responses_stream.sse");
    const auto image_ends = stream.find("\n\n", stream.find("\"result\":\"iVBOR")) + 2;
    for (const std::size_t said : {image_ends, image_ends - 10}) {
        api_world world([&](const http::server_request&) {
            return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: "
                   "99999\r\n\r\n" +
                   stream.substr(0, said);
        });
        auto request = edit_request();
        request.references.clear();
        memory_sink sink;
        const auto reply = world.run(
            attempt(*provider::make_image_api(world.access(), "responses", world.http, world.clock),
                    request, {}, sink));
        CHECK((reply.outcome == outcome::delivered) == (said == image_ends));
        CHECK((reply.outcome == outcome::unknown) == (said != image_ends));
        CHECK(reply.response_id == "resp_0001"); // the lost one can still be asked for
        CHECK(!reply.used);
    }
}

TEST_CASE("a reference is uploaded once, by its content, and named from then on")
{
    api_world world([](const http::server_request& request) {
        return request.target == "/v1/files" ? file_answer("file-1") : image_answer;
    });
    const auto api =
        provider::make_image_api(world.access(with_files()), "images", world.http, world.clock);
    memory_sink sink;
    for (int i = 0; i < 2; ++i)
        CHECK(world.run(attempt(*api, edit_request(), inputs_of(edit_request()), sink)).outcome ==
              outcome::delivered);
    REQUIRE(world.requests.size() == 3);
    const auto& upload = world.requests[0];
    CHECK(upload.method == "POST");
    CHECK(upload.body.find("name=\"purpose\"\r\n\r\nvision") != std::string::npos);
    CHECK(upload.body.find("bytes of aaaa") != std::string::npos);
    CHECK(upload.body.find("image/png") != std::string::npos);
    for (int i = 1; i < 3; ++i) {
        const auto body =
            base::parse_json(world.requests[static_cast<std::size_t>(i)].body, "body");
        REQUIRE(body);
        CHECK((*body)["images"].items().at(0)["file_id"].text_or({}) == "file-1");
    }
}

TEST_CASE("requests that want the same bytes at once wait for one upload")
{
    using namespace boost::asio::experimental::awaitable_operators;
    api_world world([](const http::server_request& request) {
        return request.target == "/v1/files" ? file_answer("file-1") : image_answer;
    });
    const auto api =
        provider::make_image_api(world.access(with_files()), "responses", world.http, world.clock);
    const auto request = edit_request();
    auto first = inputs_of(request);
    auto second = inputs_of(request);
    const auto both = [](provider::image_api& both_of, const job::image_request& wanted,
                         provider::image_inputs& one,
                         provider::image_inputs& two) -> runtime::task<bool> {
        const auto done =
            co_await (both_of.upload(wanted, one, {}) && both_of.upload(wanted, two, {}));
        co_return std::get<0>(done).has_value() && std::get<1>(done).has_value();
    };
    CHECK(world.run(both(*api, request, first, second)));
    CHECK(world.requests.size() == 1);
    CHECK(first.reference_file_ids == std::vector<std::string>{"file-1"});
    CHECK(second.reference_file_ids == first.reference_file_ids);
}

TEST_CASE("nothing is uploaded where it could not be named")
{
    api_world world([](const http::server_request&) { return image_answer; });
    memory_sink sink;
    for (const auto& wire : {job::wire_switches{}, [] {
                                 auto none = with_files();
                                 none.supports_files = false;
                                 return none;
                             }()}) {
        const auto api =
            provider::make_image_api(world.access(wire), "images", world.http, world.clock);
        CHECK(world.run(attempt(*api, edit_request(), inputs_of(edit_request()), sink)).outcome ==
              outcome::delivered);
    }
    for (const auto& sent : world.requests)
        CHECK(sent.target == "/v1/images/edits");
}

TEST_CASE("when uploading fails the bytes are sent, and a provider without files is asked once")
{
    int answers = 0;
    for (const auto& [refusal, uploads_tried] :
         {std::pair{http_answer(404, "{}"), 1},
          {http_answer(500, "{}"), 3},
          {http_answer(200, R"({"id":"../../etc/passwd"})"), 3},
          {http_answer(200, "[]"), 3}}) {
        api_world world([said = refusal](const http::server_request& request) {
            return request.target == "/v1/files" ? said : image_answer;
        });
        const auto api =
            provider::make_image_api(world.access(with_files()), "images", world.http, world.clock);
        memory_sink sink;
        for (int i = 0; i < 5; ++i)
            CHECK(
                world.run(attempt(*api, edit_request(), inputs_of(edit_request()), sink)).outcome ==
                outcome::delivered);
        int uploads = 0;
        for (const auto& sent : world.requests) {
            uploads += sent.target == "/v1/files";
            if (sent.target != "/v1/files")
                CHECK(sent.body.find("data:image/png;base64,") != std::string::npos);
        }
        CHECK(uploads == uploads_tried);
        ++answers;
    }
    CHECK(answers == 4);
}

TEST_CASE("a file that the provider has lost is uploaded again by the next attempt")
{
    for (
        const std::string lost :
        {R"({"error":{"code":"image_file_not_found","message":"gone"}})",
         R"({"error":{"type":"invalid_request_error","message":"No such File object: file-1"}})"}) {
        int uploads = 0;
        api_world world([&](const http::server_request& request) {
            if (request.target == "/v1/files")
                return file_answer("file-" + std::to_string(++uploads));
            return request.body.find("file-1") != std::string::npos ? http_answer(400, lost)
                                                                    : image_answer;
        });
        const auto api =
            provider::make_image_api(world.access(with_files()), "images", world.http, world.clock);
        memory_sink sink;
        const auto first =
            world.run(attempt(*api, edit_request(), inputs_of(edit_request()), sink));
        CHECK(first.outcome == outcome::overloaded); // nothing was made, and it is worth a try
        CHECK(!first.possibly_billed);
        CHECK(world.run(attempt(*api, edit_request(), inputs_of(edit_request()), sink)).outcome ==
              outcome::delivered);
        CHECK(uploads == 2);
    }
}

TEST_CASE("uploads are deleted when asked, and those that stay are counted")
{
    bool allowed = false;
    api_world world([&](const http::server_request& request) {
        if (request.method == "DELETE")
            return allowed ? http_answer(200, R"({"deleted":true})") : http_answer(500, "{}");
        return request.target == "/v1/files" ? file_answer("file-1") : image_answer;
    });
    const auto api =
        provider::make_image_api(world.access(with_files()), "images", world.http, world.clock);
    memory_sink sink;
    (void)world.run(attempt(*api, edit_request(), inputs_of(edit_request()), sink));
    CHECK(world.run(api->remove_uploads({})) == 1);
    CHECK(world.requests.back().target == "/v1/files/file-1");
    allowed = true;
    CHECK(world.run(api->remove_uploads({})) == 0);
    const auto asked = world.requests.size();
    CHECK(world.run(api->remove_uploads({})) == 0);
    CHECK(world.requests.size() == asked);
}

TEST_CASE("an answer with only an address is fetched without the key, where that is allowed")
{
    const std::string only_url =
        http_answer(200, R"({"data":[{"url":"http://cdn.example/1.png?sig=x"}]})");
    api_world world([&](const http::server_request& request) {
        return request.method == "GET" ? http_answer(200, "picture", "Content-Type: image/png\r\n")
                                       : only_url;
    });
    auto request = edit_request();
    request.references.clear();
    memory_sink sink;
    job::wire_switches wire;
    const auto refused = world.run(
        attempt(*provider::make_image_api(world.access(wire), "images", world.http, world.clock),
                request, {}, sink));
    CHECK(refused.outcome == outcome::bad_output);
    CHECK(refused.error_code == "url_only");
    CHECK(refused.error_message.find("allow_url_results") != std::string::npos);
    CHECK(world.requests.size() == 1);

    wire.allow_url_results = true;
    const auto fetched = world.run(
        attempt(*provider::make_image_api(world.access(wire), "images", world.http, world.clock),
                request, {}, sink));
    CHECK(fetched.outcome == outcome::delivered);
    CHECK(sink.bytes == "picture");
    const auto& get = world.requests.back();
    CHECK(get.target == "/1.png?sig=x");
    CHECK(!get.headers.contains("authorization"));
    CHECK(!get.headers.contains("api-key"));

    // From an https endpoint only https is followed.
    auto access = world.access(wire);
    access.endpoint.tls = true;
    const auto asked = world.requests.size();
    const auto plain = world.run(attempt(
        *provider::make_image_api(access, "images", world.http, world.clock), request, {}, sink));
    CHECK(plain.outcome == outcome::unknown); // it was made, and paid for
    CHECK(plain.possibly_billed);
    CHECK(world.requests.size() == asked + 1);
}

TEST_CASE("a fetch that fails loses a picture that was paid for, and follows no redirect")
{
    for (const std::string& second : {http_answer(302, "", "Location: http://evil.example/\r\n"),
                                      http_answer(404, "no"), http_answer(200, "")}) {
        api_world world([&](const http::server_request& request) {
            return request.method == "GET"
                       ? second
                       : http_answer(200, R"({"data":[{"url":"http://cdn.example/1.png"}]})");
        });
        auto request = edit_request();
        request.references.clear();
        job::wire_switches wire;
        wire.allow_url_results = true;
        memory_sink sink;
        const auto reply = world.run(attempt(
            *provider::make_image_api(world.access(wire), "images", world.http, world.clock),
            request, {}, sink));
        CHECK(reply.outcome == outcome::unknown);
        CHECK(reply.possibly_billed);
        CHECK(reply.error_code == "url_fetch_failed");
        CHECK(world.requests.size() == 2);
    }
}

TEST_CASE("a text is asked without tools, and its tokens are the text model's")
{
    api_world world([](const http::server_request&) {
        return http_answer(
            200,
            R"({"id":"resp_1","status":"completed","model":"gpt-5.5-2026-03-05","output":[{"type":"reasoning"},{"type":"message","content":[{"type":"output_text","text":"A brass lamp"}]}],"usage":{"input_tokens":40,"input_tokens_details":{"cached_tokens":8},"output_tokens":12}})",
            "Content-Type: application/json\r\nx-request-id: req_7\r\n");
    });
    provider::text_api api(world.access(), world.http, world.clock);
    bool sending = false;
    const auto reply = world.run(
        api.ask({"gpt-5.5", "Rewrite it.", "a lamp", 300, "id-2"}, [&] { sending = true; }, {}));
    CHECK(sending);
    CHECK(reply.outcome == outcome::delivered);
    CHECK(reply.text == "A brass lamp");
    CHECK(reply.response_id == "resp_1");
    CHECK(reply.request_id == "req_7");
    REQUIRE(reply.used);
    CHECK(reply.used->mainline_input == 40);
    CHECK(reply.used->mainline_cached == 8);
    CHECK(reply.used->mainline_output == 12);
    CHECK(reply.used->total() == 0);
    const auto body = base::parse_json(world.requests.at(0).body, "body").value();
    CHECK(body == base::json::make_object({{"model", "gpt-5.5"},
                                           {"instructions", "Rewrite it."},
                                           {"input", "a lamp"},
                                           {"max_output_tokens", 300},
                                           {"store", false}}));
}

TEST_CASE("a text call that brings no whole text says why")
{
    const auto ask = [](const std::string& said) {
        api_world world([&](const http::server_request&) { return said; });
        provider::text_api api(world.access(), world.http, world.clock);
        return world.run(api.ask({"gpt-5.5", "", "a lamp", 300, "id"}, {}, {}));
    };
    const auto json = [&](const std::string& body) { return ask(http_answer(200, body)); };
    CHECK(json(R"({"status":"completed","output":[]})").outcome == outcome::overloaded);
    CHECK(json(R"({"status":"completed","output":[],"usage":{"output_tokens":9}})").outcome ==
          outcome::bad_output);
    const auto cut = json(
        R"({"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[{"content":[{"type":"output_text","text":"A br"}]}],"usage":{"output_tokens":9}})");
    CHECK(cut.outcome == outcome::bad_output);
    CHECK(cut.text.empty());
    CHECK(cut.used->mainline_output == 9);
    CHECK(json(R"({"output":[{"content":[{"type":"refusal","refusal":"No."}]}]})").outcome ==
          outcome::refused);
    CHECK(json(R"({"error":{"code":"insufficient_quota"}})").outcome == outcome::account);
    CHECK(json("data: {}\n\n").outcome == outcome::bad_output);
    CHECK(json("[1]").outcome == outcome::bad_output);
    CHECK(ask(http_answer(
                  429, R"({"error":{"code":"rate_limit_exceeded","message":"try again in 2s"}})"))
              .retry_after == std::chrono::seconds(2));
    CHECK(ask(http_answer(502, "<html>")).outcome == outcome::unknown);
    const auto cut_off = ask("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"out");
    // The script waits for another request; the client sees the end of the connection or its limit.
    CHECK(cut_off.outcome == outcome::unknown);
    CHECK(cut_off.possibly_billed);
}

TEST_CASE("a text that echoes a known key comes without it")
{
    base::remember_secret("echoed-key-7781");
    provider::text_reply reply;
    const auto response = base::parse_json(
        R"({"output":[{"content":[{"type":"output_text","text":"a lamp\nechoed-key-7781"}]}]})",
        "test");
    provider::read_text_response(*response, reply);
    CHECK(reply.outcome == outcome::delivered);
    CHECK(reply.text == "a lamp\n[redacted]");
}

TEST_CASE("models are listed, whatever else stands in the answer")
{
    api_world world([](const http::server_request&) {
        return http_answer(
            200, R"({"data":[{"id":"gpt-image-2"},{"id":7},{},{"id":"gpt-5.5"}]})",
            "Content-Type: application/json\r\nDate: Wed, 25 Nov 2026 10:00:00 GMT\r\n"
            "x-ratelimit-limit-requests: 500\r\n");
    });
    provider::models_api api(world.access(), world.http, world.clock);
    const auto reply = world.run(api.list({}));
    CHECK(reply.outcome == outcome::delivered);
    CHECK(reply.ids == std::vector<std::string>{"gpt-image-2", "gpt-5.5"});
    CHECK(reply.date);
    CHECK(reply.buckets.size() == 1);
    CHECK(world.requests.at(0).method == "GET");
    CHECK(world.requests.at(0).target == "/v1/models");

    api_world other([](const http::server_request&) {
        return http_answer(
            401, R"({"error":{"code":"invalid_api_key","message":"Incorrect API key provided: )" +
                     canary + R"(."}})");
    });
    provider::models_api refused(other.access(), other.http, other.clock);
    const auto no = other.run(refused.list({}));
    CHECK(no.outcome == outcome::account);
    CHECK(no.error_message.find("canary") == std::string::npos);
    job::wire_switches wire;
    wire.supports_models_list = false;
    provider::models_api none(other.access(wire), other.http, other.clock);
    CHECK(other.run(none.list({})).error_code == "no_models_list");
    CHECK(other.requests.size() == 1);
}

TEST_CASE("a key that the server echoes reaches no text of a reply")
{
    const std::string echo = "you sent Bearer " + canary;
    for (
        const std::string& said :
        {http_answer(401, R"({"error":{"message":")" + echo + R"(","code":")" + canary + "\"}}"),
         http_answer(502, "<html>" + echo + "</html>", "Content-Type: text/html\r\n"),
         http_answer(200, echo, "Content-Type: text/plain\r\n"),
         http_answer(200, R"({"error":")" + echo + "\"}"),
         http_answer(
             200,
             R"({"id":")" + canary +
                 R"(","status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":")" +
                 echo + "\"}]}]}"),
         http_answer(200, R"({"status":"incomplete","incomplete_details":{"reason":")" + canary +
                              "\"}}")})
        for (const auto name : job::api_names) {
            api_world world([&](const http::server_request&) { return said; });
            auto request = edit_request();
            request.references.clear();
            memory_sink sink;
            const auto reply = world.run(
                attempt(*provider::make_image_api(world.access(), name, world.http, world.clock),
                        request, {}, sink));
            CHECK(reply.outcome != outcome::delivered);
            for (const auto* text : {&reply.error_code, &reply.error_message, &reply.response_id,
                                     &reply.request_id, &reply.model_returned})
                CHECK(text->find("canary") == std::string::npos);
        }
}
