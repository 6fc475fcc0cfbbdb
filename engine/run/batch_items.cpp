#include "engine/run/batch_machine.hpp"
#include "engine/run/settlement.hpp"

#include <algorithm>

namespace engine::run {

void batch::machine::take_items()
{
    // A bounded bite: a million finished items must not keep the loop from its sockets.
    for (int bite = 0; bite < 256 && scheduler_->wants_offers() > 0; ++bite) {
        if (!may_take_more())
            break;
        auto wanted = source_();
        if (!wanted) {
            source_ended_ = true;
            step(schedule::nearing_end{});
            break;
        }
        take(with_.planner.decide_again(std::move(*wanted)));
    }
    if (source_ended_ && reusing_ == 0 && recovering_ == 0 && looking_ == 0 &&
        chains_.waiting() == 0 && unblocked_.empty() && sharing_.empty() && !no_more_told_) {
        no_more_told_ = true;
        step(schedule::no_more_offers{});
    }
}

bool batch::machine::may_take_more() const
{
    return !source_ended_ && !recoveries_ && recovering_ < recover_at_once &&
           reusing_ < reuse_at_once &&
           chains_.waiting() + static_cast<std::size_t>(looking_) < chained_waiting_max;
}

void batch::machine::take(plan::planned_item planned)
{
    if (recovered_.contains(planned.wanted.id))
        return; // it has ended, before everything else
    const auto record = with_.history.find(planned.wanted.key);
    if (planned.decision.verdict != plan::verdict::recover)
        close_open_intents(planned, record);
    auto live = std::make_shared<live_item>();
    live->before = planned.decision;
    live->attempts = planned.decision.attempts_before;
    live->cost = planned.decision.cost_before;
    live->wanted = std::move(planned.wanted);
    live->asked = live->wanted.expect;
    live->has_children = planned.has_children;
    live->is_shared = planned.is_shared;
    live->queued_since = with_.time.now();
    if (live->before.waits) {
        share_earlier(std::move(live));
        return;
    }
    if (live->has_children || live->is_shared)
        chains_.started(live->wanted.key);
    switch (live->before.verdict) {
    case plan::verdict::done:
        ++result_.items[static_cast<std::size_t>(job::item_state::done)];
        ++result_.reused;
        over(*live, {job::item_state::done});
        break;
    case plan::verdict::failed:
        if (live->before.by_parent && !(record && record->state == job::item_state::failed)) {
            end_item(*live, job::item_state::failed, "parent", live->before.reason);
            break;
        }
        ++result_.items[static_cast<std::size_t>(job::item_state::failed)];
        over(*live, {job::item_state::failed, record ? record->cause : "", live->before.reason});
        break;
    case plan::verdict::held:
        if (live->before.by_parent) { // nothing was sent for it: it is only not its turn
            end_item(*live, job::item_state::open, "parent", {});
            break;
        }
        if (record && record->state == job::item_state::held) {
            ++result_.items[static_cast<std::size_t>(job::item_state::held)];
            over(*live, {job::item_state::held, record->cause, live->before.reason});
        } else {
            end_item(*live, job::item_state::held, "unknown", live->before.reason);
        }
        facts_.held = true;
        break;
    case plan::verdict::recover:
        closed_keys_.insert(live->wanted.key); // it sees to them itself
        ++recovering_;
        group_->start(recover(std::move(live)));
        break;
    case plan::verdict::reuse:
        ++reusing_;
        group_->start(reuse(std::move(live)));
        break;
    case plan::verdict::fresh:
    case plan::verdict::retry:
        if (!with_.planner.planned_to_buy(live->wanted.key)) {
            // What a person said yes to did not have it: a file went away since.
            events_.note(job::warning_raised{live->wanted.id,
                                             live->before.reason + "; the next run buys it"});
            end_item(*live, job::item_state::open, "store", {});
            break;
        }
        if (live->wanted.after)
            continue_earlier(std::move(live));
        else
            offer(std::move(live));
        break;
    }
}

void batch::machine::offer(live_ptr live)
{
    live->handle = schedule::item_handle{next_handle_++};
    schedule::candidate candidate;
    candidate.item = live->handle;
    candidate.job = live->wanted.of_job.index;
    candidate.priority = live->wanted.of_job.priority;
    candidate.frees_others = live->has_children || live->is_shared;
    candidate.expected = with_.planner.duration_of(live->wanted);
    candidate.retry = live->wanted.retry;
    const auto enriching =
        with_.planner.enrichment_cost(live->wanted).value_or(plan::enrichment_costs{});
    for (const auto& route : live->wanted.routes)
        for (std::size_t step = 0; step <= live->wanted.downgrades.size(); ++step) {
            const auto cost = with_.planner.estimate(live->wanted, route, step);
            schedule::choice choice;
            choice.route = route_index(route);
            choice.reserve = cost.worst;
            choice.priced = cost.priced;
            choice.downgrade = step > 0;
            choice.images = 1 + reference_images(*live, route);
            choice.tokens = static_cast<double>(cost.worst_tokens);
            candidate.choices.push_back(choice);
            live->places.push_back(
                {route,
                 step,
                 {cost.worst, cost.image_worst,
                  cost.priced ? std::optional(cost.expected) : std::nullopt, enriching.expected},
                 enriching.worst});
        }
    live_[static_cast<std::uint64_t>(live->handle)] = live;
    step(schedule::offered{std::move(candidate)});
}

// What its references weigh in the bucket of images.
double batch::machine::reference_images(const live_item& live, const job::route& route) const
{
    const auto* spec = job::find_provider(options_.providers, route.provider);
    if (!spec || spec->reference_weight == 0)
        return 0;
    const bool fed = live.earlier && !continues_by_name(live, route);
    const auto pictures = live.wanted.request.references.size() + (fed ? 1 : 0);
    return spec->reference_weight * static_cast<double>(pictures);
}

// What an earlier run opened and could not close is unknown, and the ledger is owed that line.
void batch::machine::close_open_intents(const plan::planned_item& planned,
                                        const std::optional<ledger::key_record>& record)
{
    if (!record || record->open_intents.empty() || !closed_keys_.insert(record->key).second)
        return;
    for (const auto& lost : ledger::doubts_of(*record)) {
        if (!lost.intent_only)
            continue;
        if (planned.decision.intent_open && planned.decision.source_attempt == lost.attempt)
            continue; // its bytes are there: reuse() settles it
        close_intent(planned.wanted, lost);
    }
}

} // namespace engine::run
