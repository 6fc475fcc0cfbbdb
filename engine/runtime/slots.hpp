// slots: a fixed number of places, handed out first come, first served, to coroutines of one loop.
#pragma once

#include "engine/runtime/task.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <utility>

namespace engine::runtime {

class slots {
public:
    // Gives its place back when destroyed. Must not outlive the slots.
    class permit {
    public:
        permit() = default;
        explicit permit(slots* owner) : owner_(owner) {}
        permit(permit&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
        permit& operator=(permit&& other) noexcept
        {
            release();
            owner_ = std::exchange(other.owner_, nullptr);
            return *this;
        }
        ~permit() { release(); }
        void release();

    private:
        slots* owner_ = nullptr;
    };

    explicit slots(std::size_t count) : free_(count) {}
    slots(const slots&) = delete;
    slots& operator=(const slots&) = delete;

    // Waits for a free place. One loop only.
    [[nodiscard]] task<permit> acquire();
    [[nodiscard]] std::size_t free() const { return free_; }
    [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

private:
    struct waiter;
    void give_back();

    std::size_t free_;
    std::deque<std::shared_ptr<waiter>> waiting_;
};

} // namespace engine::runtime
