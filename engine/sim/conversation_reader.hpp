// conversation_reader: the `input` of a request to the Responses API: a string, or items with
// texts, pictures and earlier image calls. Contract: section 4.
#pragma once

#include "engine/base/json.hpp"
#include "engine/sim/api_error.hpp"
#include "engine/sim/picture_source.hpp"
#include "engine/sim/response_order.hpp"

#include <optional>
#include <string>
#include <vector>

namespace engine::sim {

struct conversation {
    std::string prompt;                  // the texts of the last message of the user
    std::string all;                     // all texts
    std::vector<found_picture> pictures; // of this input, in order
    // The response that goes on, and from then on whatever was drawn last: an image call in the
    // input takes its place. Filled in before.
    std::optional<earlier_response> history;
};

[[nodiscard]] std::optional<api_error>
read_conversation(const response_context& context, const base::json& input, conversation& said);

} // namespace engine::sim
