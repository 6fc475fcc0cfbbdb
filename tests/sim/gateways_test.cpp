// What gateways do differently, each switch of the profile on its own.
#include "engine/sim/openrouter_order.hpp"
#include "tests/sim/asking.hpp"
#include "tests/support/golden.hpp"

#include <doctest/doctest.h>

using namespace engine;
using support::answered;
using support::asking;
using support::drawn;
using support::json;
using support::quiet_profile;
using support::wanted;

namespace {

using wire = job::simulator_profile::wire_model;

job::simulator_profile with(bool wire::* flag)
{
    auto profile = quiet_profile();
    profile.wire.*flag = true;
    return profile;
}

json without_model(json fields)
{
    fields.erase("model");
    return fields;
}

http::header_list headers_with(std::string_view name, std::string_view value)
{
    http::header_list headers;
    headers.add("Content-Type", "application/json");
    headers.add(name, value);
    return headers;
}

std::string code_of(const answered& got)
{
    return std::to_string(got.status) + " " + got.error()["code"].dump();
}

} // namespace

TEST_CASE("usage as prompt and completion tokens")
{
    asking simulator(with(&wire::completion_usage));
    const auto usage = simulator.generate(wanted()).document()["usage"];
    CHECK(usage["prompt_tokens"].integer_or(0) > 0);
    CHECK(usage["completion_tokens"].integer_or(0) > 0);
    CHECK(!usage.contains("input_tokens"));
    const auto streamed = simulator.generate(wanted({{"stream", true}})).events();
    CHECK(streamed.back().data["usage"].contains("completion_tokens"));
    const auto response = simulator.respond(drawn()).document();
    CHECK(response["usage"].contains("prompt_tokens"));
    CHECK(response["tool_usage"]["image_gen"].contains("completion_tokens"));
}

TEST_CASE("a refusal with status 200, and codes that are numbers")
{
    asking hidden(with(&wire::error_in_200));
    const auto got = hidden.generate(wanted({{"size", "5x5"}}));
    CHECK(code_of(got) == "200 \"invalid_value\"");
    CHECK(hidden.ask("GET", "/v1/nowhere").status == 200);
    asking numeric(with(&wire::numeric_codes));
    CHECK(code_of(numeric.generate(wanted({{"size", "5x5"}}))) == "400 400");
    CHECK(code_of(numeric.respond(drawn({}, {{"previous_response_id", "resp_x"}}))) == "400 400");
    CHECK(numeric.generate(wanted()).status == 200);

    auto png = *support::png_file(image::blank({64, 64}, false));
    png[png.size() - 20] = static_cast<char>(png[png.size() - 20] ^ 1); // found when it is decoded
    http::multipart_builder form("form-boundary");
    form.add_field("prompt", "a lamp");
    form.add_file("image", "a.png", "image/png", std::make_shared<const std::string>(png));
    CHECK(code_of(numeric.edit(form)) == "400 400");
    CHECK(code_of(hidden.edit(form)) == "200 \"invalid_image_file\"");
}

TEST_CASE("pictures as addresses that the look-alike itself serves")
{
    auto profile = with(&wire::url_only);
    profile.api_key = "sk-some-key";
    asking simulator(profile);
    auto headers = headers_with("Authorization", "Bearer sk-some-key");
    headers.add("Host", "127.0.0.1:8080");
    const auto got = simulator.ask("POST", "/v1/images/generations",
                                   wanted({{"n", 2}, {"output_format", "jpeg"}}).dump(), headers);
    REQUIRE(got.status == 200);
    const auto data = got.document()["data"];
    REQUIRE(data.items().size() == 2);
    for (const auto& one : data.items()) {
        CHECK(!one.contains("b64_json"));
        const std::string url{one["url"].text_or("")};
        const std::string host = "http://127.0.0.1:8080";
        REQUIRE(url.starts_with(host + "/v1/simulator/files/img-"));
        const auto file = simulator.ask("GET", url.substr(host.size())); // without a key
        CHECK(file.header("content-type") == "image/jpeg");
        CHECK(image::decode(base::as_bytes(file.body)).has_value());
    }
    CHECK(simulator.ask("GET", "/v1/simulator/files/img-none.png").status == 404);

    // A stream is not to be had, and a hostile Host goes into no document.
    auto odd = headers_with("Authorization", "Bearer sk-some-key");
    odd.add("Host", "evil\"/<x>");
    const auto plain = simulator.ask("POST", "/v1/images/generations",
                                     wanted({{"stream", true}, {"partial_images", 2}}).dump(), odd);
    CHECK(plain.header("content-type") == "application/json");
    CHECK(plain.document()["data"].items()[0]["url"].text_or("").starts_with("http://127.0.0.1/"));
    CHECK(simulator.bill()["requests"].items().back()["partials"].integer_or(-1) == 0);
}

