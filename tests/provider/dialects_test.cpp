// Every provider difference of contract section 11 that changes a request or the reading of an
// answer, by name.
#include "engine/provider/images_reply.hpp"
#include "engine/provider/images_request.hpp"
#include "engine/provider/make_image_api.hpp"
#include "engine/provider/responses_reply.hpp"
#include "tests/provider/api_world.hpp"
#include "tests/provider/reading.hpp"
#include "tests/support/golden.hpp"

#include <doctest/doctest.h>

using namespace engine;
using job::outcome;
using support::golden;

namespace {

job::image_request lamp(bool edit = false)
{
    job::image_request request;
    request.model = "gpt-image-2";
    request.mainline_model = "gpt-5.5";
    request.prompt = "a lamp";
    request.size = job::image_size{1536, 1024};
    request.moderation = "low";
    request.quality = "high";
    if (edit) {
        job::reference_image photo;
        photo.sha256 = std::string(64, 'a');
        request.references = {photo};
    }
    return request;
}

provider::image_inputs photos(std::size_t count)
{
    provider::image_inputs inputs;
    inputs.references.assign(count, std::make_shared<const std::string>("photo"));
    return inputs;
}

// The request as it would go to a provider of that dialect.
http::request sent(const job::wire_switches& wire, const job::image_request& request,
                   std::string_view api = "images")
{
    support::api_world world([](const auto&) { return std::string(); });
    const auto prepared = provider::make_image_api(world.access(wire), api, world.http, world.clock)
                              ->prepare(request, photos(request.references.size()), "id");
    REQUIRE(prepared);
    return prepared->wire;
}

http::request sent(std::string_view dialect, const job::image_request& request,
                   std::string_view api = "images")
{
    return sent(*job::dialect_switches(dialect), request, api);
}

std::string text_of(const http::request& request)
{
    std::string all;
    for (const auto& piece : request.body)
        all += *piece;
    return all;
}

base::json body_of(const http::request& request)
{
    return base::parse_json(text_of(request), "body").value();
}

provider::reply read(const std::string& body, const std::string& type = "application/json",
                     int status = 200)
{
    return support::read_answer<provider::images_reply>(
               {.status = status, .content_type = type, .body = body}, {})
        .reply;
}

} // namespace

TEST_CASE("openai: no response_format, key as bearer, edits as multipart")
{
    const auto request = sent("openai", lamp());
    CHECK(!body_of(request).contains("response_format"));
    CHECK(request.headers.find("authorization")->starts_with("Bearer sk-"));
    const auto edit = text_of(sent("openai", lamp(true)));
    CHECK(edit.find("name=\"image\"; filename=") != std::string::npos);
    CHECK(edit.find("name=\"moderation\"") != std::string::npos);
}

TEST_CASE("xai-router: wants response_format; short usage and a revised prompt are read")
{
    CHECK(body_of(sent("xai-router", lamp()))["response_format"].text_or({}) == "b64_json");
    CHECK(text_of(sent("xai-router", lamp(true))).find("name=\"response_format\"") !=
          std::string::npos);
    const auto reply = read(golden("contract/gen_response_gateway.json"));
    CHECK(reply.outcome == outcome::delivered);
    CHECK(!reply.revised_prompt.empty());
    CHECK(reply.used->output_image == 7024);
}

