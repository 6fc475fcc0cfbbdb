#include "engine/provider/images_reply.hpp"

#include "engine/base/sha256.hpp"
#include "tests/provider/reading.hpp"
#include "tests/support/golden.hpp"

#include <doctest/doctest.h>
#include <map>

using namespace engine;
using job::outcome;
using support::answer;
using support::ending;
using support::memory_sink;
using support::png_signature;

namespace {

ending read(const answer& said, std::vector<std::size_t> cuts = {}, bool sink_fails = false)
{
    memory_sink sink;
    sink.fails = sink_fails;
    return support::read_answer<provider::images_reply>(said, std::move(cuts), std::move(sink));
}

} // namespace

TEST_CASE("recorded answers come to the same end wherever they are cut")
{
    struct expected {
        outcome how;
        int partials;
        std::int64_t output_tokens;
    };
    const std::map<std::string, expected> files = {
        {"gen_stream.sse", {outcome::delivered, 2, 7224}},
        {"gen_stream_done_crlf.sse", {outcome::delivered, 1, 7124}},
        {"edit_stream.sse", {outcome::delivered, 1, 7124}},
        {"gen_stream_error.sse", {outcome::unknown, 1, 0}}, // an image had begun
        {"gen_stream_moderation.sse", {outcome::refused, 0, 0}},
        {"gen_stream_truncated.sse", {outcome::unknown, 1, 0}},
        {"gen_response_gateway.json", {outcome::delivered, 0, 7024}},
        {"gen_response.json", {outcome::delivered, 0, 2744}},
    };
    for (const auto& [name, wanted] : files) {
        answer said;
        said.body = support::golden("contract/" + name);
        said.complete = name != "gen_stream_truncated.sse";
        if (name.ends_with(".json"))
            said.content_type = "application/json";
        const auto whole = read(said);
        for (std::size_t cut = 0; cut < said.body.size(); ++cut) {
            const auto result = read(said, {cut});
            REQUIRE_MESSAGE(result.reply.outcome == wanted.how, name, " cut at ", cut);
            REQUIRE(result.reply.partials_received == wanted.partials);
            REQUIRE(result.reply.request_id == "req_1");
            if (wanted.how == outcome::delivered) {
                REQUIRE(result.sink.bytes.starts_with(png_signature));
                REQUIRE(result.sink.bytes == whole.sink.bytes);
                REQUIRE(result.reply.used->output_image == wanted.output_tokens);
            }
        }
    }
    CHECK(read({.content_type = "application/json",
                .body = support::golden("contract/gen_response_gateway.json")})
              .reply.revised_prompt == "A small paper lighthouse standing on a wooden desk");
}

TEST_CASE("a stream cut anywhere is never a success unless the image was there")
{
    answer said;
    said.body = support::golden("contract/gen_stream.sse");
    said.complete = false;
    // The final event is complete at its closing brace; its line end may be missing.
    const std::size_t image_ends = said.body.rfind('}') + 1;
    const std::string whole = said.body;
    for (std::size_t length = 0; length < whole.size(); ++length) {
        said.body = whole.substr(0, length);
        const auto result = read(said);
        if (result.reply.outcome == outcome::delivered)
            REQUIRE(length >= image_ends);
        else
            REQUIRE(result.reply.outcome == outcome::unknown);
        REQUIRE(result.reply.possibly_billed == (result.reply.outcome == outcome::unknown));
    }
}

TEST_CASE("an ordinary end without a final event is no success")
{
    CHECK(read({.body = ""}).reply.outcome == outcome::unknown);
    CHECK(read({.body = ": keepalive\n\n"}).reply.error_code == "no_final_event");
    CHECK(read({.body = "data: [DONE]\n\n"}).reply.outcome == outcome::unknown);
}

TEST_CASE("a last event without its blank line counts when the body ended properly")
{
    auto body = support::golden("contract/gen_stream.sse");
    while (body.ends_with('\n'))
        body.pop_back();
    CHECK(read({.body = body}).reply.outcome == outcome::delivered);
}

