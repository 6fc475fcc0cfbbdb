// virtual_clock: time that stands still until nothing else can happen, then jumps to the next
// sleeper.
#pragma once

#include "engine/runtime/clock.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <map>
#include <optional>
#include <stdexcept>

namespace support {

class virtual_clock final : public engine::runtime::clock {
public:
    engine::runtime::steady_time now() const override { return now_; }
    engine::base::wall_time wall_now() const override
    {
        return engine::base::wall_time(std::chrono::hours(24 * 365 * 50)) +
               std::chrono::floor<std::chrono::milliseconds>(now_ - engine::runtime::steady_time{});
    }
    engine::runtime::task<> sleep_until(engine::runtime::steady_time when) override
    {
        namespace asio = boost::asio;
        if (when <= now_)
            co_return;
        asio::steady_timer bell(co_await asio::this_coro::executor,
                                asio::steady_timer::time_point::max());
        struct place {
            std::multimap<engine::runtime::steady_time, asio::steady_timer*>& sleepers;
            std::multimap<engine::runtime::steady_time, asio::steady_timer*>::iterator at;
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

    // Runs `work` to its end, however much virtual time that takes. Throws when everything waits
    // for ever.
    template <class T>
    T run(boost::asio::io_context& loop, engine::runtime::task<T> work)
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
    engine::runtime::steady_time now_{std::chrono::hours(1)};
    std::multimap<engine::runtime::steady_time, boost::asio::steady_timer*> sleepers_;
};

} // namespace support
