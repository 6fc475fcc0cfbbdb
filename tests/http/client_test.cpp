#include "engine/http/client.hpp"

#include "tests/support/memory_net.hpp"
#include "tests/support/recording_handler.hpp"
#include "tests/support/virtual_clock.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <doctest/doctest.h>

using namespace engine;
using namespace engine::http;
using namespace support;
using namespace std::chrono_literals;
using runtime::task;

namespace {

const endpoint api{false, "api.example", 80, ""};
const std::string ok_hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

request post(std::string body)
{
    request wanted;
    wanted.method = "POST";
    wanted.target = "/v1/images/generations";
    wanted.body.push_back(std::make_shared<const std::string>(std::move(body)));
    return wanted;
}

// A client, a clock and the scripts it talks to.
struct world {
    explicit world(client_options options = {})
        : net(loop.get_executor()), http(options, clock, net.make_connector())
    {}
    ~world()
    {
        http.close_idle();
        clock.run(loop, net.end());
    }

    boost::asio::io_context loop;
    virtual_clock clock;
    memory_net net;
    pooled_client http;

    exchange_report ask(request wanted, response_handler& handler,
                        runtime::call_context context = {})
    {
        return clock.run(loop, http.exchange(api, std::move(wanted), handler, std::move(context)));
    }
    exchange_report ask(request wanted)
    {
        recording_handler handler;
        return ask(std::move(wanted), handler);
    }
    // Within `time` from now.
    runtime::call_context within(std::chrono::milliseconds time)
    {
        return {clock.now() + time, "test"};
    }
};

std::error_code code_of(const exchange_report& report)
{
    return report.failure ? report.failure->code : std::error_code();
}

// Listens to the end and says nothing.
task<> never(byte_stream& stream)
{
    for (bool more = true; more;) {
        const auto heard = co_await hear(stream);
        more = !heard.empty();
    }
}

} // namespace

TEST_CASE("an exchange sends the request, hands out the answer and reports both")
{
    world world;
    server_request heard;
    world.net.scripts = {[&](byte_stream& stream) -> task<> {
        heard = co_await hear_request(stream);
        co_await say(stream, ok_hello);
    }};
    recording_handler handler;
    auto wanted = post("{\"prompt\":\"a lamp\"}");
    wanted.headers.add("Authorization", "Bearer key");
    wanted.body.push_back(std::make_shared<const std::string>(std::string(3'000'000, 'x')));
    const auto report = world.ask(std::move(wanted), handler);
    CHECK(!report.failure);
    CHECK(report.complete);
    CHECK(report.sent_any);
    CHECK(report.head->status == 200);
    CHECK(report.bytes_received == ok_hello.size());
    CHECK(report.bytes_sent > 3'000'000);
    CHECK(!report.reused_connection);
    CHECK(report.times.connect.has_value());
    CHECK(report.times.request_sent.has_value());
    CHECK(report.times.first_byte.has_value());
    CHECK(report.times.last_byte.has_value());
    CHECK(handler.sendings == 1);
    CHECK(handler.heads == 1);
    CHECK(handler.body == "hello");
    CHECK(heard.method == "POST");
    CHECK(heard.target == "/v1/images/generations");
    CHECK(heard.headers.find("authorization") == "Bearer key");
    CHECK(heard.headers.find("host") == "api.example");
    CHECK(heard.body == "{\"prompt\":\"a lamp\"}" + std::string(3'000'000, 'x'));
}

TEST_CASE("an answer that trickles in byte by byte is the same answer")
{
    world world;
    world.net.options.read_bytes_max = 1;
    world.net.scripts = {answer_once("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"
                                     "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n"
                                     "0\r\n\r\n")};
    recording_handler handler;
    CHECK(world.ask(post("{}"), handler).complete);
    CHECK(handler.body == "hello");
    CHECK(handler.heads == 1);
}

