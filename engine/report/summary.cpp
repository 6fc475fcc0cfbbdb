#include "engine/report/summary.hpp"

#include "engine/base/utf8.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace engine::report {

namespace {

// Messages of providers may hold ids and times: without a bound each would be a group of its own.
constexpr std::size_t failure_groups_max = 200;
constexpr std::size_t reason_bytes_max = 80;

std::string attempt_name(const std::string& key, int attempt)
{
    return key + " " + std::to_string(attempt);
}

std::string route_name(const job::attempt_ended& body)
{
    return body.route_owner + "/" + body.api + "/" + body.model_requested;
}

std::string reason_of(const job::attempt_ended& body)
{
    if (!body.error_code.empty())
        return body.error_code;
    const auto text = std::string_view(body.error_message);
    return std::string(text.substr(0, base::utf8_prefix(text, reason_bytes_max)));
}

bool may_be_billed(const job::attempt_ended& body)
{
    return body.possibly_billed || body.outcome == job::outcome::unknown;
}

} // namespace

std::chrono::milliseconds run_totals::took() const
{
    if (ending && ending->wall_ms > 0)
        return std::chrono::milliseconds(
            static_cast<std::int64_t>(std::min(ending->wall_ms, 1e15)));
    return std::max(last_line - started, std::chrono::milliseconds(0));
}

void summary::add(const job::event& happened)
{
    if (runs_.empty() || runs_.back().id != happened.run) {
        auto& run = runs_.emplace_back();
        run.id = happened.run;
        run.started = happened.time;
    }
    runs_.back().last_line = happened.time;
    std::visit([&](const auto& body) { add_body(happened, body); }, happened.body);
}

void summary::add_body(const job::event& happened, const job::run_started& body)
{
    runs_.back().started = happened.time;
    runs_.back().opening = body;
}

void summary::add_body(const job::event&, const job::run_ended& body)
{
    runs_.back().ending = body;
}

void summary::add_body(const job::event& happened, const job::intent_opened& body)
{
    (void)items_[body.item];
    possibly_billed_note note;
    note.what = {body.item,
                 body.key,
                 body.attempt,
                 body.reserved,
                 {},
                 {},
                 body.route_owner + "/" + body.api + "/" + body.model,
                 {},
                 true,
                 happened.time,
                 job::outcome::unknown};
    note.run = static_cast<std::uint32_t>(runs_.size() - 1);
    note.model = body.model;
    possibly_billed_ += body.reserved;
    runs_.back().possibly_billed += body.reserved;
    // A number may be used again; what it stood for before stays on the bill under another name.
    auto name = attempt_name(body.key, body.attempt);
    if (auto before = possibly_.extract(name)) {
        while (possibly_.contains(before.key() += '\''))
            ;
        possibly_.insert(std::move(before));
    }
    possibly_.emplace(std::move(name), std::move(note));
}

// Takes an attempt that was only possibly billed out of the sums: its attempt line has come, or a
// better one.
void summary::take_back(const std::string& attempt)
{
    const auto found = possibly_.find(attempt);
    if (found == possibly_.end())
        return;
    const auto& [what, run, failure, unpriced, model] = found->second;
    possibly_billed_ -= what.worst_case;
    runs_[run].possibly_billed -= what.worst_case;
    if (!what.intent_only) {
        --attempts_by_outcome_[std::string(name_of(what.outcome))];
        --runs_[run].attempts;
        --by_route_[what.route].attempts;
        --by_model_[model].attempts;
        by_route_[what.route].possibly_billed -= what.worst_case;
        by_model_[model].possibly_billed -= what.worst_case;
        if (failure > 0)
            --failures_[failure - 1].attempts;
        if (unpriced)
            --unpriced_;
    }
    possibly_.erase(found);
}

// The intent says what was held for the attempt.
void summary::note_over_reserved(const std::string& attempt, base::microusd cost)
{
    const auto found = possibly_.find(attempt);
    if (found == possibly_.end() || !found->second.what.intent_only ||
        cost <= found->second.what.worst_case)
        return;
    ++over_reserved_;
    over_reserved_amount_ += cost - found->second.what.worst_case;
}

