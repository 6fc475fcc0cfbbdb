#include "engine/http/client.hpp"
#include "engine/http/memory_stream.hpp"
#include "engine/http/server.hpp"

#include "tests/support/peer_script.hpp"
#include "tests/support/recording_handler.hpp"
#include "tests/support/virtual_clock.hpp"

#include "engine/runtime/task_group.hpp"

#include <doctest/doctest.h>
#include <stdexcept>

using namespace engine;
using namespace engine::http;
using namespace support;
using namespace std::chrono_literals;
using runtime::task;

namespace {

// A server that is reached over memory streams only.
struct world {
    explicit world(server_options options = {})
        : server(std::move(options), loop.get_executor()), group(loop.get_executor())
    {}

    boost::asio::io_context loop;
    virtual_clock clock;
    http::server server;
    runtime::task_group group;

    // A new connection to it.
    std::unique_ptr<byte_stream> connect(handler answer, memory_stream_options options = {})
    {
        auto [ours, theirs] = make_memory_streams(loop.get_executor(), options);
        group.start(server.serve_stream(std::move(theirs), "memory", std::move(answer)));
        return std::move(ours);
    }

    template <class T>
    T run(task<T> work)
    {
        return clock.run(loop, std::move(work));
    }

    ~world()
    {
        auto end = [&]() -> task<bool> {
            group.cancel();
            co_await group.join();
            co_return true;
        };
        run(end());
        CHECK(server.connections() == 0);
    }
};

// Everything the server says to `text`, until it closes or has said `end`.
task<std::string> converse(std::unique_ptr<byte_stream> stream, std::string text, std::string end)
{
    co_await say(*stream, text);
    std::string said;
    while (end.empty() || !said.ends_with(end)) {
        const auto piece = co_await hear(*stream);
        if (piece.empty())
            break;
        said += piece;
    }
    co_return said;
}

task<> echo(server_request request, responder& to)
{
    header_list headers;
    headers.add("X-Peer", request.peer);
    co_await to.answer(200, std::move(headers),
                       request.method + " " + request.path + " " + request.body);
}

// Without its Date, which is the real one.
std::string dateless(std::string text)
{
    for (auto at = text.find("Date: "); at != std::string::npos; at = text.find("Date: "))
        text.erase(at, text.find("\r\n", at) + 2 - at);
    return text;
}

} // namespace

TEST_CASE("requests on one connection are answered one after the other, also when sent together")
{
    world world;
    const auto said =
        world.run(converse(world.connect(echo),
                           "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
                           "POST /b?q HTTP/1.1\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi",
                           ""));
    CHECK(dateless(said) ==
          "HTTP/1.1 200 OK\r\nX-Peer: memory\r\nContent-Length: 7\r\nConnection: keep-alive\r\n"
          "\r\nGET /a HTTP/1.1 200 OK\r\nX-Peer: memory\r\nContent-Length: 10\r\n"
          "Connection: close\r\n\r\nPOST /b hi");
    CHECK(said.find("Date: ") != std::string::npos);
}

TEST_CASE("an answer without a length is chunked, and until close for an old client")
{
    const auto in_pieces = [](server_request, responder& to) -> task<> {
        co_await to.head(200, {}, std::nullopt);
        co_await to.write("hello");
        co_await to.write("");
        co_await to.write(std::string(20, 'x'));
        co_await to.finish();
    };
    world world;
    CHECK(dateless(world.run(
              converse(world.connect(in_pieces), "GET / HTTP/1.1\r\n\r\n", "\r\n0\r\n\r\n"))) ==
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n"
          "5\r\nhello\r\n14\r\nxxxxxxxxxxxxxxxxxxxx\r\n0\r\n\r\n");
    CHECK(dateless(world.run(converse(world.connect(in_pieces), "GET / HTTP/1.0\r\n\r\n", ""))) ==
          "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhelloxxxxxxxxxxxxxxxxxxxx");
}

TEST_CASE("HEAD and 204 have no body, whatever the handler writes")
{
    world world;
    const auto headed = world.run(
        converse(world.connect(echo), "HEAD /a HTTP/1.1\r\nConnection: close\r\n\r\n", ""));
    CHECK(headed.ends_with("Content-Length: 8\r\nConnection: close\r\n\r\n"));
    const auto nothing = [](server_request, responder& to) -> task<> {
        co_await to.head(204, {}, std::nullopt);
        co_await to.finish();
    };
    CHECK(dateless(
              world.run(converse(world.connect(nothing), "GET / HTTP/1.1\r\n\r\n", "\r\n\r\n"))) ==
          "HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n");
}

