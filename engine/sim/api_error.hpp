// api_error: an answer that refuses, in OpenAI's shape: status, {"error": {message, type, param,
// code}}. Contract: sections 1 to 5 and the recorded errors in tests/golden/contract/errors.json.
#pragma once

#include "engine/base/json.hpp"

#include <string>
#include <string_view>

namespace engine::sim {

struct api_error {
    int status = 400;
    std::string message;
    std::string type = "invalid_request_error";
    std::string param{};            // empty = null
    std::string code{};             // empty = null
    std::string moderation_stage{}; // "input" or "output": adds moderation_details

    [[nodiscard]] base::json to_json() const; // the object under "error"
    [[nodiscard]] std::string body() const;   // the whole document
};

// The refusals that several readers give.
[[nodiscard]] api_error unknown_parameter(std::string_view name);
[[nodiscard]] api_error missing_parameter(std::string_view name);
[[nodiscard]] api_error wrong_type(std::string_view name, std::string_view expected,
                                   std::string_view got);
[[nodiscard]] api_error wrong_value(std::string_view name, std::string_view value,
                                    const std::vector<std::string>& allowed);

} // namespace engine::sim