TEST_CASE("the answer's own type decides, not what was asked")
{
    const auto json = support::golden("contract/gen_response.json");
    const auto stream = support::golden("contract/gen_stream.sse");
    CHECK(read({.content_type = "application/json; charset=utf-8", .body = json}).reply.outcome ==
          outcome::delivered);
    CHECK(read({.content_type = "", .body = json}).reply.outcome == outcome::delivered);
    CHECK(read({.content_type = "text/plain", .body = stream}).reply.outcome == outcome::delivered);
    const auto page = read({.content_type = "text/html", .body = "<html>Please log in</html>"});
    CHECK(page.reply.outcome == outcome::bad_output);
    CHECK(page.reply.error_code == "not_an_image_answer");
}

TEST_CASE("a partial image is never the result, even when its type comes last")
{
    const std::string partial =
        R"(data: {"b64_json":"aGVsbG8=","type":"image_generation.partial_image"})"
        "\n\n";
    const auto only = read({.body = partial});
    CHECK(only.reply.outcome == outcome::unknown);
    CHECK(only.reply.partials_received == 1);
    const std::string final_event =
        R"(data: {"b64_json":"d29ybGQ=","type":"image_generation.completed"})"
        "\n\n";
    const auto both = read({.body = partial + final_event});
    CHECK(both.reply.outcome == outcome::delivered);
    CHECK(both.sink.bytes == "world");
    CHECK(both.sink.begun == 2); // the partial's bytes were dropped
}

