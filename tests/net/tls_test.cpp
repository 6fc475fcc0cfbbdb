#include "tests/support/net_world.hpp"

#include "engine/http/errc.hpp"

#include "tests/support/test_trust.hpp"

#include <doctest/doctest.h>

using namespace engine;
using namespace engine::http;
using namespace support;
using namespace std::chrono_literals;
using runtime::task;

namespace {

task<> echo(server_request request, responder& to)
{
    co_await to.answer(200, {}, std::move(request.body));
}

} // namespace

TEST_CASE("an exchange over TLS, by name and by address, with the connection kept")
{
    const authority_on_disk trust;
    net_world world(trust.options());
    auto& server = world.serve(echo, with(trust.authority.issue("DNS:localhost,IP:127.0.0.1")));
    const std::string photo(3'000'000, 'p');
    for (const std::string host : {"localhost", "127.0.0.1"}) {
        for (int i = 0; i < 3; ++i) {
            recording_handler handler;
            const auto report = world.ask({true, host, server.port(), ""}, post(photo), handler);
            CAPTURE((report.failure ? report.failure->message() : ""));
            CHECK(report.complete);
            CHECK(report.sent_any);
            CHECK(report.reused_connection == (i > 0));
            CHECK(handler.body == photo);
        }
    }
    CHECK(world.http.connections_opened() == 2);
}

TEST_CASE(
    "each thing that is wrong with a certificate stops the exchange, says so, and sends nothing")
{
    const authority_on_disk trust;
    const authority_on_disk stranger;
    struct row {
        issued_certificate certificate;
        std::string host, reason;
    };
    const row rows[] = {
        {trust.authority.issue("DNS:other.example"), "localhost", "hostname mismatch"},
        {trust.authority.issue("DNS:localhost"), "127.0.0.1", "IP address mismatch"},
        {trust.authority.issue("DNS:*.localhost"), "localhost", "hostname mismatch"},
        {trust.authority.issue("DNS:localhost", -10, -5), "localhost", "certificate has expired"},
        {trust.authority.issue("DNS:localhost", 5, 10), "localhost",
         "certificate is not yet valid"},
        {stranger.authority.issue("DNS:localhost"), "localhost",
         "unable to get local issuer certificate"},
    };
    for (const auto& [certificate, host, reason] : rows) {
        CAPTURE(reason);
        net_world world(trust.options());
        auto& server = world.serve(echo, with(certificate));
        recording_handler handler;
        const auto report = world.ask({true, host, server.port(), ""}, post("secret"), handler);
        CHECK(code_of(report) == errc::certificate_invalid);
        CHECK(report.failure->detail == reason);
        CHECK(report.failure->where.find(host) != std::string::npos);
        CHECK(!report.sent_any);
        CHECK(handler.sendings == 0);
        CHECK(world.http.idle_connections() == 0);
    }
}

TEST_CASE("a peer that speaks no TLS, or hangs up, is tls_failed")
{
    const authority_on_disk trust;
    const peer_script scripts[] = {
        [](byte_stream& stream) -> task<> {
            (void)co_await hear(stream);
            co_await say(stream, "HTTP/1.1 400 Bad Request\r\n\r\n");
        },
        [](byte_stream& stream) -> task<> { (void)co_await hear(stream); },
        [](byte_stream& stream) -> task<> {
            (void)co_await hear(stream);
            stream.abort();
        },
    };
    for (const auto& script : scripts) {
        net_world world(trust.options());
        auto where = world.peer({script}).where();
        where.tls = true;
        const auto report = world.ask(where, post("secret"));
        CHECK(code_of(report) == errc::tls_failed);
        CHECK(!report.failure->detail.empty());
        CHECK(!report.sent_any);
    }
}

