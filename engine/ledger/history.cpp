#include "engine/ledger/history.hpp"

#include "engine/ledger/packed_outputs.hpp"
#include "engine/ledger/reader.hpp"

#include <algorithm>
#include <unordered_map>

namespace engine::ledger {

namespace {

struct attempt_note {
    int attempt = 0;
    std::uint32_t run = 0; // index into runs
    std::uint32_t job = 0; // index into jobs
    base::wall_time at{};  // that counts for the day
    base::microusd cost;
    bool possibly_billed = false;
    bool request = false; // left this machine, or may have
    bool bad_output = false;
};

// What few keys have, and those mostly for a short time.
struct open_ends {
    std::vector<open_intent> intents;
    std::vector<unknown_attempt> unknown;
    [[nodiscard]] bool empty() const { return intents.empty() && unknown.empty(); }
};

struct packed_record {
    std::string item;
    std::string cause;
    std::string reason;
    std::optional<job::item_state> state;
    std::optional<job::outcome> last_outcome;
    int attempts = 0;
    int done_attempts = 0;
    std::vector<attempt_note> notes; // one for each attempt line that counts
    std::unique_ptr<open_ends> open;
    std::string outputs; // packed_outputs
};

struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const
    {
        return std::hash<std::string_view>{}(text);
    }
};

bool may_be_billed(const job::attempt_ended& ended)
{
    return ended.possibly_billed || ended.outcome == job::outcome::unknown;
}

bool was_request(job::outcome how)
{
    return how != job::outcome::not_sent && how != job::outcome::cancelled;
}

key_record unpacked(const std::string& key, const packed_record& packed)
{
    key_record record;
    record.key = key;
    record.item = packed.item;
    record.state = packed.state;
    record.cause = packed.cause;
    record.reason = packed.reason;
    record.last_outcome = packed.last_outcome;
    record.attempts = packed.attempts;
    record.done_attempts = packed.done_attempts;
    for (const auto& note : packed.notes) {
        (note.possibly_billed ? record.possibly_billed : record.settled) += note.cost;
        if (note.bad_output)
            record.bad_attempts.push_back(note.attempt);
    }
    if (packed.open) {
        record.open_intents = packed.open->intents;
        record.unknown_attempts = packed.open->unknown;
        for (const auto& intent : record.open_intents)
            record.possibly_billed += intent.reserved;
    }
    auto stored = unpack_outputs(packed.outputs);
    record.received_sha256 = std::move(stored.received_sha256);
    record.outputs = std::move(stored.outputs);
    return record;
}

} // namespace

struct history::state {
    std::unordered_map<std::string, packed_record, text_hash, std::equal_to<>> keys;
    std::vector<run_record> runs;
    std::unordered_map<std::string, std::uint32_t> run_by_id;
    std::vector<base::microusd> jobs = {{}}; // spent; the first is of lines that name none
    std::unordered_map<std::string, std::uint32_t, text_hash, std::equal_to<>> job_by_id = {
        {"", 0}};
    history_totals totals;
    latency_table latencies;
    drift_by_route drifts;
    std::uint64_t torn_bytes = 0;

    std::uint32_t run_of(const job::event& happened)
    {
        if (!runs.empty() && runs.back().id == happened.run)
            return static_cast<std::uint32_t>(runs.size() - 1);
        const auto [place, added] =
            run_by_id.try_emplace(happened.run, static_cast<std::uint32_t>(runs.size()));
        if (added) {
            auto& run = runs.emplace_back();
            run.id = happened.run;
            run.started = happened.time;
        }
        return place->second;
    }

    packed_record& record_of(const std::string& key, const std::string& item)
    {
        const auto [place, added] = keys.try_emplace(key);
        if (added)
            ++totals.keys;
        place->second.item = item;
        return place->second;
    }

    std::uint32_t job_of(const std::string& id)
    {
        const auto [place, added] =
            job_by_id.try_emplace(id, static_cast<std::uint32_t>(jobs.size()));
        if (added)
            jobs.emplace_back();
        return place->second;
    }

    // Adds (or, with -1, takes back) money and a request, in the sums of the run, the job and all.
    void count(std::uint32_t run, std::uint32_t job, base::microusd cost, bool possibly_billed,
               bool request, int sign)
    {
        const auto amount = cost * sign;
        jobs[job] += amount;
        (possibly_billed ? totals.possibly_billed : totals.settled) += amount;
        (possibly_billed ? runs[run].possibly_billed : runs[run].settled) += amount;
        if (request) {
            totals.requests += sign;
            runs[run].requests += sign;
        }
    }
    void count(const attempt_note& note, int sign)
    {
        count(note.run, note.job, note.cost, note.possibly_billed, note.request, sign);
    }

