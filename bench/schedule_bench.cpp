// schedule_bench: what one event costs the scheduler, with 100 and with 10,000 attempts in flight.
//
// A step must be far cheaper than what it decides about: at 10,000 images in flight of 20 s each
// there are some 1,500 events a second. BM_bare is the baseline, slots only; the others add limits
// and money. The items of a run are offered as they are asked for, as `run` does it.
#include "engine/schedule/scheduler.hpp"

#include <benchmark/benchmark.h>

namespace {

using namespace engine::schedule;
using namespace std::chrono_literals;
using engine::base::microusd;
using engine::job::outcome;

// Keeps `in_flight` attempts going: the oldest is settled, a new item is offered and started.
class conveyor {
public:
    conveyor(const options& wanted, std::size_t routes) : machine_(wanted, now_), routes_(routes)
    {
        fill();
        for (int second = 0; second < 5; ++second) { // the pace spreads even the first starts
            now_ += 1s;
            machine_.step(tick{}, now_, actions_);
            fill();
        }
        turning_ = true;
    }

    // One attempt's life: an answer read, settled, and the next item offered: three events.
    void turn(outcome how)
    {
        now_ += 1ms;
        actions_.clear();
        const item_handle oldest = running_[first_++ % running_.size()];
        machine_.step(response_ended{oldest}, now_, actions_);
        machine_.step(attempt_settled{.item = oldest, .outcome = how, .cost = {20'000}}, now_,
                      actions_);
        fill();
    }
    // A tick at which nothing can start.
    void idle()
    {
        actions_.clear();
        machine_.step(tick{}, now_, actions_);
    }

    [[nodiscard]] std::int64_t in_flight() const { return machine_.count().in_flight; }

private:
    void fill()
    {
        while (machine_.wants_offers() > 0) {
            candidate wanted{.item = item_handle{next_++}};
            wanted.choices.push_back({.route = next_ % routes_, .reserve = {40'000}});
            wanted.choices[0].tokens = 1'756;
            machine_.step(offered{std::move(wanted)}, now_, actions_);
        }
        for (const action& what : actions_)
            if (const auto* start = std::get_if<start_attempt>(&what))
                remember(start->item);
        actions_.clear();
    }
    void remember(item_handle item)
    {
        if (turning_)
            running_[(first_ - 1) % running_.size()] = item; // in place of the settled one
        else
            running_.push_back(item);
    }

    time_point now_{1h};
    scheduler machine_;
    std::size_t routes_;
    std::vector<action> actions_;
    std::vector<item_handle> running_;
    std::size_t first_ = 0; // turns so far
    bool turning_ = false;
    std::uint64_t next_ = 0;
};

options with(std::size_t routes, int in_flight)
{
    options made;
    made.concurrency_first = 0;
    for (std::size_t i = 0; i < routes; ++i) {
        made.routes.push_back({"r" + std::to_string(i), {}});
        made.routes.back().limits.concurrency = 10'000;
    }
    made.concurrency_total = in_flight;
    return made;
}

void report(benchmark::State& state, const conveyor& belt, std::int64_t events_each)
{
    state.counters["in_flight"] = static_cast<double>(belt.in_flight());
    state.SetItemsProcessed(state.iterations() * events_each);
}

void BM_bare(benchmark::State& state)
{
    conveyor belt(with(1, static_cast<int>(state.range(0))), 1);
    for (auto _ : state)
        belt.turn(outcome::delivered);
    report(state, belt, 3);
}
BENCHMARK(BM_bare)->Arg(100)->Arg(10'000);

void BM_all_limits_and_a_cap(benchmark::State& state)
{
    options wanted = with(1, static_cast<int>(state.range(0)));
    wanted.routes[0].limits.requests_per_minute = 1e9; // kept, never binding
    wanted.routes[0].limits.images_per_minute = 1e9;
    wanted.routes[0].limits.tokens_per_minute = 1e12;
    wanted.cap = microusd{1'000'000'000'000'000};
    conveyor belt(wanted, 1);
    for (auto _ : state)
        belt.turn(outcome::delivered);
    report(state, belt, 3);
}
BENCHMARK(BM_all_limits_and_a_cap)->Arg(100)->Arg(10'000);

void BM_four_routes(benchmark::State& state)
{
    conveyor belt(with(4, static_cast<int>(state.range(0))), 4);
    for (auto _ : state)
        belt.turn(outcome::delivered);
    report(state, belt, 3);
}
BENCHMARK(BM_four_routes)->Arg(100)->Arg(10'000);

// The cap is nearly full: every event looks past 64 items that do not fit.
void BM_budget_bound_tick(benchmark::State& state)
{
    options wanted = with(1, 10'000);
    wanted.cap = microusd{40'000 * state.range(0) + 1};
    conveyor belt(wanted, 1);
    for (auto _ : state)
        belt.idle();
    report(state, belt, 1);
}
BENCHMARK(BM_budget_bound_tick)->Arg(100)->Arg(9'999);

void BM_rate_bound_tick(benchmark::State& state)
{
    options wanted = with(1, static_cast<int>(state.range(0)));
    wanted.routes[0].limits.images_per_minute = 60.0;
    conveyor belt(wanted, 1);
    for (auto _ : state)
        belt.idle();
    report(state, belt, 1);
}
BENCHMARK(BM_rate_bound_tick)->Arg(10'000);

} // namespace
