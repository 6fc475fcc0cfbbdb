// worker_pool: threads for work that would hold up the loop (codecs, large files), with a bounded
// number of jobs inside.
#pragma once

#include "engine/runtime/slots.hpp"
#include "engine/runtime/task.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <type_traits>

namespace engine::runtime {

// Takes values and gives values back. Work that was started always runs to its end, even when the
// one who waits for it is cancelled: what it captured must be its own.
class worker_pool {
public:
    // `jobs_max` >= 1: how many jobs may be inside (running or queued) before run() waits. No
    // threads = work is done on the loop, for worlds with a virtual clock, where "idle" must mean
    // idle.
    worker_pool(std::size_t threads, std::size_t jobs_max) : slots_(jobs_max)
    {
        if (threads > 0)
            pool_.emplace(threads);
    }
    ~worker_pool()
    {
        if (pool_)
            pool_->join();
    }
    worker_pool(const worker_pool&) = delete;
    worker_pool& operator=(const worker_pool&) = delete;

    // Runs `work()` on a pool thread and comes home with what it returned. An exception of `work`
    // comes out here.
    template <class Work, class Value = std::invoke_result_t<Work&>>
    [[nodiscard]] task<Value> run(Work work)
    {
        auto slot = co_await slots_.acquire();
        if (!pool_) { // in turn, as threads would: others may step in between
            co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
            co_return work();
        }
        auto shared = std::make_shared<Work>(std::move(work));
        // The nested coroutine lives on the pool; co_spawn brings its result back to our executor.
        co_return co_await asio::co_spawn(*pool_, on_pool<Work, Value>(std::move(shared)),
                                          asio::use_awaitable);
    }

private:
    template <class Work, class Value>
    static task<Value> on_pool(std::shared_ptr<Work> work)
    {
        co_return (*work)();
    }

    std::optional<asio::thread_pool> pool_;
    slots slots_;
};

} // namespace engine::runtime
