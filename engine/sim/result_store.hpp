// result_store: images that an answer named by an address instead of holding them, as some gateways
// do; GET /v1/simulator/files/{name} gives them. Thread safe; the oldest go when it is full.
#pragma once

#include "engine/sim/shared_text.hpp"

#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace engine::sim {

class result_store {
public:
    explicit result_store(std::size_t bytes_max = 256u << 20) : bytes_max_(bytes_max) {}

    // `picture` is base64 of the file. The newest stays even when it is too large alone.
    void keep(std::string name, shared_text picture)
    {
        const std::lock_guard lock(guard_);
        const auto size = picture->size();
        if (!pictures_.emplace(name, std::move(picture)).second)
            return;
        names_.push_back(std::move(name));
        bytes_ += size;
        while (names_.size() > 1 && bytes_ > bytes_max_) {
            const auto oldest = pictures_.find(names_.front());
            bytes_ -= oldest->second->size();
            pictures_.erase(oldest);
            names_.pop_front();
        }
    }
    // Null when it is not there.
    [[nodiscard]] shared_text find(std::string_view name) const
    {
        const std::lock_guard lock(guard_);
        const auto found = pictures_.find(name);
        return found == pictures_.end() ? nullptr : found->second;
    }

private:
    const std::size_t bytes_max_;
    mutable std::mutex guard_;
    std::map<std::string, shared_text, std::less<>> pictures_;
    std::deque<std::string> names_; // the oldest first
    std::size_t bytes_ = 0;
};

} // namespace engine::sim
