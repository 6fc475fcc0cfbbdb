// The part of an attempt that is about answers which were lost on their way: a place for them is
// found before, and they are fetched afterwards.
#include "engine/job/content_key.hpp"
#include "engine/ledger/line.hpp"
#include "engine/run/settlement.hpp"
#include "engine/run/under_way.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>

namespace engine::run {

namespace asio = boost::asio;

namespace {

using namespace std::chrono_literals;

// A place costs nothing and comes within a second; whoever waits longer waits for a provider that
// is about to fail anyway.
constexpr auto place_patience = 30s;

// A provider that has had an attempt's whole time is asked for so long still: long enough for a
// second look, and a run does not begin with minutes of waiting for what will never come.
constexpr auto late_patience = std::chrono::milliseconds(10s);

// What the answer says replaces what its loss said; what was seen of the first try stays.
void take_answer(provider::reply& lost, provider::reply fetched)
{
    fetched.http_status = fetched.http_status != 0 ? fetched.http_status : lost.http_status;
    if (fetched.request_id.empty())
        fetched.request_id = lost.request_id;
    if (fetched.response_id.empty())
        fetched.response_id = lost.response_id;
    fetched.partials_received = lost.partials_received;
    fetched.bytes_received += lost.bytes_received;
    fetched.rate_limit_headers = std::move(lost.rate_limit_headers);
    fetched.buckets = std::move(lost.buckets);
    fetched.connect_ms = lost.connect_ms;
    fetched.first_byte_ms = lost.first_byte_ms;
    fetched.first_event_ms = lost.first_event_ms;
    fetched.first_partial_ms = lost.first_partial_ms;
    fetched.last_byte_ms = std::nullopt; // that of the whole is in `total`
    lost = std::move(fetched);
}

std::string why_not_fetched(const provider::reply& fetched)
{
    switch (fetched.fetched) {
    case provider::fetch_ending::still_running:
        return "the provider still works on it";
    case provider::fetch_ending::not_found:
        return "the provider does not have it (any more)";
    default:
        return fetched.error_message.empty() ? fetched.error_code : fetched.error_message;
    }
}

} // namespace

// Before the intent, which names it. Without a place only the moment until the answer has a name of
// its own is open, so a failure is none of the attempt.
runtime::task<> attempt_runner::find_place(under_way& state)
{
    auto context = context_of(state);
    context.deadline = std::min(context.deadline, with_.time.now() + place_patience);
    auto place = co_await state.api.prepare_recovery(state.order.request, std::move(context));
    if (place)
        state.order.request.conversation_id = std::move(*place);
}

// In the attempt that lost it: under the same reservation, for as long again as the attempt had.
runtime::task<> attempt_runner::fetch_lost(under_way& state)
{
    auto& lost = state.result.reply;
    const provider::answer_handle handle{state.received->response_id(),
                                         state.order.request.conversation_id};
    const bool is_edit = state.order.request.is_edit();
    auto fetched = co_await state.api.fetch(handle, is_edit, *state.received, context_of(state));
    if (fetched.fetched == provider::fetch_ending::answered) {
        state.result.line.recovered = true;
        take_answer(lost, std::move(fetched));
        co_return;
    }
    lost.error_message += "; fetching it: " + why_not_fetched(fetched);
    lost.local_failure = std::move(fetched.local_failure);
}

runtime::task<attempt_result> attempt_runner::recover(recovery_order order,
                                                      provider::image_api& api)
{
    const auto& wanted = *order.wanted;
    const auto& lost = order.lost;
    attempt_result result;
    auto& line = result.line;
    line = describe_lost(wanted, lost, with_.prices.version());
    if (wanted.enrich)
        if (const auto prompt = enricher_.find(wanted)) {
            auto request = wanted.request;
            request.prompt = *prompt;
            line.request.prompt_sha256 = job::prompt_hash(request);
        }
    auto received =
        std::make_shared<received_image>(with_.disk, with_.folder.received(line.key, line.attempt));
    const provider::answer_handle handle{lost.names.response_id, lost.names.conversation_id};
    runtime::call_context context;
    const auto age =
        std::chrono::duration_cast<std::chrono::milliseconds>(with_.time.wall_now() - lost.since);
    context.deadline =
        with_.time.now() +
        std::clamp(wanted.timeout - age, std::min(late_patience, wanted.timeout), wanted.timeout);
    context.name = wanted.id + " attempt " + std::to_string(lost.attempt) + " (lost)";
    const bool is_edit = wanted.request.is_edit();
    result.reply = co_await api.fetch(handle, is_edit, *received, std::move(context));

    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    result.fatal = result.reply.local_failure;
    if (result.reply.fetched != provider::fetch_ending::answered || result.fatal) {
        line.error_message += "; fetching it: " + why_not_fetched(result.reply);
        co_return result;
    }
    settle_fetched(line, result.reply, with_.prices, lost, order.image_reserved);
    if (line.outcome == job::outcome::delivered) {
        auto stored = co_await store_fetched(wanted, line, std::move(received));
        note_stored(line, stored);
        result.fatal = stored.local_failure;
        result.stored = std::move(stored);
    }
    co_return result;
}

// Nobody knows any more in which form it was asked for: any of them will do.
runtime::task<store_result> attempt_runner::store_fetched(const job::item& wanted,
                                                          const job::attempt_ended& line,
                                                          std::shared_ptr<received_image> received)
{
    auto note = ledger::to_line(with_.events.stamp(line));
    const auto path = with_.folder.received(line.key, line.attempt);
    auto work = [this, wanted, received = std::move(received), note = std::move(note),
                 path]() mutable {
        store_result stored;
        if (auto kept = received->keep(note); !kept) {
            stored.lost = true;
            stored.local_failure = kept.error();
            return stored;
        }
        if (wanted.outputs.empty())
            return stored; // nobody knows what to make of it
        return store_in_any_form(wanted, path, with_.pictures);
    };
    co_return co_await with_.pool.run(std::move(work));
}

} // namespace engine::run
