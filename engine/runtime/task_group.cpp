#include "engine/runtime/task_group.hpp"

#include "engine/base/assert.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace engine::runtime {

task_group::task_group(asio::any_io_executor executor)
    : executor_(executor), wake_(executor, asio::steady_timer::time_point::max())
{}

task_group::~task_group()
{
    ENGINE_ASSERT(children_.empty());
}

void task_group::start(task<> child)
{
    const auto place = children_.emplace(children_.end());
    asio::co_spawn(
        executor_, std::move(child),
        asio::bind_cancellation_slot(
            place->stop.slot(), [this, place](std::exception_ptr error) { ended(place, error); }));
    if (cancelled_)
        place->stop.emit(asio::cancellation_type::terminal);
}

void task_group::cancel()
{
    cancelled_ = true;
    // A handler may end its child at once and so change the list: step on before emitting.
    for (auto child = children_.begin(); child != children_.end();) {
        auto& stop = (child++)->stop;
        stop.emit(asio::cancellation_type::terminal);
    }
}

void task_group::ended(std::list<child_state>::iterator child, std::exception_ptr error)
{
    children_.erase(child);
    if (error && !first_error_ && !cancelled_)
        first_error_ = error;
    if (children_.empty() || first_error_)
        wake_.cancel();
}

task<> task_group::join()
{
    bool interrupted = false;
    // From here on a cancellation is heard by looking, not by an exception: the children must be
    // waited for.
    co_await asio::this_coro::throw_if_cancelled(false);
    while (!children_.empty()) {
        if (first_error_ && !cancelled_)
            cancel();
        if (children_.empty())
            break;
        boost::system::error_code error;
        co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, error));
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none && !interrupted) {
            interrupted = true;
            cancel();
            co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
        }
    }
    if (interrupted)
        throw boost::system::system_error(asio::error::operation_aborted);
    if (first_error_)
        std::rethrow_exception(first_error_);
}

} // namespace engine::runtime
