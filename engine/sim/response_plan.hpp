// response_plan: the events of one response with their times, whoever listens: the client that
// asked, and those who ask again later. Their place in the list is their sequence number.
#pragma once

#include "engine/sim/fate.hpp"
#include "engine/sim/kept_picture.hpp"
#include "engine/sim/response_text.hpp"
#include "engine/sim/script.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

namespace engine::sim {

struct planned_event {
    std::chrono::microseconds at{0}; // since the response began
    std::function<std::string()> text;
    bool heavy = false; // holds a picture: to be made where drawing is done
};

struct response_plan {
    std::vector<planned_event> events;
    std::chrono::microseconds starts{0}; // until then it is queued, in the background
    std::chrono::microseconds ends{0};
    std::size_t paid_from = 0; // what is to be charged is charged before this event
};

// `picture` is null when there is nothing to draw; `partials`: how many are sent.
[[nodiscard]] response_plan plan_response(std::shared_ptr<const response_facts> facts,
                                          std::shared_ptr<kept_picture> picture, int partials,
                                          std::chrono::microseconds latency, double first_partial);

} // namespace engine::sim
