// virtual_clock: time that stands still until nothing else can happen, then jumps to the next
// sleeper. A night takes as long as the work in it.
//
// One loop, whose thread owns it. Whoever sleeps on it must be woken or cancelled before it dies.
// Two that sleep until the same moment wake in the order in which they fell asleep, so the same
// work gives the same night.
#pragma once

#include "engine/runtime/clock.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

namespace engine::sim {

class virtual_clock final : public runtime::clock {
public:
    // 2019-12-20: a day like any other, where the date does not matter.
    static constexpr base::wall_time any_day{std::chrono::hours(24 * 365 * 50)};

    // `wall_start`: what the wall clock shows when nothing has happened yet. It goes on evenly.
    explicit virtual_clock(base::wall_time wall_start = any_day) : wall_start_(wall_start) {}

    [[nodiscard]] runtime::steady_time now() const override { return now_; }
    [[nodiscard]] base::wall_time wall_now() const override
    {
        return wall_start_ + std::chrono::floor<std::chrono::milliseconds>(now_ - start);
    }
    [[nodiscard]] runtime::task<> sleep_until(runtime::steady_time when) override
    {
        namespace asio = boost::asio;
        if (when <= now_)
            co_return;
        asio::steady_timer bell(co_await asio::this_coro::executor,
                                asio::steady_timer::time_point::max());
        struct place {
            std::multimap<runtime::steady_time, asio::steady_timer*>& sleepers;
            std::multimap<runtime::steady_time, asio::steady_timer*>::iterator at;
            ~place() { sleepers.erase(at); }
        } const mine{sleepers_, sleepers_.emplace(when, &bell)};
        boost::system::error_code rung;
        co_await bell.async_wait(asio::redirect_error(asio::use_awaitable, rung));
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none)
            throw boost::system::system_error(asio::error::operation_aborted);
    }

    // Wakes the earliest sleeper. False when nobody sleeps.
    bool jump()
    {
        if (sleepers_.empty())
            return false;
        now_ = std::max(now_, sleepers_.begin()->first);
        for (auto sleeper = sleepers_.begin(); sleeper != sleepers_.end() && sleeper->first <= now_;
             ++sleeper)
            sleeper->second->cancel();
        return true;
    }

    // Runs `work` to its end, however much virtual time that takes. Throws std::logic_error when
    // everything waits for ever.
    template <class T>
    T run(boost::asio::io_context& loop, runtime::task<T> work)
    {
        std::optional<T> value;
        std::exception_ptr error;
        bool ended = false;
        boost::asio::co_spawn(loop, std::move(work), [&](std::exception_ptr thrown, T result) {
            error = thrown;
            ended = true;
            if (!thrown)
                value.emplace(std::move(result));
        });
        while (!ended) {
            loop.restart();
            if (loop.poll() == 0 && !jump())
                throw std::logic_error("everything waits for ever");
        }
        if (error)
            std::rethrow_exception(error);
        return std::move(*value);
    }

private:
    // Not zero, so that whoever looks back an hour finds no negative time.
    static constexpr runtime::steady_time start{std::chrono::hours(1)};

    base::wall_time wall_start_;
    runtime::steady_time now_ = start;
    std::multimap<runtime::steady_time, boost::asio::steady_timer*> sleepers_;
};

} // namespace engine::sim
