// The part of the scheduler that starts what may start, and says of the rest what is in the way.
#include "engine/base/assert.hpp"
#include "engine/schedule/scheduler_machine.hpp"

#include <algorithm>

namespace engine::schedule {

void scheduler::machine::wake_sleepers()
{
    while (!items.asleep().empty() && items.asleep().begin()->first.first <= now) {
        held_item& item = *items.asleep().begin()->second;
        items.take_out(item);
        items.enqueue(item);
    }
}

void scheduler::machine::start_what_may()
{
    for (bool any = true; any;) { // one start a route and round, so that they share what is free
        any = false;
        wake.reset();
        binding = {};
        const std::size_t first = next_route;
        for (std::size_t i = 0; i < lanes.size(); ++i) {
            const std::size_t route = (first + i) % lanes.size();
            if (!start_one(route))
                continue;
            any = true;
            next_route = (route + 1) % lanes.size();
        }
    }
    if (!items.asleep().empty())
        blocked_by({"retry_wait", items.asleep().begin()->first.first});
}

void scheduler::machine::blocked_by(const obstacle& what)
{
    if (binding.empty())
        binding = what.binding;
    if (what.until)
        wake = std::min(wake.value_or(*what.until), *what.until);
}

// Starts the next item of a route, or says what is in the way.
bool scheduler::machine::start_one(std::size_t route)
{
    if (items.queue_of(route).empty())
        return false;
    if (const auto obstacle = lanes[route].closed(now))
        return blocked_by(*obstacle), false;
    if (in_flight >= concurrency)
        return blocked_by({"concurrency", std::nullopt}), false;
    if (settling >= opts.settling_max)
        return blocked_by({"settling", std::nullopt}), false;

    held_item* item = choose(route);
    if (!item) {
        if (!items.queue_of(route).empty())
            blocked_by({"budget", std::nullopt});
        return false;
    }
    if (const auto obstacle = lanes[route].short_of(item->at(), now))
        return blocked_by(*obstacle), false;
    start(*item);
    return true;
}

// The first item of the queue whose reservation fits. Those that never will are ended on the way.
held_item* scheduler::machine::choose(std::size_t route)
{
    const auto& queue = items.queue_of(route);
    int looked_at = 0;
    for (auto next = queue.begin(); next != queue.end() && looked_at < look_ahead;) {
        held_item& item = *next->second;
        ++next;
        if (money.fits(item.at().reserve))
            return &item;
        if (money.hopeless(item.at().reserve))
            refuse_for_good(item);
        else
            ++looked_at;
    }
    return nullptr;
}

void scheduler::machine::refuse_for_good(held_item& item)
{
    const base::microusd needed = item.at().reserve;
    if (!smallest_refused || needed < *smallest_refused) {
        smallest_refused = needed;
        out->push_back(budget_refused{item.wanted.item, needed, money.spent(), money.reserved(),
                                      *money.cap()});
    }
    finish(item, job::item_state::open, finish_cause::budget, "budget");
}

// Slot, units and money are taken in this one step; nothing can come between check and act.
void scheduler::machine::start(held_item& item)
{
    const choice& to = item.at();
    items.take_out(item);
    money.reserve(to.reserve);
    item.reserved = to.reserve;
    item.attempt = {now, lanes[to.route].start(to, now), true};
    item.where = place::on_wire;
    ++item.starts;
    ++in_flight;
    ++attempts;
    out->push_back(start_attempt{item.wanted.item, to.route, item.choice, to.reserve, item.starts,
                                 std::move(item.retry_reason)});
    item.retry_reason.clear();
}

} // namespace engine::schedule
