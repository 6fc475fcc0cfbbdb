// The part of the scheduler that says what becomes of an item: after an attempt, when its route is
// stopped, and when the run is.
#include "engine/schedule/backoff.hpp"
#include "engine/schedule/scheduler_machine.hpp"

namespace engine::schedule {
namespace {

std::string reason_of(finish_cause cause, const std::string& code)
{
    std::string reason(name_of(cause));
    if (!code.empty() && code != reason)
        reason += ": " + code;
    return reason;
}

} // namespace

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
            if (!choices[i].downgrade && usable(item, choices[i]))
                return stand_at(item, i, "next_route"), true;
        return false;
    case fallback_step::downgrade:
        if (const auto i = item.choice + 1;
            i < choices.size() && choices[i].downgrade && usable(item, choices[i]))
            return stand_at(item, i, "downgrade"), true;
        return false;
    default:
        return false;
    }
}

bool scheduler::machine::usable(const held_item& item, const choice& place) const
{
    return !lanes[place.route].stopped() &&
           (place.priced || !money.capped(item.wanted.job) || opts.allow_unpriced);
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
        if (usable(item, choices[i]))
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

// The route was stopped, and with it perhaps every route of its account.
void scheduler::machine::leave_stopped(std::size_t route)
{
    for (std::size_t i = 0; i < lanes.size(); ++i)
        if (opts.routes[i].account == opts.routes[route].account && lanes[i].stopped())
            leave_route(i);
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

void scheduler::machine::halt_if_due()
{
    if (stopping)
        return;
    const auto count = [&](job::item_state state) {
        return ended[static_cast<std::size_t>(state)];
    };
    halted so_far;
    so_far.failed = count(job::item_state::failed);
    so_far.ended = so_far.failed + count(job::item_state::done) + count(job::item_state::held);
    so_far.unknown = lost;
    for (const halt_rule& rule : opts.halts) {
        if (!is_due(rule, so_far))
            continue;
        so_far.rule = rule;
        out->push_back(so_far);
        return drain(finish_cause::halted, "halted");
    }
}

bool scheduler::machine::is_due(const halt_rule& rule, const halted& so_far) const
{
    if (rule.fraction)
        return so_far.ended >= opts.halt_after_items &&
               static_cast<double>(so_far.failed) >
                   *rule.fraction * static_cast<double>(so_far.ended);
    return (rule.what == halt_rule::counted::failed ? so_far.failed : so_far.unknown) >= rule.count;
}

} // namespace engine::schedule
