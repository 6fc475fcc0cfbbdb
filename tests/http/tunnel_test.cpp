#include "engine/http/tunnel.hpp"

#include "engine/http/errc.hpp"
#include "engine/http/memory_stream.hpp"

#include "tests/support/cuts.hpp"
#include "tests/support/peer_script.hpp"
#include "tests/support/virtual_clock.hpp"

#include <boost/asio/post.hpp>
#include <doctest/doctest.h>

using namespace engine;
using namespace engine::http;
using namespace support;
using runtime::task;

namespace {

const proxy_address plain_proxy{false, "proxy.example", 3128, "", ""};
const proxy_address known_user{false, "proxy.example", 3128, "canary-user", "canary-password"};
const endpoint api{true, "api.example", 443, ""};
const endpoint gateway{false, "gateway.example", 4000, ""};

struct outcome {
    base::result<void> opened;
    server_request heard;
};

// Opens a tunnel at a proxy that says `pieces` once it has heard the request, then closes.
outcome open(const pieces& answer, const proxy_address& via, const endpoint& target,
             std::size_t header_bytes_max = 4096)
{
    boost::asio::io_context loop;
    virtual_clock clock;
    auto [ours, theirs] = make_memory_streams(loop.get_executor());
    outcome out;
    auto proxy = [&]() -> task<> {
        out.heard = co_await hear_request(*theirs);
        for (const auto piece : answer) {
            co_await say(*theirs, std::string(piece));
            for (int i = 0; i < 5; ++i) // so that it is read before the next one comes
                co_await boost::asio::post(loop, boost::asio::use_awaitable);
        }
        theirs->close();
    };
    boost::asio::co_spawn(loop, proxy(), [](std::exception_ptr) {});
    out.opened = clock.run(loop, open_tunnel(*ours, via, target, header_bytes_max));
    loop.restart();
    loop.poll();
    return out;
}

} // namespace

TEST_CASE("a tunnel is asked for by name and port, and is open after any 2xx")
{
    for (const std::string answer :
         {"HTTP/1.1 200 Connection established\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\n",
          "HTTP/1.1 204 No Content\r\nVia: x\r\n\r\n",
          // RFC 9110 section 9.3.6: framing headers of a 2xx to CONNECT mean nothing.
          "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
          "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"}) {
        CAPTURE(answer);
        for_each_cut(answer, [](const pieces& cut) {
            const auto out = open(cut, plain_proxy, api);
            CHECK(out.opened.has_value());
            CHECK(out.heard.method == "CONNECT");
            CHECK(out.heard.target == "api.example:443");
            CHECK(out.heard.headers.find("host") == "api.example:443");
            CHECK(out.heard.headers.size() == 1);
        });
    }
    CHECK(open({"HTTP/1.1 200 OK\r\n\r\n"}, plain_proxy, {true, "fd00::1", 443, ""}).heard.target ==
          "[fd00::1]:443");
}

TEST_CASE("credentials are given to the proxy and appear in no failure, whatever it echoes")
{
    const std::string secret = "Basic Y2FuYXJ5LXVzZXI6Y2FuYXJ5LXBhc3N3b3Jk";
    const auto fine = open({"HTTP/1.1 200 OK\r\n\r\n"}, known_user, api);
    CHECK(fine.heard.headers.find("proxy-authorization") == secret);
    for (const std::string& answer :
         {"HTTP/1.1 407 " + secret + "\r\nX-Echo: " + secret + "\r\n\r\n", secret + "\r\n\r\n",
          std::string("HTTP/1.1 500 canary-password\r\n\r\ncanary-password"),
          "HTTP/1.1 200 OK\r\n" + secret + "\r\n\r\n"}) {
        const auto out = open({answer}, known_user, api);
        REQUIRE(!out.opened.has_value());
        const auto text = out.opened.error().message();
        CAPTURE(text);
        CHECK(text.find("canary") == std::string::npos);
        CHECK(text.find("Y2FuYX") == std::string::npos);
        CHECK(text.find("http://proxy.example:3128") != std::string::npos);
        CHECK(text.find("api.example:443") != std::string::npos);
    }
}

TEST_CASE("each way to refuse a tunnel has its code and says what to do")
{
    struct row {
        std::string answer;
        proxy_address via;
        endpoint target;
        errc code;
        std::string says;
    };
    const std::string basic = "Proxy-Authenticate: Basic realm=\"office\"\r\n";
    const row rows[] = {
        {"HTTP/1.1 407 X\r\n" + basic + "\r\n", plain_proxy, api, errc::proxy_refused,
         "wants a user and a password"},
        {"HTTP/1.1 407 X\r\n\r\n", plain_proxy, api, errc::proxy_refused, "wants a user"},
        {"HTTP/1.1 407 X\r\n" + basic + "\r\n", known_user, api, errc::proxy_refused,
         "does not accept"},
        {"HTTP/1.1 407 X\r\nProxy-Authenticate: NTLM\r\nProxy-Authenticate: Negotiate\r\n\r\n",
         known_user, api, errc::proxy_refused, "other than Basic"},
        {"HTTP/1.1 403 X\r\n\r\n", plain_proxy, api, errc::proxy_refused, "does not allow"},
        {"HTTP/1.1 403 X\r\n\r\n", plain_proxy, gateway, errc::proxy_refused, "NO_PROXY"},
        {"HTTP/1.1 502 X\r\n\r\n", plain_proxy, api, errc::proxy_failed, "could not reach"},
        {"HTTP/1.1 301 X\r\nLocation: /\r\n\r\n", plain_proxy, api, errc::proxy_failed, "301"},
        {"HTTP/1.1 101 X\r\n\r\n", plain_proxy, api, errc::proxy_failed, "cannot be read"},
        {"<html>", plain_proxy, api, errc::proxy_failed, "cannot be read"},
        {"", plain_proxy, api, errc::proxy_failed, "hung up"},
        {"HTTP/1.1 200 OK\r\n", plain_proxy, api, errc::proxy_failed, "hung up"},
        {"HTTP/1.1 200 OK\r\n\r\nSSH-2.0", plain_proxy, api, errc::proxy_failed,
         "spoke before we did"},
    };
    for (const auto& [answer, via, target, code, says] : rows) {
        CAPTURE(answer);
        const auto out = open({answer}, via, target);
        REQUIRE(!out.opened.has_value());
        CHECK(out.opened.error().code == code);
        CHECK(out.opened.error().detail.find(says) != std::string::npos);
    }
}

TEST_CASE("an answer that never ends is bounded, in headers and in interim answers")
{
    std::string interim;
    for (int i = 0; i < 200; ++i)
        interim += "HTTP/1.1 100 Continue\r\n\r\n";
    for (const std::string& answer : {"HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x'), interim,
                                      "HTTP/1.1 200 " + std::string(100'000, 'x')}) {
        const auto out = open({answer}, plain_proxy, api, 1024);
        REQUIRE(!out.opened.has_value());
        CHECK(out.opened.error().code == errc::proxy_failed);
        CHECK(out.opened.error().detail.find("header too large") != std::string::npos);
    }
}

TEST_CASE("a proxy that hangs up at once is one that failed")
{
    boost::asio::io_context loop;
    virtual_clock clock;
    auto [ours, theirs] = make_memory_streams(loop.get_executor());
    theirs.reset();
    const auto opened = clock.run(loop, open_tunnel(*ours, plain_proxy, api, 4096));
    REQUIRE(!opened.has_value());
    CHECK(opened.error().code == errc::proxy_failed);
}
