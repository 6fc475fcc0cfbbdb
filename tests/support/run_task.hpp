// run_task: runs one coroutine to its end on a loop of its own and gives back what it returned.
#pragma once

#include "engine/runtime/task.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>

namespace support {

template <class T>
T run_task(boost::asio::io_context& loop, engine::runtime::task<T> work)
{
    std::optional<T> value;
    std::exception_ptr error;
    boost::asio::co_spawn(loop, std::move(work), [&](std::exception_ptr thrown, T result) {
        error = thrown;
        if (!thrown)
            value.emplace(std::move(result));
    });
    loop.restart();
    loop.run();
    if (error)
        std::rethrow_exception(error);
    return std::move(*value);
}

inline void run_task(boost::asio::io_context& loop, engine::runtime::task<> work)
{
    std::exception_ptr error;
    boost::asio::co_spawn(loop, std::move(work),
                          [&](std::exception_ptr thrown) { error = thrown; });
    loop.restart();
    loop.run();
    if (error)
        std::rethrow_exception(error);
}

} // namespace support
