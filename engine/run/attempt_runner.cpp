#include "engine/run/attempt_runner.hpp"

#include "engine/base/sha256.hpp"
#include "engine/job/content_key.hpp"
#include "engine/ledger/line.hpp"
#include "engine/run/settlement.hpp"
#include "engine/run/under_way.hpp"

#include <boost/asio/this_coro.hpp>

#include <memory>

namespace engine::run {

namespace asio = boost::asio;

attempt_runner::attempt_runner(parts machinery, std::uint64_t reference_bytes_max)
    : with_(machinery), references_(with_.pictures, with_.pool, reference_bytes_max),
      enricher_(with_.disk, with_.folder, with_.prices, with_.texts)
{}

runtime::task<attempt_result> attempt_runner::run(attempt_order order, provider::image_api& api,
                                                  std::function<void()> response_ended)
{
    under_way state{std::move(order), api, with_.time.now(), nullptr, {}};
    auto& line = state.result.line;
    line = describe_attempt(state.wanted(), state.order.request, state.order.route,
                            state.order.number, with_.prices.version());
    line.retry_reason = state.order.retry_reason;
    line.expected = state.order.reserved.expected;
    line.latency_ms.queued = runtime::milliseconds_between(state.order.queued_since, state.started);
    line.client_request_id =
        ledger::client_request_id(with_.events.run(), line.key, state.order.number);

    bool cancelled = false;
    try {
        co_await send(state);
        if (state.may_be_fetched()) {
            state.slot_is_free = true;
            response_ended();
            co_await fetch_lost(state);
        }
    } catch (const boost::system::system_error& error) {
        if (error.code() != asio::error::operation_aborted)
            throw;
        cancelled = true;
    }
    // From here on the attempt is settled, whoever wants us to stop: what was paid for is not
    // thrown away.
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    if (cancelled && state.asked_text && !state.image_asked) {
        const auto& by = *state.wanted().enrich; // only the text can have been charged
        line.enriched = {by.provider, by.model, {}, false, state.order.enrichment_reserved, true};
    }
    if (cancelled && state.slot_is_free) {
        // The lost answer's own ending stands, and the next run fetches it.
        state.result.reply.error_message += "; fetching it was stopped by the user";
    } else if (cancelled) {
        state.refuse(state.sent() ? job::outcome::unknown : job::outcome::cancelled, "cancelled",
                     "stopped by the user");
        state.result.reply.possibly_billed = state.sent();
    }
    if (state.result.reply.local_failure)
        state.result.fatal = state.result.reply.local_failure;
    settle(state);
    if (line.outcome == job::outcome::delivered) {
        if (!state.slot_is_free)
            response_ended();
        co_await check_and_store(state);
    }
    line.latency_ms.total = runtime::milliseconds_between(state.started, with_.time.now());
    co_return std::move(state.result);
}

runtime::call_context attempt_runner::context_of(const under_way& state) const
{
    runtime::call_context context;
    context.deadline = with_.time.now() + state.wanted().timeout;
    context.name = state.wanted().id + " attempt " + std::to_string(state.order.number);
    return context;
}

runtime::task<> attempt_runner::send(under_way& state)
{
    const auto& wanted = state.wanted();
    std::unique_ptr<partial_images> partials;
    if (wanted.keep_partials)
        partials = std::make_unique<partial_images>(with_.disk, with_.folder, wanted.id, wanted.key,
                                                    state.order.number);
    state.received = std::make_shared<received_image>(
        with_.disk, with_.folder.received(wanted.key, state.order.number), std::move(partials));

    state.received->limits_read = state.order.limits_read;
    state.received->when_named([this, &state](const std::string& id) {
        const auto& line = state.result.line;
        with_.events.note_at_once(job::answer_named{line.item, line.key, line.attempt,
                                                    line.route_owner, line.api, id, line.enriched});
    });

    auto& request = state.order.request;
    auto inputs = co_await references_.load(request);
    if (!inputs) {
        state.refuse(job::outcome::invalid, "reference_unreadable", inputs.error().message());
        co_return;
    }
    if (request.recoverable)
        co_await find_place(state);
    if (wanted.enrich && !co_await enrich(state))
        co_return;
    if (!request.references.empty() || request.mask) {
        // Nothing of the request itself leaves: files that could not be given are sent with it.
        auto uploaded = co_await state.api.upload(request, *inputs, context_of(state));
        if (!uploaded) {
            state.refuse(job::outcome::not_sent, "upload_failed", uploaded.error().message());
            co_return;
        }
    }
    auto prepared = state.api.prepare(request, *inputs, state.result.line.client_request_id);
    if (!prepared) {
        state.refuse(job::outcome::invalid, "request_unusable", prepared.error().message());
        co_return;
    }
    if (!co_await open_intent(state, prepared->hash))
        co_return;
    state.image_asked = true;
    state.result.reply =
        co_await state.api.send(std::move(*prepared), *state.received, context_of(state));
}

// Durable before the first byte leaves, to whichever model it goes. Once for an attempt.
runtime::task<bool> attempt_runner::open_intent(under_way& state, std::string request_hash)
{
    if (state.result.line_due)
        co_return true;
    job::intent_opened intent;
    intent.item = state.wanted().id;
    intent.key = state.wanted().key;
    intent.attempt = state.order.number;
    intent.route_owner = state.order.route.provider;
    intent.api = state.order.route.api;
    intent.model = state.order.route.model;
    intent.mainline_model = state.order.route.mainline_model;
    intent.conversation_id = state.order.request.conversation_id;
    intent.reserved = state.order.reserved.whole;
    intent.request_hash = std::move(request_hash);
    if (const auto& job = state.wanted().of_job.id)
        intent.job = *job;
    state.result.line_due =
        true; // the line is taken at the call: from now on it may be in the ledger
    auto opened = co_await with_.events.note_durable(std::move(intent));
    if (!opened) {
        state.refuse(job::outcome::cancelled, "ledger_failed", opened.error().message());
        state.result.fatal = opened.error();
    }
    co_return opened.has_value();
}

runtime::task<bool> attempt_runner::enrich(under_way& state)
{
    auto& line = state.result.line;
    auto& request = state.order.request;
    const auto use = [&](const std::string& prompt) {
        request.prompt = prompt;
        line.request.prompt_sha256 = job::prompt_hash(request);
        if (state.wanted().log_prompt)
            line.request.prompt = prompt;
    };
    if (auto kept = enricher_.find(state.wanted())) {
        const auto& by = *state.wanted().enrich;
        line.enriched = {by.provider, by.model, base::sha256_hex(*kept), true, {}};
        use(*kept);
        co_return true;
    }
    auto made = co_await enricher_.enrich(
        state.wanted(), state.order.enrichment_reserved, line.client_request_id + ".text",
        [this, &state] { return open_intent(state, job::enrichment_hash(state.wanted())); },
        [&state] { state.asked_text = true; }, context_of(state));
    if (made.not_begun)
        co_return false;
    line.enriched = made.line;
    state.asked_text = false; // it is answered: a stop from here on is not about it
    if (made.reply.outcome == job::outcome::delivered) {
        if (made.local_failure) { // without it on the disk the next attempt would pay again
            state.refuse(job::outcome::cancelled, "store_failed", made.local_failure->message());
            state.result.fatal = made.local_failure;
            co_return false;
        }
        use(made.prompt);
        co_return true;
    }
    // The text model's ending is the attempt's: the same policy holds for it.
    auto& reply = state.result.reply;
    reply.outcome = made.reply.outcome;
    reply.error_code = made.reply.error_code;
    reply.error_message = "text model: " + made.reply.error_message;
    reply.http_status = made.reply.http_status;
    reply.possibly_billed = made.reply.possibly_billed;
    reply.never_fits = made.reply.never_fits;
    reply.request_id = made.reply.request_id;
    reply.response_id = made.reply.response_id;
    reply.retry_after = made.reply.retry_after;
    reply.rate_limit_headers = made.reply.rate_limit_headers;
    co_return false;
}

void attempt_runner::settle(under_way& state) const
{
    auto& line = state.result.line;
    describe_reply(line, state.result.reply);
    if (state.received) {
        line.partials = state.received->partials();
        if (line.response_id.empty()) // the whole of it may have come, and no more
            line.response_id = state.received->response_id();
    }
    state.result.by_text_model = line.enriched && !state.image_asked;
    auto reserved = state.order.reserved;
    if (line.enriched) // what it cost is known, and comes on top
        reserved.whole -= state.order.enrichment_reserved;
    if (line.enriched && line.enriched->cached && line.expected) // another item has paid for it
        *line.expected -= std::min(*line.expected, state.order.reserved.expected_enrichment);
    if (!state.result.by_text_model) {
        const auto price = with_.prices.find_route(state.order.route);
        const auto cost =
            cost_of_ending(line.outcome, line.possibly_billed, line.used, price, reserved);
        line.cost = cost.amount;
        line.cost_basis = cost.basis;
    }
    add_enrichment(line);
}

runtime::task<> attempt_runner::check_and_store(under_way& state)
{
    auto& line = state.result.line;
    // If we die after the bytes have their name and before the ledger has this line, the next run
    // finds it beside them.
    auto note = ledger::to_line(with_.events.stamp(line));
    const auto path = with_.folder.received(line.key, line.attempt);
    auto work = [received = state.received, note = std::move(note), path, &state,
                 this]() -> store_result {
        if (auto kept = received->keep(note); !kept) {
            store_result lost;
            lost.lost = true;
            lost.local_failure = kept.error();
            return lost;
        }
        return with_.pictures.store(state.wanted(), path, {});
    };
    // Cancellation is off and we wait to the end: what `work` points at outlives it.
    auto stored = co_await with_.pool.run(std::move(work));
    if (stored.local_failure)
        state.result.fatal = stored.local_failure;
    note_stored(line, stored);
    state.result.stored = std::move(stored);
}

} // namespace engine::run
