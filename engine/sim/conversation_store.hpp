// conversation_store: the conversations that were made, and which responses belong to them. What a
// conversation holds is what its responses left there when they were completed.
//
// Bounded: beyond `conversations_max` the oldest are forgotten.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace engine::sim {

struct kept_conversation {
    std::int64_t created = 0;           // Unix seconds
    std::vector<std::string> responses; // their ids, the oldest first
};

class conversation_store {
public:
    explicit conversation_store(std::size_t conversations_max = 100'000)
        : conversations_max_(conversations_max)
    {}

    void make(std::string id, std::int64_t created)
    {
        order_.push_back(id);
        by_id_[std::move(id)].created = created;
        while (order_.size() > conversations_max_) {
            remove(order_.front());
            order_.pop_front();
        }
    }
    // Null when it is not there. Valid until the store is changed.
    [[nodiscard]] kept_conversation* find(std::string_view id)
    {
        const auto found = by_id_.find(id);
        return found == by_id_.end() ? nullptr : &found->second;
    }
    void remove(std::string_view id)
    {
        if (const auto found = by_id_.find(id); found != by_id_.end())
            by_id_.erase(found);
    }

private:
    std::size_t conversations_max_;
    std::deque<std::string> order_; // removed ones stay until their turn
    std::map<std::string, kept_conversation, std::less<>> by_id_;
};

} // namespace engine::sim
