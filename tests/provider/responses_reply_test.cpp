#include "engine/provider/responses_reply.hpp"

#include "tests/provider/reading.hpp"
#include "tests/support/golden.hpp"

#include <doctest/doctest.h>
#include <map>

using namespace engine;
using job::outcome;
using support::answer;
using support::ending;
using support::golden;
using support::memory_sink;
using support::png_signature;

namespace {

ending read(const answer& said, std::vector<std::size_t> cuts = {}, memory_sink sink = {})
{
    return support::read_answer<provider::responses_reply>(said, std::move(cuts), std::move(sink));
}

ending stream(const std::string& body)
{
    return read({.body = body});
}

ending document(const std::string& body)
{
    return read({.content_type = "application/json", .body = body});
}

std::string event(const std::string& type, const std::string& rest)
{
    return "event: " + type + "\ndata: {\"type\":\"" + type + "\"" + rest + "}\n\n";
}

const std::string created =
    event("response.created", R"(,"response":{"id":"resp_9","status":"in_progress","output":[]})");
const std::string item_done =
    event("response.output_item.done",
          R"(,"item":{"id":"ig_9","type":"image_generation_call","result":"aGVsbG8="})");

std::string completed(const std::string& output, const std::string& rest = "")
{
    return event("response.completed",
                 R"(,"response":{"id":"resp_9","status":"completed","output":)" + output + rest +
                     "}");
}

} // namespace

TEST_CASE("recorded responses come to the same end wherever they are cut")
{
    struct expected {
        outcome how;
        std::string code;
        int partials = 0;
        bool billed = false;
    };
    const std::map<std::string, expected> files = {
        {"responses_response.json", {outcome::delivered, ""}},
        {"responses_refusal_response.json", {outcome::refused, "text_instead_of_image"}},
        {"responses_incomplete_response.json", {outcome::refused, "content_filter"}},
        {"responses_stream.sse", {outcome::delivered, "", 2}},
        {"responses_stream_empty_output.sse", {outcome::delivered, ""}},
        {"responses_stream_failed.sse", {outcome::overloaded, "server_error"}},
        {"responses_stream_error_flat.sse", {outcome::rate_limited, "rate_limit_exceeded"}},
        {"responses_stream_item_failed.sse", {outcome::refused, "moderation_blocked", 0, true}},
    };
    for (const auto& [name, wanted] : files) {
        answer said;
        said.body = golden("contract/" + name);
        if (name.ends_with(".json"))
            said.content_type = "application/json";
        for (std::size_t cut = 0; cut < said.body.size(); ++cut) {
            const auto result = read(said, {cut});
            REQUIRE_MESSAGE(result.reply.outcome == wanted.how, name, " cut at ", cut);
            REQUIRE(result.reply.error_code == wanted.code);
            REQUIRE(result.reply.partials_received == wanted.partials);
            REQUIRE(result.reply.possibly_billed == wanted.billed);
            REQUIRE(result.reply.request_id == "req_1");
            if (name != "responses_stream_error_flat.sse" && name != "responses_stream_failed.sse")
                REQUIRE(result.reply.used->mainline_input == 311);
            if (wanted.how == outcome::delivered) {
                REQUIRE(result.sink.bytes.starts_with(png_signature));
                REQUIRE(result.reply.response_id == "resp_0001");
                REQUIRE(result.reply.image_call_id == "ig_0001");
                REQUIRE(result.reply.revised_prompt ==
                        "A small paper lighthouse on a wooden desk, morning light");
            }
        }
    }
    CHECK(stream(golden("contract/responses_stream_error_flat.sse")).reply.retry_after ==
          std::chrono::milliseconds(4200));
    CHECK(document(golden("contract/responses_refusal_response.json")).reply.error_message ==
          "I cannot create that picture, but I can draw something similar without the person.");
}

