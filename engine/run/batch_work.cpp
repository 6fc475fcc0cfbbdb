#include "engine/ledger/line.hpp"
#include "engine/run/batch_machine.hpp"
#include "engine/run/settlement.hpp"

#include <boost/asio/this_coro.hpp>

namespace engine::run {

runtime::task<> batch::machine::attempt(live_ptr live, schedule::start_attempt action)
{
    attempt_order order;
    order.wanted = &live->wanted;
    order.route = live->routes[action.choice];
    order.number = ++live->attempts;
    order.reserved = action.reserve;
    order.retry_reason = action.retry_reason;
    order.queued_since = live->queued_since;
    live->wanted.request.model = order.route.model;
    auto& api = *with_.apis.at(order.route.provider);
    auto ended = co_await attempts_.run(std::move(order), api, [this, item = live->handle] {
        tell(schedule::response_ended{item});
    });

    auto& line = ended.line;
    if (ended.line_due) {
        count_attempt(line);
        events_.note(line);
    }
    live->cost += line.cost;
    live->error_message = line.error_message;
    if (!ended.reply.revised_prompt.empty())
        live->revised_prompt = ended.reply.revised_prompt;
    live->queued_since = with_.time.now();
    if (line.outcome == job::outcome::account)
        facts_.account(line.http_status, line.error_code);
    tell(settle(live->handle, line, ended.reply));
    if (ended.fatal)
        fatal(*ended.fatal);
    const auto received = options_.folder.received(line.key, line.attempt);
    if (line.outcome == job::outcome::bad_output && ended.stored)
        set_aside(received, options_.folder.quarantined(line.key, line.attempt));
    if (line.outcome == job::outcome::delivered)
        co_await finish_done(live, std::move(*ended.stored), received, {});
}

runtime::task<> batch::machine::reuse(live_ptr live)
{
    const auto& before = live->before;
    // Bytes that are paid for are stored even while we are being stopped.
    co_await runtime::asio::this_coro::reset_cancellation_state(
        runtime::asio::disable_cancellation());
    auto work = [this, live]() {
        return store_image(live->wanted, live->before.source, options_.folder, with_.disk,
                           with_.time);
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
    const bool was_received = before.source.starts_with(options_.folder.received_folder());
    if (stored.bad_image) {
        if (was_received)
            set_aside(before.source,
                      options_.folder.quarantined(live->wanted.key, before.source_attempt));
        // The plan said that this one costs nothing: buying it is for the next run, which says so.
        events_.note(job::warning_raised{
            live->wanted.id, before.source + " cannot be used: " + stored.bad_image->message() +
                                 "; the next run buys it again"});
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
    auto line = describe_attempt(live.wanted, live.wanted.routes.front(),
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
        for (const auto& intent :
             record ? record->open_intents : std::vector<ledger::open_intent>{})
            if (intent.attempt == live.before.source_attempt)
                line.cost = intent.reserved;
    }
    if (stored.bad_image) {
        line.outcome = job::outcome::bad_output;
        line.error_code = stored.bad_code;
        line.error_message = base::clean_detail(stored.bad_image->message());
    }
    live.cost += line.cost;
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
        end_item(*live, job::item_state::failed, "output", stored.output_failure->message());
        co_return;
    }
    for (const auto& note : stored.notes)
        events_.note(job::warning_raised{live->wanted.id, note});
    auto line = describe_item(*live, job::item_state::done);
    line.reason = std::move(reason);
    line.received_sha256 = stored.received_sha256;
    line.outputs = std::move(stored.outputs);
    auto written = co_await events_.note_durable(std::move(line));
    if (!written) {
        fatal(written.error());
        co_return;
    }
    ++result_.items[static_cast<std::size_t>(job::item_state::done)];
    bell_->ring();
    if (!received.empty()) {
        (void)with_.disk.remove(received);
        (void)with_.disk.remove(job::output_folder::note_of(received));
    }
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
                              std::string reason)
{
    ++result_.items[static_cast<std::size_t>(state)];
    if (state == job::item_state::open)
        return; // nothing was decided: the next run goes on with it, and a line would say nothing
                // new
    auto line = describe_item(live, state);
    line.cause = std::move(cause);
    line.reason = std::move(reason);
    events_.note(std::move(line));
}

job::item_ended batch::machine::describe_item(const live_item& live, job::item_state state) const
{
    job::item_ended line;
    line.item = live.wanted.id;
    line.key = live.wanted.key;
    line.state = state;
    line.variables = live.wanted.variables;
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
