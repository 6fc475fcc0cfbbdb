#include "engine/sim/image_order.hpp"

#include "engine/sim/file_store.hpp"

#include "tests/sim/asking.hpp"
#include "tests/support/golden.hpp"

#include <doctest/doctest.h>

using namespace engine;
using namespace engine::sim;
using support::quiet_profile;

namespace {

order_or_error read(const std::string& body,
                    const job::simulator_profile& profile = quiet_profile())
{
    return read_generation(profile, std::make_shared<const std::string>(body));
}

// "400 code param" of the refusal, or "fine".
std::string verdict(const std::string& fields,
                    const job::simulator_profile& profile = quiet_profile())
{
    const auto order = read("{\"prompt\":\"a lamp\"" + fields + "}", profile);
    if (order)
        return "fine";
    return std::to_string(order.error().status) + " " + order.error().code + " " +
           order.error().param;
}

http::multipart_builder form(const std::string& prompt = "a lamp")
{
    http::multipart_builder made("boundary");
    made.add_field("model", "gpt-image-2");
    made.add_field("prompt", prompt);
    return made;
}

order_or_error read(http::multipart_builder builder)
{
    const auto made = std::move(builder).finish();
    REQUIRE(made);
    std::string body;
    for (const auto& piece : made->body)
        body += *piece;
    return read_edit(quiet_profile(), std::make_shared<const std::string>(body), made->content_type,
                     file_store(1));
}

std::string code_of(const order_or_error& order)
{
    return order ? "fine" : order.error().code + " " + order.error().param;
}

http::body_piece picture(int width = 8, int height = 8, bool alpha = false)
{
    return support::png_file(image::blank({width, height}, alpha));
}

} // namespace

TEST_CASE("an order has every default filled in")
{
    const auto order = read(R"({"prompt":"a lamp"})");
    REQUIRE(order);
    CHECK(order->request.model == "gpt-image-2");
    CHECK(order->size() == job::image_size{1024, 1024});
    CHECK(order->request.quality == "medium");
    CHECK(order->request.background == "opaque");
    CHECK(*order->request.format == job::image_format::png);
    CHECK(order->images == 1);
    CHECK(!order->request.stream);
}

TEST_CASE("the recorded request of the contract is taken as it is")
{
    const auto order = read(support::golden("contract/gen_request.json"));
    REQUIRE(order);
    CHECK(order->images == 2);
    CHECK(order->size() == job::image_size{1536, 1024});
    CHECK(*order->request.format == job::image_format::webp);
    CHECK(order->request.compression == 85);
    CHECK(order->safety_identifier == "u-7f3a");
    CHECK(order->usage(0).output_image == 2744); // as its recorded answer says
}

TEST_CASE("every wrong parameter is refused with its name and OpenAI's code")
{
    CHECK(verdict("") == "fine");
    CHECK(verdict(R"(,"user":"u","complexity":"low","moderation":"low","seed":null)") ==
          "400 unknown_parameter seed");
    CHECK(verdict(R"(,"response_format":"b64_json")") == "400 unknown_parameter response_format");
    CHECK(verdict(R"(,"input_fidelity":"high")") == "400 unknown_parameter input_fidelity");
    CHECK(verdict(R"(,"model":"gpt-image-9")") == "404 model_not_found ");
    CHECK(verdict(R"(,"model":"gpt-image-1")") == "404 model_not_found ");
    CHECK(verdict(R"(,"model":"dall-e-3")") == "410  ");
    CHECK(verdict(R"(,"model":7)") == "400 invalid_type model");
    CHECK(verdict(R"(,"model":"gpt-image-2-2026-04-21")") == "fine");
    CHECK(verdict(R"(,"n":0)") == "400 integer_below_min_value n");
    CHECK(verdict(R"(,"n":11)") == "400 integer_above_max_value n");
    CHECK(verdict(R"(,"n":"2")") == "400 invalid_type n");
    CHECK(verdict(R"(,"n":1.5)") == "400 invalid_type n");
    CHECK(verdict(R"(,"n":2,"stream":true)") == "400 unsupported_parameter input");
    CHECK(verdict(R"(,"stream":"yes")") == "400 invalid_type stream");
    CHECK(verdict(R"(,"partial_images":2)") == "400 unsupported_parameter partial_images");
    CHECK(verdict(R"(,"partial_images":4,"stream":true)") ==
          "400 integer_above_max_value partial_images");
    CHECK(verdict(R"(,"quality":"ultra")") == "400 invalid_value quality");
    CHECK(verdict(R"(,"quality":"max","model":"gpt-image-2.5-flare")") == "fine");
    CHECK(verdict(R"(,"moderation":"none")") == "400 invalid_value moderation");
    CHECK(verdict(R"(,"output_format":"gif")") == "400 invalid_value output_format");
    CHECK(verdict(R"(,"output_compression":50)") == "400 invalid_value output_compression");
    CHECK(verdict(R"(,"output_compression":50,"output_format":"webp")") == "fine");
    CHECK(verdict(R"(,"output_compression":101,"output_format":"webp")") ==
          "400 integer_above_max_value output_compression");
    CHECK(verdict(R"(,"background":"transparent")") == "400 invalid_value background");
    CHECK(verdict(R"(,"background":"transparent","model":"gpt-image-2.5")") == "fine");
    CHECK(
        verdict(R"(,"background":"transparent","model":"gpt-image-2.5","output_format":"jpeg")") ==
        "400 invalid_value background");
    CHECK(verdict(R"(,"background":"green")") == "400 invalid_value background");
    CHECK(verdict(R"(,"safety_identifier":9)") == "400 invalid_type safety_identifier");
}