TEST_CASE("azure: api-key header, deployment as the model, version in the query, a forced partial")
{
    auto wire = *job::dialect_switches("azure");
    wire.deployment = "pictures-eu";
    auto request = lamp();
    request.partial_images = 0;
    const auto images = sent(wire, request);
    CHECK(images.target == "/v1/images/generations?api-version=preview");
    CHECK(images.headers.find("api-key"));
    CHECK(!images.headers.contains("authorization"));
    CHECK(body_of(images)["model"].text_or({}) == "pictures-eu");
    CHECK(body_of(images)["partial_images"].integer_or(0) == 1); // against the 122 s cut
    request.partial_images = 3;
    CHECK(body_of(sent(wire, request))["partial_images"].integer_or(0) == 3);
    request.stream = false;
    CHECK(!body_of(sent(wire, request)).contains("partial_images"));
    CHECK(text_of(sent(wire, lamp(true))).find("name=\"moderation\"") == std::string::npos);

    const auto responses = sent(wire, lamp(), "responses");
    CHECK(responses.target == "/v1/responses?api-version=preview");
    CHECK(responses.headers.find("x-ms-oai-image-generation-deployment") == "pictures-eu");
    CHECK(body_of(responses)["model"].text_or({}) == "gpt-5.5");
    const auto body = body_of(responses);
    CHECK(!body["tools"].items().at(0).contains("model"));
}

TEST_CASE("azure's deployment form: the path names the deployment, the body no model")
{
    auto wire = *job::dialect_switches("azure-deployments");
    wire.deployment = "pictures eu/1";
    const auto request = sent(wire, lamp());
    CHECK(request.target == "/v1/deployments/pictures%20eu%2F1/images/generations"
                            "?api-version=2025-04-01-preview");
    CHECK(!body_of(request).contains("model"));
    CHECK(sent(wire, lamp(true)).target.find("/images/edits?") != std::string::npos);
    wire.deployment.clear(); // then the model is the deployment
    CHECK(sent(wire, lamp()).target.find("/deployments/gpt-image-2/") != std::string::npos);
}

TEST_CASE("azure: contentFilter is a refusal, a blocked account is not one")
{
    CHECK(read(R"({"error":{"code":"contentFilter","message":"The prompt was filtered."}})",
               "application/json", 400)
              .outcome == outcome::refused);
    CHECK(
        read(
            R"({"error":{"message":"Your resource has been temporarily blocked because we detected behavior that may violate our content policy."}})",
            "application/json", 403)
            .outcome == outcome::account);
}

TEST_CASE("openrouter: one path, vendor prefix, ratio and resolution, input_references, no mask")
{
    const auto generation = sent("openrouter", lamp());
    CHECK(generation.target == "/v1/images");
    const auto body = body_of(generation);
    CHECK(body["model"].text_or({}) == "openai/gpt-image-2");
    CHECK(body["aspect_ratio"].text_or({}) == "3:2");
    CHECK(body["resolution"].text_or({}) == "2K");
    for (const char* unknown : {"size", "moderation", "partial_images", "response_format"})
        CHECK_MESSAGE(!body.contains(unknown), unknown);
    auto request = lamp(true);
    request.model = "vendor/own";
    const auto edit = body_of(sent("openrouter", request));
    CHECK(edit["model"].text_or({}) == "vendor/own");
    const auto& reference = edit["input_references"].items().at(0);
    CHECK(reference["type"].text_or({}) == "image_url");
    CHECK(reference["image_url"]["url"].text_or({}) == "data:image/png;base64,cGhvdG8=");
    request.size.reset();
    CHECK(!body_of(sent("openrouter", request)).contains("aspect_ratio"));

    request.mask = request.references[0];
    auto inputs = photos(1);
    inputs.mask = std::make_shared<const std::string>("mask");
    provider::encoded_images encoded;
    CHECK(!provider::build_images_request(request, inputs, *job::dialect_switches("openrouter"),
                                          "/v1", encoded));

    const auto reply = read(golden("contract/openrouter_response.json"));
    CHECK(reply.outcome == outcome::delivered);
    CHECK(reply.used->reported_cost_usd == 0.05274);
    CHECK(reply.used->output_image == 1756);
}

TEST_CASE("litellm and custom: no files, nothing that OpenAI would refuse")
{
    for (const char* name : {"litellm", "custom"}) {
        const auto wire = *job::dialect_switches(name);
        CHECK(!wire.supports_files);
        CHECK(!wire.send_response_format);
        const auto body = body_of(sent(name, lamp(), "responses"));
        CHECK(!body.contains("max_output_tokens"));
    }
}

