#include "engine/sim/api_error.hpp"

#include "engine/base/result.hpp"

namespace engine::sim {

base::json api_error::to_json() const
{
    const auto or_null = [](const std::string& text) {
        return text.empty() ? base::json() : base::json(text);
    };
    auto error = base::json::make_object(
        {{"message", message}, {"type", type}, {"param", or_null(param)}, {"code", or_null(code)}});
    if (!moderation_stage.empty())
        error.set("moderation_details",
                  base::json::make_object({{"categories", base::json::array{"violence"}},
                                           {"moderation_stage", moderation_stage}}));
    return error;
}

std::string api_error::body() const
{
    return base::json::make_object({{"error", to_json()}}).dump_pretty() + "\n";
}

api_error unknown_parameter(std::string_view name)
{
    const std::string shown = base::clean_detail(name, 100);
    return {.message = "Unknown parameter: '" + shown + "'.",
            .param = shown,
            .code = "unknown_parameter"};
}

api_error missing_parameter(std::string_view name)
{
    return {.message = "Missing required parameter: '" + std::string(name) + "'.",
            .param = std::string(name),
            .code = "missing_required_parameter"};
}

api_error wrong_type(std::string_view name, std::string_view expected, std::string_view got)
{
    return {.message = "Invalid type for '" + std::string(name) + "': expected " +
                       std::string(expected) + ", but got " + std::string(got) + " instead.",
            .param = std::string(name),
            .code = "invalid_type"};
}

api_error wrong_value(std::string_view name, std::string_view value,
                      const std::vector<std::string>& allowed)
{
    std::string list;
    for (std::size_t i = 0; i < allowed.size(); ++i) {
        if (i > 0)
            list += i + 1 < allowed.size() ? ", " : allowed.size() == 2 ? " and " : ", and ";
        list += "'" + allowed[i] + "'";
    }
    return {.message = "Invalid value: '" + base::clean_detail(value, 100) +
                       "'. Supported values are: " + list + ".",
            .param = std::string(name),
            .code = "invalid_value"};
}

} // namespace engine::sim