TEST_CASE("sizes follow the rules of each model")
{
    CHECK(verdict(R"(,"size":"auto")") == "fine");
    CHECK(verdict(R"(,"size":"3840x2160")") == "fine");
    CHECK(verdict(R"(,"size":"4096x4096")") == "400 invalid_value tools");
    CHECK(verdict(R"(,"size":"1000x1000")") == "400 invalid_value tools");
    CHECK(verdict(R"(,"size":"3200x1024")") == "400 invalid_value tools");
    CHECK(verdict(R"(,"size":"512x512")") == "400 invalid_value tools");
    CHECK(verdict(R"(,"size":"big")") == "400 invalid_value tools");
    CHECK(verdict(R"(,"size":"1024x768","model":"gpt-image-1.5")") == "400 invalid_value size");
    CHECK(verdict(R"(,"size":1024)") == "400 invalid_type size");
}

TEST_CASE("a gateway's wire takes what OpenAI refuses")
{
    auto profile = quiet_profile();
    profile.wire.response_format = true;
    profile.wire.any_model = true;
    CHECK(verdict(R"(,"response_format":"b64_json","model":"studio/magic-1")", profile) == "fine");
    CHECK(verdict(R"(,"response_format":"url")", profile) == "400 invalid_value response_format");
    CHECK(verdict(R"(,"model":"magic","size":"99999x99999")", profile) ==
          "400 invalid_value tools");
    CHECK(verdict(R"(,"model":"")", profile) == "404 model_not_found ");
}

