// gateway_wire: what gateways make of an answer, towards the client: refusals with status 200,
// codes that are numbers, Azure's word for moderation. Contract: section 11.
#pragma once

#include "engine/job/simulator_profile.hpp"
#include "engine/sim/script.hpp"

#include <string>

namespace engine::sim {

// `azure`: the request came on one of Azure's paths.
[[nodiscard]] script as_gateway(script plain, const job::simulator_profile::wire_model& wire,
                                bool azure);

// The document of a refusal, likewise; other documents stay as they are.
[[nodiscard]] std::string refusal_as_gateway(std::string document, int status,
                                             const job::simulator_profile::wire_model& wire,
                                             bool azure);

} // namespace engine::sim
