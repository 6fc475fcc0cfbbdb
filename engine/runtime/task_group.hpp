// task_group: an owner for coroutines that run side by side. Nothing it started outlives it.
#pragma once

#include "engine/runtime/task.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <exception>
#include <list>

namespace engine::runtime {

class task_group {
public:
    explicit task_group(asio::any_io_executor executor);
    ~task_group(); // every child must have ended: join() first
    task_group(const task_group&) = delete;
    task_group& operator=(const task_group&) = delete;

    // Starts a child. The first exception of a child (other than our own cancelling) makes join()
    // cancel the rest, and comes out of it.
    void start(task<> child);
    // Asks every child to end at its next wait.
    void cancel();
    // Waits until all children, also those started meanwhile, have ended. A cancelled join cancels
    // the children and still waits for them.
    [[nodiscard]] task<> join();
    // A child has thrown: join() will say what.
    [[nodiscard]] bool failed() const { return first_error_ != nullptr; }
    [[nodiscard]] std::size_t running() const { return children_.size(); }

private:
    struct child_state {
        asio::cancellation_signal stop;
    };
    void ended(std::list<child_state>::iterator child, std::exception_ptr error);

    asio::any_io_executor executor_;
    std::list<child_state> children_;
    asio::steady_timer wake_; // cancelled when the last child ended or the first one failed
    std::exception_ptr first_error_;
    bool cancelled_ = false;
};

} // namespace engine::runtime
