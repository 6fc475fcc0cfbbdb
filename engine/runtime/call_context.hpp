// call_context: what travels with a call down the rooms: until when, and its name for messages.
// Cancellation travels in the coroutine itself (asio's cancellation slots).
#pragma once

#include "engine/runtime/clock.hpp"

#include <algorithm>
#include <string>

namespace engine::runtime {

struct call_context {
    steady_time deadline = steady_time::max();
    std::string name; // "lamp-studio attempt 2"; never a secret

    // A child may shorten a deadline, never lengthen it.
    [[nodiscard]] call_context until(steady_time when) const
    {
        return {std::min(deadline, when), name};
    }
};

} // namespace engine::runtime