TEST_CASE("a response cut anywhere is a success exactly when the image was whole, and keeps its id")
{
    for (const std::string name : {"responses_stream.sse", "responses_stream_empty_output.sse"}) {
        const auto whole = golden("contract/" + name);
        const auto image_ends = whole.find("\n\n", whole.find("\"result\":\"iVBOR")) + 2;
        const auto id_ends = whole.find("\n\n") + 2;
        for (std::size_t length = 0; length < whole.size(); ++length) {
            const auto result = read({.body = whole.substr(0, length), .complete = false});
            REQUIRE_MESSAGE((result.reply.outcome == outcome::delivered) == (length >= image_ends),
                            name, " at ", length);
            REQUIRE(result.reply.response_id == (length >= id_ends ? "resp_0001" : ""));
            if (length < image_ends) {
                REQUIRE(result.reply.outcome == outcome::unknown);
                REQUIRE(result.reply.possibly_billed);
            } else {
                REQUIRE(result.sink.bytes.starts_with(png_signature));
            }
        }
        // The connection ended well, but early: no usage then.
        const auto ended = read({.body = whole.substr(0, image_ends)});
        CHECK(ended.reply.outcome == outcome::delivered);
        CHECK(!ended.reply.used);
    }
    const auto whole = golden("contract/responses_response.json");
    for (std::size_t length = 0; length < whole.size(); ++length)
        REQUIRE(read({.content_type = "application/json",
                      .body = whole.substr(0, length),
                      .complete = false})
                    .reply.outcome == outcome::unknown);
    // A document that ends too early although its framing says that it is whole.
    for (std::size_t length = 1; length + 1 < whole.size(); ++length)
        REQUIRE(document(whole.substr(0, length)).reply.outcome == outcome::bad_output);
}

TEST_CASE("both usage blocks are read, and either may be missing or zero")
{
    const auto full = stream(golden("contract/responses_stream.sse")).reply.used;
    REQUIRE(full);
    CHECK(full->mainline_input == 311);
    CHECK(full->mainline_output == 58);
    CHECK(full->input_text == 30);
    CHECK(full->output_image == 1956);
    const auto mainline_only =
        stream(golden("contract/responses_stream_empty_output.sse")).reply.used;
    REQUIRE(mainline_only);
    CHECK(mainline_only->mainline_input == 311);
    CHECK(mainline_only->total() == 0);
    const auto used = [](const std::string& rest) {
        return stream(created + item_done + completed("[]", rest)).reply.used;
    };
    CHECK(!used(""));
    CHECK(!used(R"(,"usage":null,"tool_usage":null)"));
    CHECK(!used(
        R"(,"usage":{"input_tokens":0,"output_tokens":0},"tool_usage":{"image_gen":{"input_tokens":0,"output_tokens":0}})"));
    const auto cached = used(
        R"(,"usage":{"input_tokens":300,"input_tokens_details":{"cached_tokens":256},"output_tokens":9},)"
        R"("tool_usage":{"image_gen":{"input_tokens":50,"output_tokens":100,"cached_tokens":40}})");
    REQUIRE(cached);
    CHECK(cached->mainline_cached == 256);
    CHECK(cached->input_cached == 40);
    CHECK(cached->input_text == 50);
    CHECK(cached->output_image == 100);
    const auto only_tool = used(R"(,"tool_usage":{"image_gen":{"output_tokens":7}})");
    REQUIRE(only_tool);
    CHECK(only_tool->output_image == 7);
    CHECK(only_tool->mainline_input == 0);
}

TEST_CASE("the image is the first result of a finished item, then of the finished response")
{
    const auto from_item = stream(created + item_done + completed("[]"));
    CHECK(from_item.reply.outcome == outcome::delivered);
    CHECK(from_item.sink.bytes == "hello");
    CHECK(from_item.reply.image_call_id == "ig_9");
    const std::string world =
        R"([{"id":"ig_2","type":"image_generation_call","result":"d29ybGQ="}])";
    CHECK(stream(created + item_done + completed(world)).sink.bytes == "hello");
    const auto from_response = stream(created + completed(world));
    CHECK(from_response.sink.bytes == "world");
    CHECK(from_response.reply.image_call_id == "ig_2");
    // Empty results are none; text items beside it do not matter.
    const auto third = stream(
        created +
        event("response.output_item.done",
              R"(,"item":{"id":"ig_0","type":"image_generation_call","result":""})") +
        completed(
            R"([{"type":"reasoning"},{"id":"a","type":"image_generation_call","result":null},{"id":"b","type":"image_generation_call","result":"d29ybGQ="},{"id":"c","type":"image_generation_call","result":"aGVsbG8="}])"));
    CHECK(third.reply.image_call_id == "b");
    CHECK(third.sink.bytes == "world");
    // A partial image beside it does not matter.
    CHECK(
        document(
            R"({"partial_image_b64":"aGVsbG8=","output":[{"type":"image_generation_call","result":"d29ybGQ="}]})")
            .sink.bytes == "world");
    // A result of anything else is not the picture.
    CHECK(stream(created +
                 event("response.output_item.done",
                       R"(,"item":{"type":"code_call","result":"aGVsbG8="})") +
                 completed("[]"))
              .reply.outcome == outcome::overloaded);
    CHECK(stream(created + event("response.output_item.added",
                                 R"(,"item":{"type":"image_generation_call","result":"aGVsbG8="})"))
              .reply.outcome == outcome::unknown);
}

