#include "engine/runtime/slots.hpp"
#include "engine/runtime/task_group.hpp"
#include "engine/runtime/with_deadline.hpp"
#include "engine/runtime/worker_pool.hpp"

#include "tests/support/run_task.hpp"

#include <doctest/doctest.h>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace engine::runtime;

namespace {

task<> yield()
{
    const auto executor = co_await asio::this_coro::executor;
    co_await asio::post(executor, asio::use_awaitable);
}

task<> for_ever(bool& ended)
{
    struct note {
        bool& flag;
        ~note() { flag = true; }
    } on_exit{ended};
    real_clock time;
    co_await time.sleep_until(time.now() + std::chrono::hours(1));
}

task<> fails()
{
    co_await yield();
    throw std::runtime_error("child failed");
}

task<> take_turn(slots& places, int number, std::vector<int>& order, int& inside, int& inside_max)
{
    const auto place = co_await places.acquire();
    inside_max = std::max(inside_max, ++inside);
    order.push_back(number);
    co_await yield();
    --inside;
}

} // namespace

TEST_CASE("slots are handed out in order and never more than there are")
{
    asio::io_context loop;
    slots places(2);
    std::vector<int> order;
    int inside = 0;
    int inside_max = 0;
    const auto all = [&]() -> task<> {
        task_group group(co_await asio::this_coro::executor);
        for (int i = 0; i < 6; ++i)
            group.start(take_turn(places, i, order, inside, inside_max));
        co_await group.join();
    };
    support::run_task(loop, all());
    CHECK(order == std::vector<int>{0, 1, 2, 3, 4, 5});
    CHECK(inside_max == 2);
    CHECK(places.free() == 2);
}

TEST_CASE("a cancelled waiter leaves the queue and loses nobody's place")
{
    asio::io_context loop;
    slots places(1);
    const auto waits = [&]() -> task<> { const auto place = co_await places.acquire(); };
    const auto all = [&]() -> task<> {
        auto held = co_await places.acquire();
        task_group group(co_await asio::this_coro::executor);
        group.start(waits());
        co_await yield();
        CHECK(places.waiting() == 1);
        group.cancel();
        co_await group.join();
        CHECK(places.waiting() == 0);
    };
    support::run_task(loop, all());
    CHECK(places.free() == 1);
}

TEST_CASE("the first failure of a child ends the others and comes out of join")
{
    asio::io_context loop;
    bool ended = false;
    const auto all = [&]() -> task<> {
        task_group group(co_await asio::this_coro::executor);
        group.start(for_ever(ended));
        group.start(fails());
        co_await group.join();
    };
    CHECK_THROWS_WITH(support::run_task(loop, all()), "child failed");
    CHECK(ended);
}

TEST_CASE("a deadline ends what takes too long, and only that")
{
    asio::io_context loop;
    real_clock time;
    bool ended = false;
    const auto slow = [&]() -> task<int> {
        co_await for_ever(ended);
        co_return 1;
    };
    const auto quick = [&]() -> task<int> {
        co_await yield();
        co_return 2;
    };
    CHECK(!support::run_task(loop, with_deadline(time, time.now(), slow())));
    CHECK(ended);
    CHECK(support::run_task(loop,
                            with_deadline(time, time.now() + std::chrono::hours(1), quick())) == 2);
    CHECK(support::run_task(loop, with_deadline(time, steady_time::max(), quick())) == 2);
}

TEST_CASE("work goes to the pool and comes home with its value or its exception")
{
    asio::io_context loop;
    worker_pool pool(2, 2);
    const auto home = std::this_thread::get_id();
    const auto all = [&]() -> task<int> {
        auto work = [home] { return std::this_thread::get_id() == home ? 0 : 41; };
        const int value = co_await pool.run(work);
        CHECK(std::this_thread::get_id() == home);
        co_return value + 1;
    };
    CHECK(support::run_task(loop, all()) == 42);
    const auto throws = [&]() -> task<int> {
        auto work = []() -> int { throw std::runtime_error("codec"); };
        co_return co_await pool.run(work);
    };
    CHECK_THROWS_WITH(support::run_task(loop, throws()), "codec");
}
