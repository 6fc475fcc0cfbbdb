#include "engine/provider/error_class.hpp"
#include "engine/provider/retry_hint.hpp"
#include "tests/sim/asking.hpp"
#include "tests/support/golden.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <doctest/doctest.h>

using namespace engine;
using namespace std::chrono_literals;
using support::answered;
using support::asking;
using support::json;
using support::quiet_profile;
using support::wanted;

namespace {

// The names of all members, in order: "created background data[b64_json] ...".
std::string shape(const json& value)
{
    std::string text;
    for (const auto& [name, member] : value.members()) {
        text += (text.empty() ? "" : " ") + name;
        if (member.is_object())
            text += "{" + shape(member) + "}";
        if (member.is_array() && !member.items().empty())
            text += "[" + shape(member.items().front()) + "]";
    }
    return text;
}

std::string events_shape(const std::vector<support::sse_event>& events)
{
    std::string text;
    for (const auto& [name, data] : events)
        text += name + ": " + shape(data) + "\n";
    return text;
}

answered recorded(const std::string& name)
{
    answered made;
    made.body = support::golden("contract/" + name);
    return made;
}

json recorded_error(const std::string& name)
{
    return support::golden_json("contract/errors.json")["cases"][name]["body"]["error"];
}

void check_same_error(const answered& got, const std::string& name)
{
    const auto cases = support::golden_json("contract/errors.json")["cases"][name];
    CHECK(got.status == cases["http_status"].integer_or(0));
    CHECK_MESSAGE(got.error() == recorded_error(name), got.body);
    CHECK(got.header("content-type") == "application/json");
}

} // namespace

TEST_CASE("an answer has the fields of the recorded one, in their order, and the headers")
{
    asking simulator;
    const auto got = simulator.generate(wanted({{"n", 2}}));
    REQUIRE(got.status == 200);
    CHECK(got.complete);
    auto document = got.document();
    CHECK(shape(document) == shape(support::golden_json("contract/gen_response.json")));
    CHECK(document["data"].items().size() == 2);
    CHECK(document["size"].text_or("") == "1024x640");
    CHECK(document["quality"].text_or("") == "low");
    CHECK(document["background"].text_or("") == "opaque");
    CHECK(got.header("x-request-id").starts_with("req_"));
    CHECK(got.header("openai-version") == "2020-10-01");
    CHECK(!got.header("openai-processing-ms").empty());
    CHECK(got.header("content-type") == "application/json");
    for (const auto& one : document["data"].items())
        CHECK(support::header_of(one["b64_json"].text_or("")).size == job::image_size{1024, 640});
}

TEST_CASE("a gateway's answer is shorter and repeats the prompt")
{
    auto profile = quiet_profile();
    profile.wire.revised_prompt = true;
    profile.wire.short_usage = true;
    asking simulator(profile);
    const auto document = simulator.generate(wanted({{"prompt", "a \"quoted\" lamp"}})).document();
    CHECK(shape(document["usage"]) ==
          shape(support::golden_json("contract/gen_response_gateway.json")["usage"]));
    CHECK(document["data"].items()[0]["revised_prompt"].text_or("") == "a \"quoted\" lamp");
}

TEST_CASE("streams have the events of the recorded ones")
{
    asking simulator;
    const auto got = simulator.generate(wanted({{"stream", true}, {"partial_images", 2}}));
    CHECK(got.status == 200);
    CHECK(got.complete);
    CHECK(got.header("content-type").starts_with("text/event-stream"));
    CHECK(events_shape(got.events()) == events_shape(recorded("gen_stream.sse").events()));
    for (const auto& [name, data] : got.events())
        CHECK(data["type"].text_or("") == name);
    CHECK(got.events()[1].data["partial_image_index"].integer_or(-1) == 1);

    http::multipart_builder form("form-boundary");
    form.add_field("prompt", "a lamp");
    form.add_field("stream", "true");
    form.add_field("partial_images", "1");
    form.add_file("image", "a.png", "image/png", support::png_file(image::blank({64, 64}, false)));
    CHECK(events_shape(simulator.edit(std::move(form)).events()) ==
          events_shape(recorded("edit_stream.sse").events()));
}