TEST_CASE("versions before TLS 1.2 are not spoken")
{
    const authority_on_disk trust;
    const auto certificate = trust.authority.issue("IP:127.0.0.1");
    auto old = make_server_context(certificate.certificate_pem, certificate.key_pem);
    REQUIRE(old.has_value());
    SSL_CTX_set_min_proto_version(old->get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(old->get(), TLS1_1_VERSION);
    SSL_CTX_set_security_level(old->get(), 0);
    net_world world(trust.options());
    auto& peer = world.peer({answer_once("")}, sessions(*old));
    CHECK(code_of(world.ask(peer.where(), post("x"))) == errc::tls_failed);
}

TEST_CASE("TLS 1.2 is spoken where nothing newer is")
{
    const authority_on_disk trust;
    const auto certificate = trust.authority.issue("IP:127.0.0.1");
    auto older = make_server_context(certificate.certificate_pem, certificate.key_pem);
    SSL_CTX_set_max_proto_version(older->get(), TLS1_2_VERSION);
    net_world world(trust.options());
    auto& peer = world.peer({answer_always("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")},
                            sessions(*older));
    CHECK(world.ask(peer.where(), post("x")).complete);
    CHECK(world.ask(peer.where(), post("x")).reused_connection);
}

TEST_CASE("a TLS stream that ends without a goodbye is cut, with one it is an end")
{
    const authority_on_disk trust;
    const auto certificate = trust.authority.issue("IP:127.0.0.1");
    auto context = make_server_context(certificate.certificate_pem, certificate.key_pem);
    const std::string until_close = "HTTP/1.1 200 OK\r\n\r\nhello";
    {
        net_world world(trust.options());
        auto& polite = world.peer({answer_once(until_close)}, sessions(*context));
        recording_handler handler;
        CHECK(world.ask(polite.where(), post("x"), handler).complete);
        CHECK(handler.body == "hello");
    }
    {
        net_world world(trust.options());
        auto& rude = world.peer({[&](byte_stream& stream) -> task<> {
                                    (void)co_await hear_request(stream);
                                    co_await say(stream, until_close);
                                    stream.abort();
                                }},
                                sessions(*context));
        recording_handler handler;
        const auto report = world.ask(rude.where(), post("x"), handler);
        CHECK(!report.complete);
        // The reset may overtake the bytes before it.
        CHECK((code_of(report) == errc::truncated || code_of(report) == errc::connection_closed));
    }
}

TEST_CASE("a kept TLS connection that was closed meanwhile is replaced before a POST")
{
    const authority_on_disk trust;
    const auto certificate = trust.authority.issue("IP:127.0.0.1");
    auto context = make_server_context(certificate.certificate_pem, certificate.key_pem);
    const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    net_world world(trust.options());
    bool closed = false;
    auto& peer = world.peer({[&](byte_stream& stream) -> task<> {
                                 (void)co_await hear_request(stream);
                                 co_await say(stream, ok);
                                 stream.close();
                                 closed = true;
                             },
                             answer_always(ok)},
                            sessions(*context));
    CHECK(world.ask(peer.where(), post("x")).complete);
    while (!closed)
        world.loop.run_one();
    const auto second = world.ask(peer.where(), post("x"));
    CHECK(second.complete);
    CHECK(!second.reused_connection);
    CHECK(peer.accepted == 2);
}

TEST_CASE("a reset in the middle of a TLS upload is send_failed and does not kill the process")
{
    const authority_on_disk trust;
    const auto certificate = trust.authority.issue("IP:127.0.0.1");
    auto context = make_server_context(certificate.certificate_pem, certificate.key_pem);
    net_world world(trust.options());
    auto& peer = world.peer({[](byte_stream& stream) -> task<> {
                                (void)co_await hear(stream, 1000);
                                stream.abort();
                            }},
                            sessions(*context));
    const auto report = world.ask(peer.where(), post(std::string(30'000'000, 'x')));
    CHECK(code_of(report) == errc::send_failed);
    CHECK(report.sent_any);
}

TEST_CASE("a trust store that cannot be read is its own failure")
{
    client_options options;
    options.ca_file = "/no/such/file.pem";
    net_world world(options);
    auto& server = world.serve(echo);
    const auto report = world.ask({true, "127.0.0.1", server.port(), ""}, post("x"));
    CHECK(code_of(report) == errc::trust_store_failed);
    CHECK(report.failure->where.find("/no/such/file.pem") != std::string::npos);
    CHECK(world.ask({false, "127.0.0.1", server.port(), ""}, post("x")).complete);
}

TEST_CASE("the system's trust store does not know our test authority")
{
    const authority_on_disk trust;
    net_world world;
    auto& server = world.serve(echo, with(trust.authority.issue("DNS:localhost")));
    const auto report = world.ask({true, "localhost", server.port(), ""}, post("x"));
    CHECK(code_of(report) == errc::certificate_invalid);
}

TEST_CASE("a key that does not belong to the certificate is refused when listening")
{
    const authority_on_disk trust;
    auto mixed = with(trust.authority.issue("DNS:localhost"));
    mixed.private_key_pem = trust.authority.issue("DNS:localhost").key_pem;
    boost::asio::io_context loop;
    CHECK(server(mixed, loop.get_executor()).listen().error().code == errc::trust_store_failed);
}

TEST_CASE("a server sends its whole chain")
{
    const authority_on_disk trust;
    auto options = with(trust.authority.issue("DNS:localhost"));
    options.certificate_pem += trust.authority.pem();
    net_world world(trust.options());
    auto& server = world.serve(echo, options);
    CHECK(world.ask({true, "localhost", server.port(), ""}, post("x")).complete);
}

TEST_CASE("a slow handshake counts as connecting")
{
    const authority_on_disk trust;
    auto options = trust.options();
    options.connect_timeout = 200ms;
    net_world world(options);
    auto where = world
                     .peer({[](byte_stream& stream) -> task<> {
                         for (bool more = true; more;) {
                             const auto heard = co_await hear(stream);
                             more = !heard.empty();
                         }
                     }})
                     .where();
    where.tls = true;
    const auto before = open_descriptors();
    const auto report = world.ask(where, post("x"));
    CHECK(code_of(report) == errc::connect_timeout);
    CHECK(report.failure->detail.find("while connecting (") != std::string::npos);
    CHECK(!report.sent_any);
    CHECK(open_descriptors() <= before + 1); // at most the peer's own end
}

TEST_CASE("a hundred TLS streams at once")
{
    const authority_on_disk trust;
    net_world world(trust.options());
    auto& server = world.serve(echo, with(trust.authority.issue("IP:127.0.0.1")));
    int right = 0;
    auto ask = [&](int number) -> task<> {
        recording_handler handler;
        const std::string body(200'000 + static_cast<std::size_t>(number), 'x');
        const auto report = co_await world.http.exchange({true, "127.0.0.1", server.port(), ""},
                                                         post(body), handler, {});
        right += report.complete && handler.body == body;
    };
    auto all = [&]() -> task<bool> {
        runtime::task_group group(world.loop.get_executor());
        for (int i = 0; i < 100; ++i)
            group.start(ask(i));
        co_await group.join();
        co_return true;
    };
    world.run(all());
    CHECK(right == 100);
}

TEST_CASE("the second connection to a place resumes the first one's TLS session")
{
    const authority_on_disk trust;
    const auto certificate = trust.authority.issue("DNS:localhost,IP:127.0.0.1");
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        CAPTURE(version);
        auto context = make_server_context(certificate.certificate_pem, certificate.key_pem);
        SSL_CTX_set_max_proto_version(context->get(), version);
        auto options = trust.options();
        options.idle_connections_max = 0; // every exchange shakes hands
        net_world world(options);
        auto& peer = world.peer({answer_once("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")},
                                sessions(*context));
        const auto by_address = peer.where();
        auto by_name = by_address;
        by_name.host = "localhost";
        const auto ask = [&](const endpoint& where) {
            const auto report = world.ask(where, post("x"));
            CHECK(report.complete);
            return report.resumed_tls;
        };
        CHECK(!ask(by_address));
        for (int i = 0; i < 5; ++i) // a TLS 1.3 ticket serves once, and each connection brings more
            CHECK(ask(by_address));
        CHECK(!ask(by_name)); // whom it proved itself to was another name
        CHECK(ask(by_name));
    }
}

TEST_CASE("a server that has forgotten a session gets a whole handshake, not a failure")
{
    const authority_on_disk trust;
    const auto certificate = trust.authority.issue("IP:127.0.0.1");
    const auto before = make_server_context(certificate.certificate_pem, certificate.key_pem);
    const auto after = make_server_context(certificate.certificate_pem, certificate.key_pem);
    int connection = 0;
    const auto restarting = [&] {
        ssl_session session(SSL_new((connection++ == 0 ? *before : *after).get()));
        SSL_set_accept_state(session.get());
        return session;
    };
    auto options = trust.options();
    options.idle_connections_max = 0;
    net_world world(options);
    auto& peer =
        world.peer({answer_once("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")}, restarting);
    for (int i = 0; i < 2; ++i) {
        const auto report = world.ask(peer.where(), post("x"));
        CHECK(report.complete);
        CHECK(!report.resumed_tls);
    }
    CHECK(connection == 2);
}

TEST_CASE("one connection's session is not another trust store's")
{
    const authority_on_disk trust;
    const authority_on_disk stranger;
    net_world world(trust.options());
    auto& server = world.serve(echo, with(trust.authority.issue("IP:127.0.0.1")));
    const endpoint where{true, "127.0.0.1", server.port(), ""};
    CHECK(world.ask(where, post("x")).complete);
    pooled_client other(stranger.options(), world.time);
    recording_handler handler;
    const auto report = world.run(other.exchange(where, post("x"), handler, {}));
    CHECK(code_of(report) == errc::certificate_invalid);
}

namespace {

// A server's context that wants a certificate of the authority from whoever comes.
ssl_context wanting_certificates(const authority_on_disk& trust, int version_max)
{
    const auto certificate = trust.authority.issue("IP:127.0.0.1");
    auto made = make_server_context(certificate.certificate_pem, certificate.key_pem);
    REQUIRE(made.has_value());
    SSL_CTX_set_max_proto_version(made->get(), version_max);
    SSL_CTX_set_verify(made->get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    REQUIRE(SSL_CTX_load_verify_locations(made->get(), trust.ca_file().c_str(), nullptr) == 1);
    const unsigned char name[] = "mutual";
    SSL_CTX_set_session_id_context(made->get(), name, sizeof name - 1);
    return std::move(*made);
}

} // namespace

TEST_CASE("a client certificate is shown to a server that asks, from one file or from two")
{
    const authority_on_disk trust;
    const auto own = trust.authority.issue("DNS:client.example");
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        for (const bool one_file : {true, false}) {
            const auto context = wanting_certificates(trust, version);
            auto options = trust.options();
            options.idle_connections_max = 0;
            options.client_certificate_file =
                trust.file("own.pem", own.certificate_pem + (one_file ? own.key_pem : ""));
            if (!one_file)
                options.client_key_file = trust.file("own.key", own.key_pem);
            CHECK(validate(options).empty());
            net_world world(options);
            auto& peer = world.peer({answer_once("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")},
                                    sessions(context));
            for (const bool resumed : {false, true}) {
                const auto report = world.ask(peer.where(), post("x"));
                CAPTURE((report.failure ? report.failure->message() : ""));
                CHECK(report.complete);
                CHECK(report.resumed_tls == resumed);
            }
        }
    }
}

TEST_CASE("a server that wants another client certificate, or any, took nothing of the request")
{
    const authority_on_disk trust;
    const authority_on_disk stranger;
    const auto foreign = stranger.authority.issue("DNS:client.example");
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        for (const bool shown : {false, true}) {
            CAPTURE(version);
            CAPTURE(shown);
            const auto context = wanting_certificates(trust, version);
            auto options = trust.options();
            if (shown)
                options.client_certificate_file =
                    trust.file("foreign.pem", foreign.certificate_pem + foreign.key_pem);
            net_world world(options);
            auto& peer = world.peer({answer_once("")}, sessions(context));
            const auto report = world.ask(peer.where(), post("x"));
            // OpenSSL's TLS 1.2 server answers a missing certificate with a general alert.
            const bool said_so = version == TLS1_3_VERSION || shown;
            CHECK(code_of(report) ==
                  (said_so ? errc::client_certificate_refused : errc::tls_failed));
            CAPTURE(report.failure->message());
            CHECK(!report.sent_any);
            CHECK(peer.accepted == 1);
        }
    }
}

