#include "engine/ledger/line.hpp"
#include "engine/run/batch_machine.hpp"
#include "engine/run/settlement.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace engine::run {

namespace {

// OpenAI's code for an answer that it has forgotten or never stored.
constexpr std::string_view previous_response_not_found = "previous_response_not_found";

} // namespace

// Whether the provider still has the answer that is continued, so that it need not be sent again.
bool batch::machine::continues_by_name(const live_item& live, const job::route& route) const
{
    if (!live.earlier || live.feed_earlier || route.api != job::api_responses)
        return false;
    const auto& maker = live.earlier->maker;
    if (maker.response_id.empty() || maker.provider != route.provider || maker.api != route.api)
        return false;
    const auto* spec = job::find_provider(options_.providers, route.provider);
    return spec && spec->wire.stores_responses;
}

attempt_order batch::machine::make_order(live_item& live, const schedule::start_attempt& action)
{
    const auto& place = live.places[action.choice];
    if (action.choice != live.stands_at) {
        note_switch(live, place, action.retry_reason);
        live.stands_at = action.choice;
    }
    live.wanted.expect = live.asked;
    live.wanted.expect = job::expectation_for(live.wanted, place.step);
    attempt_order order;
    order.wanted = &live.wanted;
    order.route = place.route;
    order.request = job::request_for(live.wanted, place.route, place.step);
    if (continues_by_name(live, place.route)) {
        order.request.previous_response_id = live.earlier->maker.response_id;
    } else if (live.earlier) {
        auto& references = order.request.references;
        references.insert(references.begin(), live.earlier->picture);
        order.request.continues = false; // it is a reference like the others now
    }
    order.number = ++live.attempts;
    order.reserved = place.reserved;
    order.reserved.whole = action.reserve;
    order.enrichment_reserved = place.enrichment;
    order.retry_reason = action.retry_reason;
    order.queued_since = live.queued_since;
    return order;
}

// Every switch is said, with its reason.
void batch::machine::note_switch(const live_item& live, const place& to, const std::string& why)
{
    std::string text = "goes on with " + to.route.name();
    if (to.step > 0) {
        const auto& down = live.wanted.downgrades[to.step - 1];
        if (down.quality)
            text += ", quality " + *down.quality;
        if (down.size)
            text += ", size " + job::to_string(*down.size);
    }
    text += " (" + why;
    if (live.last_outcome)
        text += " after " + std::string(job::name_of(*live.last_outcome));
    if (!live.error_message.empty())
        text += ": " + live.error_message;
    events_.note(job::warning_raised{live.wanted.id, text + ")"});
}

// Another model than was asked for is another product, perhaps at another price.
void batch::machine::note_model(const job::attempt_ended& line)
{
    if (!is_other_model(line.model_requested, line.model_returned))
        return;
    const auto route = line.route_owner + "/" + line.api + "/" + line.model_requested;
    if (!models_noted_.insert(route + " -> " + line.model_returned).second)
        return;
    events_.note(job::warning_raised{line.item, route + " answered with the model '" +
                                                    line.model_returned + "'"});
}

// More than was held for it: the cap is only as true as the prices. Said once for each route; the
// report counts them all.
void batch::machine::note_over_reserved(const job::attempt_ended& line, base::microusd reserved)
{
    const auto route = line.route_owner + "/" + line.api + "/" + line.model_requested;
    if (line.cost <= reserved || !over_reserved_noted_.insert(route).second)
        return;
    events_.note(job::warning_raised{
        line.item, "cost " + base::format_usd(line.cost) + ", more than the " +
                       base::format_usd(reserved) + " that was reserved: the price of " + route +
                       " is wrong (prices of " + line.price_table +
                       "); providers.NAME.prices corrects it"});
}

