#include "engine/job/provider_spec.hpp"

#include "engine/base/assert.hpp"

#include <algorithm>
#include <utility>

namespace engine::embedded {
extern const std::string_view dialects_json; // dialects.json, made by embed_text()
}

namespace engine::job {

namespace {

using dialect = std::pair<std::string, wire_switches>;

wire_switches read_dialect(const base::json& entry)
{
    wire_switches wire;
    for (const auto& [name, value] : entry.members()) {
        if (name == "api_version") {
            ENGINE_ASSERT(is_wire_name(value.text_or({})));
            wire.api_version = value.text_or({});
            continue;
        }
        const auto wrong = set_switch(wire, name, value);
        ENGINE_ASSERT(!wrong);
    }
    return wire;
}

const std::vector<dialect>& dialects()
{
    static const std::vector<dialect> all = [] {
        const auto document = base::parse_json(embedded::dialects_json, "dialects.json");
        ENGINE_ASSERT(document.has_value());
        std::vector<dialect> read;
        for (const auto& [name, entry] : (*document)["dialects"].members())
            read.emplace_back(name, read_dialect(entry));
        return read;
    }();
    return all;
}

provider_spec make(std::string name, std::string base_url, std::string api_key_env)
{
    provider_spec spec;
    spec.dialect = name;
    spec.name = std::move(name);
    spec.wire = *dialect_switches(spec.dialect);
    spec.base_url = std::move(base_url);
    spec.api_key_env = std::move(api_key_env);
    spec.real_money = !spec.is_simulator();
    return spec;
}

} // namespace

const std::vector<provider_spec>& builtin_providers()
{
    static const std::vector<provider_spec> all = {
        make("openai", "https://api.openai.com/v1", "OPENAI_API_KEY"),
        make("xai-router", "https://api.xairouter.com/v1", "XAI_API_KEY"),
        make("laozhang", "https://api.laozhang.ai/v1", "LAOZHANG_API_KEY"),
        make("openrouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
        make("azure", "", "AZURE_OPENAI_API_KEY"), // the address is the customer's own
        make("simulator", "sim:", ""),
    };
    return all;
}

std::optional<wire_switches> dialect_switches(std::string_view dialect)
{
    for (const auto& [name, switches] : dialects())
        if (name == dialect)
            return switches;
    return std::nullopt;
}

std::vector<std::string_view> dialect_names()
{
    std::vector<std::string_view> names;
    for (const auto& entry : dialects())
        names.push_back(entry.first);
    return names;
}

const provider_spec* find_provider(const std::vector<provider_spec>& all, std::string_view name)
{
    const auto found = std::ranges::find(all, name, &provider_spec::name);
    return found == all.end() ? nullptr : &*found;
}

} // namespace engine::job
