#include "engine/http/errc.hpp"

#include "tests/support/test_proxy.hpp"
#include "tests/support/test_trust.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <doctest/doctest.h>

using namespace engine;
using namespace engine::http;
using namespace support;
using namespace std::chrono_literals;
using runtime::task;

namespace {

const std::string api_name = "api.example"; // no name server knows it: only the proxy does

task<> echo(server_request request, responder& to)
{
    co_await to.answer(200, {}, std::move(request.body));
}

exchange_report ask(net_world& world, client& http, endpoint where, response_handler& handler,
                    std::string body = "{}")
{
    auto wanted = post(std::move(body));
    wanted.headers.add("Authorization", "Bearer sk-origin-key");
    return world.run(http.exchange(std::move(where), std::move(wanted), handler, {}));
}

exchange_report ask(net_world& world, client& http, endpoint where)
{
    recording_handler handler;
    return ask(world, http, std::move(where), handler);
}

} // namespace

TEST_CASE("through a proxy, a target with TLS sees a request and the proxy sees none")
{
    const authority_on_disk trust;
    net_world world;
    auto& server = world.serve(echo, with(trust.authority.issue("DNS:" + api_name)));
    test_proxy proxy(world);
    auto options = trust.options();
    options.proxies = proxy.settings();
    pooled_client http(options, world.time);
    const std::string photo(1'000'000, 'p');
    for (int i = 0; i < 2; ++i) {
        recording_handler handler;
        const auto report = ask(world, http, {true, api_name, server.port(), ""}, handler, photo);
        CAPTURE((report.failure ? report.failure->message() : ""));
        CHECK(report.complete);
        CHECK(handler.body == photo);
        CHECK(report.reused_connection == (i > 0)); // the tunnel is kept as a connection is
    }
    REQUIRE(proxy.heard().size() == 1);
    const auto& connect = proxy.heard().front();
    CHECK(connect.method == "CONNECT");
    CHECK(connect.target == api_name + ":" + std::to_string(server.port()));
    CHECK(connect.headers.find("host") == connect.target);
    CHECK(!connect.headers.contains("authorization"));
    CHECK(!connect.headers.contains("proxy-authorization"));
    CHECK(proxy.through().find("sk-origin-key") == std::string::npos);
    CHECK(proxy.through().find("ppppp") == std::string::npos);
}

TEST_CASE("a target without TLS is reached by a tunnel too, and never hears the proxy's password")
{
    net_world world;
    std::vector<server_request> origin_heard;
    auto& server = world.serve([&](server_request request, responder& to) -> task<> {
        origin_heard.push_back(request);
        co_await to.answer(200, {}, "ok");
    });
    test_proxy proxy(world);
    client_options options;
    options.proxies = proxy.settings();
    options.proxies.for_http->user = "night shift";
    options.proxies.for_http->password = "p@ss:word";
    pooled_client http(options, world.time);
    CHECK(ask(world, http, {false, api_name, server.port(), ""}).complete);
    REQUIRE(proxy.heard().size() == 1);
    CHECK(proxy.heard().front().method == "CONNECT");
    CHECK(proxy.heard().front().headers.find("proxy-authorization") ==
          "Basic bmlnaHQgc2hpZnQ6cEBzczp3b3Jk");
    REQUIRE(origin_heard.size() == 1);
    CHECK(origin_heard.front().target == "/v1/images/generations"); // origin form
    CHECK(!origin_heard.front().headers.contains("proxy-authorization"));
    CHECK(origin_heard.front().headers.find("authorization") == "Bearer sk-origin-key");
}

TEST_CASE("targets on this machine and in NO_PROXY are reached without the proxy")
{
    net_world world;
    auto& server = world.serve(echo);
    test_proxy proxy(world);
    client_options options;
    options.proxies = proxy.settings();
    pooled_client http(options, world.time);
    for (const std::string host : {"127.0.0.1", "localhost"})
        CHECK(ask(world, http, {false, host, server.port(), ""}).complete);
    CHECK(proxy.heard().empty());

    options.proxies.direct = no_proxy_list("invalid");
    pooled_client bypassing(options, world.time);
    CHECK(code_of(ask(world, bypassing, {false, "no-such-host.invalid", 80, ""})) ==
          errc::resolve_failed);
    CHECK(proxy.heard().empty());
}

