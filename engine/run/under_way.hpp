// under_way: the state of one attempt, shared by the sources of attempt_runner.
#pragma once

#include "engine/base/result.hpp"
#include "engine/run/attempt_runner.hpp"

#include <memory>
#include <string>
#include <utility>

namespace engine::run {

// One attempt's state, in the order in which it comes to be.
struct attempt_runner::under_way {
    attempt_order order;
    provider::image_api& api;
    runtime::steady_time started;
    std::shared_ptr<received_image> received;
    attempt_result result;
    bool asked_text = false; // a byte to the text model may have left
    bool image_asked = false;
    bool slot_is_free = false; // said so already

    [[nodiscard]] bool sent() const
    {
        return received && (received->sending() || (asked_text && !image_asked));
    }
    [[nodiscard]] const job::item& wanted() const { return *order.wanted; }
    // The picture's answer was lost on its way, and the provider may still have it.
    [[nodiscard]] bool may_be_fetched() const
    {
        return order.request.recoverable && image_asked && !result.reply.local_failure &&
               result.reply.outcome == job::outcome::unknown &&
               !(received->response_id().empty() && order.request.conversation_id.empty());
    }
    void refuse(job::outcome outcome, std::string code, std::string message)
    {
        result.reply.outcome = outcome;
        result.reply.error_code = std::move(code);
        result.reply.error_message = base::clean_detail(message);
    }
};

} // namespace engine::run