TEST_CASE("nothing after the whole image changes that it was delivered")
{
    for (const std::string& after :
         {std::string(event("error", R"(,"code":"server_error")")),
          std::string("data: {broken\n\n"), std::string("data: {\"result\":\"!!!\"}\n\n"),
          event("response.failed", R"(,"response":{"status":"failed","error":{"code":"x"}})")}) {
        const auto result = stream(created + item_done + after);
        CHECK(result.reply.outcome == outcome::delivered);
        CHECK(result.sink.bytes == "hello");
        CHECK(result.reply.error_code.empty());
    }
}

TEST_CASE("without an image the response says why, in a fixed order")
{
    const auto ends = [](const std::string& output, const std::string& rest = "") {
        return stream(created + completed(output, rest)).reply;
    };
    const std::string text =
        R"([{"type":"message","content":[{"type":"output_text","text":"Which lamp?"}]}])";
    const auto refused = ends(text);
    CHECK(refused.outcome == outcome::refused);
    CHECK(refused.error_message == "Which lamp?");
    CHECK(ends(R"([{"type":"message","content":[{"type":"refusal","refusal":"No."}]}])")
              .error_message == "No.");
    CHECK(stream(created + event("response.output_text.delta", R"(,"delta":"I ")") +
                 event("response.output_text.delta", R"(,"delta":"will not")") + completed("[]"))
              .reply.error_message == "I will not");

    // Neither: again, unless output was charged.
    CHECK(ends("[]").outcome == outcome::overloaded);
    CHECK(!ends("[]").possibly_billed);
    const auto charged = ends("[]", R"(,"usage":{"input_tokens":300,"output_tokens":20})");
    CHECK(charged.outcome == outcome::bad_output);
    CHECK(charged.error_code == "no_image");
    CHECK(ends("[]", R"(,"usage":{"input_tokens":300,"output_tokens":0})").outcome ==
          outcome::overloaded);
    CHECK(ends("[]", R"(,"tool_usage":{"image_gen":{"output_tokens":196}})").outcome ==
          outcome::bad_output);

    const auto incomplete = [](const std::string& reason) {
        return stream(created + event("response.incomplete",
                                      R"(,"response":{"status":"incomplete","output":[],)"
                                      R"("incomplete_details":{"reason":")" +
                                          reason + "\"}}"))
            .reply;
    };
    CHECK(incomplete("content_filter").outcome == outcome::refused);
    CHECK(incomplete("max_output_tokens").outcome == outcome::bad_output);
    CHECK(incomplete("max_output_tokens").error_code == "max_output_tokens");
    CHECK(incomplete("steered").outcome == outcome::bad_output);
    CHECK(incomplete("").error_code == "incomplete");

    const auto failed = [](const std::string& code) {
        return stream(created +
                      event("response.failed",
                            R"(,"response":{"status":"failed","output":[],"error":{"code":")" +
                                code + R"(","message":"m"}})"))
            .reply;
    };
    CHECK(failed("server_error").outcome == outcome::overloaded);
    CHECK(failed("rate_limit_exceeded").outcome == outcome::rate_limited);
    CHECK(failed("bio_policy").outcome == outcome::refused);
    CHECK(failed("invalid_prompt").outcome == outcome::refused);
    CHECK(failed("image_too_small").outcome == outcome::invalid);
    CHECK(failed("data_residency_mismatch").outcome == outcome::account);
    CHECK(failed("something_new").outcome == outcome::unknown);

    CHECK(ends("[]", R"(,"incomplete_details":null,"error":null)").outcome == outcome::overloaded);
    CHECK(document(R"({"id":"r","status":"in_progress","output":[]})").reply.outcome ==
          outcome::unknown);
    CHECK(document(R"({"id":"r","status":"cancelled","output":[]})").reply.possibly_billed);
}

