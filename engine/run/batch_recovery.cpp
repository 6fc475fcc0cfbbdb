// The part of a batch that is about answers which earlier runs lost: they are fetched from the
// provider, never bought again.
#include "engine/job/token_estimate.hpp"
#include "engine/run/batch_machine.hpp"
#include "engine/run/settlement.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>

namespace engine::run {

// What became of the lost answers of one item.
struct batch::machine::settled_doubts {
    std::optional<attempt_result> picture;  // the newest that was delivered
    std::optional<job::outcome> settled_as; // of the newest without a picture
    std::string message;                    // of the same
    std::string in_doubt;                   // why one of them is still in doubt; empty = none is
};

// Before anything is bought: they are paid for, and some may not be kept for ever.
void batch::machine::take_recoveries()
{
    if (!recoveries_ || (paused_ && !scheduler_->stopping()))
        return;
    // A bounded bite, as for the others.
    for (int bite = 0; bite < 256 && !recoveries_ended_ && recovering_ < recover_at_once; ++bite) {
        auto wanted = scheduler_->count().stopping ? std::nullopt : recoveries_();
        if (!wanted) {
            recoveries_ended_ = true;
            break;
        }
        auto planned = with_.planner.decide_again(std::move(*wanted));
        const auto how = planned.decision.verdict;
        // What was fetched before a crash is only finished.
        const bool fetched =
            options_.only_recover && how == plan::verdict::reuse && planned.decision.intent_open;
        if (options_.only_recover && !fetched && has_fetchable(planned.wanted.key))
            planned.decision.verdict = plan::verdict::recover;
        if (planned.decision.verdict != plan::verdict::recover && !fetched)
            continue;
        auto id = planned.wanted.id;
        if (fetched && planned.wanted.outputs.empty())
            settle_unasked(std::move(planned));
        else
            take(std::move(planned));
        recovered_.insert(std::move(id));
    }
    if (recoveries_ended_ && recovering_ == 0) {
        recoveries_ = nullptr;
        source_ended_ = source_ended_ || options_.only_recover;
    } else if (!recoveries_ended_ && recovering_ < recover_at_once)
        bell_->ring();
}

// The picture is here, and the manifest does not ask for it any more: its money is settled, and it
// stays where it is.
void batch::machine::settle_unasked(plan::planned_item planned)
{
    live_item live;
    live.before = std::move(planned.decision);
    live.wanted = std::move(planned.wanted);
    store_result untouched;
    settle_recovered(live, untouched);
    note_unasked(live, live.before.source);
}

void batch::machine::note_unasked(const live_item& live, const std::string& received)
{
    events_.note(job::warning_raised{
        live.wanted.id, "its picture lies in " + received +
                            ": the manifest does not ask for it as it was asked for then"});
    end_item(live, job::item_state::open, "recover", {});
}

runtime::task<> batch::machine::recover(live_ptr live)
{
    bool stopped = false;
    try {
        co_await settle_doubts(live);
    } catch (const boost::system::system_error& error) {
        if (error.code() != runtime::asio::error::operation_aborted)
            throw;
        stopped = true; // the ledger is as it was: the next run fetches it
    }
    if (stopped)
        end_item(*live, job::item_state::open, "stopped", {});
    --recovering_;
    bell_->ring();
}

// All of them, the newest first: each that is fetched settles its money, and the first picture is
// the item's.
runtime::task<> batch::machine::settle_doubts(live_ptr live)
{
    const auto record = with_.history.find(live->wanted.key);
    auto lost = ledger::doubts_of(*record);
    std::erase_if(lost, [](const ledger::doubt& one) {
        return one.outcome != job::outcome::unknown; // about money alone
    });
    settled_doubts all;
    for (auto one = lost.rbegin(); one != lost.rend(); ++one) {
        auto* api = who_has(*one);
        if (api == nullptr || cancelled_) {
            all.in_doubt = api != nullptr ? "stopped by the user"
                                          : "nothing is known by which it could be fetched";
            if (api == nullptr && one->intent_only)
                close_intent(live->wanted, *one);
            continue;
        }
        if (one != lost.rbegin()) // storing the one before could not be interrupted
            co_await runtime::asio::this_coro::reset_cancellation_state(
                runtime::asio::enable_total_cancellation());
        auto ended = co_await attempts_.recover(make_order(*live, *one), *api);
        auto& line = ended.line;
        if (ended.settled() || one->intent_only) {
            count_recovered(line);
            events_.note(line);
        }
        if (ended.fatal)
            fatal(*ended.fatal);
        if (!ended.settled() || line.outcome == job::outcome::unknown) {
            all.in_doubt = line.error_message;
            continue;
        }
        note_model(line);
        live->cost += line.cost;
        if (!ended.reply.revised_prompt.empty())
            live->revised_prompt = ended.reply.revised_prompt;
        const auto received = options_.folder.received(line.key, line.attempt);
        const bool is_late = line.attempt <= record->done_attempts || all.picture;
        if (line.outcome == job::outcome::bad_output || is_late)
            set_aside(received, options_.folder.quarantined(line.key, line.attempt));
        if (line.outcome == job::outcome::delivered && !is_late) {
            all.picture = std::move(ended);
        } else if (!all.settled_as) {
            all.settled_as = line.outcome;
            all.message = line.error_message;
        }
    }
    if (!all.picture) {
        end_unrecovered(*live, *record, all);
        co_return;
    }
    const auto& line = all.picture->line;
    live->maker = {line.route_owner, line.api, line.response_id};
    // Else nobody knows any more which picture it continues, or in which form it was asked for.
    if (!live->wanted.after && live->wanted.downgrades.empty())
        live->made = line;
    ++result_.recovered;
    const auto received = options_.folder.received(line.key, line.attempt);
    if (live->wanted.outputs.empty()) {
        note_unasked(*live, received);
        co_return;
    }
    co_await finish_done(live, std::move(*all.picture->stored), received,
                         "recovered: fetched from the provider, not bought again");
}

void batch::machine::end_unrecovered(const live_item& live, const ledger::key_record& record,
                                     const settled_doubts& all)
{
    using job::item_state;
    using job::outcome;
    if (!all.in_doubt.empty())
        facts_.held = true;
    // Of an item that is done, only the money of a late answer was open. In a run that also buys,
    // an item comes here when its files are missing.
    const bool is_late = record.state == item_state::done && options_.only_recover;
    if (!all.in_doubt.empty() && !is_late) {
        const auto reason = "an earlier attempt may have been billed: " + all.in_doubt;
        if (record.state == item_state::held && record.reason == reason) { // nothing new to say
            ++result_.items[static_cast<std::size_t>(item_state::held)];
            over(live, {item_state::held, "unknown", reason});
        } else {
            end_item(live, item_state::held, "unknown", reason);
        }
        return;
    }
    if (is_late) {
        ++result_.items[static_cast<std::size_t>(item_state::done)];
        over(live, {item_state::done});
        return;
    }
    const auto how = all.settled_as.value_or(outcome::unknown);
    if (how == outcome::refused || how == outcome::invalid) {
        end_item(live, item_state::failed, std::string(job::name_of(how)), all.message);
        return;
    }
    // The plan said that this one costs nothing: buying it is for the next run, which says so.
    events_.note(job::warning_raised{
        live.wanted.id, "the lost answer has no picture (" + std::string(job::name_of(how)) +
                            (all.message.empty() ? "" : ": " + all.message) +
                            "); the next run buys it"});
    end_item(live, item_state::open, "recover", {});
}

bool batch::machine::has_fetchable(const std::string& key) const
{
    const auto record = with_.history.find(key);
    return record && std::ranges::any_of(ledger::doubts_of(*record), [&](const auto& lost) {
               return who_has(lost) != nullptr;
           });
}

provider::image_api* batch::machine::who_has(const ledger::doubt& lost) const
{
    const auto found = with_.apis.find(lost.route_owner + "/" + lost.api);
    return found != with_.apis.end() && lost.may_have_picture() && found->second->can_fetch()
               ? found->second
               : nullptr;
}

recovery_order batch::machine::make_order(const live_item& live, ledger::doubt lost) const
{
    recovery_order order;
    order.wanted = &live.wanted;
    const job::route route{lost.route_owner, lost.api, lost.model, lost.mainline_model};
    order.image_reserved = with_.planner.estimate(live.wanted, route).image_worst;
    order.lost = std::move(lost);
    order.lost.enriched = assumed_enrichment(live.wanted, order.lost, options_.prices);
    return order;
}

// The ledger is owed the line of an attempt whose process died.
void batch::machine::close_intent(const job::item& wanted, const ledger::doubt& lost)
{
    auto known = lost;
    known.enriched = assumed_enrichment(wanted, lost, options_.prices);
    events_.note(describe_lost(wanted, known, options_.prices.version()));
}

// What an earlier run sent is none of this run's requests; what it cost counts where it is settled.
void batch::machine::count_recovered(const job::attempt_ended& line)
{
    const auto requests = result_.requests;
    const auto unknown = result_.unknown;
    count_attempt(line);
    result_.requests = requests;
    if (!line.recovered)
        result_.unknown = unknown;
}

} // namespace engine::run
