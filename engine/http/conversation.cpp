#include "engine/http/conversation.hpp"

#include "engine/base/assert.hpp"
#include "engine/http/tls_context.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace engine::http {

using namespace runtime;

namespace {

// One stream that never runs dry must not hold up the others: after so many bytes they have their
// turn. 256 KiB take about 0.15 ms with TLS (1.6 GB/s).
constexpr std::size_t burst_bytes_max = 256 * 1024;

} // namespace

conversation::conversation(client_core& core, endpoint where, request wanted, std::string head_text,
                           response_handler& handler, steady_time deadline)
    : core_(core), where_(std::move(where)), wanted_(std::move(wanted)),
      head_text_(std::move(head_text)), handler_(handler), deadline_(deadline),
      start_(core.time.now()), last_progress_(start_)
{}

task<bool> conversation::go()
{
    try {
        co_await work();
    } catch (const boost::system::system_error& error) {
        if (error.code() != asio::error::operation_aborted)
            thrown_ = std::current_exception();
    } catch (...) {
        thrown_ = std::current_exception();
    }
    co_return true;
}

task<> conversation::work()
{
    const auto permit = co_await core_.pool.turn(where_);
    for (;;) {
        auto stream = core_.pool.take(where_, core_.time.now());
        report_.reused_connection = stream != nullptr;
        if (stream)
            report_.times.connect = 0;
        else
            stream = co_await open();
        if (!stream)
            co_return;
        co_await converse(*stream);
        if (connection_was_stale()) {
            stream->close();
            continue; // ends with a new connection, which is never stale
        }
        const bool all_sent = report_.times.request_sent.has_value();
        if (report_.complete && all_sent && !surplus_ && parser_->keep_alive())
            core_.pool.keep(where_, std::move(stream), core_.time.now());
        else
            stream->close();
        co_return;
    }
}

task<std::unique_ptr<byte_stream>> conversation::open()
{
    enter(phase::connecting);
    auto made = co_await core_.connect->connect(where_, connecting_);
    if (!made) {
        fail(std::move(made.error()));
        co_return nullptr;
    }
    ++core_.connections_opened;
    report_.times.connect = elapsed_ms();
    report_.resumed_tls = (*made)->resumed();
    co_return std::move(*made);
}

task<> conversation::converse(byte_stream& stream)
{
    send_queue outgoing;
    outgoing.add(head_text_);
    for (const auto& piece : wanted_.body)
        outgoing.add(*piece);
    const response_parser::limits limits{core_.options.header_bytes_max,
                                         core_.options.response_bytes_max};
    parser_.emplace(limits, handler_, wanted_.method == "HEAD");
    send_error_ = {};
    enter(phase::sending);

    // Sending and receiving take turns, so that an early answer (a 413 to a large upload) is read
    // and not lost in the reset that follows it.
    bool drained = true; // nothing is left to read without waiting
    while (!ended_) {
        const bool sending = !outgoing.empty() && !send_error_;
        if (sending)
            send(stream, outgoing);
        if (connection_was_stale())
            co_return;
        const bool write_later = (!outgoing.empty() && !send_error_) || reading_wants_write_;
        if (drained) {
            co_await stream.wait(write_later ? io_wait::either : io_wait::readable);
        } else {
            const auto executor = co_await asio::this_coro::executor;
            co_await asio::post(executor, asio::use_awaitable);
        }
        drained = receive(stream);
    }
}

void conversation::send(byte_stream& stream, send_queue& outgoing)
{
    if (!announced_) {
        announced_ = true;
        handler_.on_sending();
    }
    report_.sent_any = report_.sent_any || stream.hides_written_bytes();
    while (!outgoing.empty()) {
        const auto step = outgoing.write_to(stream);
        if (step.state == io_state::failed) {
            send_error_ = step.error;
            return;
        }
        if (step.state != io_state::done)
            return;
        report_.sent_any = true;
        report_.bytes_sent += step.bytes;
        last_progress_ = core_.time.now();
    }
    report_.times.request_sent = elapsed_ms();
    if (!report_.times.first_byte)
        enter(phase::awaiting);
}

// Reads until nothing is there or others should have their turn; true in the first case.
bool conversation::receive(byte_stream& stream)
{
    const std::span<char> buffer(core_.read_buffer);
    for (std::size_t burst = 0; !ended_;) {
        std::ranges::copy(carry_, buffer.begin());
        const auto step = stream.read_some(buffer.subspan(carry_.size()));
        reading_wants_write_ = step.state == io_state::want_write;
        if (reading_wants_write_ || step.state == io_state::want_read)
            return true;
        if (step.state != io_state::done) {
            end_of_stream(step);
            return true;
        }
        take_bytes(step.bytes);
        burst += step.bytes;
        if (burst >= burst_bytes_max)
            return false;
    }
    return true;
}

