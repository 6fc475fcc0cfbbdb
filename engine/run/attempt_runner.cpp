#include "engine/run/attempt_runner.hpp"

#include "engine/ledger/line.hpp"
#include "engine/run/settlement.hpp"

#include <boost/asio/this_coro.hpp>

#include <memory>

namespace engine::run {

namespace asio = boost::asio;

// One attempt's state, in the order in which it comes to be.
struct attempt_runner::under_way {
    attempt_order order;
    provider::image_api& api;
    runtime::steady_time started;
    std::shared_ptr<received_image> received;
    attempt_result result;

    [[nodiscard]] bool sent() const { return received && received->sending(); }
    [[nodiscard]] const job::item& wanted() const { return *order.wanted; }
    void refuse(job::outcome outcome, std::string code, std::string message)
    {
        result.reply.outcome = outcome;
        result.reply.error_code = std::move(code);
        result.reply.error_message = base::clean_detail(message);
    }
};

attempt_runner::attempt_runner(parts machinery, std::uint64_t reference_bytes_max)
    : with_(machinery), references_(with_.disk, with_.pool, reference_bytes_max)
{}

runtime::task<attempt_result> attempt_runner::run(attempt_order order, provider::image_api& api,
                                                  std::function<void()> response_ended)
{
    under_way state{std::move(order), api, with_.time.now(), nullptr, {}};
    auto& line = state.result.line;
    line = describe_attempt(state.wanted(), state.order.route, state.order.number,
                            with_.prices.version());
    line.retry_reason = state.order.retry_reason;
    line.latency_ms.queued = runtime::milliseconds_between(state.order.queued_since, state.started);
    // Joins our ledger with a provider's records: the run, the picture, the attempt.
    line.client_request_id = with_.events.run() + "." + line.key.substr(0, 16) + "." +
                             std::to_string(state.order.number);

    bool cancelled = false;
    try {
        co_await send(state);
    } catch (const boost::system::system_error& error) {
        if (error.code() != asio::error::operation_aborted)
            throw;
        cancelled = true;
    }
    // From here on the attempt is settled, whoever wants us to stop: what was paid for is not
    // thrown away.
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    if (cancelled) {
        state.refuse(state.sent() ? job::outcome::unknown : job::outcome::cancelled, "cancelled",
                     "stopped by the user");
        state.result.reply.possibly_billed = state.sent();
    }
    if (state.result.reply.local_failure)
        state.result.fatal = state.result.reply.local_failure;
    settle(state);
    if (line.outcome == job::outcome::delivered) {
        response_ended();
        co_await check_and_store(state);
    }
    line.latency_ms.total = runtime::milliseconds_between(state.started, with_.time.now());
    co_return std::move(state.result);
}

runtime::task<> attempt_runner::send(under_way& state)
{
    const auto& wanted = state.wanted();
    auto inputs = co_await references_.load(wanted.request);
    if (!inputs) {
        state.refuse(job::outcome::invalid, "reference_unreadable", inputs.error().message());
        co_return;
    }
    auto prepared = state.api.prepare(wanted.request, *inputs, state.result.line.client_request_id);
    if (!prepared) {
        state.refuse(job::outcome::invalid, "request_unusable", prepared.error().message());
        co_return;
    }

    job::intent_opened intent;
    intent.item = wanted.id;
    intent.key = wanted.key;
    intent.attempt = state.order.number;
    intent.route_owner = state.order.route.provider;
    intent.api = state.order.route.api;
    intent.model = state.order.route.model;
    intent.reserved = state.order.reserved;
    intent.request_hash = prepared->hash;
    state.result.line_due =
        true; // the line is taken at the call: from now on it may be in the ledger
    auto opened =
        co_await with_.events.note_durable(std::move(intent)); // before the first byte leaves
    if (!opened) {
        state.refuse(job::outcome::cancelled, "ledger_failed", opened.error().message());
        state.result.fatal = opened.error();
        co_return;
    }

    state.received = std::make_shared<received_image>(
        with_.disk, with_.folder.received(wanted.key, state.order.number));
    runtime::call_context context;
    context.deadline = with_.time.now() + wanted.timeout;
    context.name = wanted.id + " attempt " + std::to_string(state.order.number);
    state.result.reply =
        co_await state.api.send(std::move(*prepared), *state.received, std::move(context));
}

void attempt_runner::settle(under_way& state) const
{
    auto& line = state.result.line;
    describe_reply(line, state.result.reply);
    const auto price = with_.prices.find(state.order.route.provider, state.order.route.model);
    const auto cost =
        cost_of_ending(line.outcome, line.possibly_billed, line.used, price, state.order.reserved);
    line.cost = cost.amount;
    line.cost_basis = cost.basis;
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
        return store_image(state.wanted(), path, with_.folder, with_.disk, with_.time);
    };
    // Cancellation is off and we wait to the end: what `work` points at outlives it.
    auto stored = co_await with_.pool.run(std::move(work));
    line.latency_ms.decode = stored.decode_ms;
    line.latency_ms.encode = stored.encode_ms;
    line.latency_ms.store = stored.store_ms;
    if (stored.local_failure)
        state.result.fatal = stored.local_failure;
    if (stored.lost) { // paid for, and our disk did not take it: a person must know before it is
                       // bought again
        line.outcome = job::outcome::unknown;
        line.error_code = "store_failed";
        line.error_message = base::clean_detail(stored.local_failure->message());
        line.possibly_billed = true;
    }
    if (stored.bad_image) {
        line.outcome = job::outcome::bad_output;
        line.error_code = stored.bad_code;
        line.error_message = base::clean_detail(stored.bad_image->message());
    }
    state.result.stored = std::move(stored);
}

} // namespace engine::run
