// openrouter_order: a request to OpenRouter's POST /images, as an order. Contract: section 11.
#pragma once

#include "engine/job/simulator_profile.hpp"
#include "engine/sim/image_order.hpp"

namespace engine::sim {

// A model with its vendor ("openai/gpt-image-2"), aspect_ratio and resolution instead of a size,
// input_references instead of files.
[[nodiscard]] order_or_error read_openrouter(const job::simulator_profile& profile,
                                             std::string_view body);

// The size that "3:2" and "1K" come to: the resolution is the long edge.
[[nodiscard]] std::expected<job::image_size, api_error>
openrouter_size(std::string_view aspect_ratio, std::string_view resolution);

} // namespace engine::sim
