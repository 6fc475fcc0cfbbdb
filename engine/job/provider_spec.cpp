#include "engine/job/provider_spec.hpp"

#include <utility>

namespace engine::job {

namespace {

wire_switches gateway()
{
    wire_switches wire;
    wire.send_response_format = true;
    wire.send_max_output_tokens = false;
    wire.supports_files = false;
    return wire;
}

// Sources: docs/providers.md.
const std::vector<std::pair<std::string_view, wire_switches>>& dialects()
{
    static const std::vector<std::pair<std::string_view, wire_switches>> all = {
        {"openai", {}}, {"xai-router", gateway()}, {"laozhang", gateway()}};
    return all;
}

provider_spec make(std::string name, std::string dialect, std::string base_url,
                   std::string api_key_env)
{
    provider_spec spec;
    spec.name = std::move(name);
    spec.wire = *dialect_switches(dialect);
    spec.dialect = std::move(dialect);
    spec.base_url = std::move(base_url);
    spec.api_key_env = std::move(api_key_env);
    spec.real_money = !spec.is_simulator();
    return spec;
}

} // namespace

const std::vector<provider_spec>& builtin_providers()
{
    static const std::vector<provider_spec> all = {
        make("openai", "openai", "https://api.openai.com/v1", "OPENAI_API_KEY"),
        make("xai-router", "xai-router", "https://api.xairouter.com/v1", "XAI_API_KEY"),
        make("laozhang", "laozhang", "https://api.laozhang.ai/v1", "LAOZHANG_API_KEY"),
        make("simulator", "openai", "sim:", ""),
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

} // namespace engine::job
