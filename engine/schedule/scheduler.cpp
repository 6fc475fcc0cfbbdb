// scheduler: see the header. Read from step() downwards: an event changes the state, then whatever
// may start is started, and what could not says when to look again.
#include "engine/schedule/scheduler.hpp"

#include "engine/base/assert.hpp"
#include "engine/schedule/backoff.hpp"
#include "engine/schedule/budget.hpp"
#include "engine/schedule/item_store.hpp"
#include "engine/schedule/lane.hpp"
#include "engine/schedule/verdict.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

namespace engine::schedule {
namespace {

// How far past items that do not fit under the cap now the queue is searched for one that does.
constexpr int look_ahead = 64;

int total_concurrency(const options& options)
{
    int sum = 0;
    for (const route_options& route : options.routes)
        sum += route.limits.concurrency.value_or(default_concurrency);
    return std::min(sum, options.concurrency_total.value_or(sum));
}

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

std::string reason_of(finish_cause cause, const std::string& code)
{
    std::string reason(name_of(cause));
    if (!code.empty() && code != reason)
        reason += ": " + code;
    return reason;
}

} // namespace

struct scheduler::machine {
    machine(options wanted, time_point start)
        : opts(std::move(wanted)), money(opts.cap, opts.spent_before), items(opts.routes.size()),
          random(opts.seed), concurrency(total_concurrency(opts)), now(start)
    {
        lanes.reserve(opts.routes.size());
        for (std::size_t i = 0; i < opts.routes.size(); ++i)
            lanes.emplace_back(opts, i, now);
    }

    void on(const offered& event);
    void on(const no_more_offers&) { offers_ended = true; }
    void on(const response_ended& event);
    void on(const attempt_settled& event);
    void on(const stop_admitting& event) { drain(finish_cause::stopped, event.reason); }
    void on(const cancel_all&) { drain(finish_cause::stopped, "cancelled"); }
    void on(const tick&) {}

    void follow(held_item& item, const verdict& next, const attempt_settled& how);
    [[nodiscard]] bool follow_manifest(held_item& item, const attempt_settled& how);
    [[nodiscard]] bool usable(const choice& place) const;
    void stand_at(held_item& item, std::size_t choice, std::string_view reason);
    void move_on(held_item& item, std::size_t first_choice, const verdict& if_none,
                 const std::string& reason_if_none);
    void leave_route(std::size_t route);
    void finish(held_item& item, job::item_state state, finish_cause cause, std::string reason);
    void drain(finish_cause cause, std::string reason);
    void halt_if_too_many_failed();

    void wake_sleepers();
    void start_what_may();
    bool start_one(std::size_t route);
    held_item* choose(std::size_t route);
    void refuse_for_good(held_item& item);
    void start(held_item& item);
    void blocked_by(const obstacle& what);

    const options opts;
    budget money;
    item_store items;
    std::vector<lane> lanes;
    base::random random;
    const int concurrency; // over all routes

    time_point now;
    std::vector<action>* out = nullptr; // during step()
    int in_flight = 0;
    int settling = 0;
    std::size_t next_route = 0; // takes turns
    bool offers_ended = false;
    bool stopping = false;
    finish_cause stop_cause = finish_cause::stopped;
    std::string stop_reason;
    std::optional<base::microusd> smallest_refused;

    std::optional<time_point> wake;
    std::string_view binding;
    std::int64_t ended[4] = {}; // by item_state
    std::int64_t attempts = 0;
};

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
    money.settle(item->reserved, counted);

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
        leave_route(route);
}

// --- what becomes of an item -----------------------------------------------------------------

void scheduler::machine::follow(held_item& item, const verdict& next, const attempt_settled& how)
{
    item.retry_reason = job::name_of(how.outcome);
    if (!stopping && follow_manifest(item, how))
        return;
    if (next.step == next_step::finish)
        return finish(item, next.state, next.cause, reason_of(next.cause, how.code));
    if (stopping)
        return finish(item, job::item_state::open, stop_cause, stop_reason);

    if (next.step == next_step::next_route)
        return move_on(item, item.choice + 1, next, reason_of(next.cause, how.code));
    if (lanes[item.at().route].stopped())
        return move_on(item, item.choice + 1, {}, {});
    if (next.step == next_step::retry)
        return items.enqueue(item);

    duration wait = backoff_delay(opts.backoff, item.so_far.waits_in_row - 1, random);
    if (how.retry_after)
        wait = std::max(wait, bounded_wait(*how.retry_after, opts));
    items.put_to_sleep(item, now + wait);
}

