// The Responses API: answers, streams, chains, errors.
#include "tests/sim/asking.hpp"
#include "tests/support/golden.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace engine;
using namespace std::chrono_literals;
using support::answered;
using support::asking;
using support::drawn;
using support::json;
using support::quiet_profile;

namespace {

std::vector<std::string> names_of(const answered& got)
{
    std::vector<std::string> names;
    for (const auto& [name, data] : got.events())
        names.push_back(name);
    return names;
}

// The items of a type.
std::vector<json> items_of(const json& response, std::string_view type)
{
    std::vector<json> found;
    for (const auto& item : response["output"].items())
        if (item["type"].text_or("") == type)
            found.push_back(item);
    return found;
}

std::string result_of(const json& response)
{
    const auto calls = items_of(response, "image_generation_call");
    return calls.empty() ? std::string{} : std::string(calls.front()["result"].text_or(""));
}

std::string code_of(const answered& got)
{
    return std::to_string(got.status) + " " + std::string(got.error()["code"].text_or("-")) + " " +
           std::string(got.error()["param"].text_or("-"));
}

std::string refused(asking& simulator, const json& fields)
{
    return code_of(simulator.respond(fields));
}

json without(json fields, std::string_view name)
{
    fields.erase(name);
    return fields;
}

json message_with(json::array content)
{
    return json::array{
        json::make_object({{"role", "user"}, {"content", json(std::move(content))}})};
}
json text_item(const std::string& text)
{
    return json::make_object({{"type", "input_text"}, {"text", text}});
}

} // namespace

TEST_CASE("a forced image tool gives one image call, with every field of the recorded answer")
{
    asking simulator;
    const auto got = simulator.respond(drawn());
    REQUIRE_MESSAGE(got.status == 200, got.body);
    CHECK(got.header("x-request-id").starts_with("req_"));
    CHECK(!got.header("openai-processing-ms").empty());
    const auto response = got.document();
    const auto recorded = support::golden_json("contract/responses_response.json");
    for (const auto& [name, value] : recorded.members())
        CHECK_MESSAGE(response.contains(name), name);
    CHECK(response["id"].text_or("").starts_with("resp_"));
    CHECK(response["status"].text_or("") == "completed");
    CHECK(response["model"].text_or("") == "gpt-5.5");
    REQUIRE(response["output"].items().size() == 1);
    const auto item = response["output"].items()[0];
    for (const auto& [name, value] : recorded["output"].items()[0].members())
        CHECK_MESSAGE(item.contains(name), name);
    CHECK(item["id"].text_or("").starts_with("ig_"));
    CHECK(item["action"].text_or("") == "generate");
    CHECK(item["revised_prompt"].text_or("").starts_with("Draw a paper lighthouse"));
    CHECK(support::header_of(item["result"].text_or("")).size == job::image_size{1024, 640});
    for (const auto& [name, value] : recorded["tool_usage"]["image_gen"].members())
        CHECK_MESSAGE(response["tool_usage"]["image_gen"].contains(name), name);
    CHECK(response["usage"]["input_tokens"].integer_or(0) > 0);
    CHECK(response["usage"]["output_tokens"].integer_or(0) > 0);

    const auto row = simulator.bill()["requests"].items()[0];
    CHECK(row["api"].text_or("") == "responses");
    CHECK(row["response_id"] == response["id"]);
    CHECK(row["model"].text_or("") == "gpt-image-2");
    CHECK(row["mainline_model"].text_or("") == "gpt-5.5");
    CHECK(row["usage"]["output_image"] == response["tool_usage"]["image_gen"]["output_tokens"]);
    CHECK(row["usage"]["mainline_input"] == response["usage"]["input_tokens"]);
    CHECK(row["usage"]["mainline_output"] == response["usage"]["output_tokens"]);
    CHECK(row["usd"].number_or(0) > 0);
    CHECK(row["fetched"].integer_or(-1) == 0);
}

