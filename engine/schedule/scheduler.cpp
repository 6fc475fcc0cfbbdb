// scheduler: see the header. Read from step() downwards: an event changes the state
// (scheduler_items.cpp), then whatever may start is started, and what could not says when to look
// again (scheduler_starts.cpp).
#include "engine/schedule/scheduler.hpp"

#include "engine/base/assert.hpp"
#include "engine/schedule/scheduler_machine.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

namespace engine::schedule {
namespace {

// The text of a 429 may say that one request draws more images than we thought: references count.
void learn_units(held_item& item, const attempt_settled& how)
{
    choice& stands_at = item.wanted.choices[item.choice];
    for (const bucket_reading& reading : how.readings) {
        const bool images = reading.bucket == "images" || reading.bucket == "input-images";
        if (images && reading.requested && reading.limit && std::isfinite(*reading.limit) &&
            *reading.requested <= *reading.limit)
            stands_at.images = std::max(stands_at.images, *reading.requested);
    }
}

} // namespace

int total_concurrency(const options& options)
{
    int sum = 0;
    for (const account_options& account : options.accounts)
        sum += account.limits.concurrency.value_or(default_concurrency);
    return std::min(sum, options.concurrency_total.value_or(sum));
}

std::size_t scheduler::machine::add(route_options route)
{
    ENGINE_ASSERT(route.account < accounts.size());
    opts.routes.push_back(std::move(route));
    ENGINE_ASSERT(validate(opts).empty());
    items.add_route();
    const std::size_t index = opts.routes.size() - 1;
    lanes.emplace_back(opts, index, accounts[opts.routes[index].account], now);
    lanes.back().follow_share(now);
    return index;
}

// --- what happened ---------------------------------------------------------------------------

void scheduler::machine::on(const offered& event)
{
    ENGINE_ASSERT(!event.wanted.choices.empty());
    for (const choice& place : event.wanted.choices) {
        ENGINE_ASSERT(place.route < lanes.size() && place.reserve.count >= 0);
        ENGINE_ASSERT(std::isfinite(place.images) && std::isfinite(place.tokens));
    }
    held_item& item = items.add(event.wanted);
    if (stopping)
        finish(item, job::item_state::open, stop_cause, stop_reason);
    else if (item.so_far.burnt >= item.wanted.retry.max_attempts)
        finish(item, job::item_state::failed, finish_cause::attempts, "attempts");
    else
        move_on(item, 0, {}, {});
}

void scheduler::machine::on(const response_ended& event)
{
    held_item* item = items.find(event.item);
    ENGINE_ASSERT(item && item->where == place::on_wire);
    item->where = place::settling;
    item->attempt.on_wire = false;
    lanes[item->at().route].leave();
    --in_flight;
    ++settling;
}

void scheduler::machine::on(const attempt_settled& event)
{
    held_item* item = items.find(event.item);
    ENGINE_ASSERT(item && (item->where == place::on_wire || item->where == place::settling));
    --(item->where == place::on_wire ? in_flight : settling);
    item->where = place::nowhere;

    // A lost answer counts at its worst until somebody has asked the provider.
    base::microusd counted = std::max(event.cost, base::microusd{});
    if (event.possibly_billed || event.outcome == job::outcome::unknown)
        counted = std::max(counted, item->reserved);
    money.settle(item->wanted.job, item->reserved, counted);
    lost += event.outcome == job::outcome::unknown;

    const std::size_t route = item->at().route;
    lane& place = lanes[route];
    const bool was_stopped = place.stopped().has_value();
    place.settle(item->attempt, event, now, *out);
    if (event.again) {
        if (stopping)
            return finish(*item, job::item_state::open, stop_cause, stop_reason);
        item->retry_reason = event.code;
        if (place.stopped())
            return move_on(*item, item->choice + 1, {}, {});
        return items.enqueue(*item);
    }
    if (!event.beside_route)
        learn_units(*item, event);
    count_attempt(item->so_far, event.outcome, item->attempt.probe != 0);

    const verdict next =
        judge(item->so_far, event.outcome, event.never_fits, item->wanted.retry, opts);
    follow(*item, next, event); // before its route's other items, so that it stays in front
    if (!was_stopped && place.stopped())
        leave_stopped(route);
}

void scheduler::machine::on(const limits_read& event)
{
    const held_item* item = items.find(event.item);
    if (item && item->where == place::on_wire)
        lanes[item->at().route].read(item->attempt, event.readings, now, *out);
}

void scheduler::machine::on(const share_changed& event)
{
    ENGINE_ASSERT(event.account < accounts.size() && event.index >= 0 && event.of >= 0 &&
                  (event.of == 0 || event.index < event.of));
    accounts[event.account].change_share(event, now);
    for (std::size_t i = 0; i < lanes.size(); ++i)
        if (opts.routes[i].account == event.account)
            lanes[i].follow_share(now);
}

void scheduler::machine::on(const limits_remembered& event)
{
    if (event.where.what == scope::kind::account)
        accounts.at(event.where.index).shared.learn(event.limits, now);
    else
        lanes.at(event.where.index).remember(event.limits, now);
}

// --- the outside -----------------------------------------------------------------------------

scheduler::scheduler(options wanted, time_point now)
{
    ENGINE_ASSERT(validate(wanted).empty());
    machine_ = std::make_unique<machine>(std::move(wanted), now);
}

std::size_t scheduler::add_route(route_options route)
{
    return machine_->add(std::move(route));
}

scheduler::~scheduler() = default;
scheduler::scheduler(scheduler&&) noexcept = default;
scheduler& scheduler::operator=(scheduler&&) noexcept = default;

void scheduler::step(const event& happened, time_point now, std::vector<action>& actions)
{
    machine& m = *machine_;
    m.now = std::max(m.now, now);
    m.out = &actions;
    std::visit([&](const auto& event) { m.on(event); }, happened);
    m.halt_if_due();
    m.wake_sleepers();
    for (account& one : m.accounts)
        one.announce(m.now, actions);
    for (lane& route : m.lanes)
        route.announce(m.now, actions);
    m.start_what_may();
    m.out = nullptr;
}

std::optional<time_point> scheduler::next_wake() const
{
    return machine_->wake;
}

std::size_t scheduler::window() const
{
    return 2 * static_cast<std::size_t>(machine_->concurrency) + look_ahead;
}

std::size_t scheduler::wants_offers() const
{
    const std::size_t waiting = machine_->items.waiting_count();
    if (machine_->offers_ended || machine_->stopping || machine_->paused || waiting >= window())
        return 0;
    return window() - waiting;
}

bool scheduler::finished() const
{
    return machine_->items.empty() && (machine_->offers_ended || machine_->stopping);
}

bool scheduler::stopping() const
{
    return machine_->stopping;
}

bool scheduler::waits_at(std::size_t account) const
{
    const machine& m = *machine_;
    for (std::size_t i = 0; i < m.lanes.size(); ++i)
        if (m.opts.routes[i].account == account && !m.items.queue_of(i).empty())
            return true;
    return std::ranges::any_of(m.items.asleep(), [&](const auto& sleeper) {
        return m.opts.routes[sleeper.second->at().route].account == account;
    });
}

std::optional<finish_cause> scheduler::route_stopped(std::size_t route) const
{
    return machine_->lanes.at(route).stopped();
}

counters scheduler::count() const
{
    const machine& m = *machine_;
    counters all;
    all.waiting = static_cast<std::int64_t>(m.items.waiting_count());
    all.in_flight = m.in_flight;
    all.settling = m.settling;
    all.done = m.ended[static_cast<std::size_t>(job::item_state::done)];
    all.failed = m.ended[static_cast<std::size_t>(job::item_state::failed)];
    all.held = m.ended[static_cast<std::size_t>(job::item_state::held)];
    all.open = m.ended[static_cast<std::size_t>(job::item_state::open)];
    all.attempts = m.attempts;
    const budget& folder = m.money.folder();
    all.spent = folder.spent();
    all.spent_this_run = folder.spent_this_run();
    all.reserved = folder.reserved();
    all.cap = folder.cap();
    all.over_reserve = folder.over_reserve();
    all.over_reserve_amount = folder.over_reserve_amount();
    for (const purse& one : m.money.all())
        if (one.money.cap())
            all.purses.push_back(
                {one.name, one.money.spent(), one.money.reserved(), *one.money.cap()});
    all.stopping = m.stopping;
    all.paused = m.paused;
    all.binding = m.binding;
    return all;
}

} // namespace engine::schedule