// What the manifest says for the outcome, where that is possible; false: the usual happens. A lost
// answer is not its affair: only retry.on_unknown may buy that again.
bool scheduler::machine::follow_manifest(held_item& item, const attempt_settled& how)
{
    using job::fallback_step;
    if (how.outcome == job::outcome::delivered || how.outcome == job::outcome::unknown ||
        how.outcome == job::outcome::cancelled)
        return false;
    const auto& choices = item.wanted.choices;
    const auto step = item.wanted.retry.after_outcome(how.outcome);
    const auto end_as = [&](job::item_state state) {
        finish(item, state, finish_cause::fallback,
               reason_of(finish_cause::fallback,
                         std::string(job::fallback_step_names[static_cast<std::size_t>(step)]) +
                             " after " + std::string(job::name_of(how.outcome)) +
                             (how.code.empty() ? "" : ": " + how.code)));
        return true;
    };
    switch (step) {
    case fallback_step::usual:
        return false;
    case fallback_step::hold:
        return end_as(job::item_state::held);
    case fallback_step::fail:
        return end_as(job::item_state::failed);
    default:
        break;
    }
    if (item.so_far.burnt >= item.wanted.retry.max_attempts)
        return false;
    switch (step) {
    case fallback_step::retry: // only a bad output is not asked for again as often anyway
        if (how.outcome != job::outcome::bad_output || lanes[item.at().route].stopped())
            return false;
        items.enqueue(item);
        return true;
    case fallback_step::next_route:
        for (std::size_t i = item.choice + 1; i < choices.size(); ++i)
            if (!choices[i].downgrade && usable(choices[i]))
                return stand_at(item, i, "next_route"), true;
        return false;
    case fallback_step::downgrade:
        if (const auto i = item.choice + 1;
            i < choices.size() && choices[i].downgrade && usable(choices[i]))
            return stand_at(item, i, "downgrade"), true;
        return false;
    default:
        return false;
    }
}

bool scheduler::machine::usable(const choice& place) const
{
    return !lanes[place.route].stopped() && (place.priced || !money.cap() || opts.allow_unpriced);
}

void scheduler::machine::stand_at(held_item& item, std::size_t choice, std::string_view reason)
{
    if (choice != item.choice) {
        item.choice = choice;
        item.so_far.not_sent_in_row = 0;
        item.retry_reason = reason;
    }
    items.enqueue(item);
}

// Puts the item into the queue of the first usable choice from `first_choice` on. Without one it
// ends: as `if_none` says when that has a reason, else by what stopped the last of its routes.
void scheduler::machine::move_on(held_item& item, std::size_t first_choice, const verdict& if_none,
                                 const std::string& reason_if_none)
{
    verdict last{next_step::finish, job::item_state::open, finish_cause::unpriced};
    const auto& choices = item.wanted.choices;
    for (std::size_t i = first_choice; i < choices.size(); ++i) {
        if (choices[i].downgrade)
            continue;
        if (usable(choices[i]))
            return stand_at(item, i, "next_route");
        if (const auto stopped = lanes[choices[i].route].stopped())
            last.cause = *stopped;
    }
    if (!reason_if_none.empty())
        return finish(item, if_none.state, if_none.cause, reason_if_none);
    if (first_choice > 0) // the route that it comes from was the last to be stopped
        if (const auto stopped = lanes[item.at().route].stopped())
            last.cause = *stopped;
    finish(item, job::item_state::open, last.cause, std::string(name_of(last.cause)));
}

// The route was stopped: its waiting items go to their next choice or end.
void scheduler::machine::leave_route(std::size_t route)
{
    for (held_item* item : items.waiting(route)) {
        items.take_out(*item);
        move_on(*item, item->choice + 1, {}, {});
    }
}

void scheduler::machine::finish(held_item& item, job::item_state state, finish_cause cause,
                                std::string reason)
{
    ++ended[static_cast<std::size_t>(state)];
    out->push_back(finish_item{item.wanted.item, state, cause, std::move(reason)});
    items.erase(item);
}

void scheduler::machine::drain(finish_cause cause, std::string reason)
{
    if (!stopping) {
        stopping = true;
        stop_cause = cause;
        stop_reason = std::move(reason);
    }
    for (held_item* item : items.waiting(std::nullopt))
        finish(*item, job::item_state::open, stop_cause, stop_reason);
}

void scheduler::machine::halt_if_too_many_failed()
{
    if (stopping || !opts.halt_fail_fraction)
        return;
    const auto count = [&](job::item_state state) {
        return ended[static_cast<std::size_t>(state)];
    };
    const std::int64_t failed = count(job::item_state::failed);
    const std::int64_t all = failed + count(job::item_state::done) + count(job::item_state::held);
    if (all < opts.halt_after_items ||
        static_cast<double>(failed) <= *opts.halt_fail_fraction * static_cast<double>(all))
        return;
    out->push_back(halted{failed, all});
    drain(finish_cause::halted, "halted");
}

// --- what may start --------------------------------------------------------------------------

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

// --- the outside -----------------------------------------------------------------------------

scheduler::scheduler(options wanted, time_point now)
{
    ENGINE_ASSERT(validate(wanted).empty());
    machine_ = std::make_unique<machine>(std::move(wanted), now);
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
    m.halt_if_too_many_failed();
    m.wake_sleepers();
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
    if (machine_->offers_ended || machine_->stopping || waiting >= window())
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
    all.spent = m.money.spent();
    all.spent_this_run = m.money.spent_this_run();
    all.reserved = m.money.reserved();
    all.cap = m.money.cap();
    all.over_reserve = m.money.over_reserve();
    all.over_reserve_amount = m.money.over_reserve_amount();
    all.stopping = m.stopping;
    all.binding = m.binding;
    return all;
}

} // namespace engine::schedule
