#include "engine/http/server_connection.hpp"

#include "engine/http/stream_responder.hpp"

#include <algorithm>

namespace engine::http {

using namespace runtime;

server_connection::server_connection(std::unique_ptr<byte_stream> stream, std::string peer,
                                     const server_options& options, std::vector<char>& read_buffer,
                                     const handler& answer)
    : stream_(std::move(stream)), peer_(std::move(peer)), options_(options), buffer_(read_buffer),
      handler_(answer)
{}

task<> server_connection::run()
{
    for (bool more = true; more;) {
        request_parser parser(options_.header_bytes_max, options_.body_bytes_max);
        const bool whole = co_await read_request(parser);
        if (parser.refused_with() != 0)
            co_await refuse(parser.refused_with());
        if (!whole)
            break;
        more = co_await answer(parser);
    }
    stream_->close();
}

// Until the request is complete; false when it was refused or will not come.
task<bool> server_connection::read_request(request_parser& parser)
{
    bool told_to_continue = false;
    for (;;) {
        const auto used = parser.read(received_);
        received_.erase(0, used);
        if (parser.complete() || parser.refused_with() != 0)
            co_return parser.refused_with() == 0;
        if (parser.waits_for_continue() && !told_to_continue) {
            told_to_continue = true;
            send_queue outgoing;
            outgoing.add("HTTP/1.1 100 Continue\r\n\r\n");
            const bool sent = co_await send_all(*stream_, std::move(outgoing));
            if (!sent)
                co_return false;
        }
        const bool more = co_await take_more();
        if (!more)
            co_return false;
    }
}

// Waits for bytes; false at the end of the stream.
task<bool> server_connection::take_more()
{
    for (;;) {
        const auto step = stream_->read_some(buffer_);
        if (step.state == io_state::done) {
            received_.append(buffer_.data(), step.bytes);
            co_return true;
        }
        if (step.state == io_state::want_read)
            co_await stream_->wait(io_wait::readable);
        else if (step.state == io_state::want_write)
            co_await stream_->wait(io_wait::writable);
        else
            co_return false;
    }
}

// True when the connection can go on.
task<bool> server_connection::answer(request_parser& parser)
{
    auto request = parser.take();
    request.peer = peer_;
    const stream_responder::request_facts facts{request.method == "HEAD", parser.speaks_http_1_1(),
                                                parser.keep_alive()};
    stream_responder reply(*stream_, facts);
    bool handler_failed = false;
    try {
        co_await handler_(std::move(request), reply);
    } catch (const boost::system::system_error& error) {
        if (error.code() == asio::error::operation_aborted)
            throw;
        handler_failed = true;
    } catch (const std::exception&) {
        handler_failed = true;
    }
    if (handler_failed)
        reply.cut();
    co_return reply.reusable();
}

task<> server_connection::refuse(int status)
{
    stream_responder reply(*stream_, {.is_head = false, .http_1_1 = true, .keep_alive = false});
    header_list headers;
    headers.add("Content-Type", "text/plain");
    co_await reply.answer(status, std::move(headers), "request refused\n");
    // Closing while the client still sends would reset the connection, and the reset may overtake
    // the answer.
    std::uint64_t drained = 0;
    while (drained < options_.body_bytes_max) {
        received_.clear();
        const bool more = co_await take_more();
        if (!more)
            break;
        drained += received_.size();
    }
}

} // namespace engine::http
