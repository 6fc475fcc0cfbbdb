// call: one request on its way through a behaviour. Used by the behaviour*.cpp only.
#pragma once

#include "engine/sim/behaviour.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace engine::sim {

struct behaviour::call {
    const incoming_request& request;
    moment now;
    std::uint64_t serial = 0;
    http::header_list headers{}; // of the answer
    std::string api{};           // of the bill; empty for what is not billed
    std::string model{};         // that draws
    std::string mainline_model{};
    std::string response_id{};
    std::int64_t images = 0; // what it takes of the limits
    std::int64_t tokens = 0;
    fault what = fault::none;
};

// An answer that is there already.
[[nodiscard]] script whole_answer(int status, http::header_list headers, std::string body,
                                  std::string_view type = "application/json");

// "details" from "after=3&details=1"; nothing when it is not there. Not percent-decoded: what the
// look-alike reads this way needs no escapes.
[[nodiscard]] std::optional<std::string_view> query_value(std::string_view query,
                                                          std::string_view name);
[[nodiscard]] std::uint64_t query_number(std::string_view query, std::string_view name,
                                         std::uint64_t otherwise);

[[nodiscard]] std::int64_t unix_seconds(base::wall_time when);

} // namespace engine::sim
