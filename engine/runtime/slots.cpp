#include "engine/runtime/slots.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace engine::runtime {

// A timer that never fires on its own; cancelling it wakes the coroutine.
struct slots::waiter {
    explicit waiter(const asio::any_io_executor& executor)
        : bell(executor, asio::steady_timer::time_point::max())
    {}
    asio::steady_timer bell;
    bool served = false; // the place was handed over directly: nobody can slip in between
};

task<slots::permit> slots::acquire()
{
    if (free_ > 0) {
        --free_;
        co_return permit(this);
    }
    const auto executor = co_await asio::this_coro::executor;
    auto mine = std::make_shared<waiter>(executor);
    waiting_.push_back(mine);
    // However this coroutine leaves (served, cancelled, destroyed), the place must end up with
    // exactly one owner.
    struct leave_queue {
        slots& owner;
        std::shared_ptr<waiter> mine;
        bool taken = false;
        ~leave_queue()
        {
            if (taken)
                return;
            if (mine->served)
                owner.give_back();
            else
                std::erase(owner.waiting_, mine);
        }
    } guard{*this, mine};
    while (!mine->served) {
        boost::system::error_code error;
        co_await mine->bell.async_wait(asio::redirect_error(asio::use_awaitable, error));
        if (mine->served)
            break;
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none)
            throw boost::system::system_error(asio::error::operation_aborted);
    }
    guard.taken = true;
    co_return permit(this);
}

void slots::give_back()
{
    if (waiting_.empty()) {
        ++free_;
        return;
    }
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    next->served = true;
    next->bell.cancel();
}

void slots::permit::release()
{
    if (auto* owner = std::exchange(owner_, nullptr))
        owner->give_back();
}

} // namespace engine::runtime