TEST_CASE("new-api: DONE markers, errors in a 200, JSON to a stream, other usage, only an address")
{
    CHECK(read(golden("contract/gen_stream_done_crlf.sse"), "text/event-stream").outcome ==
          outcome::delivered);
    CHECK(read(R"({"error":{"message":"no available channel","type":"new_api_error","code":503}})")
              .outcome == outcome::overloaded);
    CHECK(read(R"({"error":"upstream"})").outcome == outcome::unknown);
    CHECK(read(golden("contract/gen_response.json")).outcome == outcome::delivered);
    const auto usage = read(
        R"({"data":[{"b64_json":"aGVsbG8="}],"usage":{"prompt_tokens":7,"completion_tokens":196}})");
    CHECK(usage.used->output_image == 196);
    CHECK(usage.used->input_text == 7);
    const auto address = read(R"({"data":[{"url":"https://cdn.example/1.png"}]})");
    CHECK(address.outcome == outcome::bad_output);
    CHECK(address.error_code == "url_only");
    const auto streamed = read(
        "data: {\"type\":\"image_generation.completed\",\"url\":\"https://cdn.example/1.png\"}\n\n",
        "text/event-stream");
    CHECK(streamed.error_code == "url_only");
}

TEST_CASE("grok: an empty list in a 200 is moderation, never success")
{
    const auto reply = read(R"({"created":1795000000,"data":[]})");
    CHECK(reply.outcome == outcome::refused);
    CHECK(reply.error_code == "empty_data");
}

TEST_CASE("apiyi: 451 is moderation, and its routes refuse what OpenAI's do not send")
{
    CHECK(read("blocked", "text/plain", 451).outcome == outcome::refused);
    CHECK(!body_of(sent("openai", lamp())).contains("input_fidelity"));
}

TEST_CASE("laozhang: priced by the call, whatever the picture")
{
    const auto price = job::price_table::builtin().find("laozhang", "gpt-image-2");
    REQUIRE(price);
    CHECK(price->per_image == base::microusd{30'000});
    CHECK(body_of(sent("laozhang", lamp()))["response_format"].text_or({}) == "b64_json");
}

TEST_CASE("nano-gpt and ofox: edits as JSON with a data URL under `image`")
{
    job::wire_switches wire;
    wire.edits = job::edit_form::json_image;
    auto request = lamp(true);
    const auto one = body_of(sent(wire, request));
    CHECK(one["image"].text_or({}) == "data:image/png;base64,cGhvdG8=");
    CHECK(!one.contains("mask"));
    request.references.push_back(request.references[0]);
    CHECK(body_of(sent(wire, request))["image"].items().size() == 2);
}

TEST_CASE("the JSON edit of OpenAI's specification: images by id or data URL, a mask, its own hash")
{
    auto expected = support::golden_json("contract/edit_request_json.json");
    job::wire_switches wire;
    wire.edits = job::edit_form::json_images;
    auto request = lamp(true);
    request.prompt = expected["prompt"].text_or({});
    request.moderation = "auto";
    request.format = job::image_format::jpeg;
    request.compression = 90;
    request.stream = false;
    request.references.push_back(request.references[0]);
    request.mask = request.references[0];
    auto inputs = photos(2);
    inputs.mask = std::make_shared<const std::string>("mask");
    inputs.reference_file_ids = {"file-room0001", ""};
    inputs.mask_file_id = "file-mask0001";
    provider::encoded_images encoded;
    const auto prepared =
        provider::build_images_request(request, inputs, wire, "/v1", encoded).value();
    auto body = body_of(prepared.wire);
    const auto images = body["images"];
    CHECK(images.items().at(0) == expected["images"].items().at(0));
    CHECK(images.items().at(1)["image_url"].text_or({}) == "data:image/png;base64,cGhvdG8=");
    CHECK(prepared.file_ids.size() == 2);
    body.erase("images");
    expected.erase("images");
    for (const auto& [name, value] : expected.members())
        CHECK_MESSAGE(body[name] == value, name);
    CHECK(body.members().size() == expected.members().size());
}

TEST_CASE("every dialect builds requests of both APIs whose headers are whole")
{
    for (const auto name : job::dialect_names())
        for (const bool edit : {false, true}) {
            CHECK(http::check_headers(sent(name, lamp(edit)).headers));
            if (job::dialect_switches(name)->supports_responses)
                CHECK(http::check_headers(sent(name, lamp(edit), "responses").headers));
        }
    // A header that a deployment breaks out of is refused before anything is sent.
    auto wire = *job::dialect_switches("azure");
    wire.deployment = "a\r\nX-Evil: 1";
    support::api_world world([](const auto&) { return std::string(); });
    CHECK(!provider::make_image_api(world.access(wire), "images", world.http, world.clock)
               ->prepare(lamp(), {}, "id"));
}

TEST_CASE("every error of the contract ends alike on both APIs, as its `expect` names it")
{
    const auto errors = support::golden_json("contract/errors.json");
    const auto wanted = [](std::string_view expect) {
        const auto starts = [&](std::string_view word) { return expect.starts_with(word); };
        return starts("terminal_moderation")                   ? outcome::refused
               : starts("terminal")                            ? outcome::invalid
               : starts("stop")                                ? outcome::account
               : expect.find("possibly billed") != expect.npos ? outcome::unknown
               : starts("retry_backoff")                       ? outcome::overloaded
                                                               : outcome::rate_limited;
    };
    std::size_t seen = 0;
    for (const auto& [name, one] : errors["cases"].members()) {
        if (name == "gateway_200_empty")
            continue; // of the Images API only: the test above
        support::answer said;
        said.status = static_cast<int>(one["http_status"].integer_or(0));
        said.content_type = "application/json";
        said.body =
            one["body"].is_null() ? std::string(one["body_text"].text_or({})) : one["body"].dump();
        for (const auto& [header, value] : one["headers"].members())
            said.headers.emplace_back(header, value.text_or({}));
        auto expected = wanted(one["expect"].text_or({}));
        if (name == "slow_down" || name == "overloaded")
            expected = outcome::overloaded; // with a wait
        for (std::size_t cut = 0; cut < said.body.size(); ++cut) {
            const auto images = support::read_answer<provider::images_reply>(said, {cut}).reply;
            const auto responses =
                support::read_answer<provider::responses_reply>(said, {cut}).reply;
            REQUIRE_MESSAGE(images.outcome == expected, name, " cut at ", cut);
            REQUIRE_MESSAGE(responses.outcome == expected, name, " cut at ", cut);
            REQUIRE(images.error_code == responses.error_code);
        }
        ++seen;
    }
    CHECK(seen == 24);
}

TEST_CASE("every answer of the contract, cut anywhere, is no success before its image is whole")
{
    for (const auto& name : support::golden_names("contract", ".sse"))
        for (const bool responses : {false, true}) {
            const auto body = golden(name);
            const bool fits = (name.find("responses") != std::string::npos) == responses;
            for (std::size_t length = 0; length < body.size(); ++length) {
                support::answer said;
                said.body = body.substr(0, length);
                said.complete = false;
                const auto result = responses
                                        ? support::read_answer<provider::responses_reply>(said, {})
                                        : support::read_answer<provider::images_reply>(said, {});
                if (result.reply.outcome == outcome::delivered) {
                    REQUIRE(fits); // an answer of the other API is never one of this
                    REQUIRE(result.sink.bytes.starts_with(support::png_signature));
                    REQUIRE(result.sink.bytes.ends_with("IEND\xAE\x42\x60\x82"));
                }
            }
        }
}