TEST_CASE("a stream has every event in its order, numbered, and the image twice")
{
    asking simulator;
    const auto got = simulator.respond(drawn({{"partial_images", 2}}, {{"stream", true}}));
    REQUIRE(got.status == 200);
    CHECK(got.header("content-type").starts_with("text/event-stream"));
    CHECK(got.complete);
    const std::string call = "response.image_generation_call.";
    CHECK(names_of(got) == std::vector<std::string>{"response.created", "response.in_progress",
                                                    "response.output_item.added",
                                                    call + "in_progress", call + "generating",
                                                    call + "partial_image", call + "partial_image",
                                                    call + "completed", "response.output_item.done",
                                                    "response.completed"});
    const auto events = got.events();
    for (std::size_t i = 0; i < events.size(); ++i) {
        CHECK(events[i].data["type"].text_or("") == events[i].name);
        CHECK(events[i].data["sequence_number"].integer_or(-1) == static_cast<std::int64_t>(i));
    }
    CHECK(events[0].data["response"]["status"].text_or("") == "in_progress");
    CHECK(events[0].data["response"]["output"].items().empty());
    CHECK(events[5].data["partial_image_index"].integer_or(-1) == 0);
    CHECK(events[6].data["partial_image_index"].integer_or(-1) == 1);
    support::decoded(events[5].data["partial_image_b64"].text_or(""));
    CHECK(!events[7].data.contains("result"));
    const auto item = events[8].data["item"];
    CHECK(item["status"].text_or("") == "completed");
    CHECK(item["result"].text_or("") == result_of(events[9].data["response"]));
    CHECK(item["id"] == events[5].data["item_id"]);
    support::decoded(item["result"].text_or(""));
    const auto used = events[9].data["response"]["tool_usage"]["image_gen"];
    CHECK(used["output_tokens"].integer_or(0) ==
          simulator.bill()["requests"].items()[0]["usage"]["output_image"].integer_or(-1));
    CHECK(simulator.bill()["requests"].items()[0]["partials"].integer_or(0) == 2);
}

TEST_CASE("gateways send keepalives, a status that lies, an empty end and a mark")
{
    auto profile = quiet_profile();
    profile.wire.keepalives = true;
    profile.wire.status_generating = true;
    profile.wire.empty_output = true;
    profile.wire.done_marker = true;
    asking simulator(profile);
    const auto got = simulator.respond(drawn({{"partial_images", 1}}, {{"stream", true}}));
    const auto events = got.events();
    REQUIRE(events.size() == 12);
    CHECK(events[5].name == "keepalive");
    CHECK(events[5].data["sequence_number"].integer_or(0) == 5);
    CHECK(events[9].data["item"]["status"].text_or("") == "generating");
    CHECK(!events[9].data["item"]["result"].text_or("").empty());
    CHECK(events[10].name == "response.completed");
    CHECK(events[10].data["response"]["output"].items().empty());
    CHECK(events[11].data.is_null()); // [DONE]
    // The stored response is whole all the same.
    const auto id = std::string(events[0].data["response"]["id"].text_or(""));
    CHECK(!result_of(simulator.ask("GET", "/v1/responses/" + id).document()).empty());
}

