#include "engine/http/tls_stream.hpp"

#include "engine/http/errc.hpp"
#include "engine/http/memory_stream.hpp"

#include "tests/support/peer_script.hpp"
#include "tests/support/test_trust.hpp"
#include "tests/support/virtual_clock.hpp"

#include <doctest/doctest.h>

using namespace engine;
using namespace engine::http;
using namespace support;
using runtime::task;

namespace {

using stream = std::unique_ptr<byte_stream>;

// Both ends of TLS over any pair of streams, on one loop.
struct both_ends {
    both_ends()
    {
        const auto certificate = trust.authority.issue("DNS:api.example");
        server = std::move(*make_server_context(certificate.certificate_pem, certificate.key_pem));
        client = std::move(*make_client_context({trust.ca_file(), "", ""}));
    }

    authority_on_disk trust;
    ssl_context server, client;
    boost::asio::io_context loop;
    virtual_clock clock;

    task<> accept(stream raw, stream& out)
    {
        ssl_session session(SSL_new(server.get()));
        SSL_set_accept_state(session.get());
        auto made = co_await make_tls_stream(std::move(raw), std::move(session));
        if (made)
            out = std::move(*made);
    }
    // The client's end and the server's; null where the handshake failed.
    std::pair<stream, stream> shake_hands(stream ours, stream theirs)
    {
        stream served, made;
        boost::asio::co_spawn(loop, accept(std::move(theirs), served), [](std::exception_ptr) {});
        auto connect = [&]() -> task<bool> {
            auto session = make_client_session(client.get(), "api.example");
            auto secured = co_await make_tls_stream(std::move(ours), std::move(*session));
            if (secured)
                made = std::move(*secured);
            co_return secured.has_value();
        };
        clock.run(loop, connect());
        loop.restart();
        loop.poll(); // the server's end
        return {std::move(made), std::move(served)};
    }
    // What comes out at the other end of `text`.
    std::string carry(byte_stream& from, byte_stream& to, const std::string& text)
    {
        auto send = [&]() -> task<> { co_await say(from, text); };
        boost::asio::co_spawn(loop, send(), [](std::exception_ptr) {});
        auto receive = [&]() -> task<std::string> {
            std::string got;
            while (got.size() < text.size()) {
                const auto piece = co_await hear(to);
                if (piece.empty())
                    break;
                got += piece;
            }
            co_return got;
        };
        return clock.run(loop, receive());
    }
};

} // namespace

TEST_CASE("TLS is carried by any stream, however it cuts the bytes, and by TLS itself")
{
    for (const std::size_t read_bytes_max : {std::size_t{1}, std::size_t{700}, SIZE_MAX}) {
        both_ends ends;
        memory_stream_options options;
        options.read_bytes_max = read_bytes_max;
        auto [ours, theirs] = make_memory_streams(ends.loop.get_executor(), options);
        auto [client, server] = ends.shake_hands(std::move(ours), std::move(theirs));
        REQUIRE(client);
        REQUIRE(server);
        const std::string photo(100'000, 'p');
        CHECK(ends.carry(*client, *server, photo) == photo);
        CHECK(ends.carry(*server, *client, photo) == photo);

        auto [inner_client, inner_server] = ends.shake_hands(std::move(client), std::move(server));
        REQUIRE(inner_client);
        REQUIRE(inner_server);
        CHECK(ends.carry(*inner_client, *inner_server, photo) == photo);
        CHECK(ends.carry(*inner_server, *inner_client, photo) == photo);
        CHECK(inner_client->look() == idle_state::quiet);

        // A goodbye is an end, and is told through both.
        inner_server->close();
        char byte = 0;
        CHECK(inner_client->read_some({&byte, 1}).state == io_state::closed);
    }
}

TEST_CASE("a carrier that breaks without a goodbye is no end of the stream")
{
    both_ends ends;
    auto [ours, theirs] = make_memory_streams(ends.loop.get_executor());
    auto [client, server] = ends.shake_hands(std::move(ours), std::move(theirs));
    REQUIRE(client);
    server->abort();
    char byte = 0;
    const auto step = client->read_some({&byte, 1});
    CHECK(step.state == io_state::failed);
    CHECK(step.error);
    CHECK(client->look() == idle_state::gone);
    const std::string_view text = "x";
    CHECK(client->write_some(std::span(&text, 1)).state == io_state::failed);
}
