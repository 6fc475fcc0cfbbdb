#include "tests/support/net_world.hpp"

#include "engine/http/dial.hpp"
#include "engine/http/errc.hpp"
#include "engine/http/resolver.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <doctest/doctest.h>

using namespace engine;
using namespace engine::http;
using namespace support;
using namespace std::chrono_literals;
using runtime::task;

namespace {

const std::string ok_hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

task<> echo(server_request request, responder& to)
{
    co_await to.answer(200, {}, std::move(request.body));
}

endpoint at(const server& listening, std::string host = "127.0.0.1")
{
    return {false, std::move(host), listening.port(), ""};
}

task<> listen_to_the_end(byte_stream& stream)
{
    for (bool more = true; more;) {
        const auto heard = co_await hear(stream);
        more = !heard.empty();
    }
}

} // namespace

TEST_CASE("large bodies go there and back over sockets, and the connection is used again")
{
    net_world world;
    auto& server = world.serve(echo);
    const std::string photo(5'000'000, 'p');
    for (int i = 0; i < 3; ++i) {
        recording_handler handler;
        const auto report = world.ask(at(server), post(photo + std::to_string(i)), handler);
        CHECK(report.complete);
        CHECK(report.reused_connection == (i > 0));
        CHECK(handler.body == photo + std::to_string(i));
    }
    CHECK(world.http.connections_opened() == 1);
    CHECK(server.connections() == 1);
}

TEST_CASE("a name is looked up once for all who ask at the same time")
{
    net_world world;
    auto& server = world.serve(echo);
    int complete = 0;
    auto ask = [&]() -> task<> {
        recording_handler handler;
        const auto report =
            co_await world.http.exchange(at(server, "localhost"), post("x"), handler, {});
        complete += report.complete;
    };
    auto all = [&]() -> task<bool> {
        runtime::task_group group(world.loop.get_executor());
        for (int i = 0; i < 50; ++i)
            group.start(ask());
        co_await group.join();
        co_return true;
    };
    world.run(all());
    CHECK(complete == 50);
}

TEST_CASE("names that do not exist and ports nobody listens on are told apart, with nothing sent")
{
    net_world world;
    // RFC 6761 keeps .invalid free for ever.
    const auto no_name = world.ask({false, "no-such-host.invalid", 80, ""}, post("x"));
    CHECK(code_of(no_name) == errc::resolve_failed);
    CHECK(!no_name.sent_any);
    CHECK(code_of(world.ask({false, "no-such-host.invalid", 80, ""}, post("x"))) ==
          errc::resolve_failed); // a failure is not kept, nor is it in the way

    auto& peer = world.peer({answer_once("")});
    const auto where = peer.where();
    world.end();
    const auto nobody = world.ask(where, post("x"));
    CHECK(code_of(nobody) == errc::connect_failed);
    CHECK(nobody.failure->detail.find("127.0.0.1:") != std::string::npos);
    CHECK(!nobody.sent_any);
}

TEST_CASE("resets and ends before and inside an answer have their codes over sockets too")
{
    struct row {
        peer_script script;
        errc code;
    };
    const std::string half = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel";
    const row rows[] = {
        {answer_once(""), errc::connection_closed},
        {[](byte_stream& stream) -> task<> {
             (void)co_await hear_request(stream);
             stream.abort();
         },
         errc::connection_closed},
        {answer_once(half), errc::truncated},
        {[half](byte_stream& stream) -> task<> {
             (void)co_await hear_request(stream);
             co_await say(stream, half);
             stream.abort();
         },
         errc::truncated},
        {answer_once("SSH-2.0-OpenSSH_9.2p1\r\n"), errc::malformed_response},
    };
    for (const auto& [script, code] : rows) {
        net_world world;
        auto& peer = world.peer({script});
        const auto report = world.ask(peer.where(), post("{}"));
        REQUIRE(report.failure.has_value());
        // A reset may overtake the half answer before it is read.
        const bool overtaken =
            code == errc::truncated && report.failure->code == errc::connection_closed;
        CHECK((report.failure->code == code || overtaken));
        CHECK(report.sent_any);
        CHECK(peer.accepted == 1); // a POST is not sent again
    }
}

TEST_CASE("a connection that the server closed while it was idle is replaced before a POST")
{
    net_world world;
    bool closed = false;
    auto& peer = world.peer({[&](byte_stream& stream) -> task<> {
                                 (void)co_await hear_request(stream);
                                 co_await say(stream, ok_hello);
                                 stream.close();
                                 closed = true;
                             },
                             answer_always(ok_hello)});
    CHECK(world.ask(peer.where(), post("{}")).complete);
    while (!closed)
        world.loop.run_one();
    const auto second = world.ask(peer.where(), post("{}"));
    CHECK(second.complete);
    CHECK(!second.reused_connection);
    CHECK(peer.accepted == 2);
}

TEST_CASE("an early refusal of a large upload is read over sockets too")
{
    net_world world;
    server_options small;
    small.body_bytes_max = 20'000'000;
    auto& server = world.serve(echo, small);
    recording_handler handler;
    const auto report = world.ask(at(server), post(std::string(30'000'000, 'x')), handler);
    CHECK(report.complete);
    CHECK(report.head->status == 413);
    CHECK(handler.body == "request refused\n");
}