TEST_CASE("without tools the answer is words: a prompt, rewritten the same way each time")
{
    asking simulator;
    const auto asked = json::make_object({{"model", "gpt-5.4-mini"},
                                          {"instructions", "Rewrite the prompt."},
                                          {"input", "a brass lamp on a desk."}});
    const auto first = simulator.respond(asked).document();
    REQUIRE(first["status"].text_or("") == "completed");
    const auto messages = items_of(first, "message");
    REQUIRE(messages.size() == 1);
    const auto part = messages[0]["content"].items()[0];
    CHECK(part["type"].text_or("") == "output_text");
    CHECK(part["text"].text_or("").starts_with("a brass lamp on a desk, "));
    CHECK(first["usage"]["total_tokens"].integer_or(0) > 0);
    CHECK(!first.contains("tool_usage"));
    const auto again = simulator.respond(asked).document();
    CHECK(items_of(again, "message")[0]["content"] == messages[0]["content"]);
    CHECK(again["id"] != first["id"]);
    const auto row = simulator.bill()["requests"].items()[0];
    CHECK(row["model"].text_or("") == "gpt-5.4-mini");
    CHECK(row["images"].integer_or(-1) == 0);
    CHECK(row["usage"]["output_image"].integer_or(-1) == 0);
    CHECK(row["charged"].bool_or(false));

    auto streamed = asked;
    streamed.set("stream", true);
    const auto got = simulator.respond(streamed);
    const auto names = names_of(got);
    CHECK(std::vector(names.begin(), names.begin() + 5) ==
          std::vector<std::string>{"response.created", "response.in_progress",
                                   "response.output_item.added", "response.content_part.added",
                                   "response.output_text.delta"});
    CHECK(std::vector(names.end() - 4, names.end()) ==
          std::vector<std::string>{"response.output_text.done", "response.content_part.done",
                                   "response.output_item.done", "response.completed"});
    std::string said;
    for (const auto& [name, data] : got.events())
        if (name == "response.output_text.delta")
            said += data["delta"].text_or("");
    CHECK(said == part["text"].text_or(""));
}

TEST_CASE("the tool is called as tool_choice says")
{
    asking simulator;
    const auto with = [&](const json& choice) {
        return simulator.respond(drawn({}, {{"tool_choice", choice}})).document();
    };
    CHECK(items_of(with("auto"), "image_generation_call").size() == 1);
    CHECK(items_of(with("auto"), "message").size() == 1);
    CHECK(items_of(with("required"), "image_generation_call").size() == 1);
    CHECK(items_of(with("required"), "message").empty());
    CHECK(items_of(with("none"), "image_generation_call").empty());
    CHECK(items_of(with("none"), "message").size() == 1);
    CHECK(refused(simulator, drawn({}, {{"tool_choice", "perhaps"}})) ==
          "400 invalid_value tool_choice");
    CHECK(refused(simulator, without(drawn(), "tools")) == "400 - tool_choice");
}

TEST_CASE("every wrong field is refused by name, before anything is charged")
{
    asking simulator;
    const auto tool = [&](const char* name, const json& value) {
        return refused(simulator, drawn({{name, value}}));
    };
    const auto field = [&](const char* name, const json& value) {
        return refused(simulator, drawn({}, {{name, value}}));
    };
    const auto unknown = simulator.respond(drawn({{"n", 2}}));
    CHECK(code_of(unknown) == "400 unknown_parameter tools[0].n");
    CHECK(unknown.error()["message"].text_or("") == "Unknown parameter: 'tools[0].n'.");
    const auto size = simulator.respond(drawn({{"size", "4096x4096"}}));
    CHECK(size.error() ==
          support::golden_json("contract/errors.json")["cases"]["invalid_size"]["body"]["error"]);
    CHECK(tool("quality", "splendid") == "400 invalid_value tools[0].quality");
    CHECK(tool("quality", 3) == "400 invalid_type tools[0].quality");
    CHECK(tool("partial_images", 4) == "400 integer_above_max_value tools[0].partial_images");
    CHECK(tool("output_compression", 50) == "400 invalid_value tools");
    CHECK(tool("background", "transparent") == "400 invalid_value tools");
    CHECK(tool("action", "paint") == "400 invalid_value tools[0].action");
    CHECK(tool("action", "edit") == "400 invalid_value tools");
    CHECK(tool("model", "gpt-image-99") == "400 invalid_value tools");
    CHECK(simulator.respond(drawn({{"model", "gpt-image-1"}})).error()["message"].text_or("") ==
          "The model 'gpt-image-1' does not exist.");
    CHECK(field("model", "gpt-image-2") == "400 unsupported_model model");
    CHECK(field("model", "gpt-99") == "400 model_not_found model");
    CHECK(field("model", 5) == "400 invalid_type model");
    CHECK(field("stream", "yes") == "400 invalid_type stream");
    CHECK(field("colour", "red") == "400 unknown_parameter colour");
    CHECK(field("input", 5) == "400 invalid_type input");
    CHECK(field("input", json::array{}) == "400 empty_array input");
    CHECK(field("previous_response_id", "resp_x") ==
          "400 previous_response_not_found previous_response_id");
    CHECK(field("conversation", "conv_1") == "404 - conversation");
    CHECK(field("max_output_tokens", 3) == "400 integer_below_min_value max_output_tokens");
    CHECK(field("tools", json::array{json::make_object({{"type", "hammer"}})}) ==
          "400 invalid_value tools[0].type");
    CHECK(refused(simulator, without(drawn(), "input")) == "400 missing_required_parameter input");
    CHECK(refused(simulator, without(drawn(), "model")) == "400 missing_required_parameter model");
    CHECK(refused(simulator, drawn({}, {{"background", true}, {"store", false}})) ==
          "400 unsupported_parameter background");
    CHECK(simulator.ask("POST", "/v1/responses", "{").status == 400);
    CHECK(simulator.bill()["charged"].integer_or(-1) == 0);
}