void conversation::take_bytes(std::size_t count)
{
    last_progress_ = core_.time.now();
    report_.bytes_received += count;
    if (!report_.times.first_byte) {
        report_.times.first_byte = elapsed_ms();
        phase_ = phase::receiving;
    }
    const std::string_view bytes(core_.read_buffer.data(), carry_.size() + count);
    const auto used = parser_->read(bytes);
    if (!report_.head && parser_->head())
        report_.head = parser_->head(); // now, since we may be cancelled at any wait
    if (!used) {
        fail(used.error());
        return;
    }
    if (!parser_->complete()) {
        carry_.assign(bytes.substr(*used)); // at most header_bytes_max, half of the buffer
        return;
    }
    surplus_ = *used < bytes.size();
    report_.complete = true;
    report_.times.last_byte = elapsed_ms();
    ended_ = true;
}

void conversation::end_of_stream(const io_step& step)
{
    auto ended = parser_->end_of_stream(step.state == io_state::closed);
    if (ended) {
        report_.complete = true;
        report_.times.last_byte = elapsed_ms();
        ended_ = true;
        return;
    }
    auto& why = ended.error();
    // Whether reading or writing notices first is chance; that not everything was sent is not.
    if (why.code == errc::connection_closed && !report_.times.request_sent)
        why.code = errc::send_failed;
    const auto system_says = send_error_ ? send_error_ : step.error;
    // Until our certificate is accepted, a TLS 1.3 server takes no request, though we may have sent
    // it already: the alert says that it went nowhere (RFC 8446 section 4.4.2.4).
    if (!report_.reused_connection && report_.bytes_received == 0 &&
        is_certificate_alert(system_says)) {
        why.code = errc::client_certificate_refused;
        report_.sent_any = false;
    }
    if (system_says)
        why.detail += ": " + base::clean_detail(system_says.message());
    fail(std::move(why));
}

void conversation::fail(base::failure why)
{
    why.where += " of " + wanted_.method + " " + host_header(where_);
    report_.failure = std::move(why);
    ended_ = true;
}

void conversation::enter(phase next)
{
    phase_ = next;
    last_progress_ = core_.time.now();
}

// A kept connection that the peer had closed, found out before a byte of the request could leave:
// only then may another one take its place unasked.
bool conversation::connection_was_stale() const
{
    return report_.reused_connection && send_error_ && !report_.sent_any;
}

task<base::failure> conversation::watch()
{
    for (;;) {
        const auto now = core_.time.now();
        const auto [when, code] = next_limit();
        if (now >= when) {
            static constexpr std::string_view doing[] = {"waiting for a connection", "connecting",
                                                         "sending", "waiting for an answer",
                                                         "receiving"};
            std::string during(doing[static_cast<std::size_t>(phase_)]);
            if (phase_ == phase::connecting && !connecting_.step.empty())
                during.append(" (").append(connecting_.step).append(")");
            co_return base::failure{code, wanted_.method + " " + host_header(where_),
                                    "while " + during + ", " + std::to_string(report_.bytes_sent) +
                                        " bytes sent, " + std::to_string(report_.bytes_received) +
                                        " received"};
        }
        // A later phase may bring an earlier limit, but none that is nearer than this.
        co_await core_.time.sleep_until(std::min(when, now + shortest_timeout()));
    }
}

conversation::limit conversation::next_limit() const
{
    limit nearest{deadline_, errc::total_timeout};
    const auto consider = [&](std::chrono::milliseconds timeout, errc code) {
        if (timeout.count() > 0 && last_progress_ + timeout < nearest.when)
            nearest = {last_progress_ + timeout, code};
    };
    switch (phase_) {
    case phase::waiting:
        break;
    case phase::connecting:
        consider(core_.options.connect_timeout, errc::connect_timeout);
        break;
    case phase::awaiting:
        consider(core_.options.first_byte_timeout, errc::first_byte_timeout);
        break;
    case phase::sending:
    case phase::receiving:
        consider(core_.options.idle_timeout, errc::idle_timeout);
        break;
    }
    return nearest;
}

std::chrono::milliseconds conversation::shortest_timeout() const
{
    const auto& options = core_.options;
    auto shortest = options.idle_timeout;
    if (options.first_byte_timeout.count() > 0)
        shortest = std::min(shortest, options.first_byte_timeout);
    // Once there is a connection, no new one is dialled.
    if (phase_ == phase::waiting || phase_ == phase::connecting)
        shortest = std::min(shortest, options.connect_timeout);
    return shortest;
}

double conversation::elapsed_ms() const
{
    return milliseconds_between(start_, core_.time.now());
}

} // namespace engine::http
