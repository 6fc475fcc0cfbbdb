#include "engine/provider/responses_request.hpp"

#include "tests/support/golden.hpp"

#include <doctest/doctest.h>

using namespace engine;

namespace {

base::json body_of(const provider::prepared_request& prepared)
{
    std::string all;
    for (const auto& piece : prepared.wire.body)
        all += *piece;
    return base::parse_json(all, "body").value();
}

provider::prepared_request build(const job::image_request& request,
                                 const provider::image_inputs& inputs = {},
                                 const job::wire_switches& wire = {})
{
    provider::encoded_images encoded;
    return provider::build_responses_request(request, inputs, wire, "/v1", encoded);
}

job::image_request lighthouse()
{
    job::image_request request;
    request.model = "gpt-image-2";
    request.mainline_model = "gpt-5.5";
    request.prompt = "Draw a paper lighthouse on a desk";
    request.size = job::image_size{1024, 1024};
    request.quality = "medium";
    request.format = job::image_format::png;
    request.partial_images = 2;
    request.action = "generate";
    return request;
}

job::reference_image picture(std::string sha, job::image_format format = job::image_format::png)
{
    job::reference_image image;
    image.source = "/home/someone/secret-name.png";
    image.sha256 = std::move(sha);
    image.format = format;
    return image;
}

http::body_piece bytes(std::string text)
{
    return std::make_shared<const std::string>(std::move(text));
}

} // namespace

TEST_CASE("a generation is the contract's request for one forced tool call")
{
    const auto prepared = build(lighthouse());
    CHECK(prepared.wire.method == "POST");
    CHECK(prepared.wire.target == "/v1/responses");
    CHECK(prepared.wire.headers.find("content-type") == "application/json");
    CHECK(!prepared.is_edit);
    auto body = body_of(prepared);
    CHECK(body["store"].bool_or(false));
    CHECK(body["max_output_tokens"].integer_or(0) == 2000);
    auto expected = support::golden_json("contract/responses_request.json");
    for (const char* ours : {"store", "max_output_tokens", "metadata"}) {
        body.erase(ours);
        expected.erase(ours);
    }
    const auto sorted = [](const base::json& tool) {
        auto members = tool.members();
        std::ranges::sort(members, {}, &base::json::member::first);
        return base::json(members);
    };
    CHECK(sorted(body["tools"].items().at(0)) == sorted(expected["tools"].items().at(0)));
    body.erase("tools");
    expected.erase("tools");
    CHECK(sorted(body) == sorted(expected));
}

TEST_CASE("references keep their order, as file ids or data URLs, and the mask is the tool's")
{
    auto request = lighthouse();
    request.stream = false;
    request.action = "edit";
    request.references = {picture("aa"), picture("bb", job::image_format::jpeg)};
    request.mask = picture("cc");
    provider::image_inputs inputs;
    inputs.references = {bytes("first"), bytes("second")};
    inputs.mask = bytes("mask");
    inputs.reference_file_ids = {"file-room0001", ""};
    inputs.mask_file_id = "file-mask0001";
    const auto prepared = build(request, inputs);
    CHECK(prepared.is_edit);
    CHECK(prepared.file_ids == std::vector<std::string>{"file-room0001", "file-mask0001"});
    const auto body = body_of(prepared);
    const auto& message = body["input"].items().at(0);
    CHECK(message["role"].text_or({}) == "user");
    const auto& parts = message["content"].items();
    REQUIRE(parts.size() == 3);
    CHECK(parts[0]["text"].text_or({}) == request.prompt);
    CHECK(parts[1]["type"].text_or({}) == "input_image");
    CHECK(parts[1]["file_id"].text_or({}) == "file-room0001");
    CHECK(!parts[1].contains("image_url"));
    CHECK(parts[2]["image_url"].text_or({}) == "data:image/jpeg;base64,c2Vjb25k");
    const auto& tool = body["tools"].items().at(0);
    CHECK(tool["input_image_mask"]["file_id"].text_or({}) == "file-mask0001");
    CHECK(tool["action"].text_or({}) == "edit");
    CHECK(!tool.contains("partial_images")); // without a stream there are none
    CHECK(!body.contains("stream"));

    inputs.reference_file_ids.clear();
    inputs.mask_file_id.clear();
    const auto plain = build(request, inputs);
    CHECK(plain.file_ids.empty());
    CHECK(plain.hash == prepared.hash); // the same pictures, however they travel
    CHECK(body_of(plain)["tools"].items().at(0)["input_image_mask"]["image_url"].text_or({}) ==
          "data:image/png;base64,bWFzaw==");
    request.references[0].sha256 = "dd";
    CHECK(build(request, inputs).hash != prepared.hash);
}

TEST_CASE("base64 of a reference is made once for all requests under way")
{
    auto request = lighthouse();
    request.references = {picture("aa")};
    provider::image_inputs inputs;
    inputs.references = {bytes("first")};
    provider::encoded_images encoded;
    const auto one = provider::build_responses_request(request, inputs, {}, "/v1", encoded);
    const auto two = provider::build_responses_request(request, inputs, {}, "/v1", encoded);
    REQUIRE(one.wire.body.size() == 3);
    CHECK(one.wire.body[1].get() == two.wire.body[1].get());
}

TEST_CASE("a prompt that looks like JSON or a marker stays a text")
{
    auto request = lighthouse();
    request.prompt = "\"}],\"tools\":[] @blob:0 {deployment} \n\\ ü";
    CHECK(body_of(build(request))["input"].text_or({}) == request.prompt);
    request.references = {picture("aa")};
    provider::image_inputs inputs;
    inputs.references = {bytes("x")};
    CHECK(body_of(build(request, inputs))["input"]
              .items()
              .at(0)["content"]
              .items()
              .at(0)["text"]
              .text_or({}) == request.prompt);
}

TEST_CASE("a chain names the answer that it continues")
{
    auto request = lighthouse();
    const auto first = build(request);
    request.previous_response_id = "resp_0001";
    const auto body = body_of(build(request));
    CHECK(body["previous_response_id"].text_or({}) == "resp_0001");
    CHECK(build(request).hash != first.hash);
}

TEST_CASE("switches of a wire change the request of the Responses API and nothing else")
{
    auto request = lighthouse();
    job::wire_switches wire;
    wire.stores_responses = false;
    wire.send_max_output_tokens = false;
    wire.send_tool_model = false;
    wire.omit = {"quality", "tool_choice"};
    const auto body = body_of(build(request, {}, wire));
    for (const char* gone : {"store", "max_output_tokens", "tool_choice"})
        CHECK(!body.contains(gone));
    CHECK(!body["tools"].items().at(0).contains("model"));
    CHECK(!body["tools"].items().at(0).contains("quality"));
    wire.supports_stream = false;
    CHECK(!body_of(build(request, {}, wire)).contains("stream"));
    CHECK(!body_of(build(request, {}, wire))["tools"].items().at(0).contains("partial_images"));
    wire.supports_stream = true;
    wire.stream_needs_partial = true;
    request.partial_images = 0;
    CHECK(body_of(build(request, {}, wire))["tools"].items().at(0)["partial_images"].integer_or(
              0) == 1);
}
