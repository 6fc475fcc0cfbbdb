// parameter_reader: the parameters that generations and edits share, checked in the order in which
// OpenAI complains. Contract: section 1.
#pragma once

#include "engine/base/json.hpp"
#include "engine/job/simulator_profile.hpp"
#include "engine/sim/api_error.hpp"
#include "engine/sim/image_order.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace engine::sim {

using parameter_list = std::vector<std::pair<std::string, base::json>>;

// "a string", "an integer", ...: as OpenAI names what it got.
[[nodiscard]] std::string kind_of(const base::json& value);

// Fills in the order, whose references are read already; or says what is wrong first.
[[nodiscard]] std::optional<api_error> read_parameters(const job::simulator_profile& profile,
                                                       const parameter_list& given,
                                                       image_order& order);

} // namespace engine::sim
