#include "engine/sim/response_store.hpp"

#include <utility>

namespace engine::sim {

std::string_view stored_response::status_at(runtime::steady_time now) const
{
    if (cancelled)
        return "cancelled";
    if (now - begun >= plan->ends)
        return facts->final_status();
    return facts->order.background && now - begun < plan->starts ? "queued" : "in_progress";
}

bool stored_response::ended_at(runtime::steady_time now) const
{
    return cancelled || now - begun >= plan->ends;
}

earlier_response stored_response::as_earlier(runtime::steady_time now) const
{
    earlier_response made;
    made.text = facts->order.said;
    if (facts->has_words())
        made.text += '\n' + facts->words;
    made.content = facts->order.content;
    made.tokens = facts->used.mainline_input + facts->used.mainline_output;
    made.finished = ended_at(now);
    made.picture = last_seen;
    made.drawn = last_drawn;
    return made;
}

std::size_t stored_response::bytes() const
{
    return facts->order.said.size() * 2 + facts->words.size() + facts->order.echoed_bytes * 2 +
           (picture ? picture->bytes() : 0) + 4096;
}

void response_store::keep(stored_response response)
{
    const std::string id = response.facts->id;
    if (response.facts->shows_picture())
        by_image_[response.facts->image_id] = id;
    order_.push_back(id);
    by_id_.emplace(id, std::move(response));
    std::size_t bytes = 0; // they grow while they are drawn, so this cannot be kept as a sum
    for (const auto& [name, one] : by_id_)
        bytes += one.bytes();
    while (order_.size() > 1 &&
           (by_id_.size() > options_.responses_max || bytes > options_.bytes_max ||
            order_.size() > 2 * options_.responses_max)) {
        const std::string oldest = std::move(order_.front());
        order_.pop_front();
        if (const auto* gone = find(oldest)) {
            bytes -= std::min(bytes, gone->bytes());
            remove(oldest);
        }
    }
}

stored_response* response_store::find(std::string_view id)
{
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : &found->second;
}

const stored_response* response_store::find(std::string_view id) const
{
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : &found->second;
}

const stored_response* response_store::find_image(std::string_view image_id) const
{
    const auto found = by_image_.find(image_id);
    return found == by_image_.end() ? nullptr : find(found->second);
}

bool response_store::remove(std::string_view id)
{
    const auto found = by_id_.find(id);
    if (found == by_id_.end())
        return false;
    by_image_.erase(found->second.facts->image_id);
    by_id_.erase(found);
    return true;
}

} // namespace engine::sim