    open_ends& open_of(packed_record& record)
    {
        if (!record.open) {
            record.open = std::make_unique<open_ends>();
            ++totals.unknown;
        }
        return *record.open;
    }
    void drop_if_empty(packed_record& record)
    {
        if (record.open && record.open->empty()) {
            record.open.reset();
            --totals.unknown;
        }
    }

    void fold(const job::event& happened, std::uint32_t run, const job::intent_opened& body)
    {
        auto& record = record_of(body.key, body.item);
        record.attempts = std::max(record.attempts, body.attempt);
        open_of(record).intents.push_back({body.attempt,
                                           happened.run,
                                           happened.time,
                                           body.route_owner,
                                           body.api,
                                           body.model,
                                           body.mainline_model,
                                           body.reserved,
                                           body.request_hash,
                                           {{}, body.conversation_id},
                                           {},
                                           body.job});
        count(run, job_of(body.job), body.reserved, true, true, +1);
    }

    void fold(const job::event&, std::uint32_t, const job::answer_named& body)
    {
        auto& record = record_of(body.key, body.item);
        if (!record.open)
            return;
        for (auto& intent : record.open->intents)
            if (intent.attempt == body.attempt) {
                intent.names.response_id = body.response_id;
                intent.enriched = body.enriched;
            }
    }

    // Takes the intent out that this attempt closes. Nothing: there was none.
    std::optional<open_intent> close_intent(packed_record& record, int attempt)
    {
        if (!record.open)
            return std::nullopt;
        auto& intents = record.open->intents;
        const auto closed = std::ranges::find(intents, attempt, &open_intent::attempt);
        if (closed == intents.end())
            return std::nullopt;
        auto intent = std::move(*closed);
        count(run_by_id.at(intent.run), job_of(intent.job), intent.reserved, true, true, -1);
        intents.erase(closed);
        return intent;
    }

    // What the attempt line does not say of itself stays as it was known before.
    static unknown_attempt doubt_of(const job::event& happened, const job::attempt_ended& body,
                                    const answer_names& known)
    {
        unknown_attempt doubt;
        doubt.attempt = body.attempt;
        doubt.outcome = body.outcome;
        doubt.run = happened.run;
        doubt.ended = happened.time;
        doubt.route_owner = body.route_owner;
        doubt.api = body.api;
        doubt.model = body.model_requested;
        doubt.mainline_model = body.mainline_model;
        doubt.worst_case = body.cost;
        doubt.request_id = body.request_id;
        doubt.client_request_id = body.client_request_id;
        doubt.names = {body.response_id.empty() ? known.response_id : body.response_id,
                       known.conversation_id};
        doubt.enriched = body.enriched;
        doubt.error = body.error_message.empty() ? body.error_code : body.error_message;
        return doubt;
    }

    // An attempt line that closes an intent is a new attempt. One that does not, but has the number
    // of an earlier one, corrects that one: `recon` learned how it ended.
    void fold(const job::event& happened, std::uint32_t run, const job::attempt_ended& body)
    {
        auto& record = record_of(body.key, body.item);
        // What an earlier attempt came to does not change what the last one was.
        if (body.attempt >= record.attempts)
            record.last_outcome = body.outcome;
        record.attempts = std::max(record.attempts, body.attempt);
        if (!body.recovered) // a fetched answer says nothing about how long one takes
            latencies.add(body, run);
        note_drift(drifts, body);
        const auto closed = close_intent(record, body.attempt);
        attempt_note note{.attempt = body.attempt,
                          .run = run,
                          .at = happened.time,
                          .cost = body.cost,
                          .possibly_billed = may_be_billed(body),
                          .request = was_request(body.outcome),
                          .bad_output = body.outcome == job::outcome::bad_output};
        if (closed) {
            note.job = job_of(closed->job);
            if (closed->run != happened.run)
                note.at = closed->opened; // its own run did not live to see the end
        }
        const auto old = std::ranges::find(record.notes.rbegin(), record.notes.rend(), body.attempt,
                                           &attempt_note::attempt);
        answer_names known = closed ? closed->names : answer_names{};
        if (!closed && old != record.notes.rend()) {
            note.job = old->job;
            note.at = old->at;
            count(*old, -1);
            record.notes.erase(std::next(old).base());
            if (record.open)
                std::erase_if(record.open->unknown, [&](const unknown_attempt& unknown) {
                    if (unknown.attempt != body.attempt)
                        return false;
                    known = unknown.names;
                    return true;
                });
        }
        record.notes.push_back(note);
        count(note, +1);
        if (note.possibly_billed)
            open_of(record).unknown.push_back(doubt_of(happened, body, known));
        drop_if_empty(record);
    }

