// bell: lets one coroutine sleep until something happened or a point in time came.
#pragma once

#include "engine/runtime/clock.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace engine::runtime {

// One loop, one waiter. A ring that comes before the wait is not lost.
class bell {
public:
    explicit bell(const asio::any_io_executor& executor)
        : timer_(executor, asio::steady_timer::time_point::max())
    {}

    void ring()
    {
        rung_ = true;
        timer_.cancel();
    }

    // Returns after a ring, or at `when`.
    [[nodiscard]] task<> wait_until(clock& time, steady_time when)
    {
        using namespace asio::experimental::awaitable_operators;
        if (!rung_)
            co_await (wait_for_ring() || time.sleep_until(when));
        rung_ = false;
    }

private:
    task<> wait_for_ring()
    {
        boost::system::error_code ignored; // cancelled by ring(), or by the sleep that won
        co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }

    asio::steady_timer timer_;
    bool rung_ = false;
};

} // namespace engine::runtime