TEST_CASE("a proxy that makes no tunnel is told apart from the target, with nothing sent")
{
    struct row {
        std::string answer;
        errc code;
        std::string says;
    };
    const row rows[] = {
        {"HTTP/1.1 407 Hm\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 9\r\n\r\n"
         "forbidden",
         errc::proxy_refused, "407 "},
        {"HTTP/1.1 403 Forbidden\r\n\r\n<html>no</html>", errc::proxy_refused, "403 Forbidden"},
        {"HTTP/1.1 502 Bad Gateway\r\n\r\n", errc::proxy_failed, "could not reach the target"},
        {"HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\n\r\n", errc::proxy_failed,
         "302 Found"},
        {"SSH-2.0-OpenSSH_9.2\r\n", errc::proxy_failed, "cannot be read"},
        {"", errc::proxy_failed, "hung up"},
    };
    for (const auto& [answer, code, says] : rows) {
        CAPTURE(answer);
        net_world world;
        test_proxy proxy(world);
        proxy.answer_with(answer);
        client_options options;
        options.proxies = proxy.settings();
        options.proxies.for_https->user = "canary-user";
        options.proxies.for_https->password = "canary-password";
        pooled_client http(options, world.time);
        recording_handler handler;
        const auto report = ask(world, http, {true, api_name, 443, ""}, handler);
        CHECK(code_of(report) == code);
        CHECK(!report.sent_any);
        CHECK(handler.sendings == 0);
        CHECK(!report.head.has_value()); // what the proxy says is no answer
        const auto text = report.failure->message();
        CAPTURE(text);
        CHECK(text.find(says) != std::string::npos);
        CHECK(text.find("through http://127.0.0.1:") != std::string::npos);
        CHECK(text.find("canary") == std::string::npos);
        CHECK(http.idle_connections() == 0);
    }
}

TEST_CASE("a proxy that nobody can reach is named in the failure")
{
    net_world world;
    client_options options;
    {
        raw_peer::tcp::acceptor gone(world.loop, {boost::asio::ip::address_v4::loopback(), 0});
        proxy_address dead;
        dead.host = "127.0.0.1";
        dead.port = gone.local_endpoint().port();
        options.proxies.for_https = dead;
    }
    pooled_client http(options, world.time);
    const auto report = ask(world, http, {true, api_name, 443, ""});
    CHECK(code_of(report) == errc::connect_failed);
    CHECK(report.failure->where.find("proxy http://127.0.0.1:") != std::string::npos);
    CHECK(!report.sent_any);

    proxy_address nameless;
    nameless.host = "no-such-host.invalid";
    options.proxies.for_https = nameless;
    pooled_client other(options, world.time);
    const auto unknown = ask(world, other, {true, api_name, 443, ""});
    CHECK(code_of(unknown) == errc::resolve_failed);
    CHECK(unknown.failure->where.find("(the proxy)") != std::string::npos);
}

TEST_CASE("a proxy that says nothing counts as connecting, and leaves no descriptor open")
{
    net_world world;
    auto& peer = world.peer({[](byte_stream& stream) -> task<> {
        for (bool more = true; more;) {
            const auto heard = co_await hear(stream);
            more = !heard.empty();
        }
    }});
    client_options options;
    options.connect_timeout = 200ms;
    options.proxies.for_https = proxy_address{false, "127.0.0.1", peer.where().port, "", ""};
    pooled_client http(options, world.time);
    const auto report = ask(world, http, {true, api_name, 443, ""});
    CHECK(code_of(report) == errc::connect_timeout);
    CAPTURE(report.failure->detail);
    CHECK(report.failure->detail.find("while connecting (") != std::string::npos);
    CHECK(!report.sent_any);
    const auto before = open_descriptors();
    world.end();
    CHECK(open_descriptors() < before);
}

