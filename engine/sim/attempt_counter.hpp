// attempt_counter: how often each content was asked for, in bounded memory.
//
// When the table is full, the older half is forgotten: a content that comes back after a million
// others begins again at 1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>

namespace engine::sim {

class attempt_counter {
public:
    explicit attempt_counter(std::size_t contents_max) : half_(contents_max / 2 + 1) {}

    // 1 the first time.
    std::uint32_t count(std::uint64_t content)
    {
        const auto found = recent_.find(content);
        if (found != recent_.end())
            return ++found->second;
        std::uint32_t times = 1;
        if (const auto before = older_.find(content); before != older_.end())
            times = before->second + 1;
        if (recent_.size() >= half_) {
            older_ = std::move(recent_);
            recent_.clear();
        }
        recent_[content] = times;
        return times;
    }

    [[nodiscard]] std::size_t size() const { return recent_.size() + older_.size(); }

private:
    std::size_t half_;
    std::unordered_map<std::uint64_t, std::uint32_t> recent_, older_;
};

} // namespace engine::sim
