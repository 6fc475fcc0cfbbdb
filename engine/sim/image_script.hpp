// image_script: the steps of an accepted request for images, as its fate wants them.
#pragma once

#include "engine/http/message.hpp"
#include "engine/job/simulator_profile.hpp"
#include "engine/sim/drawing.hpp"
#include "engine/sim/fate.hpp"
#include "engine/sim/result_store.hpp"
#include "engine/sim/script.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace engine::sim {

struct script_facts {
    job::simulator_profile profile;
    fate drawn;
    http::header_list headers;            // of every answer to this request, without content type
    std::chrono::microseconds latency{0}; // to the finished picture
    std::int64_t created = 0;             // Unix seconds at its end
    double cost_usd = 0;                  // for the wires that say it
    // Where pictures are kept that the answer only names, and their addresses; else null.
    std::shared_ptr<result_store> results = nullptr;
    std::vector<std::string> result_urls = {};
};

// Whether such a fate is charged, and how many partial images it sends.
[[nodiscard]] bool is_charged(fault what);
[[nodiscard]] int partials_sent(const image_order& order, const fate& drawn);

// Answers that every API gives: a moderation's error ("input" or "output"), 500 or 503 before any
// work, a proxy's page after it.
[[nodiscard]] api_error moderation_error(std::string_view stage);
[[nodiscard]] answer_step server_error_answer(const script_facts& facts);
[[nodiscard]] answer_step bad_gateway_answer(const fate& drawn);

[[nodiscard]] script write_image_script(const script_facts& facts,
                                        const std::shared_ptr<drawing>& work);

} // namespace engine::sim