TEST_CASE("a proxy that is spoken to with TLS is checked by its own name, and sees no certificate")
{
    const authority_on_disk trust;
    const auto own = trust.authority.issue("DNS:client.example");
    const auto front = trust.authority.issue("IP:127.0.0.1");
    auto proxy_context = make_server_context(front.certificate_pem, front.key_pem);
    REQUIRE(proxy_context.has_value());
    SSL_CTX_set_verify(proxy_context->get(), SSL_VERIFY_PEER,
                       [](int, X509_STORE_CTX*) { return 0; }); // any certificate is one too many
    for (const bool tls : {true, false}) {
        CAPTURE(tls);
        net_world world;
        auto& server = tls ? world.serve(echo, with(trust.authority.issue("DNS:" + api_name)))
                           : world.serve(echo);
        test_proxy proxy(world, sessions(*proxy_context));
        auto options = trust.options();
        options.client_certificate_file = trust.file("own.pem", own.certificate_pem + own.key_pem);
        options.proxies = proxy.settings();
        pooled_client http(options, world.time);
        const std::string photo(300'000, 'p');
        recording_handler handler;
        const auto report = ask(world, http, {tls, api_name, server.port(), ""}, handler, photo);
        CAPTURE((report.failure ? report.failure->message() : ""));
        CHECK(report.complete);
        CHECK(handler.body == photo);
    }
    // And one whose certificate is for somebody else is not told anything.
    const auto other = trust.authority.issue("DNS:other.example");
    auto wrong = make_server_context(other.certificate_pem, other.key_pem);
    net_world world;
    test_proxy proxy(world, sessions(*wrong));
    auto options = trust.options();
    options.proxies = proxy.settings();
    options.proxies.for_https->password = "canary-password";
    pooled_client http(options, world.time);
    const auto report = ask(world, http, {true, api_name, 443, ""});
    CHECK(code_of(report) == errc::certificate_invalid);
    CHECK(report.failure->where.find("proxy https://127.0.0.1:") != std::string::npos);
    CHECK(proxy.heard().empty());
}

TEST_CASE("the target's certificate is checked through a proxy as without one")
{
    const authority_on_disk trust;
    net_world world;
    auto& server = world.serve(echo, with(trust.authority.issue("DNS:other.example")));
    test_proxy proxy(world);
    auto options = trust.options();
    options.proxies = proxy.settings();
    pooled_client http(options, world.time);
    const auto report = ask(world, http, {true, api_name, server.port(), ""});
    CHECK(code_of(report) == errc::certificate_invalid);
    CHECK(report.failure->where.find(api_name) != std::string::npos);
    CHECK(!report.sent_any);
}

TEST_CASE("TLS sessions are resumed through a proxy too")
{
    const authority_on_disk trust;
    net_world world;
    auto& server = world.serve(echo, with(trust.authority.issue("DNS:" + api_name)));
    test_proxy proxy(world);
    auto options = trust.options();
    options.idle_connections_max = 0;
    options.proxies = proxy.settings();
    pooled_client http(options, world.time);
    for (const bool resumed : {false, true}) {
        const auto report = ask(world, http, {true, api_name, server.port(), ""});
        CHECK(report.complete);
        CHECK(report.resumed_tls == resumed);
    }
    CHECK(proxy.heard().size() == 2);
}

TEST_CASE("wherever it is cancelled, an exchange through a proxy ends and closes")
{
    const authority_on_disk trust;
    net_world world;
    auto& server = world.serve(echo, with(trust.authority.issue("DNS:" + api_name)));
    test_proxy proxy(world);
    auto options = trust.options();
    options.idle_connections_max = 0;
    options.proxies = proxy.settings();
    pooled_client http(options, world.time);
    CHECK(ask(world, http, {true, api_name, server.port(), ""}).complete);
    for (int steps = 0;; ++steps) {
        std::optional<exchange_report> report;
        bool ended = false;
        recording_handler handler;
        boost::asio::cancellation_signal stop;
        boost::asio::co_spawn(
            world.loop, http.exchange({true, api_name, server.port(), ""}, post("x"), handler, {}),
            boost::asio::bind_cancellation_slot(
                stop.slot(), [&](std::exception_ptr thrown, exchange_report came) {
                    ended = true;
                    if (!thrown)
                        report = std::move(came);
                }));
        for (int done = 0; done < steps && !ended; ++done)
            world.loop.run_one();
        const bool was_done = ended;
        boost::asio::post(world.loop, [&] { stop.emit(boost::asio::cancellation_type::terminal); });
        world.loop.run_one();
        while (!ended)
            world.loop.run_one();
        while (server.connections() > 0)
            world.loop.run_one();
        if (was_done) {
            CHECK(report->complete);
            CHECK(steps > 10);
            break;
        }
    }
}