TEST_CASE("prompts are needed, bounded and text")
{
    const auto code = [](const std::string& body) { return code_of(read(body)); };
    CHECK(code("{}") == "missing_required_parameter prompt");
    CHECK(code(R"({"prompt":null})") == "missing_required_parameter prompt");
    CHECK(code(R"({"prompt":""})") == "empty_string prompt");
    CHECK(code(R"({"prompt":["a"]})") == "invalid_type prompt");
    std::string long_prompt;
    for (int i = 0; i < 32'000; ++i)
        long_prompt += "\xC3\xA9"; // two bytes, one character
    CHECK(code("{\"prompt\":\"" + long_prompt + "\"}") == "fine");
    CHECK(code("{\"prompt\":\"" + long_prompt + "x\"}") == "string_above_max_length prompt");
}

TEST_CASE("bodies that are no JSON object are refused")
{
    for (const char* body : {"", "{", "[]", "null", "{\"prompt\":\"\xff\"}", "prompt=a"}) {
        const auto order = read(body);
        REQUIRE(!order);
        CHECK(order.error().status == 400);
    }
    CHECK(!read("{\"prompt\":\"" + std::string(5u << 20, 'x') + "\"}"));
}

TEST_CASE("the content of an order is what changes the picture, and nothing else")
{
    const auto content = [](const std::string& fields) {
        const auto order = read("{\"prompt\":\"a lamp\"" + fields + "}");
        REQUIRE(order);
        return order->content;
    };
    const auto plain = content("");
    CHECK(content(R"(,"stream":true,"partial_images":2)") == plain);
    CHECK(content(R"(,"user":"someone")") == plain);
    CHECK(content(R"(,"quality":"auto","size":"auto")") == plain);
    CHECK(content(R"(,"quality":"low")") != plain);
    CHECK(content(R"(,"size":"1536x1024")") != plain);
    CHECK(content(R"(,"n":2)") != plain);
}

TEST_CASE("an edit's pictures are read with their headers")
{
    auto builder = form();
    builder.add_field("n", "1");
    builder.add_field("stream", "true");
    builder.add_field("partial_images", "1");
    builder.add_file("image[]", "a.png", "image/png", picture(60, 40));
    builder.add_file("image[]", "b.png", "image/png", picture());
    builder.add_file("mask", "m.png", "image/png", picture(60, 40, true));
    const auto order = read(std::move(builder));
    REQUIRE_MESSAGE(order.has_value(), code_of(order));
    CHECK(order->is_edit());
    CHECK(order->references.size() == 2);
    CHECK(order->request.references[0].size == job::image_size{60, 40});
    CHECK(order->request.mask.has_value());
    CHECK(order->request.stream);
    CHECK(order->size() == job::image_size{1536, 1024}); // auto: like the first picture
    CHECK(order->usage(1).input_image == 3 * 1536);
}

TEST_CASE("wrong pictures are refused as OpenAI refuses them")
{
    const auto with = [](std::string_view name, std::string_view file, std::string_view type,
                         http::body_piece content) {
        auto builder = form();
        builder.add_file(name, file, type, std::move(content));
        return code_of(read(std::move(builder)));
    };
    CHECK(with("image", "a.png", "image/png", picture()) == "fine");
    CHECK(with("image", "a.png", "application/octet-stream", picture()) ==
          "unsupported_file_mimetype image");
    CHECK(with("image[]", "a.gif", "image/gif", picture()) == "unsupported_file_mimetype image[0]");
    const auto gif = std::make_shared<const std::string>("GIF89a..........................");
    CHECK(with("image[]", "a.png", "image/png", gif) == "invalid_image_file image[0]");
    CHECK(code_of(read(form())) == "missing_required_parameter image");

    auto text = form();
    text.add_field("image", "not a file");
    CHECK(code_of(read(std::move(text))) == "invalid_type image");

    auto many = form();
    for (int i = 0; i < 17; ++i)
        many.add_file("image[]", "a.png", "image/png", picture());
    CHECK(code_of(read(std::move(many))) == "array_above_max_length image");

    const auto masked = [](http::body_piece mask) {
        auto builder = form();
        builder.add_file("image", "a.png", "image/png", picture());
        builder.add_file("mask", "m.png", "image/png", std::move(mask));
        return code_of(read(std::move(builder)));
    };
    CHECK(masked(picture(8, 8, true)) == "fine");
    CHECK(masked(picture(8, 9, true)) == "invalid_image_file mask");
    CHECK(masked(picture(8, 8, false)) == "invalid_image_file mask");

    auto twice = form();
    twice.add_file("image", "a.png", "image/png", picture());
    twice.add_file("mask", "m.png", "image/png", picture(8, 8, true));
    twice.add_file("mask", "m.png", "image/png", picture(8, 8, true));
    CHECK(code_of(read(std::move(twice))) == "duplicate_parameter mask");

    auto unknown = form();
    unknown.add_file("image", "a.png", "image/png", picture());
    unknown.add_field("n", "two");
    CHECK(code_of(read(std::move(unknown))) == "invalid_type n");
    auto fidelity = form();
    fidelity.add_file("image", "a.png", "image/png", picture());
    fidelity.add_field("input_fidelity", "high");
    CHECK(code_of(read(std::move(fidelity))) == "unsupported_parameter input_fidelity");
}

TEST_CASE("an edit that is no form, or a broken one, is refused")
{
    const auto code = [](const std::string& body, const std::string& type) {
        const auto order = read_edit(quiet_profile(), std::make_shared<const std::string>(body),
                                     type, file_store(1));
        REQUIRE(!order);
        CHECK(order.error().status == 400);
        return order.error().code;
    };
    CHECK(code("{}", "text/plain") == "unsupported_content_type");
    CHECK(code("{", "application/json").empty());
    CHECK(code("{}", "application/json") == "missing_required_parameter");
    CHECK(code("", "") == "unsupported_content_type");
    CHECK(code("nothing", "multipart/form-data; boundary=b").empty());
}