TEST_CASE("a peer that resets in the middle of an upload does not kill the process")
{
    net_world world;
    auto& peer = world.peer({[](byte_stream& stream) -> task<> {
        (void)co_await hear(stream, 1000);
        stream.abort();
    }});
    const auto report = world.ask(peer.where(), post(std::string(30'000'000, 'x')));
    CHECK(code_of(report) == errc::send_failed);
    CHECK(report.sent_any);
}

TEST_CASE("an exchange that runs out of time leaves no descriptor open")
{
    net_world world;
    auto& silent = world.peer({listen_to_the_end});
    (void)world.ask(silent.where(), post("{}"), *std::make_unique<recording_handler>(),
                    world.within(20ms)); // the loop's own descriptors exist from here on
    while (silent.accepted < 1)
        world.loop.run_one();
    const auto before = open_descriptors();
    for (int i = 0; i < 10; ++i) {
        recording_handler handler;
        const auto report = world.ask(silent.where(), post("{}"), handler, world.within(20ms));
        CHECK(code_of(report) == errc::total_timeout);
    }
    world.end();
    CHECK(open_descriptors() < before);
}

TEST_CASE("a look-up is kept for the next port, and an address is its own answer")
{
    net_world world;
    resolver names(world.time);
    const auto found = world.run(names.resolve("localhost", 80));
    REQUIRE(found.has_value());
    CHECK(!found->empty());
    CHECK(world.run(names.resolve("localhost", 81))->front().port() == 81);
    const auto literal = world.run(names.resolve("::1", 443));
    CHECK(literal->size() == 1);
    CHECK(literal->front().address().is_v6());
}

TEST_CASE("a thousand streams at once on one loop, each with its own answer")
{
    constexpr int streams = 1000;
    client_options options;
    options.idle_connections_max = 0;
    options.connections_per_endpoint_max = streams;
    net_world world(options);
    int served = 0;
    boost::asio::steady_timer all_here(world.loop, boost::asio::steady_timer::time_point::max());
    auto& server = world.serve([&](server_request request, responder& to) -> task<> {
        co_await to.head(200, {}, std::nullopt);
        co_await to.write("first ");
        if (++served == streams)
            all_here.cancel(); // everybody has a stream by now
        boost::system::error_code rung;
        if (served < streams)
            co_await all_here.async_wait(
                boost::asio::redirect_error(boost::asio::use_awaitable, rung));
        co_await to.write(request.body);
        co_await to.finish();
    });
    int right = 0;
    auto ask = [&](int number) -> task<> {
        recording_handler handler;
        const auto report =
            co_await world.http.exchange(at(server), post(std::to_string(number)), handler, {});
        right += report.complete && handler.body == "first " + std::to_string(number);
    };
    auto all = [&]() -> task<bool> {
        runtime::task_group group(world.loop.get_executor());
        for (int i = 0; i < streams; ++i)
            group.start(ask(i));
        co_await group.join();
        co_return true;
    };
    world.run(all());
    CHECK(right == streams);
    CHECK(world.http.connections_opened() == streams);
}

TEST_CASE("wherever it is cancelled, an exchange over sockets ends and closes")
{
    net_world world;
    auto& server = world.serve(echo);
    // Once through, so that everything that is made once exists.
    CHECK(world.ask(at(server), post("x")).complete);
    world.http.close_idle();
    for (int steps = 0;; ++steps) {
        std::optional<exchange_report> report;
        bool ended = false;
        recording_handler handler;
        boost::asio::cancellation_signal stop;
        boost::asio::co_spawn(
            world.loop,
            world.http.exchange(at(server, "localhost"), post(std::string(1'000'000, 'x')), handler,
                                {}),
            boost::asio::bind_cancellation_slot(
                stop.slot(), [&](std::exception_ptr thrown, exchange_report came) {
                    ended = true;
                    if (!thrown)
                        report = std::move(came);
                }));
        for (int done = 0; done < steps && !ended; ++done)
            world.loop.run_one();
        const bool was_done = ended;
        // On the loop, as task groups do: see server::stop().
        boost::asio::post(world.loop, [&] { stop.emit(boost::asio::cancellation_type::terminal); });
        world.loop.run_one();
        while (!ended)
            world.loop.run_one();
        world.loop.poll();
        if (!report)
            CHECK(world.http.idle_connections() == 0);
        world.http.close_idle();
        while (server.connections() > 0)
            world.loop.run_one();
        if (was_done) {
            CHECK(report->complete);
            CHECK(steps > 5);
            break;
        }
    }
}

TEST_CASE("stopping a server ends its connections and their handlers")
{
    net_world world;
    bool handler_ended = false;
    auto& server = world.serve([&](server_request, responder& to) -> task<> {
        struct note {
            bool& flag;
            ~note() { flag = true; }
        } const on_exit{handler_ended};
        co_await to.head(200, {}, 5);
        co_await world.time.sleep_until(world.time.now() + std::chrono::hours(1));
    });
    struct stopper final : response_handler {
        http::server& target;
        explicit stopper(http::server& which) : target(which) {}
        base::result<void> on_head(const response_head&) override
        {
            target.stop();
            return {};
        }
        base::result<void> on_body(std::string_view) override { return {}; }
    } handler(server);
    const auto report = world.ask(at(server), post("x"), handler);
    CHECK(code_of(report) == errc::truncated);
    CHECK(handler_ended);
}
