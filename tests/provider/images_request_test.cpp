#include "engine/provider/images_request.hpp"

#include "engine/base/json.hpp"
#include "tests/support/golden.hpp"

#include <doctest/doctest.h>

using namespace engine;

namespace {

std::string body_of(const provider::prepared_request& prepared)
{
    std::string all;
    for (const auto& piece : prepared.wire.body)
        all += *piece;
    return all;
}

job::image_request lighthouse()
{
    job::image_request request;
    request.model = "gpt-image-2";
    request.prompt = "A paper lighthouse on a desk, soft morning light, no lettering";
    request.size = job::image_size{1536, 1024};
    request.quality = "medium";
    request.background = "opaque";
    request.moderation = "auto";
    request.format = job::image_format::webp;
    request.compression = 85;
    request.stream = false;
    return request;
}

job::reference_image reference(std::string sha, job::image_format format = job::image_format::png)
{
    job::reference_image image;
    image.source = "/home/someone/secret-name.png";
    image.sha256 = std::move(sha);
    image.format = format;
    return image;
}

base::result<provider::prepared_request> build(const job::image_request& request,
                                               const provider::image_inputs& inputs,
                                               const job::wire_switches& wire,
                                               const std::string& base_path)
{
    provider::encoded_images encoded;
    return provider::build_images_request(request, inputs, wire, base_path, encoded);
}

http::body_piece bytes(std::string text)
{
    return std::make_shared<const std::string>(std::move(text));
}

} // namespace

TEST_CASE("a generation is the contract's request, one image at a time")
{
    const auto prepared = build(lighthouse(), {}, {}, "/v1").value();
    CHECK(prepared.wire.method == "POST");
    CHECK(prepared.wire.target == "/v1/images/generations");
    CHECK(prepared.wire.headers.find("content-type") == "application/json");
    auto expected = support::golden_json("contract/gen_request.json");
    expected.set("n", 1);
    expected.erase("safety_identifier");
    CHECK(base::parse_json(body_of(prepared), "body").value() == expected);
    CHECK(!prepared.is_edit);
}

TEST_CASE("streaming and gateway switches add their fields and nothing else")
{
    auto request = lighthouse();
    request.stream = true;
    request.partial_images = 2;
    request.size.reset();
    const auto plain =
        base::parse_json(body_of(build(request, {}, {}, "").value()), "body").value();
    CHECK(plain["stream"].bool_or(false));
    CHECK(plain["partial_images"].integer_or(0) == 2);
    CHECK(plain["size"].text_or({}) == "auto");
    CHECK(!plain.contains("response_format"));
    job::wire_switches wire;
    wire.send_response_format = true;
    wire.send_model = false;
    const auto gateway =
        base::parse_json(body_of(build(request, {}, wire, "").value()), "body").value();
    CHECK(gateway["response_format"].text_or({}) == "b64_json");
    CHECK(!gateway.contains("model"));
}

TEST_CASE("an edit sends its files in order, typed, under names of our own")
{
    auto request = lighthouse();
    request.references = {reference("a1"), reference("b2", job::image_format::jpeg)};
    request.mask = reference("c3");
    const auto prepared =
        build(request, {{bytes("FIRST"), bytes("SECOND")}, bytes("MASK")}, {}, "/v1").value();
    CHECK(prepared.is_edit);
    CHECK(prepared.wire.target == "/v1/images/edits");
    const auto body = body_of(prepared);
    const auto first = body.find(
        "name=\"image[]\"; filename=\"reference-1.png\"\r\nContent-Type: image/png\r\n\r\nFIRST");
    const auto second = body.find(
        "name=\"image[]\"; filename=\"reference-2.jpg\"\r\nContent-Type: image/jpeg\r\n\r\nSECOND");
    CHECK(first != std::string::npos);
    CHECK(second != std::string::npos);
    CHECK(first < second);
    CHECK(body.find("name=\"mask\"; filename=\"mask.png\"") != std::string::npos);
    CHECK(body.find("secret-name") == std::string::npos);
    CHECK(body.find("name=\"n\"\r\n\r\n1\r\n") != std::string::npos);
    const auto type = prepared.wire.headers.find("content-type").value();
    const auto boundary = std::string(type.substr(type.find("boundary=") + 9));
    CHECK(body.find("--" + boundary + "--") != std::string::npos);
}

TEST_CASE("the same request has the same hash, another one another")
{
    auto request = lighthouse();
    const auto hash = [](const job::image_request& wanted, const provider::image_inputs& inputs) {
        return build(wanted, inputs, {}, "/v1").value().hash;
    };
    CHECK(hash(request, {}) == hash(request, {}));
    auto other = request;
    other.prompt += "!";
    CHECK(hash(request, {}) != hash(other, {}));
    request.references = {reference("a1")};
    other = request;
    other.references = {reference("a2")};
    CHECK(hash(request, {{bytes("x")}, nullptr}) == hash(request, {{bytes("x")}, nullptr}));
    CHECK(hash(request, {{bytes("x")}, nullptr}) != hash(other, {{bytes("x")}, nullptr}));
    CHECK(body_of(build(request, {{bytes("x")}, nullptr}, {}, "").value())
              .find("name=\"image\"; filename") != std::string::npos);
}
