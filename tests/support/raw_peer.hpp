// raw_peer: a TCP listener on loopback whose connections end in scripts, for what no decent server
// would do.
#pragma once

#include "engine/http/socket_stream.hpp"
#include "engine/http/tls_stream.hpp"
#include "engine/runtime/task_group.hpp"

#include "tests/support/peer_script.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <vector>

namespace support {

class raw_peer {
public:
    using tcp = boost::asio::ip::tcp;
    using session_maker = std::function<engine::http::ssl_session()>; // for a peer that speaks TLS

    explicit raw_peer(boost::asio::any_io_executor executor, session_maker tls = {})
        : acceptor_(executor, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)),
          tls_(std::move(tls)), peers_(executor)
    {
        peers_.start(accept());
    }

    std::vector<peer_script> scripts; // one per connection; the last one serves all after it
    int accepted = 0;

    [[nodiscard]] engine::http::endpoint where() const
    {
        return {static_cast<bool>(tls_), "127.0.0.1", acceptor_.local_endpoint().port(), ""};
    }

    // Ends everything; must be awaited before the peer dies.
    [[nodiscard]] engine::runtime::task<bool> end()
    {
        peers_.cancel();
        co_await peers_.join();
        acceptor_.close();
        co_return true;
    }

private:
    engine::runtime::task<> accept()
    {
        for (;;) {
            auto socket = co_await acceptor_.async_accept(boost::asio::use_awaitable);
            const auto which =
                std::min<std::size_t>(static_cast<std::size_t>(accepted++), scripts.size() - 1);
            peers_.start(serve(std::move(socket), scripts[which]));
        }
    }

    engine::runtime::task<> serve(tcp::socket socket, peer_script script)
    {
        if (!tls_) {
            co_await play(engine::http::make_plain_stream(std::move(socket)), script);
            co_return;
        }
        auto stream = co_await engine::http::make_tls_stream(
            engine::http::make_plain_stream(std::move(socket)), tls_());
        if (stream)
            co_await play(std::move(*stream), script);
    }

    tcp::acceptor acceptor_;
    session_maker tls_;
    engine::runtime::task_group peers_;
};

} // namespace support
