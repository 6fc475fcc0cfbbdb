// The schema that editors complete from has exactly the keys that the reader knows.
#include "engine/base/json.hpp"
#include "engine/job/capability.hpp"
#include "engine/job/provider_spec.hpp"
#include "engine/job/simulator_profile.hpp"
#include "engine/manifest/keys.hpp"
#include "engine/runtime/files.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <span>
#include <string>
#include <vector>

using namespace engine;

namespace {

base::json read_schema()
{
    const auto disk = runtime::make_posix_files();
    const auto text =
        disk->read(std::string(SOURCE_DIR) + "/schemas/manifest.schema.json", 1u << 20);
    REQUIRE(text);
    auto schema = base::parse_json(*text, "manifest.schema.json");
    REQUIRE(schema);
    return std::move(*schema);
}

template <class Names>
std::vector<std::string> sorted(const Names& names)
{
    std::vector<std::string> all(names.begin(), names.end());
    std::ranges::sort(all);
    return all;
}

std::vector<std::string> names_of(const base::json& properties)
{
    std::vector<std::string> names;
    for (const auto& [name, value] : properties.members())
        names.push_back(name);
    return sorted(names);
}

bool same_value(const base::json& a, const base::json& b) // 600000 is 6e+05
{
    return a.is_number() && b.is_number() ? a.number_or(0) == b.number_or(1) : a.dump() == b.dump();
}

// Every property is described where it stands.
void check_described(const base::json& node, const std::string& path)
{
    for (const auto& [name, property] : node["properties"].members()) {
        const bool says_nothing = !property.is_object(); // true, false
        CHECK_MESSAGE((says_nothing || property.contains("description")), path, ".", name);
    }
    for (const auto& [name, member] : node.members()) {
        if (name == "if" || name == "then" || name == "oneOf" || name == "anyOf" || name == "allOf")
            continue; // conditions repeat what is described elsewhere
        check_described(member, path + "." + name);
    }
    for (std::size_t i = 0; i < node.items().size(); ++i)
        check_described(node.items()[i], path + "[" + std::to_string(i) + "]");
}

} // namespace

TEST_CASE("schema and reader know the same keys")
{
    namespace keys = manifest::keys;
    const auto schema = read_schema();
    const auto& defs = schema["$defs"];
    const auto same = [](const base::json& node, std::span<const std::string_view> known) {
        CHECK(names_of(node["properties"]) == sorted(known));
    };
    same(schema, keys::document);
    same(schema["properties"]["budget"], keys::budget);
    same(schema["properties"]["log"], keys::log);
    same(defs["provider"], keys::provider);
    same(defs["provider"]["properties"]["limits"], keys::limits);
    same(defs["provider"]["properties"]["prices"], keys::prices);
    same(defs["provider"]["properties"]["network"], keys::network);
    same(defs["model_price"], keys::model_price);
    same(defs["text_price"], keys::text_price);
    same(defs["wire"], job::switch_names());
    same(defs["reference"], keys::reference);
    same(defs["job"], keys::job);
    same(defs["job"]["properties"]["prompt"]["oneOf"].items()[1], keys::prompt);
    same(defs["job"]["properties"]["retry"], keys::retry);
    same(defs["job"]["properties"]["expect"], keys::expect);
    same(defs["route"]["anyOf"].items()[1], keys::route);
    same(defs["job"]["properties"]["enrich"]["anyOf"].items()[1], keys::enrich);
    same(defs["job"]["properties"]["fallback"], keys::fallback);
    same(defs["job"]["properties"]["downgrade"]["items"], keys::downgrade);
    same(defs["output"], keys::output);
    same(defs["fit"], keys::fit);
    same(defs["key_background"], keys::key_background);
    same(defs["overlay"], keys::text);
    same(defs["overlay"]["properties"]["box"], keys::box);
    same(defs["overlay"]["properties"]["outline"], keys::outline);
    same(defs["overlay"]["properties"]["shadow"], keys::shadow);
    same(defs["capability"], job::capability_table::field_names());
}

TEST_CASE("the schema knows every setting of the look-alike, with its default")
{
    const auto schema = read_schema();
    const auto& simulator = schema["$defs"]["simulator"]["oneOf"].items()[1];
    const auto settings = job::to_json(job::simulator_profile{});
    auto names = names_of(settings);
    names.emplace_back("profile");
    CHECK(names_of(simulator["properties"]) == sorted(names));
    for (const auto& [name, value] : settings.members()) {
        const auto& property = simulator["properties"][name];
        if (value.is_object()) {
            CHECK(names_of(property["properties"]) == names_of(value));
            for (const auto& [inner, standard] : value.members())
                CHECK_MESSAGE(same_value(property["properties"][inner]["default"], standard), name,
                              ".", inner);
        } else {
            CHECK_MESSAGE(same_value(property["default"], value), name);
        }
    }
    std::vector<std::string> presets;
    for (const auto& preset : schema["$defs"]["simulator_preset"]["enum"].items())
        presets.emplace_back(preset.text_or({}));
    CHECK(sorted(presets) == sorted(job::simulator_preset_names()));
}

TEST_CASE("the schema names the built-in providers and dialects")
{
    const auto schema = read_schema();
    std::vector<std::string> providers, dialects;
    for (const auto& provider : job::builtin_providers())
        providers.push_back(provider.name);
    CHECK(names_of(schema["properties"]["providers"]["properties"]) == sorted(providers));
    for (const auto& dialect : schema["$defs"]["provider"]["properties"]["dialect"]["enum"].items())
        dialects.emplace_back(dialect.text_or({}));
    CHECK(sorted(dialects) == sorted(job::dialect_names()));
}

TEST_CASE("every key of the schema is described")
{
    const auto schema = read_schema();
    for (const auto& [name, property] : schema["properties"].members())
        CHECK_MESSAGE(property.contains("description"), name);
    check_described(schema["properties"], "properties");
    check_described(schema["$defs"], "$defs");
}