TEST_CASE("a client certificate that cannot be used is its own failure, before anything is dialled")
{
    const authority_on_disk trust;
    const auto own = trust.authority.issue("DNS:client.example");
    const auto other = trust.authority.issue("DNS:client.example");
    const std::string encrypted =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
        "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgAAAAAAAAAAAICCAAw\n"
        "-----END ENCRYPTED PRIVATE KEY-----\n";
    struct row {
        std::string certificate, key, names;
    };
    const row rows[] = {
        {"/no/such/own.pem", "", "/no/such/own.pem"},
        {trust.file("own.pem", own.certificate_pem), "", "own.pem"}, // no key in it
        {trust.file("own.pem", own.certificate_pem), trust.file("other.key", other.key_pem),
         "other.key"},
        {trust.file("own.pem", own.certificate_pem), trust.file("locked.key", encrypted),
         "must not be encrypted"},
    };
    for (const auto& [certificate, key, names] : rows) {
        CAPTURE(names);
        auto options = trust.options();
        options.client_certificate_file = certificate;
        options.client_key_file = key;
        net_world world(options);
        auto& peer = world.peer({answer_once("")});
        auto where = peer.where();
        where.tls = true;
        const auto report = world.ask(where, post("x"));
        CHECK(code_of(report) == errc::client_certificate_failed);
        CHECK(report.failure->where.find(names) != std::string::npos);
        CHECK(!report.sent_any);
        CHECK(peer.accepted == 0);
    }
}
