// test_proxy: an HTTP proxy on loopback that makes tunnels, or says what a test wants it to say.
//
// Whatever name it is asked for, it connects to that port of this machine.
#pragma once

#include "engine/http/dial.hpp"
#include "engine/http/proxy.hpp"

#include "tests/support/net_world.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <charconv>
#include <memory>
#include <string>
#include <vector>

namespace support {

class test_proxy {
    // Connections may outlive the proxy object; the world ends them.
    struct shared {
        explicit shared(engine::runtime::clock& clock) : time(clock) {}
        std::string answer = "HTTP/1.1 200 Connection established\r\n\r\n";
        std::vector<engine::http::server_request> heard;
        std::string through;
        engine::runtime::clock& time;
    };

public:
    explicit test_proxy(net_world& world, raw_peer::session_maker tls = {})
        : state_(std::make_shared<shared>(world.time)), peer_(world.peer({}, std::move(tls)))
    {
        peer_.scripts = {
            [state = state_](engine::http::byte_stream& client) { return serve(client, state); }};
    }

    // What it says to CONNECT; after a 200 it makes the tunnel.
    void answer_with(std::string text) { state_->answer = std::move(text); }
    // The CONNECTs.
    [[nodiscard]] const std::vector<engine::http::server_request>& heard() const
    {
        return state_->heard;
    }
    // Every byte that came out of a client behind its CONNECT.
    [[nodiscard]] const std::string& through() const { return state_->through; }

    [[nodiscard]] engine::http::proxy_address address() const
    {
        const auto where = peer_.where();
        return {where.tls, where.host, where.port, "", ""};
    }
    // Everything through this proxy.
    [[nodiscard]] engine::http::proxy_settings settings() const
    {
        return {address(), address(), {}};
    }

private:
    static engine::runtime::task<> serve(engine::http::byte_stream& client,
                                         std::shared_ptr<shared> state)
    {
        using namespace boost::asio::experimental::awaitable_operators;
        auto asked = co_await hear_request(client);
        if (asked.method.empty())
            co_return; // the client has gone
        const std::string target = asked.target;
        state->heard.push_back(std::move(asked));
        co_await say(client, state->answer);
        if (!state->answer.starts_with("HTTP/1.1 200"))
            co_return;
        std::uint16_t port = 0;
        std::from_chars(target.data() + target.rfind(':') + 1, target.data() + target.size(), port);
        const engine::http::tcp_address place(boost::asio::ip::address_v4::loopback(), port);
        auto socket = co_await engine::http::dial({place}, "target", state->time);
        if (!socket)
            co_return;
        const auto server = engine::http::make_plain_stream(std::move(*socket));
        co_await (pump(client, *server, &state->through) || pump(*server, client, nullptr));
        server->close();
    }

    static engine::runtime::task<> pump(engine::http::byte_stream& from,
                                        engine::http::byte_stream& to, std::string* note)
    {
        for (;;) {
            auto piece = co_await hear(from);
            if (piece.empty())
                co_return;
            if (note != nullptr)
                *note += piece;
            co_await say(to, std::move(piece));
        }
    }

    std::shared_ptr<shared> state_;
    raw_peer& peer_;
};

} // namespace support
