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
    if (paused) {
        wake.reset();
        binding = "paused";
        return;
    }
    for (bool any = true; any;) {
        wake.reset();
        binding = {};
        money_waits_for.reset();
        order_routes();
        const auto started = std::ranges::find_if(
            routes, [this](const route_turn& one) { return start_one(one.route, one.rank); });
        any = started != routes.end();
        if (any)
            last_starts[started->route] = attempts;
    }
    if (!items.asleep().empty())
        blocked_by({"retry_wait", items.asleep().begin()->first.first});
}

// What waits, by priority and route: the higher priority first; of one priority the route that has
// waited longest for a start, so that they share slots and money.
void scheduler::machine::order_routes()
{
    routes.clear();
    last_starts.resize(lanes.size());
    units_are_waited_for.assign(lanes.size(), false);
    for (std::size_t route = 0; route < lanes.size(); ++route) {
        const auto& queue = items.queue_of(route);
        for (auto lot = queue.begin(); lot != queue.end();
             lot = queue.lower_bound({lot->first.rank + 1, 0}))
            routes.push_back({lot->first.rank, last_starts[route], route});
    }
    std::ranges::sort(routes);
}

void scheduler::machine::blocked_by(const obstacle& what)
{
    if (binding.empty())
        binding = what.binding;
    if (what.until)
        wake = std::min(wake.value_or(*what.until), *what.until);
}

// Starts the next item of a priority at a route, or says what is in the way.
bool scheduler::machine::start_one(std::size_t route, int rank)
{
    // What stands before it waits for what this would take, and has said so.
    if ((money_waits_for && rank > *money_waits_for) || units_are_waited_for[route])
        return false;
    if (const auto obstacle = lanes[route].closed(now))
        return blocked_by(*obstacle), false;
    if (in_flight >= concurrency)
        return blocked_by({"concurrency", std::nullopt}), false;
    if (settling >= opts.settling_max)
        return blocked_by({"settling", std::nullopt}), false;

    held_item* item = choose(route, rank);
    if (!item) {
        if (items.waits_at(route, rank))
            blocked_by({"budget", std::nullopt});
        return false;
    }
    if (const auto obstacle = lanes[route].short_of(item->at(), now)) {
        units_are_waited_for[route] = true;
        return blocked_by(*obstacle), false;
    }
    start(*item);
    return true;
}

// Whose turn it is and whose reservation fits. Money that is short for all is kept for the higher
// priority, also at another route; a job whose own purse is short lets the others pass.
held_item* scheduler::machine::choose(std::size_t route, int rank)
{
    refuse_hopeless(route, rank);
    items.take_turns(route, rank, turns);
    for (const auto& lot : turns)
        if (held_item* item = choose_in(lot->second, lot->first))
            return item;
    return nullptr;
}

// The first of a lot, or, where that does not fit, the largest that does: so the last cents find
// the item that makes most of them, however many stand before it.
held_item* scheduler::machine::choose_in(const lot& from, const item_store::lot_place& where)
{
    const base::microusd needed = from.first().at().reserve;
    if (money.fits(where.job, needed))
        return &from.first();
    if (money.shared_is_short(needed))
        money_waits_for = std::min(money_waits_for.value_or(where.rank), where.rank);
    return from.largest_within(*money.room(where.job));
}

// Ends what cannot fit any more, the smallest of each lot first, so that one line says it for all.
void scheduler::machine::refuse_hopeless(std::size_t route, int rank)
{
    const auto& queue = items.queue_of(route);
    for (auto lot = queue.lower_bound({rank, 0}); lot != queue.end() && lot->first.rank == rank;) {
        const auto place = lot->first;
        const auto most = money.room_at_best(place.job);
        held_item* item = most ? lot->second.smallest_above(*most) : nullptr;
        if (!item) {
            ++lot;
            continue;
        }
        purse* by = money.refusing(place.job, item->at().reserve);
        ENGINE_ASSERT(by);
        refuse_for_good(*item, *by);
        lot = queue.lower_bound(place); // it may have been the last of its lot
    }
}

void scheduler::machine::refuse_for_good(held_item& item, purse& by)
{
    const base::microusd needed = item.at().reserve;
    if (!by.smallest_refused || needed < *by.smallest_refused) {
        by.smallest_refused = needed;
        out->push_back(budget_refused{item.wanted.item, needed, by.name, by.money.spent(),
                                      by.money.reserved(), *by.money.cap()});
    }
    finish(item, job::item_state::open, finish_cause::budget, "budget: " + by.name);
}

// Slot, units and money are taken in this one step; nothing can come between check and act.
void scheduler::machine::start(held_item& item)
{
    const choice& to = item.at();
    items.take_out(item);
    money.reserve(item.wanted.job, to.reserve);
    items.had_turn(item.wanted.job);
    item.reserved = to.reserve;
    item.attempt = lanes[to.route].start(to, now);
    item.where = place::on_wire;
    ++item.starts;
    ++in_flight;
    ++attempts;
    out->push_back(start_attempt{item.wanted.item, to.route, item.choice, to.reserve, item.starts,
                                 std::move(item.retry_reason)});
    item.retry_reason.clear();
}

} // namespace engine::schedule