TEST_CASE("gateway streams have comments, CRLF and an end mark; the safety identifier is echoed")
{
    auto profile = quiet_profile();
    profile.wire.keepalives = true;
    profile.wire.crlf = true;
    profile.wire.done_marker = true;
    asking simulator(profile);
    const auto got = simulator.generate(
        wanted({{"stream", true}, {"partial_images", 1}, {"safety_identifier", "u-1"}}));
    CHECK(got.body.starts_with(": keepalive\r\n\r\nevent: "));
    CHECK(got.body.ends_with("\r\n\r\ndata: [DONE]\r\n\r\n"));
    const auto events = got.events();
    REQUIRE(events.size() == 3);
    CHECK(events[1].data["safety_identifier"].text_or("") == "u-1");
}

TEST_CASE("events come when the latency says, the partials in between")
{
    auto profile = quiet_profile();
    profile.latency = {
        .base_ms = 10'000, .per_megapixel_ms = 0, .tail_sigma = 0, .first_partial = 0.4};
    asking simulator(profile);
    const auto got = simulator.generate(wanted({{"stream", true}, {"partial_images", 2}}));
    REQUIRE(got.piece_times.size() == 3);
    CHECK(got.piece_times[0] == 4000ms);
    CHECK(got.piece_times[1] == 6750ms);
    CHECK(got.piece_times[2] == 10'000ms);
    CHECK(simulator.generate(wanted()).took == 10'000ms);
    CHECK(simulator.generate(wanted({{"size", "1x1"}})).took == 0ms);
}

TEST_CASE("usage follows the contract's formulas, partials included")
{
    asking simulator;
    const auto plain = simulator.generate(wanted({{"size", "1024x1024"}, {"quality", "high"}}));
    CHECK(plain.document()["usage"]["output_tokens"].integer_or(0) == 7024);
    const auto events = simulator
                            .generate(wanted({{"size", "1024x1024"},
                                              {"quality", "high"},
                                              {"stream", true},
                                              {"partial_images", 2}}))
                            .events();
    const auto& usage = events.back().data["usage"];
    CHECK(usage["output_tokens"].integer_or(0) == 7224);
    CHECK(usage["total_tokens"].integer_or(0) == 7224 + usage["input_tokens"].integer_or(0));
}

TEST_CASE("the same request again is another variant, and a new look-alike repeats the first")
{
    auto profile = quiet_profile();
    profile.art = job::simulator_profile::art_style::grain;
    asking first(profile), second(profile);
    const auto data = [](const answered& got) {
        return std::string(got.document()["data"].items()[0]["b64_json"].text_or(""));
    };
    const auto one = data(first.generate(wanted()));
    const auto two = data(first.generate(wanted()));
    CHECK(one != two);
    CHECK(data(second.generate(wanted())) == one);
    CHECK(data(second.generate(wanted())) == two);
    profile.seed = 99;
    asking other(profile);
    bool differs = false; // eight variants: one may meet by chance
    for (int i = 0; i < 4; ++i)
        differs = differs || data(other.generate(wanted({{"prompt", std::to_string(i)}}))) !=
                                 data(first.generate(wanted({{"prompt", std::to_string(i)}})));
    CHECK(differs);
}

TEST_CASE("errors are the recorded ones, to the letter")
{
    asking simulator;
    check_same_error(simulator.generate(wanted({{"response_format", "url"}})), "unknown_parameter");
    check_same_error(simulator.generate(wanted({{"size", "4096x4096"}})), "invalid_size");
    check_same_error(simulator.generate(wanted({{"n", 2}, {"stream", true}})), "stream_n");
    check_same_error(simulator.generate(wanted({{"model", "gpt-image-1"}})), "model_not_found");
    check_same_error(simulator.generate(wanted({{"model", "dall-e-2"}})), "gone");
    http::multipart_builder form("form-boundary");
    form.add_field("prompt", "a lamp");
    form.add_file("image[]", "a", "application/octet-stream",
                  support::png_file(image::blank({8, 8}, false)));
    check_same_error(simulator.edit(std::move(form)), "mimetype");
}

TEST_CASE("a key that is asked for must be right")
{
    auto profile = quiet_profile();
    profile.api_key = "sim-key";
    asking simulator(profile);
    CHECK(simulator.ask("GET", "/v1/models").status == 401);
    http::header_list wrong, right;
    wrong.add("Authorization", "Bearer other");
    right.add("authorization", "Bearer sim-key");
    check_same_error(simulator.ask("GET", "/v1/models", "", wrong), "invalid_api_key");
    check_same_error(simulator.ask("POST", "/v1/images/generations", "{}", wrong),
                     "invalid_api_key");
    CHECK(simulator.ask("GET", "/v1/models", "", right).status == 200);
    CHECK(simulator.ask("GET", "/simulator/bill").status == 200);
    CHECK(simulator.bill()["requests"].items().size() == 1); // only images are billed
}

TEST_CASE("models are listed and described, without those that are gone")
{
    asking simulator;
    const auto list = simulator.ask("GET", "/v1/models").document();
    CHECK(list["object"].text_or("") == "list");
    bool current = false, gone = false;
    for (const auto& one : list["data"].items()) {
        CHECK(shape(one) == "id object created owned_by");
        current = current || one["id"].text_or("") == "gpt-image-2";
        gone = gone || one["id"].text_or("") == "gpt-image-1";
    }
    CHECK(current);
    CHECK(!gone);
    const auto one = simulator.ask("GET", "/v1/models/gpt-image-2");
    CHECK(one.status == 200);
    CHECK(one.document()["id"].text_or("") == "gpt-image-2");
    CHECK(simulator.ask("GET", "/v1/models/gpt-image-1").status == 404);
    CHECK(simulator.ask("GET", "/v1/models/nope").error()["code"].text_or("") == "model_not_found");
}

TEST_CASE("routes that are not there say so in OpenAI's shape")
{
    asking simulator;
    const auto nowhere = simulator.ask("POST", "/v1/videos");
    CHECK(nowhere.status == 404);
    CHECK(shape(nowhere.document()) == "error{message type param code}");
    CHECK(nowhere.error()["message"].text_or("") == "Invalid URL (POST /v1/videos)");
    CHECK(simulator.ask("GET", "/").status == 404);
    CHECK(simulator.ask("DELETE", "/v1/models").status == 405);
    CHECK(simulator.ask("GET", "/v1/images/generations").status == 405);
    CHECK(simulator.ask("POST", "/simulator/bill").status == 405);
    CHECK(simulator.bill()["requests"].items().empty());
}

TEST_CASE("images a minute: headers count down, the sixth waits, and our client understands it")
{
    auto profile = quiet_profile();
    profile.limits.images_per_minute = 5;
    asking simulator(profile);
    for (int i = 0; i < 5; ++i) {
        const auto got = simulator.generate(wanted());
        CHECK(got.status == 200);
        CHECK(got.header("x-ratelimit-remaining-input-images") == std::to_string(4 - i));
        simulator.wait(10s);
    }
    const auto refused = simulator.generate(wanted());
    CHECK(refused.status == 429);
    CHECK(refused.error()["type"].text_or("") == "input-images");
    CHECK(refused.error()["code"].text_or("") == "rate_limit_exceeded");
    CHECK(refused.error()["message"].text_or("") ==
          "Rate limit reached for gpt-image-2 (for limit gpt-image) in organization org-lookalike "
          "on input-images per min: Limit 5, Used 5, Requested 1. Please try again in 10s.");
    CHECK(refused.header("retry-after") == "10");
    CHECK(refused.header("retry-after-ms") == "10000");
    const auto buckets = provider::parse_buckets(refused.headers);
    REQUIRE(buckets.size() == 1);
    CHECK(buckets[0].bucket == "input-images");
    CHECK(buckets[0].limit == 5);
    CHECK(buckets[0].remaining == 0);
    CHECK(buckets[0].reset == 10'000ms);
    const auto text = provider::parse_limit_text(refused.error()["message"].text_or(""));
    CHECK(text.limit == 5);
    CHECK(text.wait == 10'000ms);
    simulator.wait(10s);
    CHECK(simulator.generate(wanted()).status == 200);
    CHECK(simulator.bill()["outcomes"]["rate_limited"].integer_or(0) == 1);
}

TEST_CASE("a request that asks for more than the limit can never fit, and is told so")
{
    auto profile = quiet_profile();
    profile.limits.images_per_minute = 5;
    asking simulator(profile);
    const auto refused = simulator.generate(wanted({{"n", 10}}));
    CHECK(refused.status == 429);
    CHECK(refused.header("retry-after").empty());
    const auto text = provider::parse_limit_text(refused.error()["message"].text_or(""));
    CHECK(text.never_fits());
    CHECK(!text.wait);
    const auto document = refused.document();
    provider::error_input said;
    said.status = 429;
    said.body = &document;
    CHECK(provider::classify_error(said).never_fits);
}

TEST_CASE("requests and tokens a minute have buckets of their own")
{
    auto profile = quiet_profile();
    profile.limits.requests_per_minute = 2;
    profile.limits.tokens_per_minute = 100'000;
    asking simulator(profile);
    CHECK(simulator.generate(wanted()).header("x-ratelimit-limit-requests") == "2");
    CHECK(std::stoi(simulator.generate(wanted()).header("x-ratelimit-remaining-tokens")) < 100'000);
    const auto refused = simulator.generate(wanted());
    CHECK(refused.error()["type"].text_or("") == "requests");
    CHECK(provider::parse_limit_text(refused.error()["message"].text_or("")).limit == 2);
    simulator.wait(61s);
    const auto huge = simulator.generate(
        wanted({{"n", 10}, {"size", "2048x2048"}, {"quality", "high"}})); // 142,720 tokens
    CHECK(huge.status == 429);
    CHECK(huge.error()["type"].text_or("") == "tokens");
}

TEST_CASE("references take from the image bucket when the profile says so")
{
    auto profile = quiet_profile();
    profile.limits.images_per_minute = 5;
    profile.limits.references_count = true;
    asking simulator(profile);
    http::multipart_builder form("form-boundary");
    form.add_field("prompt", "a lamp");
    for (int i = 0; i < 2; ++i)
        form.add_file("image[]", "a.png", "image/png",
                      support::png_file(image::blank({64, 64}, false)));
    CHECK(simulator.edit(std::move(form)).header("x-ratelimit-remaining-input-images") == "2");
}

TEST_CASE("without headers only the text of a 429 tells")
{
    auto profile = quiet_profile();
    profile.limits.images_per_minute = 1;
    profile.limits.headers = false;
    asking simulator(profile);
    CHECK(simulator.generate(wanted()).header("x-ratelimit-limit-input-images").empty());
    const auto refused = simulator.generate(wanted());
    CHECK(refused.status == 429);
    CHECK(provider::parse_buckets(refused.headers).empty());
    CHECK(refused.header("retry-after").empty());
    CHECK(refused.error()["message"].text_or("").find("try again in 1m0s") != std::string::npos);
}

TEST_CASE("one more than the concurrency is told to slow down")
{
    auto profile = quiet_profile();
    profile.limits.concurrency = 2;
    profile.latency.base_ms = 1000;
    asking simulator(profile);
    const auto three = [&]() -> runtime::task<std::vector<int>> {
        using namespace runtime::asio::experimental::awaitable_operators;
        const std::string body = wanted().dump();
        const auto one = [&] {
            return simulator.asked("POST", "/v1/images/generations", body, {}, std::nullopt);
        };
        auto all = co_await (one() && one() && one());
        co_return std::vector<int>{std::get<0>(all).status, std::get<1>(all).status,
                                   std::get<2>(all).status};
    };
    CHECK(simulator.time.run(simulator.loop, three()) == std::vector<int>{200, 200, 429});
    CHECK(simulator.generate(wanted()).status == 200); // the places are free again
}

TEST_CASE("the bill can be read over the wire, in sums and in pages")
{
    asking simulator;
    for (int i = 0; i < 3; ++i)
        simulator.generate(wanted(), "client-" + std::to_string(i));
    const auto sums = simulator.ask("GET", "/simulator/bill").document();
    CHECK(sums["charged"].integer_or(0) == 3);
    CHECK(!sums.contains("requests"));
    const auto all = simulator.ask("GET", "/simulator/bill?details=1").document();
    REQUIRE(all["requests"].items().size() == 3);
    CHECK(all["requests"].items()[2]["client_request_id"].text_or("") == "client-2");
    const auto after = all["requests"].items()[0]["serial"].integer_or(0);
    const auto page =
        simulator.ask("GET", "/simulator/bill?limit=1&details=1&after=" + std::to_string(after))
            .document();
    REQUIRE(page["requests"].items().size() == 1);
    CHECK(page["requests"].items()[0]["client_request_id"].text_or("") == "client-1");
    CHECK(simulator.ask("GET", "/simulator/bill?details=1&after=x&limit=-1")
              .document()["requests"]
              .items()
              .size() == 3);
}

TEST_CASE("ids and texts from outside are cleaned before they are written down")
{
    asking simulator;
    simulator.generate(wanted(), std::string(2000, 'x') + "\x01");
    const auto row = simulator.bill()["requests"].items()[0];
    CHECK(row["client_request_id"].text_or("").size() <= 515);
    const auto strange = simulator.ask("G\x01T", "/v1/\xff\"<script>");
    CHECK(strange.status == 404);
    CHECK(base::parse_json(strange.body, "answer").has_value());
}