TEST_CASE("a failed call that is drawn again in the same answer is no failure")
{
    const std::string failed = event(
        "response.output_item.done",
        R"(,"item":{"type":"image_generation_call","status":"failed","result":null,"error":{"code":"image_generation_failed"}})");
    CHECK(stream(created + failed + item_done + completed("[]")).reply.outcome ==
          outcome::delivered);
    CHECK(stream(created + failed + completed("[]")).reply.outcome == outcome::overloaded);
    CHECK(stream(created + failed).reply.error_code == "image_generation_failed");
    CHECK(read({.body = created + failed, .complete = false}).reply.outcome == outcome::unknown);
}

TEST_CASE("partial images of a response go to the sink and never become the result")
{
    memory_sink wants;
    wants.wants_partials = true;
    const auto result = read({.body = golden("contract/responses_stream.sse")}, {}, wants);
    REQUIRE(result.sink.partials.size() == 2);
    CHECK(result.sink.partials[1].first == 1);
    CHECK(result.sink.partials[0].second.starts_with(png_signature));
    CHECK(result.sink.begun == 1);
    const auto only =
        stream(created + event("response.image_generation_call.partial_image",
                               R"(,"partial_image_b64":"aGVsbG8=","partial_image_index":0)"));
    CHECK(only.reply.outcome == outcome::unknown);
    CHECK(only.reply.partials_received == 1);
    CHECK(only.sink.begun == 0);
}

TEST_CASE("responses that lie about their type end in the right class")
{
    const auto json = golden("contract/responses_response.json");
    const auto events = golden("contract/responses_stream.sse");
    CHECK(read({.content_type = "application/json", .body = json}).reply.outcome ==
          outcome::delivered);
    CHECK(read({.content_type = "", .body = json}).reply.outcome == outcome::delivered);
    CHECK(read({.content_type = "text/plain", .body = events}).reply.outcome == outcome::delivered);
    CHECK(read({.content_type = "text/html", .body = "<html>log in</html>"}).reply.outcome ==
          outcome::bad_output);
    CHECK(document(R"({"error":{"message":"no channel","code":503}})").reply.outcome ==
          outcome::overloaded);
    CHECK(document(R"({"data":[{"b64_json":"aGVsbG8="}]})").reply.error_code == "not_a_response");
    CHECK(document("{}").reply.outcome == outcome::bad_output);
    CHECK(document("").reply.outcome == outcome::bad_output);
    CHECK(stream("data: [DONE]\n\n").reply.outcome == outcome::unknown);
}

TEST_CASE("the response's id is told as soon as its event has come, once, and only if it is one")
{
    const auto named = [](const std::string& body) { return stream(body).sink.ids; };
    using ids = std::vector<std::string>;
    CHECK(named(created) == ids{"resp_9"});
    CHECK(named(created + item_done + completed("[]")) == ids{"resp_9"});
    // Cut anywhere: told exactly when the first event was whole.
    for (std::size_t length = 0; length < created.size(); ++length)
        CHECK(read({.body = created.substr(0, length), .complete = false}).sink.ids.empty());
    CHECK(read({.body = created, .complete = false}).sink.ids == ids{"resp_9"});
    const auto id = [&](const std::string& text) {
        return named(event("response.created", R"(,"response":{"id":)" + text + "}"));
    };
    CHECK(id(R"("a/b=c")") == ids{"a/b=c"});
    for (const std::string none : {R"("")", R"("a b")", R"("a\nb")", R"("ä")", "7", "null", "{}"})
        CHECK(id(none).empty());
    CHECK(id('"' + std::string(200, 'r') + '"').size() == 1);
    CHECK(id('"' + std::string(201, 'r') + '"').empty());
    CHECK(id(R"("sk-canary-0123456789abcdef")").empty());
}

TEST_CASE("limits are told with the head of an answer, whatever its status, if it says any")
{
    for (const int status : {200, 429, 500}) {
        const auto limited = read({.status = status,
                                   .body = "",
                                   .headers = {{"x-ratelimit-limit-images", "5"},
                                               {"x-ratelimit-remaining-images", "0"}}});
        REQUIRE(limited.sink.limits.size() == 1);
        CHECK(limited.sink.limits[0].at(0).bucket == "images");
        CHECK(limited.sink.limits[0].at(0).limit == 5);
        CHECK(read({.status = status, .body = ""}).sink.limits.empty());
    }
}