runtime::task<> batch::machine::attempt(live_ptr live, schedule::start_attempt action)
{
    auto order = make_order(*live, action);
    const bool by_name = !order.request.previous_response_id.empty();
    const auto route = order.route;
    auto& api = *with_.apis.at(route.provider + "/" + route.api);
    order.limits_read = [this, item = live->handle](const auto& readings) {
        tell(schedule::limits_read{item, readings_of(readings)});
    };
    order.request.recoverable =
        live->wanted.retry.on_unknown == job::unknown_policy::recover && api.can_fetch();
    auto ended = co_await attempts_.run(std::move(order), api, [this, item = live->handle] {
        tell(schedule::response_ended{item});
    });

    auto& line = ended.line;
    // Nothing was drawn, and the next attempt brings the picture along.
    const bool forgotten = by_name && line.error_code == previous_response_not_found;
    live->feed_earlier = live->feed_earlier || forgotten;
    if (ended.line_due) {
        count_attempt(line);
        events_.note(line);
        note_model(line);
        note_over_reserved(line, action.reserve);
    }
    live->cost += line.cost;
    live->error_message = line.error_message;
    live->last_outcome = line.outcome;
    if (!ended.reply.revised_prompt.empty())
        live->revised_prompt = ended.reply.revised_prompt;
    live->queued_since = with_.time.now();
    if (line.outcome == job::outcome::account)
        facts_.account(line.http_status, line.error_code);
    auto settled = settle(live->handle, line, ended.reply);
    settled.again = forgotten;
    settled.beside_route = ended.by_text_model;
    if (ended.by_text_model)
        settled.readings.clear();
    tell(std::move(settled));
    if (ended.fatal)
        fatal(*ended.fatal);
    const auto received = options_.folder.received(line.key, line.attempt);
    if (line.outcome == job::outcome::bad_output && ended.stored)
        set_aside(received, options_.folder.quarantined(line.key, line.attempt));
    if (line.outcome == job::outcome::delivered) {
        live->maker = {line.route_owner, line.api, line.response_id};
        live->made = line;
        co_await finish_done(live, std::move(*ended.stored), received, {});
    }
}

runtime::task<> batch::machine::reuse(live_ptr live)
{
    const auto& before = live->before;
    // Bytes that are paid for are stored even while we are being stopped.
    co_await runtime::asio::this_coro::reset_cancellation_state(
        runtime::asio::disable_cancellation());
    const bool cached = !before.cached_sha256.empty();
    const auto in_cache = before.source;
    if (cached) // from here on a file of this folder, as if it had been received
        live->before.source = options_.folder.received_folder() + "/" + live->wanted.key + ".part";
    auto work = [this, live, cached, in_cache]() {
        if (cached)
            if (auto taken = take_from_cache(with_.disk, in_cache, live->before.source); !taken) {
                store_result none;
                none.bad_image = taken.error();
                return none;
            }
        const auto& before = live->before;
        const auto& source = before.source;
        const bool received = source.starts_with(options_.folder.received_folder());
        source_rules rules;
        rules.has_thumb = !live->before.same_as.empty();
        if (const auto record = with_.history.find(live->wanted.key); record && !received)
            rules.expected_sha256 = record->received_sha256;
        if (before.waits)
            rules.expected_sha256 = live->shared_sha256;
        if (!before.cached_sha256.empty())
            rules.expected_sha256 = before.cached_sha256;
        return store_in_any_form(live->wanted, source, pictures_, rules);
    };
    auto stored = co_await with_.pool.run(std::move(work));
    --reusing_;
    bell_->ring();
    if (before.intent_open)
        settle_recovered(*live, stored);
    if (stored.local_failure) {
        fatal(*stored.local_failure);
        end_item(*live, job::item_state::open, "store", stored.local_failure->message());
        co_return;
    }
    // Received for this item: what others share is theirs to remove.
    const bool was_received =
        !before.waits && before.source.starts_with(options_.folder.received_folder());
    if (stored.bad_image) {
        if (cached) {
            (void)with_.disk.remove(before.source);
            (void)with_.disk.remove(in_cache.substr(0, in_cache.rfind('-')) + ".json");
        } else if (was_received)
            set_aside(before.source,
                      options_.folder.quarantined(live->wanted.key, before.source_attempt));
        // The plan said that this one costs nothing: buying it is for the next run, which says so.
        events_.note(job::warning_raised{
            live->wanted.id, (cached ? in_cache : before.source) + " cannot be used: " +
                                 stored.bad_image->message() + "; the next run buys it again"});
        end_item(*live, job::item_state::open, "store", {});
        co_return;
    }
    ++result_.reused;
    co_await finish_done(live, std::move(stored), was_received ? before.source : std::string{},
                         "reused: " + before.reason);
}