TEST_CASE("a client that asks first is told to continue, once")
{
    world world;
    memory_stream_options options;
    options.read_bytes_max = 7;
    auto stream = world.connect(echo, options);
    auto talk = [&]() -> task<std::string> {
        co_await say(*stream,
                     "PUT /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
        std::string said;
        while (!said.ends_with("\r\n\r\n"))
            said += co_await hear(*stream);
        co_await say(*stream, "bo");
        co_await say(*stream, "dy");
        while (!said.ends_with("body"))
            said += co_await hear(*stream);
        co_return said;
    };
    const auto said = world.run(talk());
    CHECK(said.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
    stream.reset();
}

TEST_CASE("bad requests are answered with their status, and the rest of them is swallowed")
{
    server_options options;
    options.body_bytes_max = 1000;
    options.header_bytes_max = 2000;
    world world(options);
    const auto refused = [&](const std::string& text) {
        auto stream = world.connect(echo);
        auto talk = [&]() -> task<std::string> {
            co_await say(*stream, text);
            std::string said;
            while (said.find("refused") == std::string::npos) {
                const auto piece = co_await hear(*stream);
                if (piece.empty())
                    break;
                said += piece;
            }
            co_await say(*stream, std::string(500, 'x')); // still sending
            co_return said.substr(0, said.find("\r\n"));
        };
        auto status = world.run(talk());
        stream.reset();
        return status;
    };
    CHECK(refused("nonsense\r\n\r\n") == "HTTP/1.1 400 Bad Request");
    CHECK(refused("POST / HTTP/1.1\r\nContent-Length: 1001\r\n\r\n") ==
          "HTTP/1.1 413 Content Too Large");
    CHECK(refused("GET / HTTP/1.1\r\nX: " + std::string(3000, 'x')) ==
          "HTTP/1.1 431 Request Header Fields Too Large");
}

TEST_CASE("an answer that the handler does not finish is cut off, by an ordinary end or a reset")
{
    const auto ending_of = [](handler answer) {
        world world;
        auto stream = world.connect(std::move(answer));
        auto talk = [&]() -> task<io_step> {
            co_await say(*stream, "GET / HTTP/1.1\r\n\r\n");
            std::array<char, 4096> room{};
            for (;;) {
                const auto step = stream->read_some(room);
                if (step.state == io_state::want_read)
                    co_await stream->wait(io_wait::readable);
                else if (step.state != io_state::done)
                    co_return step;
            }
        };
        return world.run(talk()).state;
    };
    const auto part = [](responder& to) -> task<> {
        co_await to.head(200, {}, 10);
        co_await to.write("hello");
    };
    CHECK(ending_of([&](server_request, responder& to) -> task<> { co_await part(to); }) ==
          io_state::closed);
    CHECK(ending_of([&](server_request, responder& to) -> task<> {
              co_await part(to);
              co_await to.finish(); // five bytes are missing
          }) == io_state::closed);
    CHECK(ending_of([&](server_request, responder& to) -> task<> {
              co_await part(to);
              to.cut();
              co_await to.write("12345");
              co_await to.finish();
          }) == io_state::failed);
    CHECK(ending_of([&](server_request, responder& to) -> task<> {
              co_await part(to);
              throw std::runtime_error("handler");
          }) == io_state::failed);
}

TEST_CASE("a client that leaves is noticed, and the handler may go on undisturbed")
{
    world world;
    bool gone_before = true;
    bool gone_after = false;
    bool ended = false;
    auto stream = world.connect([&](server_request, responder& to) -> task<> {
        gone_before = to.client_gone();
        co_await to.head(200, {}, std::nullopt);
        co_await world.clock.sleep_until(world.clock.now() + 10s);
        gone_after = to.client_gone();
        for (int i = 0; i < 100; ++i)
            co_await to.write(std::string(10'000, 'x'));
        co_await to.finish();
        ended = true;
    });
    auto leave = [&]() -> task<bool> {
        co_await say(*stream, "GET / HTTP/1.1\r\n\r\n");
        (void)co_await hear(*stream);
        stream.reset();
        co_await world.clock.sleep_until(world.clock.now() + 20s);
        co_return true;
    };
    world.run(leave());
    CHECK(!gone_before);
    CHECK(gone_after);
    CHECK(ended);
    CHECK(world.server.connections() == 0);
}

TEST_CASE("client and server understand each other over memory alone")
{
    world world;
    struct direct final : connector {
        explicit direct(struct world& to) : owner(to) {}
        struct world& owner;
        task<base::result<std::unique_ptr<byte_stream>>> connect(endpoint,
                                                                 connect_progress&) override
        {
            co_return owner.connect([this](server_request request, responder& to) -> task<> {
                co_await owner.clock.sleep_until(owner.clock.now() + 30s);
                co_await echo(std::move(request), to);
            });
        }
    };
    pooled_client http({}, world.clock, std::make_unique<direct>(world));
    recording_handler taken;
    request wanted;
    wanted.method = "POST";
    wanted.target = "/v1/images/edits?x=1";
    wanted.body.push_back(std::make_shared<const std::string>(std::string(1 << 20, 'b')));
    const auto start = world.clock.now();
    const auto report = world.run(http.exchange({false, "sim", 80, ""}, wanted, taken, {}));
    CHECK(report.complete);
    CHECK(taken.body == "POST /v1/images/edits " + std::string(1 << 20, 'b'));
    CHECK(world.clock.now() - start == 30s);
    CHECK(http.idle_connections() == 1);
}

TEST_CASE("a server that cannot listen says why")
{
    boost::asio::io_context loop;
    server first({}, loop.get_executor());
    REQUIRE(first.listen().has_value());
    CHECK(first.port() != 0);
    server_options taken;
    taken.port = first.port();
    CHECK(server(taken, loop.get_executor()).listen().error().code == errc::listen_failed);
    server_options nowhere;
    nowhere.address = "not an address";
    CHECK(server(nowhere, loop.get_executor()).listen().error().code == errc::listen_failed);
    server_options no_certificate;
    no_certificate.certificate_pem = "nothing";
    CHECK(server(no_certificate, loop.get_executor()).listen().error().code ==
          errc::trust_store_failed);
}
