#include "engine/http/stream_responder.hpp"

#include "engine/base/assert.hpp"
#include "engine/base/wall_time.hpp"
#include "engine/http/message_writer.hpp"
#include "engine/http/server_connection.hpp"

#include <array>
#include <charconv>
#include <chrono>

namespace engine::http {

using namespace runtime;

task<bool> send_all(byte_stream& stream, send_queue outgoing)
{
    while (!outgoing.empty()) {
        const auto step = outgoing.write_to(stream);
        if (step.state == io_state::want_write)
            co_await stream.wait(io_wait::writable);
        else if (step.state == io_state::want_read)
            co_await stream.wait(io_wait::readable);
        else if (step.state != io_state::done)
            co_return false;
    }
    co_return true;
}

task<> responder::answer(int status, header_list headers, std::string body)
{
    co_await head(status, std::move(headers), body.size());
    co_await write(body);
    co_await finish();
}

stream_responder::stream_responder(byte_stream& stream, request_facts facts)
    : stream_(stream), facts_(facts)
{}

task<> stream_responder::head(int status, header_list headers,
                              std::optional<std::uint64_t> content_length)
{
    ENGINE_ASSERT(!begun_ && status >= 200 && status <= 999);
    ENGINE_ASSERT(check_headers(headers).has_value());
    begun_ = true;
    const bool never_a_body = status == 204 || status == 304;
    has_body_ = !never_a_body && !facts_.is_head;
    length_ = content_length;
    chunked_ = !content_length && facts_.http_1_1;
    keep_alive_ = facts_.keep_alive && (content_length || chunked_ || never_a_body);
    const answer_framing framing{content_length, chunked_, keep_alive_, !never_a_body};
    const auto now =
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const auto date = base::format_http_date(now);
    const auto text = response_head_text(status, headers, framing, date);
    send_queue outgoing;
    outgoing.add(text);
    const bool sent = !gone_ && co_await send_all(stream_, std::move(outgoing));
    gone_ = !sent;
}

task<> stream_responder::write(std::string_view piece)
{
    ENGINE_ASSERT(begun_ && !finished_);
    written_ += piece.size();
    ENGINE_ASSERT(!length_ || written_ <= *length_);
    if (gone_ || !has_body_ || piece.empty()) // an empty chunk would be the last one
        co_return;
    std::array<char, 20> size_line{};
    send_queue outgoing;
    if (chunked_) {
        auto* end = std::to_chars(size_line.data(), size_line.data() + 16, piece.size(), 16).ptr;
        *end++ = '\r';
        *end++ = '\n';
        outgoing.add({size_line.data(), static_cast<std::size_t>(end - size_line.data())});
    }
    outgoing.add(piece);
    if (chunked_)
        outgoing.add("\r\n");
    const bool sent = co_await send_all(stream_, std::move(outgoing));
    gone_ = !sent;
}

task<> stream_responder::finish()
{
    ENGINE_ASSERT(begun_ && !finished_);
    if (has_body_ && chunked_ && !gone_) {
        send_queue outgoing;
        outgoing.add("0\r\n\r\n");
        const bool sent = co_await send_all(stream_, std::move(outgoing));
        gone_ = !sent;
    }
    // A body shorter than announced is not finished: the connection will be closed.
    finished_ = !has_body_ || !length_ || written_ == *length_;
}

void stream_responder::cut()
{
    gone_ = true;
    stream_.abort();
}

bool stream_responder::client_gone()
{
    gone_ = gone_ || stream_.look() == idle_state::gone;
    return gone_;
}

} // namespace engine::http