// The bytes of an attempt whose process died before its line was written: the note beside them has
// it.
void batch::machine::settle_recovered(live_item& live, store_result& stored)
{
    const auto record = with_.history.find(live.wanted.key);
    const auto& routes = live.wanted.routes; // none, when the manifest has the item no more
    auto line = describe_attempt(live.wanted, live.wanted.request,
                                 routes.empty() ? job::route{} : routes.front(),
                                 live.before.source_attempt, options_.prices.version());
    bool noted = false;
    if (const auto text =
            with_.disk.read(job::output_folder::note_of(live.before.source), 1u << 20)) {
        auto event = ledger::from_line(*text);
        if (event && std::holds_alternative<job::attempt_ended>(event->body)) {
            line = std::get<job::attempt_ended>(std::move(event->body));
            noted = true;
        }
    }
    if (!noted) {
        line.outcome = job::outcome::delivered;
        line.cost_basis = job::cost_basis::estimate;
        for (const auto& lost : record ? ledger::doubts_of(*record) : std::vector<ledger::doubt>{})
            if (lost.attempt == live.before.source_attempt) {
                line.cost = lost.worst_case;
                line.client_request_id = lost.client_request_id;
            }
    }
    if (stored.bad_image) {
        line.outcome = job::outcome::bad_output;
        line.error_code = stored.bad_code;
        line.error_message = base::clean_detail(stored.bad_image->message());
    }
    live.cost += line.cost;
    live.maker = {line.route_owner, line.api, line.response_id};
    if (noted && line.outcome == job::outcome::delivered)
        live.made = line;
    events_.note(std::move(line));
}

runtime::task<> batch::machine::finish_done(live_ptr live, store_result stored,
                                            std::string received, std::string reason)
{
    if (stored.local_failure) {
        // Paid for, and the bytes are in the received folder: the next run stores them for nothing.
        end_item(*live, job::item_state::open, "store", stored.local_failure->message());
        co_return;
    }
    if (stored.output_failure) {
        end_item(*live, job::item_state::failed, "output", stored.output_failure->message(),
                 {.files = {{}, stored.received_sha256}, .picture = std::move(received)});
        co_return;
    }
    for (const auto& note : stored.notes)
        events_.note(job::warning_raised{live->wanted.id, note});
    const bool is_parent = live->has_children || options_.keep_pictures;
    if ((is_parent || live->is_shared) && !received.empty()) {
        auto work = [this, live, received, is_parent]() {
            if (!is_parent) // for this run, or until the next one has finished it
                return keep_for_sharing(with_.disk, options_.folder, live->wanted.key, received);
            return keep_image(with_.disk, options_.folder, live->wanted.key, received, live->maker);
        };
        auto kept = co_await with_.pool.run(std::move(work));
        if (!kept && live->is_shared) {
            // Without it those that share it would have to buy it: it stays as it was received, and
            // the next run stores it for nothing.
            fatal(kept.error());
            end_item(*live, job::item_state::open, "store", kept.error().message());
            co_return;
        }
        if (!kept)
            events_.note(job::warning_raised{
                live->wanted.id, "its picture could not be kept for those that continue it, who "
                                 "take an output instead: " +
                                     kept.error().message()});
    }
    auto line = describe_item(*live, job::item_state::done);
    line.reason = std::move(reason);
    line.received_sha256 = stored.received_sha256;
    line.outputs = std::move(stored.outputs);
    parent_end how{job::item_state::done};
    if (live->has_children || live->is_shared)
        how.files = {line.outputs, line.received_sha256};
    if (live->is_shared)
        how.picture = options_.folder.kept(live->wanted.key);
    auto written = co_await events_.note_durable(std::move(line));
    if (!written) {
        fatal(written.error());
        co_return;
    }
    ++result_.items[static_cast<std::size_t>(job::item_state::done)];
    bell_->ring();
    if (!options_.cache.empty() && live->made && !received.empty())
        co_await give_to_cache(live, stored, received);
    if (!received.empty()) {
        (void)with_.disk.remove(received);
        (void)with_.disk.remove(job::output_folder::note_of(received));
    }
    over(*live, std::move(how));
}

