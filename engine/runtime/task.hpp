// task: the coroutine type of the engine. Most return task<base::result<T>>.
#pragma once

#include <boost/asio/awaitable.hpp>

namespace engine::runtime {

namespace asio = boost::asio;

// Starts when awaited; cancellation comes out of the next co_await as operation_aborted (a
// boost::system::system_error).
template <class T = void>
using task = asio::awaitable<T>;

} // namespace engine::runtime