TEST_CASE("timings tell the phases apart on our clock")
{
    world world;
    world.net.scripts = {[&](byte_stream& stream) -> task<> {
        (void)co_await hear_request(stream);
        co_await world.clock.sleep_until(world.clock.now() + 20s);
        co_await say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
        co_await world.clock.sleep_until(world.clock.now() + 5s);
        co_await say(stream, "k");
    }};
    const auto report = world.ask(post("{}"));
    CHECK(report.times.connect == 0.0);
    CHECK(report.times.request_sent == 0.0);
    CHECK(report.times.first_byte == 20'000.0);
    CHECK(report.times.last_byte == 25'000.0);
}

TEST_CASE("a connection is kept for the next request, and only one that both sides keep")
{
    struct row {
        std::string answer;
        bool kept;
    };
    const row rows[] = {
        {ok_hello, true},
        {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", false},
        {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", false},
        {ok_hello + "surplus", false},
        {"HTTP/1.1 204 No Content\r\n\r\n", true},
    };
    for (const auto& [answer, kept] : rows) {
        CAPTURE(answer);
        world world;
        world.net.scripts = {answer_always(answer)};
        const auto first = world.ask(post("{}"));
        CHECK(first.complete);
        CHECK(!first.reused_connection);
        CHECK(world.http.idle_connections() == (kept ? 1 : 0));
        const auto second = world.ask(post("{}"));
        CHECK(second.complete);
        CHECK(second.reused_connection == kept);
        CHECK(world.http.connections_opened() == (kept ? 1 : 2));
        if (kept)
            CHECK(second.times.connect == 0.0);
    }
}

TEST_CASE("a body that lasts until close is complete, and the connection is not kept")
{
    world world;
    world.net.scripts = {answer_once("HTTP/1.1 200 OK\r\n\r\nuntil close")};
    recording_handler handler;
    CHECK(world.ask(post("{}"), handler).complete);
    CHECK(handler.body == "until close");
    CHECK(world.http.idle_connections() == 0);
}

TEST_CASE("a kept connection that the peer closed or spoke on meanwhile is replaced, also for POST")
{
    for (const std::string last_words : {"", "HTTP/1.1 408 Request Timeout\r\n\r\n"}) {
        world world;
        world.net.scripts = {answer_once(ok_hello + last_words), answer_always(ok_hello)};
        if (!last_words.empty())
            world.net.scripts[0] = [&](byte_stream& stream) -> task<> {
                (void)co_await hear_request(stream);
                co_await say(stream, ok_hello);
                co_await world.clock.sleep_until(world.clock.now() + 1s);
                co_await say(stream, last_words);
                co_await never(stream);
            };
        CHECK(world.ask(post("{}")).complete);
        CHECK(world.http.idle_connections() == 1);
        auto wait = [&]() -> task<bool> {
            co_await world.clock.sleep_until(world.clock.now() + 2s);
            co_return true;
        };
        world.clock.run(world.loop, wait());
        const auto report = world.ask(post("{}"));
        CHECK(report.complete);
        CHECK(!report.reused_connection);
        CHECK(world.http.connections_opened() == 2);
    }
}

namespace {

// Looks quiet when it has been closed, as a socket does whose reset is still under way.
class late_news final : public byte_stream {
public:
    explicit late_news(std::unique_ptr<byte_stream> real) : real_(std::move(real)) {}
    io_step read_some(std::span<char> room) override { return real_->read_some(room); }
    io_step write_some(std::span<const std::string_view> pieces) override
    {
        return real_->write_some(pieces);
    }
    task<> wait(io_wait what) override { co_await real_->wait(what); }
    idle_state look() override { return idle_state::quiet; }
    bool hides_written_bytes() const override { return hides; }
    void close() override { real_->close(); }
    void abort() override { real_->abort(); }
    static inline bool hides = false;

private:
    std::unique_ptr<byte_stream> real_;
};

class late_news_connector final : public connector {
public:
    explicit late_news_connector(std::unique_ptr<connector> real) : real_(std::move(real)) {}
    task<base::result<std::unique_ptr<byte_stream>>> connect(endpoint where,
                                                             connect_progress& progress) override
    {
        auto made = co_await real_->connect(std::move(where), progress);
        co_return std::make_unique<late_news>(std::move(*made));
    }

private:
    std::unique_ptr<connector> real_;
};

} // namespace

TEST_CASE("a kept connection that breaks at the first write is replaced unless bytes may have left")
{
    for (const bool hides : {false, true}) {
        late_news::hides = hides;
        world world;
        world.net.scripts = {answer_once(ok_hello), answer_always(ok_hello)};
        pooled_client http({}, world.clock,
                           std::make_unique<late_news_connector>(world.net.make_connector()));
        recording_handler handler;
        auto ask = [&] {
            return world.clock.run(world.loop, http.exchange(api, post("{}"), handler, {}));
        };
        CHECK(ask().complete);
        const auto second = ask();
        CHECK(second.complete == !hides);
        CHECK(second.sent_any);
        CHECK(http.connections_opened() == (hides ? 1 : 2));
        if (hides) {
            CHECK(code_of(second) == errc::send_failed);
            CHECK(second.reused_connection);
        }
        CHECK(handler.sendings == 2); // told once per exchange, also when the connection changed
    }
}

TEST_CASE("a POST of which a byte may have arrived is never sent again")
{
    const peer_script endings[] = {
        [](byte_stream& stream) -> task<> { (void)co_await hear(stream, 1); },
        [](byte_stream& stream) -> task<> {
            (void)co_await hear(stream, 1);
            stream.abort();
        },
        [](byte_stream& stream) -> task<> { (void)co_await hear_request(stream); },
        answer_once("HTTP/1.1 200 OK\r\nContent-Le"),
    };
    for (const auto& ending : endings) {
        for (const bool kept : {false, true}) {
            world world;
            int connections = 0;
            world.net.scripts = {[&](byte_stream& stream) -> task<> {
                ++connections;
                if (kept && connections == 1) {
                    (void)co_await hear_request(stream);
                    co_await say(stream, ok_hello);
                }
                co_await ending(stream);
            }};
            if (kept)
                CHECK(world.ask(post("{}")).complete);
            const auto report = world.ask(post("{}"));
            CHECK(code_of(report) == errc::connection_closed);
            CHECK(report.sent_any);
            CHECK(!report.complete);
            CHECK(report.reused_connection == kept);
            CHECK(connections == 1);
        }
    }
}

TEST_CASE("an early answer to a large upload is read, not lost in the reset behind it")
{
    world world;
    world.net.scripts = {[](byte_stream& stream) -> task<> {
        (void)co_await hear(stream, 100);
        co_await say(stream, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno");
        co_await never(stream);
    }};
    recording_handler handler;
    const auto report = world.ask(post(std::string(5'000'000, 'x')), handler);
    CHECK(report.complete);
    CHECK(report.head->status == 413);
    CHECK(handler.body == "no");
    CHECK(!report.times.request_sent);
    CHECK(report.bytes_sent < 5'000'000);
    CHECK(world.http.idle_connections() == 0); // the rest of the request was never sent
}

TEST_CASE("a connection that breaks while sending is send_failed")
{
    world world;
    world.net.scripts = {[](byte_stream& stream) -> task<> {
        (void)co_await hear(stream, 100);
        stream.abort();
    }};
    const auto report = world.ask(post(std::string(5'000'000, 'x')));
    CHECK(code_of(report) == errc::send_failed);
    CHECK(report.sent_any);
    CHECK(report.bytes_sent > 0);
    CHECK(!report.times.request_sent);
}

TEST_CASE("each answer that is no answer has its code")
{
    struct row {
        std::string answer;
        errc code;
        bool head;
    };
    client_options options;
    options.header_bytes_max = 1024;
    options.response_bytes_max = 100;
    const row rows[] = {
        {"", errc::connection_closed, false},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", errc::truncated, true},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", errc::truncated, true},
        {"220 smtp.example ESMTP\r\n", errc::malformed_response, false},
        {"HTTP/1.1 200 OK\r\nX: " + std::string(2000, 'x') + "\r\n\r\n", errc::header_too_large,
         false},
        {"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n", errc::response_too_large, true},
        {"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\n", errc::unsupported_encoding, true},
        {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nplain", errc::corrupt_encoding, true},
        {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f", errc::truncated, true},
    };
    for (const auto& [answer, code, head] : rows) {
        CAPTURE(answer);
        world world(options);
        world.net.scripts = {answer_once(answer)};
        const auto report = world.ask(post("{}"));
        REQUIRE(report.failure.has_value());
        CHECK(report.failure->code == code);
        CHECK(report.failure->where.find("POST api.example") != std::string::npos);
        CHECK(report.head.has_value() == head);
        CHECK(report.sent_any);
        CHECK(!report.complete);
        CHECK(world.http.idle_connections() == 0);
    }
}

TEST_CASE("what the handler refuses ends the exchange with its own failure and closes")
{
    world world;
    world.net.scripts = {[](byte_stream& stream) -> task<> {
        (void)co_await hear_request(stream);
        co_await say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nhello");
        co_await never(stream);
    }};
    recording_handler head_refuser;
    head_refuser.refuse_head = true;
    CHECK(code_of(world.ask(post("{}"), head_refuser)) == std::errc::not_supported);
    recording_handler body_refuser;
    body_refuser.refuse_body_after = 0;
    const auto report = world.ask(post("{}"), body_refuser);
    CHECK(code_of(report) == std::errc::no_space_on_device);
    CHECK(report.head->status == 200);
    recording_handler thrower;
    thrower.throw_in_body = true;
    CHECK(code_of(world.ask(post("{}"), thrower)) == errc::refused_by_handler);
    CHECK(world.net.dialled == 3);
    world.loop.restart();
    world.loop.poll();
    CHECK(world.net.open == 0); // each peer has seen the end
}

TEST_CASE("a redirect is an answer like any other: nobody is asked at its target")
{
    for (const std::string status : {"301 Moved Permanently", "302 Found", "303 See Other",
                                     "307 Temporary Redirect", "308 Permanent Redirect"}) {
        world world;
        world.net.scripts = {answer_once("HTTP/1.1 " + status +
                                         "\r\nLocation: http://thief.example/\r\n"
                                         "Connection: close\r\nContent-Length: 0\r\n\r\n"),
                             never};
        auto wanted = post("{}");
        wanted.headers.add("Authorization", "Bearer key");
        const auto report = world.ask(std::move(wanted));
        CHECK(report.complete);
        CHECK(std::to_string(report.head->status) == status.substr(0, 3));
        CHECK(report.head->headers.find("location") == "http://thief.example/");
        CHECK(world.net.dialled == 1);
    }
}

TEST_CASE("a request that must not leave connects to nobody")
{
    world world;
    world.net.scripts = {answer_always(ok_hello)};
    auto smuggling = post("{}");
    smuggling.headers.add("X", "a\r\nHost: evil");
    recording_handler handler;
    const auto report = world.ask(std::move(smuggling), handler);
    CHECK(code_of(report) == errc::invalid_request);
    CHECK(!report.sent_any);
    CHECK(handler.sendings == 0);
    CHECK(world.net.dialled == 0);
}

TEST_CASE("a connection that cannot be made is reported with nothing sent")
{
    world world;
    recording_handler handler;
    const auto report = world.ask(post("{}"), handler);
    CHECK(code_of(report) == errc::connect_failed);
    CHECK(!report.sent_any);
    CHECK(!report.times.connect);
    CHECK(handler.sendings == 0);
}

namespace {

class silent_connector final : public connector {
public:
    explicit silent_connector(runtime::clock& time) : time_(time) {}
    task<base::result<std::unique_ptr<byte_stream>>> connect(endpoint,
                                                             connect_progress& progress) override
    {
        progress.step = "a bad dream";
        co_await time_.sleep_until(time_.now() + 1000h);
        co_return base::fail(errc::connect_failed, "connect");
    }

private:
    runtime::clock& time_;
};

} // namespace

TEST_CASE("each time limit ends the exchange at its time, with its own code")
{
    client_options options;
    options.connect_timeout = 10s;
    options.first_byte_timeout = 40s;
    options.idle_timeout = 25s;

    SUBCASE("connecting")
    {
        world world(options);
        pooled_client http(options, world.clock, std::make_unique<silent_connector>(world.clock));
        recording_handler handler;
        const auto start = world.clock.now();
        const auto report =
            world.clock.run(world.loop, http.exchange(api, post("{}"), handler, {}));
        CHECK(code_of(report) == errc::connect_timeout);
        CHECK(world.clock.now() - start == 10s);
        CHECK(!report.sent_any);
        CHECK(report.failure->detail == "while connecting (a bad dream), 0 bytes sent, 0 received");
    }
    SUBCASE("sending to a peer that does not read")
    {
        world world(options);
        world.net.scripts = {[&](byte_stream& stream) -> task<> {
            co_await world.clock.sleep_until(world.clock.now() + 5s);
            (void)co_await hear(stream, 1000);
            co_await world.clock.sleep_until(world.clock.now() + 1000s);
        }};
        const auto start = world.clock.now();
        const auto report = world.ask(post(std::string(1'000'000, 'x')));
        CHECK(code_of(report) == errc::idle_timeout);
        CHECK(world.clock.now() - start == 30s);
        CHECK(report.sent_any);
    }
    SUBCASE("waiting for the first byte")
    {
        world world(options);
        world.net.scripts = {never};
        const auto start = world.clock.now();
        const auto report = world.ask(post("{}"));
        CHECK(code_of(report) == errc::first_byte_timeout);
        CHECK(world.clock.now() - start == 40s);
        CHECK(report.sent_any);
        CHECK(!report.head);
    }
    SUBCASE("no limit for the first byte but the deadline")
    {
        options.first_byte_timeout = 0s;
        world world(options);
        world.net.scripts = {never};
        const auto start = world.clock.now();
        recording_handler handler;
        const auto report = world.ask(post("{}"), handler, world.within(300s));
        CHECK(code_of(report) == errc::total_timeout);
        CHECK(world.clock.now() - start == 300s);
    }
    SUBCASE("silence between bytes, with the head known")
    {
        world world(options);
        world.net.scripts = {[&](byte_stream& stream) -> task<> {
            (void)co_await hear_request(stream);
            co_await say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
            for (int i = 0; i < 10; ++i) {
                co_await world.clock.sleep_until(world.clock.now() + 20s);
                co_await say(stream, "x");
            }
            co_await never(stream);
        }};
        const auto start = world.clock.now();
        recording_handler handler;
        const auto report = world.ask(post("{}"), handler);
        CHECK(code_of(report) == errc::idle_timeout);
        CHECK(world.clock.now() - start == 225s);
        CHECK(report.head->status == 200);
        CHECK(handler.body.size() == 10);
    }
    SUBCASE("the deadline, in the middle of an answer that keeps coming")
    {
        world world(options);
        world.net.scripts = {[&](byte_stream& stream) -> task<> {
            (void)co_await hear_request(stream);
            co_await say(stream, "HTTP/1.1 200 OK\r\n\r\n");
            while (stream.look() != idle_state::gone) {
                co_await world.clock.sleep_until(world.clock.now() + 1s);
                co_await say(stream, "x");
            }
        }};
        const auto start = world.clock.now();
        recording_handler handler;
        const auto report = world.ask(post("{}"), handler, world.within(60s));
        CHECK(code_of(report) == errc::total_timeout);
        CHECK(world.clock.now() - start == 60s);
        CHECK(handler.body.size() >= 59);
    }
    SUBCASE("a deadline that has passed already")
    {
        world world(options);
        world.net.scripts = {answer_always(ok_hello)};
        recording_handler handler;
        const auto report = world.ask(post("{}"), handler, world.within(0s));
        CHECK(code_of(report) == errc::total_timeout);
        CHECK(!report.sent_any);
        CHECK(world.net.dialled == 0);
    }
}

TEST_CASE("more exchanges than connections wait their turn, also until their deadline")
{
    client_options options;
    options.connections_per_endpoint_max = 2;
    world world(options);
    int inside = 0;
    int inside_max = 0;
    world.net.scripts = {[&](byte_stream& stream) -> task<> {
        for (;;) {
            const auto request = co_await hear_request(stream);
            if (request.method.empty())
                co_return;
            inside_max = std::max(inside_max, ++inside);
            co_await world.clock.sleep_until(world.clock.now() + 10s);
            --inside;
            co_await say(stream, ok_hello);
        }
    }};
    std::vector<exchange_report> reports(6);
    auto ask = [&](std::size_t place, runtime::call_context context) -> task<> {
        recording_handler handler;
        reports[place] = co_await world.http.exchange(api, post("{}"), handler, std::move(context));
    };
    auto all = [&]() -> task<bool> {
        runtime::task_group group(co_await boost::asio::this_coro::executor);
        for (std::size_t i = 0; i < 5; ++i)
            group.start(ask(i, {}));
        group.start(ask(5, world.within(15s)));
        co_await group.join();
        co_return true;
    };
    world.clock.run(world.loop, all());
    for (std::size_t i = 0; i < 5; ++i)
        CHECK(reports[i].complete);
    CHECK(code_of(reports[5]) == errc::total_timeout);
    CHECK(!reports[5].sent_any);
    CHECK(reports[5].failure->detail.find("waiting for a connection") != std::string::npos);
    CHECK(inside_max == 2);
    CHECK(world.http.connections_opened() == 2);
}

TEST_CASE("idle connections are bounded in number and age")
{
    client_options options;
    options.idle_connections_max = 2;
    options.idle_lifetime = 55s;
    world world(options);
    world.net.scripts = {answer_always(ok_hello)};
    auto ask = [&](std::string host) -> task<bool> {
        recording_handler handler;
        endpoint where = api;
        where.host = std::move(host);
        const auto report = co_await world.http.exchange(where, post("{}"), handler, {});
        co_return report.complete;
    };
    for (const std::string host : {"a", "b", "c"})
        CHECK(world.clock.run(world.loop, ask(host)));
    CHECK(world.http.idle_connections() == 2);
    CHECK(world.clock.run(world.loop, ask("c"))); // kept
    CHECK(world.http.connections_opened() == 3);
    CHECK(world.clock.run(world.loop, ask("a"))); // was the oldest
    CHECK(world.http.connections_opened() == 4);
    auto wait = [&]() -> task<bool> {
        co_await world.clock.sleep_until(world.clock.now() + 60s);
        co_return true;
    };
    world.clock.run(world.loop, wait());
    CHECK(world.clock.run(world.loop, ask("a"))); // too old by now
    CHECK(world.http.connections_opened() == 5);
    CHECK(world.http.idle_connections() == 1);
    world.http.close_idle();
    CHECK(world.http.idle_connections() == 0);
    world.loop.restart();
    world.loop.poll();
    CHECK(world.net.open == 0);
}

TEST_CASE("an answer that never runs dry lets others have their turn")
{
    world world;
    world.net.options.buffer_bytes = 8 << 20;
    const std::string body(6 << 20, 'x');
    world.net.scripts = {answer_once(
        "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body)};
    struct counting_handler final : response_handler {
        int turns_of_others = 0, turns_seen = 0, changes = 0;
        std::size_t bytes = 0;
        base::result<void> on_head(const response_head&) override { return {}; }
        base::result<void> on_body(std::string_view piece) override
        {
            bytes += piece.size();
            changes += turns_of_others != turns_seen;
            turns_seen = turns_of_others;
            return {};
        }
    } handler;
    bool done = false;
    auto others = [&]() -> task<> {
        while (!done) {
            ++handler.turns_of_others;
            co_await boost::asio::post(world.loop, boost::asio::use_awaitable);
        }
    };
    boost::asio::co_spawn(world.loop, others(), [](std::exception_ptr) {});
    auto ask = [&]() -> task<exchange_report> {
        auto report = co_await world.http.exchange(api, post("{}"), handler, {});
        done = true;
        co_return report;
    };
    CHECK(world.clock.run(world.loop, ask()).complete);
    CHECK(handler.bytes == body.size());
    CHECK(handler.changes >= 20); // 6 MiB in turns of 256 KiB
}

TEST_CASE(
    "wherever it is cancelled, an exchange ends, closes, and knows whether it had begun to send")
{
    int steps_until_done = 0;
    for (int steps = 0;; ++steps) {
        CAPTURE(steps);
        world world;
        world.net.options.buffer_bytes = 8; // many places to be cancelled at
        bool peer_heard = false;
        world.net.scripts = {[&](byte_stream& stream) -> task<> {
            std::string heard;
            while (!heard.ends_with("end")) {
                const auto piece = co_await hear(stream);
                if (piece.empty())
                    co_return;
                peer_heard = true;
                heard += piece;
            }
            co_await say(stream, ok_hello);
            co_await never(stream);
        }};
        recording_handler handler;
        std::optional<exchange_report> report;
        std::exception_ptr error;
        bool ended = false;
        boost::asio::cancellation_signal stop;
        boost::asio::co_spawn(
            world.loop, world.http.exchange(api, post(std::string(100, 'x') + "end"), handler, {}),
            boost::asio::bind_cancellation_slot(
                stop.slot(), [&](std::exception_ptr thrown, exchange_report came) {
                    ended = true;
                    error = thrown;
                    if (!thrown)
                        report = std::move(came);
                }));
        int done = 0;
        while (done < steps && !ended) {
            const auto ran = world.loop.poll_one();
            REQUIRE(ran == 1);
            ++done;
        }
        const bool was_done = ended;
        stop.emit(boost::asio::cancellation_type::terminal);
        world.loop.restart();
        world.loop.poll();
        REQUIRE(ended);
        if (error) {
            try {
                std::rethrow_exception(error);
            } catch (const boost::system::system_error& thrown) {
                CHECK(thrown.code() == boost::asio::error::operation_aborted);
            }
            CHECK(world.http.idle_connections() == 0);
            CHECK(world.net.open == 0); // the peer has seen the end
        } else {
            CHECK(report->complete);
        }
        if (peer_heard)
            CHECK(handler.sendings == 1);
        if (was_done) {
            CHECK(report.has_value());
            steps_until_done = steps;
            break;
        }
    }
    CHECK(steps_until_done > 20);
}

TEST_CASE("client options are checked one by one")
{
    CHECK(validate(client_options{}).empty());
    client_options bad;
    bad.connect_timeout = 0ms;
    bad.first_byte_timeout = -1ms;
    bad.idle_timeout = 0ms;
    bad.header_bytes_max = 10;
    bad.response_bytes_max = 0;
    bad.connections_per_endpoint_max = 0;
    bad.idle_lifetime = -1ms;
    bad.read_buffer_bytes = 0;
    bad.client_key_file = "key.pem";
    CHECK(validate(bad).size() == 9);
}
