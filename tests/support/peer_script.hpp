// peer_script: what the other side of a connection does, byte by byte, in a test.
#pragma once

#include "engine/http/byte_stream.hpp"
#include "engine/http/request_parser.hpp"

#include <boost/asio/co_spawn.hpp>

#include <array>
#include <functional>
#include <string>
#include <string_view>

namespace support {

// Plays one connection. It is closed when the script ends.
using peer_script = std::function<engine::runtime::task<>(engine::http::byte_stream&)>;

inline engine::runtime::task<> say(engine::http::byte_stream& stream, std::string text)
{
    using namespace engine::http;
    std::string_view rest = text;
    while (!rest.empty()) {
        const auto step = stream.write_some(std::span(&rest, 1));
        if (step.state == io_state::done)
            rest.remove_prefix(step.bytes);
        else if (step.state == io_state::want_write)
            co_await stream.wait(io_wait::writable);
        else if (step.state == io_state::want_read)
            co_await stream.wait(io_wait::readable);
        else
            co_return; // the client has gone, as some tests want
    }
}

// The next bytes, at most `bytes_max`; empty at the end of the stream.
inline engine::runtime::task<std::string> hear(engine::http::byte_stream& stream,
                                               std::size_t bytes_max = 65536)
{
    using namespace engine::http;
    std::string room(bytes_max, '\0');
    for (;;) {
        const auto step = stream.read_some(room);
        if (step.state == io_state::done)
            co_return room.substr(0, step.bytes);
        if (step.state == io_state::want_read)
            co_await stream.wait(io_wait::readable);
        else if (step.state == io_state::want_write)
            co_await stream.wait(io_wait::writable);
        else
            co_return std::string();
    }
}

// One whole request; an empty method when the client closed before its end.
inline engine::runtime::task<engine::http::server_request>
hear_request(engine::http::byte_stream& stream)
{
    engine::http::request_parser parser(1 << 16, 1 << 28);
    std::string carry;
    while (!parser.complete()) {
        const auto piece = co_await hear(stream);
        if (piece.empty())
            co_return engine::http::server_request();
        carry += piece;
        carry.erase(0, parser.read(carry));
    }
    co_return parser.take();
}

// Hears one request and says one text.
inline peer_script answer_once(std::string text)
{
    return [text](engine::http::byte_stream& stream) -> engine::runtime::task<> {
        (void)co_await hear_request(stream);
        co_await say(stream, text);
    };
}

// The same for every request that comes over the connection.
inline peer_script answer_always(std::string text)
{
    return [text](engine::http::byte_stream& stream) -> engine::runtime::task<> {
        for (;;) {
            const auto request = co_await hear_request(stream);
            if (request.method.empty())
                co_return;
            co_await say(stream, text);
        }
    };
}

// Runs a script on a connection and closes it. `script` must live until then.
inline engine::runtime::task<> play(std::unique_ptr<engine::http::byte_stream> stream,
                                    const peer_script& script)
{
    co_await script(*stream);
    stream->close();
}

} // namespace support
