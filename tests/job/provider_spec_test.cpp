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
            CHECK(provider.base_url.starts_with("https://"));
            CHECK(!provider.base_url.ends_with("/"));
            CHECK(provider.api_key_env.ends_with("_API_KEY"));
            CHECK(provider.real_money);
        }
        CHECK(!provider.limits.requests_per_minute); // limits are the user's to say, or learned
        CHECK(provider.simulator.is_null());
    }
    CHECK(names == std::set<std::string>{"laozhang", "openai", "simulator", "xai-router"});
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
}