// Others may want the same picture one day. The item is done, whatever comes of it.
runtime::task<> batch::machine::give_to_cache(live_ptr live, const store_result& stored,
                                              std::string received)
{
    const auto provider =
        std::ranges::find(options_.providers, live->made->route_owner, &job::provider_spec::name);
    const bool from_own = live->earlier && !live->earlier->is_output;
    auto note = cache_note_for(
        live->wanted, *live->made, stored, from_own ? live->earlier->picture.sha256 : std::string{},
        provider == options_.providers.end() ? std::string{} : provider->base_url);
    if (!note)
        co_return;
    note->made = with_.time.wall_now();
    auto work = [this, note = std::move(*note), received]() {
        return put_into_cache(with_.disk, options_.cache, note, received, options_.run_id);
    };
    const auto put = co_await with_.pool.run(std::move(work));
    if (!put && !std::exchange(cache_failed_, true))
        events_.note(job::warning_raised{"", "pictures of this run are not all in the cache " +
                                                 options_.cache + ": " + put.error().message()});
}

void batch::machine::count_attempt(const job::attempt_ended& line)
{
    ++attempts_by_outcome_[std::string(job::name_of(line.outcome))];
    if (line.outcome != job::outcome::not_sent && line.outcome != job::outcome::cancelled)
        ++result_.requests;
    result_.spent += line.cost;
    if (line.outcome == job::outcome::delivered)
        ++result_.images;
    if (line.possibly_billed)
        result_.possibly_billed += line.cost;
    if (line.outcome == job::outcome::unknown)
        ++result_.unknown;
}

void batch::machine::set_aside(const std::string& received, const std::string& quarantined)
{
    if (with_.disk.make_directories(options_.folder.quarantine_folder()))
        (void)with_.disk.rename(received, quarantined);
    (void)with_.disk.remove(job::output_folder::note_of(received));
}

void batch::machine::end_item(const live_item& live, job::item_state state, std::string cause,
                              std::string reason, parent_end how)
{
    ++result_.items[static_cast<std::size_t>(state)];
    // Of an open one nothing was decided: the next run goes on with it, and a line would say
    // nothing new.
    if (state != job::item_state::open) {
        auto line = describe_item(live, state);
        line.cause = cause;
        line.reason = reason;
        events_.note(std::move(line));
    }
    how.state = state;
    how.cause = std::move(cause);
    how.reason = std::move(reason);
    over(live, std::move(how));
}

job::item_ended batch::machine::describe_item(const live_item& live, job::item_state state) const
{
    job::item_ended line;
    line.item = live.wanted.id;
    line.key = live.wanted.key;
    line.state = state;
    line.variables = live.wanted.variables;
    line.after = live.wanted.after ? live.wanted.after->id : std::string{};
    line.same_as = live.before.same_as;
    line.revised_prompt = live.revised_prompt;
    line.attempts = live.attempts;
    line.cost = live.cost;
    line.references = live.wanted.request.references;
    return line;
}

void batch::machine::fatal(const base::failure& why)
{
    if (!result_.local_failure)
        result_.local_failure = why;
    tell(schedule::stop_admitting{why.message()});
}

} // namespace engine::run