TEST_CASE("Azure: deployments in the path, api-version, the api-key header, its own words")
{
    auto profile = with(&wire::azure);
    profile.api_key = "azure-key";
    profile.moderated_words = {"forbidden"};
    asking simulator(profile);
    const std::string path = "/openai/deployments/gpt-image-2/images/generations";
    const std::string version = "?api-version=2025-04-01-preview";
    const auto key = headers_with("api-key", "azure-key");
    const auto body = without_model(wanted()).dump();
    const auto good = simulator.ask("POST", path + version, body, key);
    REQUIRE_MESSAGE(good.status == 200, good.body);
    CHECK(!good.header("apim-request-id").empty());
    CHECK(simulator.bill()["requests"].items()[0]["model"].text_or("") == "gpt-image-2");
    CHECK(code_of(simulator.ask("POST", path, body, key)) == "404 \"404\"");
    CHECK(code_of(simulator.ask("POST", path + version, wanted().dump(), key)) ==
          "400 \"unknown_parameter\"");
    CHECK(code_of(simulator.ask("POST", path + version, body, headers_with("api-key", "other"))) ==
          "401 \"401\"");
    CHECK(simulator.ask("POST", path + version, body, headers_with("api-key", "azure-keX"))
              .body.find("azure-k") == std::string::npos);
    const auto filtered = simulator.ask(
        "POST", path + version, without_model(wanted({{"prompt", "forbidden"}})).dump(), key);
    CHECK(code_of(filtered) == "400 \"contentFilter\"");
    CHECK(filtered.error()["type"].is_null());
    // The newer form: the model is the deployment, and may have any name.
    const std::string newer = "/openai/v1/images/generations?api-version=preview";
    CHECK(simulator.ask("POST", newer, wanted({{"model", "my-painter"}}).dump(), key).status ==
          200);
    const std::string responses = "/openai/v1/responses?api-version=preview";
    CHECK(simulator.ask("POST", responses, drawn().dump(), key).status == 400);
    auto named = key;
    named.add("x-ms-oai-image-generation-deployment", "gpt-image-2");
    CHECK(simulator.ask("POST", responses, drawn().dump(), named).status == 200);
    // Whoever is not Azure knows none of this.
    asking plain;
    CHECK(plain.ask("POST", path + version, body, key).status == 404);
}

TEST_CASE("OpenRouter: vendors before models, ratios for sizes, its own answer")
{
    asking simulator(with(&wire::openrouter));
    const auto ask = [&](std::initializer_list<json::member> more) {
        auto fields = json::make_object({{"model", "openai/gpt-image-2"}, {"prompt", "a lamp"}});
        for (const auto& [name, value] : more)
            fields.set(name, value);
        return simulator.ask("POST", "/api/v1/images", fields.dump());
    };
    const auto got = ask({{"aspect_ratio", "3:2"}, {"resolution", "1K"}, {"quality", "low"}});
    REQUIRE_MESSAGE(got.status == 200, got.body);
    const auto recorded = support::golden_json("contract/openrouter_response.json");
    const auto document = got.document();
    for (const auto& [name, value] : recorded.members())
        CHECK_MESSAGE(document.contains(name), name);
    for (const auto& [name, value] : recorded["usage"].members())
        CHECK_MESSAGE(document["usage"].contains(name), name);
    const auto& image = document["data"].items()[0];
    CHECK(image["media_type"].text_or("") == "image/png");
    CHECK(support::header_of(image["b64_json"].text_or("")).size == job::image_size{1024, 688});
    CHECK(document["usage"]["cost"].number_or(0) ==
          doctest::Approx(simulator.bill()["requests"].items()[0]["usd"].number_or(-1)));
    const auto file = support::png_file(image::blank({64, 64}, false));
    const auto reference =
        json::make_object({{"type", "image_url"},
                           {"image_url", json::make_object({{"url", support::data_url(file)}})}});
    CHECK(ask({{"input_references", json::array{reference}}}).status == 200);
    CHECK(ask({{"model", "gpt-image-2"}}).status == 400);
    CHECK(ask({{"aspect_ratio", "9:1"}}).status == 400);
    CHECK(ask({{"resolution", "8K"}}).status == 400);
    CHECK(ask({{"size", "1024x1024"}}).status == 400);
    CHECK(ask({{"input_references", json::array(17, reference)}}).status == 400);
    CHECK(ask({{"input_references", json::array{json::make_object()}}}).status == 400);
    CHECK(ask({{"stream", true}}).body.ends_with("data: [DONE]\n\n"));
    CHECK(simulator.ask("POST", "/v1/images", "{}").status == 400);
    CHECK(asking().ask("POST", "/v1/images", "{}").status == 404);
    CHECK(sim::openrouter_size("1:1", "1K") == job::image_size{1024, 1024});
    CHECK(sim::openrouter_size("16:9", "4K") == job::image_size{3840, 2160});
    for (const char* ratio : {"1:1", "4:3", "3:2", "2:3", "21:9", "3:1", "5:7"})
        for (const char* resolution : {"512", "1K", "2K", "4K"}) {
            const auto asked = json::make_object({{"model", "openai/gpt-image-2"},
                                                  {"prompt", "a lamp"},
                                                  {"aspect_ratio", ratio},
                                                  {"resolution", resolution}});
            CHECK_MESSAGE(sim::read_openrouter(quiet_profile(), asked.dump()).has_value(), ratio,
                          " ", resolution);
        }
}

TEST_CASE("gateways that take JSON edits with one image")
{
    asking simulator(with(&wire::any_model));
    const auto url = support::data_url(support::png_file(image::blank({64, 64}, false)));
    const auto mask = support::data_url(support::png_file(image::blank({64, 64}, true)));
    const auto ask = [&](asking& whom, const json& image) {
        auto fields = wanted({{"image", image}, {"mask", mask}});
        return whom.ask("POST", "/v1/images/edits", fields.dump(),
                        headers_with("X-Other", "nothing"));
    };
    CHECK(ask(simulator, url).status == 200);
    CHECK(ask(simulator, json::array{url, url}).status == 200);
    CHECK(ask(simulator, "https://example.com/a.png").status == 400);
    asking plain;
    CHECK(ask(plain, url).error()["param"].text_or("") == "images");
}
