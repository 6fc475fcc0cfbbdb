// text_models: the models that answer on the Responses API and may call the image tool. Contract:
// section 4 (the list of S3, the prices of section 8).
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace engine::sim {

// What GET /v1/models lists.
inline constexpr std::array<std::string_view, 22> text_models = {
    "gpt-6-astra", "gpt-6-sol",   "gpt-6-luna",   "gpt-5.6-sol",  "gpt-5.6-terra", "gpt-5.6-luna",
    "gpt-5.5",     "gpt-5.4",     "gpt-5.4-mini", "gpt-5.4-nano", "gpt-5.2",       "gpt-5",
    "gpt-5-mini",  "gpt-5-nano",  "o3",           "gpt-4.1",      "gpt-4.1-mini",  "gpt-4.1-nano",
    "gpt-4o",      "gpt-4o-mini", "gpt-5.2-pro",  "gpt-5.5-pro"};

// One of them, or a dated snapshot or variant of one.
[[nodiscard]] inline bool is_text_model(std::string_view name)
{
    return std::ranges::any_of(text_models, [&](std::string_view known) {
        return name.starts_with(known) &&
               (name.size() == known.size() || name[known.size()] == '-');
    });
}

} // namespace engine::sim