TEST_CASE("pictures of the input: data URLs and files, each checked")
{
    asking simulator;
    const auto file = support::png_file(image::blank({64, 64}, false));
    const auto ask_with = [&](const json& picture) {
        return simulator.respond(
            drawn({}, {{"input", message_with({text_item("add a lamp"), picture})}}));
    };
    const auto url = [](const std::string& text) {
        return json::make_object({{"type", "input_image"}, {"image_url", text}});
    };
    const auto good = ask_with(url(support::data_url(file)));
    REQUIRE_MESSAGE(good.status == 200, good.body);
    const auto item = items_of(good.document(), "image_generation_call").at(0);
    CHECK(item["action"].text_or("") == "edit");
    CHECK(good.document()["tool_usage"]["image_gen"]["input_tokens_details"]["image_tokens"]
              .integer_or(0) > 0);
    const auto id = simulator.upload(file);
    CHECK(ask_with(json::make_object({{"type", "input_image"}, {"file_id", id}})).status == 200);
    const std::string place = " input[0].content[1].image_url";
    CHECK(code_of(ask_with(url("https://example.com/a.png"))) ==
          "400 failed_to_download_image" + place);
    CHECK(code_of(ask_with(url("data:image/png;base64,@@@"))) ==
          "400 invalid_base64_image" + place);
    CHECK(code_of(ask_with(url("data:image/gif;base64,R0lGODlh"))) ==
          "400 unsupported_file_mimetype" + place);
    CHECK(code_of(ask_with(url("data:image/png;base64,AAAA"))) == "400 invalid_image_file" + place);
    CHECK(code_of(ask_with(url("data:image/png;base64," + std::string(20'971'521, 'A')))) ==
          "400 string_above_max_length" + place);
    CHECK(code_of(ask_with(
              json::make_object({{"type", "input_image"}, {"file_id", "file-unknown"}}))) ==
          "400 image_file_not_found input[0].content[1]");
    CHECK(code_of(ask_with(json::make_object({{"type", "input_film"}}))) ==
          "400 invalid_value input[0].content[1].type");
    auto broken = *file;
    broken[broken.size() - 20] = static_cast<char>(broken[broken.size() - 20] ^ 1);
    const auto inside =
        ask_with(url(support::data_url(std::make_shared<const std::string>(broken))));
    CHECK(inside.status == 400);
    CHECK(inside.error()["code"].text_or("") == "invalid_image_file");
    CHECK(inside.error()["param"].text_or("") == "input");
    CHECK(simulator.bill()["charged"].integer_or(0) == 2);
    CHECK(simulator.bill()["in_flight"].integer_or(-1) == 0);
}