TEST_CASE("answers that hold no image end where policy expects them")
{
    const auto json = [](std::string body) {
        return read({.content_type = "application/json", .body = std::move(body)}).reply;
    };
    CHECK(json(R"({"created":1,"data":[]})").outcome == outcome::refused);
    CHECK(json(R"({"created":1,"data":[{"url":"https://x.example/1.png"}]})").outcome ==
          outcome::bad_output);
    CHECK(json(R"({"error":{"message":"no channel","code":503}})").outcome == outcome::overloaded);
    CHECK(json(R"({"data":[{"b64_json":"!!!!"}]})").outcome == outcome::bad_output);
    CHECK(json("not json at all").outcome == outcome::bad_output);
    CHECK(json("").outcome == outcome::bad_output);
    CHECK(json(R"({"data":[{"b64_json":""}]})").outcome == outcome::bad_output);
}

TEST_CASE("errors with a status are classified by body and headers")
{
    answer said;
    said.status = 429;
    said.content_type = "application/json";
    said.body =
        R"({"error":{"message":"on input-images per min: Limit 5, Used 5, Requested 1. Please try again in 12s.","type":"input-images","code":"rate_limit_exceeded"}})";
    const auto limited = read(said).reply;
    CHECK(limited.outcome == outcome::rate_limited);
    CHECK(limited.retry_after == std::chrono::seconds(12));
    CHECK(limited.limits.limit == 5);
    said.headers = {{"retry-after-ms", "534"}, {"x-ratelimit-limit-input-images", "5"}};
    CHECK(read(said).reply.retry_after == std::chrono::milliseconds(534));
    CHECK(read(said).reply.buckets.size() == 1);

    answer html;
    html.status = 504;
    html.content_type = "text/html";
    html.body = "<html>Gateway time-out</html>";
    CHECK(read(html).reply.outcome == outcome::unknown);
    html.status = 401;
    html.complete = false; // cut: the status has said enough
    CHECK(read(html).reply.outcome == outcome::account);
}

TEST_CASE("nothing after the image changes that it was delivered")
{
    const auto stream = support::golden("contract/gen_stream.sse");
    CHECK(read({.body = stream + "event: error\ndata: {\"error\":{\"code\":\"server_error\"}}\n\n"})
              .reply.outcome == outcome::delivered);
    CHECK(read({.body = stream + "data: {broken\n\n"}).reply.outcome == outcome::delivered);
    CHECK(read({.body = stream + stream}).sink.begun == 1);
    CHECK(read({.body = stream, .complete = false}).reply.outcome == outcome::delivered);
}

TEST_CASE("a gateway's chatter between events costs no picture")
{
    const auto stream = support::golden("contract/gen_stream.sse");
    for (const std::string chatter :
         {"data: ping\n\n", "data:\n\n", "event: ping\ndata: {]}\n\n", "data: }\n\n"}) {
        CHECK(read({.body = chatter + stream}).reply.outcome == outcome::delivered);
        const auto first = stream.find("\n\n") + 2;
        CHECK(read({.body = stream.substr(0, first) + chatter + stream.substr(first)})
                  .reply.outcome == outcome::delivered);
    }
}

TEST_CASE("a full disk of ours is told apart from what the provider did")
{
    const auto result = read({.body = support::golden("contract/gen_stream.sse")}, {}, true);
    CHECK(result.reply.outcome == outcome::unknown);
    CHECK(result.reply.error_code == "store_failed");
    REQUIRE(result.reply.local_failure);
    CHECK(result.reply.local_failure->code == std::errc::no_space_on_device);
}

TEST_CASE("a connection that was never made costs nothing")
{
    memory_sink sink;
    const runtime::real_clock time;
    provider::images_reply reader(sink, time, false);
    http::exchange_report exchange;
    exchange.failure =
        base::failure{std::make_error_code(std::errc::connection_refused), "connect", ""};
    const auto reply = reader.finish(exchange);
    CHECK(reply.outcome == outcome::not_sent);
    CHECK(!reply.possibly_billed);
}

TEST_CASE("usage is read in every shape, and nonsense is no usage")
{
    const auto used = [](const std::string& usage, bool edit) {
        return read({.content_type = "application/json",
                     .body = R"({"data":[{"b64_json":"aGVsbG8="}],"usage":)" + usage + "}",
                     .edit = edit})
            .reply.used;
    };
    CHECK(used(R"({"input_tokens":22,"output_tokens":100})", false)->input_text == 22);
    CHECK(used(R"({"input_tokens":22,"output_tokens":100})", true)->input_image == 22);
    CHECK(used(R"({"prompt_tokens":3,"completion_tokens":9,"cost":0.04})", false)
              ->reported_cost_usd == 0.04);
    CHECK(
        used(
            R"({"input_tokens":5,"output_tokens":9,"output_tokens_details":{"image_tokens":7,"text_tokens":2}})",
            false)
            ->output_image == 7);
    CHECK(!used("null", false));
    CHECK(!used("{}", false));
    CHECK(!used(R"({"input_tokens":-5,"output_tokens":-9})", false));
    CHECK(!used("[1]", false));
    // Half a usage frees no money: the reserved worst case stays.
    CHECK(!used(R"({"input_tokens":22})", false));
    CHECK(!used(R"({"prompt_tokens":22,"completion_tokens":0,"cost":0})", false));
}

TEST_CASE("partial images go to a sink that wants them, in order, and are never the result")
{
    memory_sink wants;
    wants.wants_partials = true;
    const auto body = support::golden("contract/gen_stream.sse");
    const auto whole = support::read_answer<provider::images_reply>({.body = body}, {}, wants);
    REQUIRE(whole.sink.partials.size() == 2);
    CHECK(whole.sink.partials_ended == 2);
    for (int i = 0; i < 2; ++i) {
        const auto& [index, bytes] = whole.sink.partials[static_cast<std::size_t>(i)];
        CHECK(index == i);
        CHECK(bytes.starts_with(png_signature));
        CHECK(bytes != whole.sink.bytes);
    }
    CHECK(whole.sink.begun == 1);
    for (std::size_t cut = 0; cut < body.size(); ++cut) {
        const auto again =
            support::read_answer<provider::images_reply>({.body = body}, {cut}, wants);
        REQUIRE(again.sink.partials == whole.sink.partials);
        const auto short_one = support::read_answer<provider::images_reply>(
            {.body = body.substr(0, cut), .complete = false}, {}, wants);
        REQUIRE(short_one.sink.partials_ended <= 2);
        REQUIRE(short_one.reply.partials_received <= short_one.sink.partials_ended);
    }
}