void summary::add_body(const job::event& happened, const job::attempt_ended& body)
{
    const auto name = attempt_name(body.key, body.attempt);
    note_over_reserved(name, body.cost);
    take_back(name);
    const bool delivered = body.outcome == job::outcome::delivered;
    auto& run = runs_.back();
    auto& route = by_route_[route_name(body)];
    auto& model = by_model_[body.model_requested];
    drift_.add(body);
    route.drift.add(body);
    model.drift.add(body);
    ++attempts_by_outcome_[std::string(name_of(body.outcome))];
    ++run.attempts;
    ++route.attempts;
    ++model.attempts;
    bytes_received_ += body.bytes_received;
    if (body.cost_basis == job::cost_basis::unpriced)
        ++unpriced_;
    auto& item = items_[body.item];
    item.failure = delivered ? 0 : failure_of(body);
    if (delivered) {
        ++images_;
        ++run.images;
        ++route.delivered;
        ++model.delivered;
        add_latency(body);
    }
    if (may_be_billed(body)) {
        possibly_billed_ += body.cost;
        run.possibly_billed += body.cost;
        route.possibly_billed += body.cost;
        model.possibly_billed += body.cost;
    } else {
        settled_ += body.cost;
        run.settled += body.cost;
        route.settled += body.cost;
        model.settled += body.cost;
    }
    // Kept for a later correction; a delivered one stays what it is.
    if (may_be_billed(body) && !delivered) {
        possibly_billed_note note;
        note.what = {body.item,
                     body.key,
                     body.attempt,
                     body.cost,
                     body.request_id,
                     body.client_request_id,
                     route_name(body),
                     body.error_message.empty() ? body.error_code : body.error_message,
                     false,
                     happened.time,
                     body.outcome};
        note.run = static_cast<std::uint32_t>(runs_.size() - 1);
        note.failure = item.failure;
        note.unpriced = body.cost_basis == job::cost_basis::unpriced;
        note.model = body.model_requested;
        possibly_.insert_or_assign(name, std::move(note));
    }
}

void summary::add_latency(const job::attempt_ended& body)
{
    if (body.recovered) // how long it was fetched for, not how long it took
        return;
    const auto& ms = body.latency_ms;
    const auto note = [&](const char* phase, std::optional<double> value) {
        if (value)
            latency_[phase].add(*value);
    };
    note("queued", ms.queued);
    note("connect", ms.connect);
    note("first_byte", ms.first_byte);
    note("first_event", ms.first_event);
    note("first_partial", ms.first_partial);
    note("last_byte", ms.last_byte);
    note("decode", ms.decode);
    note("encode", ms.encode);
    note("store", ms.store);
    note("total", ms.total);
    if (ms.total) {
        by_route_[route_name(body)].total_ms.add(*ms.total);
        by_model_[body.model_requested].total_ms.add(*ms.total);
    }
}

std::uint32_t summary::failure_of(const job::attempt_ended& body)
{
    auto reason = reason_of(body);
    const auto same = [&](const failure_group& group) {
        return group.outcome == body.outcome && group.reason == reason;
    };
    auto found = std::ranges::find_if(failures_, same);
    if (found == failures_.end() && failures_.size() >= failure_groups_max) {
        reason = "other";
        found = std::ranges::find_if(failures_, same);
    }
    if (found == failures_.end()) {
        failures_.emplace_back();
        found = std::prev(failures_.end());
        found->outcome = body.outcome;
        found->reason = reason;
        found->example_item = body.item;
        found->example_message = body.error_message;
        found->example_request_id = body.request_id;
    }
    ++found->attempts;
    return static_cast<std::uint32_t>(found - failures_.begin()) + 1;
}

