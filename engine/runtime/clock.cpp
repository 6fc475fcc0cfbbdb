#include "engine/runtime/clock.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace engine::runtime {

steady_time real_clock::now() const
{
    return std::chrono::steady_clock::now();
}

base::wall_time real_clock::wall_now() const
{
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

task<> real_clock::sleep_until(steady_time when)
{
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, when);
    co_await timer.async_wait(asio::use_awaitable);
}

} // namespace engine::runtime
