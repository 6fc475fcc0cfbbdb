// response_store: the responses that can still be asked for: by retrieval, by previous_response_id,
// and by the ids of their image calls.
//
// Bounded: the oldest are forgotten beyond `responses_max` or `bytes_max`. What happens on the
// server's side goes by the clock alone: a response ends when its time has come, whether anybody
// listened or not.
#pragma once

#include "engine/runtime/clock.hpp"
#include "engine/sim/kept_picture.hpp"
#include "engine/sim/response_plan.hpp"
#include "engine/sim/response_text.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace engine::sim {

struct stored_response {
    std::uint64_t serial = 0; // of the request, as on the bill
    std::shared_ptr<const response_facts> facts;
    std::shared_ptr<const response_plan> plan;
    std::shared_ptr<kept_picture> picture; // null when there is none
    runtime::steady_time begun;
    std::optional<runtime::steady_time> cancelled;
    // What was drawn last, in it or before: what the next link goes on from. Null = nothing.
    std::shared_ptr<kept_picture> last_drawn;
    job::reference_image last_seen;

    // "queued", "in_progress", "cancelled", or how it ended.
    [[nodiscard]] std::string_view status_at(runtime::steady_time now) const;
    [[nodiscard]] bool ended_at(runtime::steady_time now) const;
    [[nodiscard]] earlier_response as_earlier(runtime::steady_time now) const;
    [[nodiscard]] std::size_t bytes() const;
};

struct response_store_options {
    std::size_t responses_max = 10'000; // as many as may be under way in the background
    std::size_t bytes_max = 512u << 20;
};

class response_store {
public:
    explicit response_store(response_store_options options = {}) : options_(options) {}

    // The newest is kept even when it is too large alone.
    void keep(stored_response response);
    // Null when it is not there. Valid until the store is changed.
    [[nodiscard]] stored_response* find(std::string_view id);
    [[nodiscard]] const stored_response* find(std::string_view id) const;
    [[nodiscard]] const stored_response* find_image(std::string_view image_id) const;
    bool remove(std::string_view id);
    [[nodiscard]] std::size_t size() const { return by_id_.size(); }

private:
    response_store_options options_;
    std::deque<std::string> order_; // ids, the oldest first; removed ones stay until their turn
    std::map<std::string, stored_response, std::less<>> by_id_;
    std::map<std::string, std::string, std::less<>> by_image_; // to the response's id
};

} // namespace engine::sim
