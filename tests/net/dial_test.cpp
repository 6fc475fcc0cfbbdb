#include "engine/http/dial.hpp"

#include "engine/http/errc.hpp"
#include "engine/runtime/with_deadline.hpp"

#include "tests/support/net_world.hpp"
#include "tests/support/virtual_clock.hpp"

#include <doctest/doctest.h>

using namespace engine;
using namespace engine::http;
using namespace support;
using namespace std::chrono_literals;
using boost::asio::ip::make_address;
using runtime::task;
using tcp = boost::asio::ip::tcp;

namespace {

// Loopback addresses of every temper, and a clock that jumps.
struct places {
    boost::asio::io_context loop;
    virtual_clock clock;

    // Somebody listens.
    tcp_address alive(const std::string& host = "127.0.0.1")
    {
        return listeners_.emplace_back(loop, tcp_address(make_address(host), 0)).local_endpoint();
    }
    // Nobody listens: refuses at once.
    tcp_address refusing()
    {
        tcp::acceptor gone(loop, tcp_address(make_address("127.0.0.1"), 0));
        return gone.local_endpoint();
    }
    // A listener whose queue is full drops what comes: connecting to it takes for ever.
    tcp_address silent()
    {
        auto& full = listeners_.emplace_back(loop, tcp_address(make_address("127.0.0.1"), 0));
        full.listen(0);
        for (int i = 0; i < 3; ++i) {
            auto& queued = queued_.emplace_back(loop, tcp::v4());
            queued.async_connect(full.local_endpoint(), [](boost::system::error_code) {});
        }
        loop.poll();
        loop.restart();
        return full.local_endpoint();
    }

    struct outcome {
        std::optional<tcp_address> winner;
        std::string failure;
        std::chrono::milliseconds took{};
    };
    outcome race(std::vector<tcp_address> addresses)
    {
        auto out = clock.run(loop, dial_them(std::move(addresses)));
        loop.restart();
        loop.poll(); // the losers' handlers
        return out;
    }
    task<outcome> dial_them(std::vector<tcp_address> addresses)
    {
        const auto start = clock.now();
        auto made = co_await dial(std::move(addresses), "x.example", clock);
        outcome out;
        out.took = std::chrono::duration_cast<std::chrono::milliseconds>(clock.now() - start);
        if (made)
            out.winner = made->remote_endpoint();
        else
            out.failure = made.error().message();
        co_return out;
    }

private:
    std::list<tcp::acceptor> listeners_;
    std::list<tcp::socket> queued_;
};

} // namespace

TEST_CASE("families take turns, beginning with the system's first choice, each in its order")
{
    const auto at = [](const std::string& host) { return tcp_address(make_address(host), 443); };
    const auto mixed = interleaved({at("::1"), at("::2"), at("::3"), at("1.1.1.1"), at("2.2.2.2")});
    CHECK(mixed == std::vector{at("::1"), at("1.1.1.1"), at("::2"), at("2.2.2.2"), at("::3")});
    const auto four_first = interleaved({at("1.1.1.1"), at("2.2.2.2"), at("::1")});
    CHECK(four_first == std::vector{at("1.1.1.1"), at("::1"), at("2.2.2.2")});
    CHECK(interleaved({at("::1")}) == std::vector{at("::1")});
    CHECK(interleaved({}).empty());
}

TEST_CASE("the first address that answers is the only one dialled")
{
    places here;
    const auto good = here.alive();
    const auto out = here.race({good, here.silent()});
    CHECK(out.winner == good);
    CHECK(out.took == 0ms);
}

TEST_CASE("an address that refuses is followed by the next at once")
{
    places here;
    const auto good = here.alive();
    const auto out = here.race({here.refusing(), here.refusing(), good});
    CHECK(out.winner == good);
    CHECK(out.took == 0ms);
}

TEST_CASE("an address that says nothing costs a quarter of a second, two of them a half")
{
    places here;
    const auto good = here.alive();
    const auto one = here.race({here.silent(), good});
    CHECK(one.winner == good);
    CHECK(one.took == 250ms);
    const auto two = here.race({here.silent(), here.silent(), good});
    CHECK(two.winner == good);
    CHECK(two.took == 500ms);
}

TEST_CASE("a refusal does not end the wait for an address that is still silent")
{
    places here;
    const auto good = here.alive();
    // The refusal at 250 ms brings the next address forward.
    const auto out = here.race({here.silent(), here.refusing(), good});
    CHECK(out.winner == good);
    CHECK(out.took == 250ms);
}

TEST_CASE("IPv6 that is dead does not hold up IPv4")
{
    places here;
    const auto good = here.alive();
    // RFC 6666: a prefix that is discarded. Without any IPv6 route it fails at once.
    const tcp_address dead(make_address("100::1"), 443);
    const auto out = here.race({dead, good});
    CHECK(out.winner == good);
    CHECK(out.took <= 250ms);
}

TEST_CASE("when nobody takes it, each address says why")
{
    places here;
    const auto first = here.refusing();
    const auto second = here.refusing();
    const auto out = here.race({first, second});
    CHECK(out.failure.find("connect to x.example: connect failed") == 0);
    for (const auto& address : {first, second})
        CHECK(out.failure.find("127.0.0.1:" + std::to_string(address.port()) +
                               ": Connection refused") != std::string::npos);
}

TEST_CASE("of a name with too many addresses the first ones are tried")
{
    places here;
    std::vector<tcp_address> many;
    for (int i = 0; i < 16; ++i)
        many.push_back(here.refusing());
    many.push_back(here.alive());
    CHECK(here.race(many).failure.find("connect failed") != std::string::npos);
}

TEST_CASE("losers and cancelled attempts leave no descriptor open")
{
    places here;
    const auto good = here.alive();
    const auto first = here.silent();
    const auto second = here.silent();
    (void)here.race({first, good}); // the loop's own descriptors exist from here on
    const auto before = open_descriptors();
    CHECK(here.race({first, second, good}).winner == good);
    CHECK(open_descriptors() == before);

    const auto cancelled =
        here.clock.run(here.loop, runtime::with_deadline(here.clock, here.clock.now() + 400ms,
                                                         here.dial_them({first, second})));
    CHECK(!cancelled.has_value());
    here.loop.restart();
    here.loop.poll();
    CHECK(open_descriptors() == before);
}

TEST_CASE("an IPv6 address in a URL is connected to, by number")
{
    net_world world;
    server_options six;
    six.address = "::1";
    server* listening = nullptr;
    try {
        listening = &world.serve(
            [](server_request request, responder& to) -> task<> {
                const auto host = request.headers.find("host");
                co_await to.answer(200, {}, std::string(host.value_or("")));
            },
            six);
    } catch (const std::runtime_error& no_ipv6) {
        MESSAGE("this machine has no IPv6: ", no_ipv6.what());
        return;
    }
    const auto text = "http://[::1]:" + std::to_string(listening->port()) + "/v1";
    recording_handler handler;
    const auto report = world.ask(parse_base_url(text).value(), post("x"), handler);
    CHECK(report.complete);
    CHECK(handler.body == "[::1]:" + std::to_string(listening->port()));
}
