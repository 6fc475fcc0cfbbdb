// script: what the look-alike is going to answer, as a list of steps with their times. Whoever
// plays it has the connection and the clock: sockets and real time, or neither.
#pragma once

#include "engine/http/message.hpp"
#include "engine/job/usage.hpp"
#include "engine/sim/bill.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace engine::sim {

// What is to be sent: there already, or to be computed. Computing is heavy and may be done on any
// thread; what is there need not go anywhere.
struct content {
    std::string ready;
    std::function<std::string()> make; // empty = `ready` is it
};

// All times are since the request was complete.
struct wait_step {
    std::chrono::microseconds until{0};
};
// A whole answer, whose length is announced.
struct answer_step {
    int status = 200;
    http::header_list headers;
    content body;
};
// Opens an answer of unknown length; pieces follow.
struct open_step {
    int status = 200;
    http::header_list headers;
};
struct piece_step {
    content text;
};
// Work that may find the request wrong after all: a body to refuse it with, or nothing.
struct check_step {
    std::function<std::optional<std::string>()> find_error;
    int status = 400; // of that refusal
    http::header_list headers;
};
// From here on the request is charged, whatever happens.
struct charge_step {};
// Breaks the connection off: with a reset, or as if the answer were over.
struct cut_step {
    bool reset = false;
};
// The answer is complete.
struct finish_step {};

using step = std::variant<wait_step, answer_step, open_step, piece_step, check_step, charge_step,
                          cut_step, finish_step>;

struct script {
    std::vector<step> steps;
    // Nothing for answers that concern no image; see behaviour::ended().
    std::optional<std::uint64_t> serial;
    // The body ends, and the connection with it, before this byte.
    std::optional<std::uint64_t> cut_at_byte;
    ending planned = ending::delivered; // how it will have ended when all steps are done
    bool many_images = false;           // an answer holds several pictures at once
    // The work does not end with this answer: only a refusal by a check_step ends it.
    bool goes_on = false;
};

} // namespace engine::sim