TEST_CASE("a mask is a PNG with alpha and the size of the picture it is for")
{
    asking simulator;
    const auto picture = support::png_file(image::blank({64, 64}, false));
    const auto ask_with = [&](const json& mask) {
        return code_of(simulator.respond(drawn(
            {{"input_image_mask", mask}},
            {{"input",
              message_with({text_item("a lamp"),
                            json::make_object({{"type", "input_image"},
                                               {"image_url", support::data_url(picture)}})})}})));
    };
    const auto of = [](int edge, bool alpha) {
        return json::make_object({{"image_url", support::data_url(support::png_file(
                                                    image::blank({edge, edge}, alpha)))}});
    };
    CHECK(ask_with(of(64, true)) == "200 - -");
    CHECK(ask_with(of(64, false)) == "400 invalid_image_file tools");
    CHECK(ask_with(of(32, true)) == "400 invalid_image_file tools");
    CHECK(ask_with(json::make_object({{"file_id", "file-none"}})) ==
          "400 image_file_not_found tools[0].input_image_mask");
    CHECK(ask_with("a mask") == "400 invalid_type tools[0].input_image_mask");
    CHECK(code_of(simulator.respond(drawn({{"input_image_mask", of(64, true)}}))) ==
          "400 invalid_value tools");
}

TEST_CASE("a chain goes on from the earlier picture, which shows")
{
    auto profile = quiet_profile();
    profile.art = job::simulator_profile::art_style::scene;
    asking simulator(profile);
    const auto first = simulator.respond(drawn()).document();
    const auto id = std::string(first["id"].text_or(""));
    const auto next =
        drawn({}, {{"input", "Now the same scene at night"}, {"previous_response_id", json(id)}});
    const auto second = simulator.respond(next).document();
    REQUIRE(second["status"].text_or("") == "completed");
    CHECK(second["previous_response_id"].text_or("") == id);
    CHECK(items_of(second, "image_generation_call")[0]["action"].text_or("") == "edit");
    CHECK(result_of(second) != result_of(first));
    CHECK(second["tool_usage"]["image_gen"]["input_tokens_details"]["image_tokens"].integer_or(0) >
          0);
    CHECK(second["usage"]["input_tokens"].integer_or(0) >
          first["usage"]["input_tokens"].integer_or(0));
    const auto alone = simulator.respond(drawn({}, {{"input", "Now the same scene at night"}}));
    CHECK(result_of(alone.document()) != result_of(second));
}

TEST_CASE("a chain goes on from an image call, by its id or with the picture itself")
{
    asking simulator;
    const auto first = simulator.respond(drawn()).document();
    const auto action_of = [&](const json& item) {
        const auto said = json::make_object({{"role", "user"}, {"content", "now at night"}});
        const auto got = simulator.respond(drawn({}, {{"input", json::array{said, item}}}));
        if (got.status != 200)
            return std::to_string(got.status);
        return std::string(
            items_of(got.document(), "image_generation_call")[0]["action"].text_or(""));
    };
    const auto call = [](std::string_view id) {
        return json::make_object({{"type", "image_generation_call"}, {"id", id}});
    };
    CHECK(action_of(call(items_of(first, "image_generation_call")[0]["id"].text_or(""))) == "edit");
    CHECK(action_of(call("ig_unknown")) == "404");
    CHECK(action_of(json::make_object({{"type", "image_generation_call"}})) == "400");
    // Clients that store nothing send the picture itself.
    auto replayed = call("ig_x");
    replayed.set("result", result_of(first));
    CHECK(action_of(replayed) == "edit");
    replayed.set("result", "AAAA");
    CHECK(action_of(replayed) == "400");
    CHECK(simulator.bill()["charged"].integer_or(0) == 3);
}

TEST_CASE("what is not stored cannot be asked for or continued")
{
    asking simulator;
    const auto once = simulator.respond(drawn({}, {{"store", false}})).document();
    CHECK(once["store"].bool_or(true) == false);
    const auto id = std::string(once["id"].text_or(""));
    CHECK(simulator.ask("GET", "/v1/responses/" + id).status == 404);
    CHECK(refused(simulator, drawn({}, {{"previous_response_id", json(id)}})) ==
          "400 previous_response_not_found previous_response_id");
}
