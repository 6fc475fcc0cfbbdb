// response_script: the steps of answers of the Responses API: to the request itself, as its fate
// wants them, and to those who ask for a stored response later, whom no fate meets.
#pragma once

#include "engine/sim/image_script.hpp"
#include "engine/sim/kept_picture.hpp"
#include "engine/sim/response_plan.hpp"
#include "engine/sim/response_text.hpp"
#include "engine/sim/script.hpp"

#include <chrono>
#include <cstddef>
#include <memory>

namespace engine::sim {

// One response on its way to somebody.
struct response_parts {
    std::shared_ptr<const response_facts> facts;
    std::shared_ptr<const response_plan> plan;
    std::shared_ptr<kept_picture> picture; // null without
};

// Whether such a fate ends a request before there is a response at all: then nothing is stored.
[[nodiscard]] bool ends_before_response(const response_order& order, const fate& drawn);
// How the response of such a fate ends on the server's side, and what it says then.
void decide_end(response_facts& facts, const fate& drawn);

// The answer to POST. For background work it is an answer about something that goes on: nothing in
// it is charged.
[[nodiscard]] script write_response_script(const script_facts& facts, const response_parts& parts);
// GET: the response as it is after `elapsed`.
[[nodiscard]] script write_response_document(http::header_list headers, const response_parts& parts,
                                             std::string_view status);
// GET ?stream=true: the events after number `after`, those that are due at once and the others in
// their time; `last` of them when it was cancelled.
[[nodiscard]] script write_response_replay(http::header_list headers, const response_parts& parts,
                                           std::size_t from, std::chrono::microseconds elapsed,
                                           bool cancelled);

} // namespace engine::sim
