#include "engine/plan/decision.hpp"

#include "engine/ledger/doubt.hpp"

#include <algorithm>

namespace engine::plan {

namespace {

bool is_there(runtime::files& disk, const std::string& path, std::uint64_t bytes)
{
    const auto info = disk.info(path);
    return info && !info->directory && info->bytes == bytes;
}

// The first wanted output that is not stored as wanted, as a phrase; empty if all are.
std::string missing_output(const job::item& wanted, const ledger::key_record& known,
                           runtime::files& disk, const job::output_folder& folder)
{
    for (const auto& output : wanted.outputs) {
        const auto stored =
            std::ranges::find_if(known.outputs, [&](const job::stored_output& candidate) {
                return candidate.name == output.name && candidate.path == output.path;
            });
        if (stored == known.outputs.end())
            return "output '" + output.name + "' is new";
        if (stored->recipe != job::recipe_of(output))
            return "output '" + output.name + "' has changed";
        if (!is_there(disk, folder.file(stored->path), stored->bytes))
            return stored->path + " is missing or not whole";
    }
    return {};
}

// A stored file whose bytes are those that were received: every output can be made from it again.
std::string stored_original(const ledger::key_record& known, runtime::files& disk,
                            const job::output_folder& folder)
{
    if (const auto kept = folder.kept(known.key); !known.received_sha256.empty() && disk.info(kept))
        return kept;
    for (const auto& stored : known.outputs)
        if (!known.received_sha256.empty() && stored.sha256 == known.received_sha256 &&
            is_there(disk, folder.file(stored.path), stored.bytes))
            return folder.file(stored.path);
    return {};
}

// The cause of an end that the manifest's `fallback` decided (schedule's word for it).
constexpr std::string_view fallback_cause = "fallback";

// Bytes that were received after the last time the item was done, and never stored: of an attempt
// that is still in doubt, or of the last one.
void find_received(decision& found, const ledger::key_record& known, runtime::files& disk,
                   const job::output_folder& folder)
{
    for (const auto& doubt : ledger::doubts_of(known))
        if (const auto path = folder.received(known.key, doubt.attempt);
            doubt.attempt > known.done_attempts && doubt.outcome == job::outcome::unknown &&
            disk.info(path)) {
            found.source = path;
            found.source_attempt = doubt.attempt;
            found.intent_open = true;
            return;
        }
    const auto path = folder.received(known.key, known.attempts);
    if (known.attempts > known.done_attempts && known.last_outcome == job::outcome::delivered &&
        disk.info(path)) {
        found.source = path;
        found.source_attempt = known.attempts;
    }
    // Lost, fetched, and then the process died; what was asked for after it is no picture.
    constexpr int looked_back_max = 16;
    for (int earlier = known.attempts - 1; found.source.empty() && earlier > known.done_attempts &&
                                           earlier >= known.attempts - looked_back_max;
         --earlier)
        if (auto kept = folder.received(known.key, earlier);
            disk.info(kept) && std::ranges::find(known.bad_attempts, earlier) ==
                                   known.bad_attempts.end()) { // those are only not set aside yet
            found.source = std::move(kept);
            found.source_attempt = earlier;
        }
}

// The answers that were lost, may have been billed, and that nothing since has made good.
std::vector<ledger::doubt> lost_answers(const ledger::key_record& known)
{
    auto all = ledger::doubts_of(known);
    std::erase_if(all, [&](const ledger::doubt& one) {
        return one.attempt <= known.done_attempts || one.outcome != job::outcome::unknown;
    });
    return all;
}

// What the provider has decided, or what was paid for often enough: not asked for again by itself.
bool is_settled_failure(const ledger::key_record& known)
{
    return known.state == job::item_state::failed &&
           (known.cause == fallback_cause || known.last_outcome == job::outcome::refused ||
            known.last_outcome == job::outcome::invalid ||
            known.last_outcome == job::outcome::bad_output);
}

bool is_among(const std::vector<std::string>& classes, std::string_view name)
{
    return std::ranges::find(classes, name) != classes.end();
}

std::string dollars(base::microusd amount)
{
    return base::format_usd(amount);
}

} // namespace

bool was_given_up(const ledger::key_record& known, const std::vector<std::string>& classes)
{
    if (known.state == job::item_state::done)
        return false;
    if (classes.empty())
        return known.state == job::item_state::failed ||
               (known.state == job::item_state::held && known.cause == fallback_cause);
    if (!lost_answers(known).empty() && is_among(classes, job::name_of(job::outcome::unknown)))
        return true;
    return known.state &&
           (is_among(classes, known.cause) ||
            (known.last_outcome && is_among(classes, job::name_of(*known.last_outcome))));
}

decision decide(const job::item& wanted, const std::optional<ledger::key_record>& known,
                runtime::files& disk, const job::output_folder& folder)
{
    decision made;
    if (!known) {
        made.reason = "not bought yet";
        return made;
    }
    made.attempts_before = known->attempts;
    made.cost_before = known->settled;
    std::string missing = "stored under another name";
    // Also when it was asked for again since and that came to nothing: what is there is there.
    if (!known->received_sha256.empty()) {
        missing = missing_output(wanted, *known, disk, folder);
        if (missing.empty()) {
            made.verdict = verdict::done;
            made.reason = "every output is there";
            return made;
        }
        if (const auto original = stored_original(*known, disk, folder); !original.empty()) {
            made.verdict = verdict::reuse;
            made.reason = missing + "; made again from the stored original";
            made.source = original;
            made.source_attempt = known->attempts;
            if (known->item != wanted.id) {
                made.same_as = known->item;
                made.reason =
                    "the same picture as '" + known->item + "'; made from the stored original";
                made.attempts_before = 0;
                made.cost_before = {};
            }
            return made;
        }
    }
    find_received(made, *known, disk, folder);
    if (!made.source.empty()) {
        made.verdict = verdict::reuse;
        made.reason = "received and paid for by an earlier run, not yet stored";
        return made;
    }
    const auto& classes = wanted.retry.reopen_classes;
    const bool reopened =
        wanted.retry.reopen_failed || (!classes.empty() && was_given_up(*known, classes));
    const bool buys_again = wanted.retry.on_unknown == job::unknown_policy::retry ||
                            is_among(classes, job::name_of(job::outcome::unknown));
    const auto lost = lost_answers(*known);
    const bool doubtful = !lost.empty();
    if (is_settled_failure(*known) && !reopened) {
        made.verdict = verdict::failed;
        made.reason = known->reason;
    } else if (known->state == job::item_state::held && known->cause == fallback_cause &&
               !reopened) {
        made.verdict = verdict::held;
        made.reason = known->reason + "; --retry-failed tries it again";
    } else if (doubtful && wanted.retry.on_unknown == job::unknown_policy::recover &&
               std::ranges::any_of(lost, &ledger::doubt::may_have_picture)) {
        made.verdict = verdict::recover;
        made.reason = "the provider may still have it: fetched, for nothing";
    } else if (doubtful && !buys_again) {
        made.verdict = verdict::held;
        made.reason = "an earlier attempt may have been billed (up to " +
                      dollars(known->possibly_billed) + "); on_unknown: retry buys it again";
        if (std::ranges::any_of(lost, &ledger::doubt::may_have_picture))
            made.reason += ", recover fetches what the provider still has";
    } else if (known->state == job::item_state::done) {
        made.verdict = verdict::retry;
        made.reason = missing + ", and no original was kept to make it from";
    } else if (known->attempts == 0) {
        made.reason = "not bought yet";
    } else {
        made.verdict = verdict::retry;
        made.reason = doubtful ? "an earlier attempt's answer was lost; on_unknown: retry"
                      : known->last_outcome
                          ? "last attempt: " + std::string(job::name_of(*known->last_outcome))
                          : "not finished";
    }
    return made;
}

} // namespace engine::plan
