#include "engine/job/provider_spec.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <set>

using namespace engine::job;

TEST_CASE("the built-in providers are complete: address, key and dialect")
{
    std::set<std::string> names;
    for (const auto& provider : builtin_providers()) {
        INFO(provider.name);
        CHECK(names.insert(provider.name).second);
        const auto switches = dialect_switches(provider.dialect);
        REQUIRE(switches);
        CHECK(provider.wire == *switches);
        if (provider.is_simulator()) {
            CHECK(provider.api_key_env.empty());
            CHECK(!provider.real_money);
        } else {
            // A key must never travel in the open.
            CHECK((provider.name == "azure" || provider.base_url.starts_with("https://")));
            CHECK(!provider.base_url.ends_with("/"));
            CHECK(provider.api_key_env.ends_with("_API_KEY"));
            CHECK(provider.real_money);
        }
        CHECK(!provider.limits.requests_per_minute); // limits are the user's to say, or learned
        CHECK(provider.simulator.is_null());
    }
    CHECK(names == std::set<std::string>{"azure", "laozhang", "openai", "openrouter", "simulator",
                                         "xai-router"});
}

TEST_CASE("a dialect is a named set of switches, and an unknown name is none")
{
    CHECK(dialect_switches("openai") == wire_switches{});
    CHECK(!dialect_switches("openai")->send_response_format); // OpenAI refuses it
    CHECK(dialect_switches("openai")->send_model);
    CHECK(dialect_switches("xai-router")->send_response_format);
    CHECK(!dialect_switches("OpenAI"));
    CHECK(!dialect_switches(""));
    const auto names = dialect_names();
    CHECK(std::ranges::all_of(names, [](auto name) { return dialect_switches(name).has_value(); }));
    CHECK(names.front() == "openai");
    for (const char* name :
         {"custom", "azure", "azure-deployments", "openrouter", "litellm", "new-api", "laozhang"})
        CHECK(dialect_switches(name));
}

TEST_CASE("azure puts its deployment where the model would be, and its key where it wants it")
{
    const auto v1 = *dialect_switches("azure");
    CHECK(v1.key == key_header::api_key);
    CHECK(v1.query == "api-version={api_version}");
    CHECK(v1.api_version == "preview");
    CHECK(v1.stream_needs_partial);
    CHECK(v1.headers.at("x-ms-oai-image-generation-deployment") == "{deployment}");
    const auto old = *dialect_switches("azure-deployments");
    CHECK(!old.send_model);
    CHECK(old.edits_path == "/deployments/{deployment}/images/edits");
    CHECK(old.api_version == "2025-04-01-preview");
}

TEST_CASE("every switch can be set by its name, and refuses what would break out of its place")
{
    const auto names = switch_names();
    CHECK(std::set<std::string_view>(names.begin(), names.end()).size() == names.size());
    const auto refused = [](std::string_view name, engine::base::json value) {
        wire_switches wire;
        const auto wrong = set_switch(wire, name, value);
        CHECK(wire == wire_switches{}); // all or nothing
        return wrong.has_value();
    };
    using engine::base::json;
    for (const auto name : names)
        CHECK_MESSAGE(refused(name, json(nullptr)), name);
    CHECK(refused("no_such", json(true)));
    for (const char* path : {"", "images", "/a?b", "/a#b", "/a b", "/a\r\nHost: x", "/{model}",
                             "/a\tb", "/{deployment", "/\xC3\xA4"})
        CHECK_MESSAGE(refused("edits_path", json(path)), path);
    for (const char* query : {"?a=1", "a=1#", "a=\n", "a= 1", "{model}"})
        CHECK_MESSAGE(refused("query", json(query)), query);
    for (const char* prefix : {"a b", "a\n", "a{b}"})
        CHECK_MESSAGE(refused("model_prefix", json(prefix)), prefix);
    const auto header = [&](const char* name, json value) {
        return refused("headers", json::make_object({{name, std::move(value)}}));
    };
    for (const char* name : {"", "A B", "A:", "A\r\n", "Authorization", "API-Key", "host",
                             "content-length", "Transfer-Encoding", "proxy-authorization"})
        CHECK_MESSAGE(header(name, "x"), name);
    for (const char* value : {"", "a\r\nB: c", "a\n", "\xC3\xA4"})
        CHECK_MESSAGE(header("X-A", value), value);
    CHECK(header("X-A", 5));
    CHECK(refused("omit", json(json::array{json("prompt")})));
    CHECK(refused("omit", json(json::array{json(1)})));
    CHECK(refused("omit", json("moderation")));
    CHECK(refused("edits", json("json")));
    CHECK(refused("key", json("basic")));

    wire_switches wire;
    CHECK(!set_switch(wire, "edits", "json-image"));
    CHECK(wire.edits == edit_form::json_image);
    CHECK(!set_switch(wire, "generations_path", "/d/{deployment}/x"));
    CHECK(wire.generations_path == "/d/{deployment}/x");
    CHECK(!set_switch(wire, "headers", json::make_object({{"X-A", "b {deployment}"}})));
    CHECK(!set_switch(wire, "omit", json(json::array{json("moderation")})));
    CHECK(wire.omit == std::vector<std::string>{"moderation"});
}

TEST_CASE("the look-alike's wire is OpenAI's, with the one thing that is not asked of OpenAI")
{
    auto wire = *dialect_switches("simulator");
    CHECK(wire.supports_conversations);
    wire.supports_conversations = false;
    CHECK(wire == *dialect_switches("openai"));
}

TEST_CASE("what nobody has said of a wire is not counted on when an answer is lost")
{
    for (const auto name : dialect_names()) {
        INFO(name);
        const auto wire = *dialect_switches(name);
        CHECK((wire.retrieves_responses || !wire.supports_background));
        CHECK((wire.stores_responses || !wire.retrieves_responses));
        CHECK(wire.supports_background == (name == "openai" || name == "simulator"));
        CHECK(wire.supports_conversations == (name == "simulator"));
    }
}