void summary::add_body(const job::event&, const job::item_ended& body)
{
    auto& item = items_[body.item];
    if (body.state == job::item_state::open) // not an ending: what was before still holds
        return;
    item.state = body.state;
    if (item.cause > 0)
        --causes_[item.cause - 1].items;
    item.cause = body.state == job::item_state::done ? 0 : cause_of(body);
    if (body.state != job::item_state::done)
        return;
    bytes_stored_ -= item.bytes_stored;
    item.bytes_stored = 0;
    for (const auto& output : body.outputs)
        item.bytes_stored += output.bytes;
    bytes_stored_ += item.bytes_stored;
}

std::uint32_t summary::cause_of(const job::item_ended& body)
{
    auto found = std::ranges::find_if(causes_, [&](const cause_group& group) {
        return group.state == body.state && group.cause == body.cause;
    });
    if (found == causes_.end()) {
        causes_.push_back({body.state, body.cause, 0, {}, {}});
        found = std::prev(causes_.end());
    }
    const auto number = static_cast<std::uint32_t>(found - causes_.begin()) + 1;
    const auto example = items_.find(found->example_item);
    const bool has_left = example == items_.end() || example->second.cause != number;
    if (found->items++ == 0 || has_left) {
        found->example_item = body.item;
        found->example_reason = body.reason;
    }
    return number;
}

item_counts summary::items() const
{
    item_counts all;
    for (const auto& [id, item] : items_)
        switch (item.state.value_or(job::item_state::open)) {
        case job::item_state::done:
            ++all.done;
            break;
        case job::item_state::failed:
            ++all.failed;
            break;
        case job::item_state::held:
            ++all.held;
            break;
        case job::item_state::open:
            ++all.open;
            break;
        }
    return all;
}

const std::map<std::string, std::int64_t>& summary::attempts_by_outcome() const
{
    return attempts_by_outcome_;
}

base::microusd summary::possibly_billed() const
{
    return possibly_billed_;
}

std::int64_t summary::unknown() const
{
    return static_cast<std::int64_t>(possibly_.size());
}

std::vector<unknown_note> summary::unknowns() const
{
    std::vector<unknown_note> all;
    all.reserve(possibly_.size());
    for (const auto& [name, note] : possibly_)
        all.push_back(note.what);
    std::ranges::sort(all, [](const unknown_note& a, const unknown_note& b) {
        return std::tie(a.time, a.item, a.attempt) < std::tie(b.time, b.item, b.attempt);
    });
    return all;
}

std::optional<base::microusd> summary::cost_per_image(base::microusd not_counted) const
{
    if (images_ == 0)
        return std::nullopt;
    return base::microusd{((spent() - not_counted).count + images_ / 2) / images_};
}

double summary::images_per_second() const
{
    if (runs_.empty() || runs_.back().took().count() == 0)
        return 0;
    return static_cast<double>(runs_.back().images) * 1000 /
           static_cast<double>(runs_.back().took().count());
}

std::vector<cause_group> summary::causes() const
{
    auto all = causes_;
    for (const auto& [name, item] : items_)
        if (item.cause > 0) {
            auto& group = all[item.cause - 1];
            const auto shown = items_.find(group.example_item);
            if (shown == items_.end() || shown->second.cause != item.cause) {
                group.example_item = name; // the one that was shown is done by now
                group.example_reason.clear();
            }
        }
    std::erase_if(all, [](const cause_group& group) { return group.items == 0; });
    std::ranges::sort(all, [](const cause_group& a, const cause_group& b) {
        return std::tie(a.state, b.items, a.cause) < std::tie(b.state, a.items, b.cause);
    });
    return all;
}

std::vector<failure_group> summary::failures() const
{
    auto all = failures_;
    for (const auto& [id, item] : items_)
        if (item.failure > 0 && item.state != job::item_state::done)
            ++all[item.failure - 1].items_open;
    std::erase_if(all, [](const failure_group& group) { return group.attempts == 0; });
    std::ranges::sort(all, [](const failure_group& a, const failure_group& b) {
        return std::tie(b.attempts, a.outcome, a.reason) <
               std::tie(a.attempts, b.outcome, b.reason);
    });
    return all;
}

} // namespace engine::report