    std::int64_t* keys_in(std::optional<job::item_state> how)
    {
        if (how == job::item_state::done)
            return &totals.done;
        if (how == job::item_state::failed)
            return &totals.failed;
        return how == job::item_state::held ? &totals.held : nullptr;
    }

    void fold(const job::event&, std::uint32_t, const job::item_ended& body)
    {
        const bool shares = !body.same_as.empty();
        auto& record = record_of(body.key, shares ? body.same_as : body.item);
        if (body.state == job::item_state::open) // not an ending: what was before still holds
            return;
        if (shares && body.state != job::item_state::done)
            return; // of the key only the item that got its picture decides
        if (auto* before = keys_in(record.state))
            --*before;
        record.state = body.state;
        if (auto* after = keys_in(record.state))
            ++*after;
        record.cause = body.cause;
        record.reason = body.reason;
        if (body.state == job::item_state::done) {
            record.done_attempts = std::max(record.done_attempts, body.attempts);
            record.outputs = with_outputs_of(body, record.outputs);
        }
    }

    void fold(const job::event& happened, std::uint32_t run, const job::run_started& body)
    {
        runs[run].started = happened.time;
        runs[run].opening = body;
    }
    void fold(const job::event&, std::uint32_t run, const job::run_ended& body)
    {
        runs[run].ending = body;
    }
    // Nothing that a later run goes by.
    void fold(const job::event&, std::uint32_t, const job::limit_changed&) {}
    void fold(const job::event&, std::uint32_t, const job::budget_changed&) {}
    void fold(const job::event&, std::uint32_t, const job::warning_raised&) {}
};

history::history() : state_(std::make_unique<state>())
{}
history::~history() = default;
history::history(history&&) noexcept = default;
history& history::operator=(history&&) noexcept = default;

base::result<history> history::read(runtime::files& disk, const std::string& path)
{
    history all;
    const auto counts =
        read_events(disk, path, [&](job::event&& happened, line_place) { all.add(happened); });
    if (!counts)
        return std::unexpected(counts.error());
    all.state_->torn_bytes = counts->torn_bytes;
    return all;
}

void history::add(const job::event& happened)
{
    ++state_->totals.lines;
    const auto run = state_->run_of(happened);
    std::visit([&](const auto& body) { state_->fold(happened, run, body); }, happened.body);
}

std::optional<key_record> history::find(std::string_view key) const
{
    const auto found = state_->keys.find(key);
    if (found == state_->keys.end())
        return std::nullopt;
    return unpacked(found->first, found->second);
}

void history::for_each(const std::function<void(const key_record&)>& visit) const
{
    for (const auto& [key, packed] : state_->keys)
        visit(unpacked(key, packed));
}

const history_totals& history::totals() const
{
    return state_->totals;
}

base::microusd history::spent_since(base::wall_time from) const
{
    base::microusd sum;
    for (const auto& [key, record] : state_->keys) {
        for (const auto& note : record.notes)
            if (note.at >= from)
                sum += note.cost;
        if (record.open)
            for (const auto& intent : record.open->intents)
                if (intent.opened >= from)
                    sum += intent.reserved;
    }
    return sum;
}

base::microusd history::spent_for_job(std::string_view job) const
{
    const auto known = state_->job_by_id.find(job);
    return known == state_->job_by_id.end() || known->second == 0 ? base::microusd{}
                                                                  : state_->jobs[known->second];
}

const std::vector<run_record>& history::runs() const
{
    return state_->runs;
}

const latency_table& history::latencies() const
{
    return state_->latencies;
}

const drift_by_route& history::drifts() const
{
    return state_->drifts;
}

std::uint64_t history::torn_bytes() const
{
    return state_->torn_bytes;
}

} // namespace engine::ledger
