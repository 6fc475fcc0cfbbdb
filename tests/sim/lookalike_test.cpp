// The look-alike behind real sockets, asked by our own client.
#include "engine/sim/lookalike.hpp"

#include "engine/http/client.hpp"
#include "engine/runtime/task_group.hpp"
#include "tests/sim/asking.hpp"
#include "tests/support/run_task.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <doctest/doctest.h>
#include <thread>

using namespace engine;
using namespace engine::runtime;
using support::json;
using support::quiet_profile;
using support::wanted;

namespace {

struct collected : http::response_handler {
    int status = 0;
    std::string body;
    http::header_list headers;
    base::result<void> on_head(const http::response_head& head) override
    {
        status = head.status;
        headers = head.headers;
        return {};
    }
    base::result<void> on_body(std::string_view piece) override
    {
        body += piece;
        return {};
    }
};

struct outcome_seen {
    collected got;
    http::exchange_report report;
};

class customer {
public:
    explicit customer(const std::string& base_url)
        : where_(http::parse_base_url(base_url).value()), client_({}, time_)
    {}

    task<outcome_seen> ask(std::string method, std::string target, std::string body)
    {
        http::request request;
        request.method = std::move(method);
        request.target = std::move(target);
        if (!body.empty()) {
            request.headers.add("Content-Type", "application/json");
            request.body.push_back(std::make_shared<const std::string>(std::move(body)));
        }
        outcome_seen seen;
        seen.report = co_await client_.exchange(where_, std::move(request), seen.got, {});
        co_return seen;
    }

    outcome_seen ask_now(std::string method, std::string target, std::string body = {})
    {
        return support::run_task(loop_, ask(std::move(method), std::move(target), std::move(body)));
    }

    std::vector<outcome_seen> generate_at_once(const std::vector<json>& wishes)
    {
        std::vector<outcome_seen> all(wishes.size());
        const auto one = [this](std::string body, outcome_seen& to) -> task<> {
            to = co_await ask("POST", "/v1/images/generations", std::move(body));
        };
        const auto together = [&]() -> task<> {
            task_group group(co_await asio::this_coro::executor);
            for (std::size_t i = 0; i < wishes.size(); ++i)
                group.start(one(wishes[i].dump(), all[i]));
            co_await group.join();
        };
        support::run_task(loop_, together());
        return all;
    }

private:
    asio::io_context loop_;
    real_clock time_;
    http::endpoint where_;
    http::pooled_client client_;
};

std::unique_ptr<sim::lookalike> start(const job::simulator_profile& profile)
{
    auto started = sim::lookalike::start(profile, {});
    REQUIRE(started);
    return std::move(*started);
}

} // namespace

TEST_CASE("the look-alike answers on a socket: models, pictures, its bill")
{
    const auto server = start(quiet_profile());
    CHECK(server->base_url().starts_with("http://127.0.0.1:"));
    CHECK(server->base_url().ends_with("/v1"));
    customer customer(server->base_url());
    CHECK(customer.ask_now("GET", "/v1/models").got.status == 200);
    const auto picture = customer.ask_now("POST", "/v1/images/generations", wanted().dump());
    REQUIRE(picture.report.complete);
    CHECK(picture.got.status == 200);
    const auto document = base::parse_json(picture.got.body, "answer").value();
    support::decoded(document["data"].items()[0]["b64_json"].text_or(""));
    const auto bill =
        base::parse_json(customer.ask_now("GET", "/simulator/bill?details=1").got.body, "bill");
    REQUIRE(bill);
    CHECK((*bill)["charged"].integer_or(0) == 1);
    CHECK((*bill)["requests"].items()[0]["request_id"].text_or("") ==
          picture.got.headers.find("x-request-id").value_or(""));
    CHECK((*bill)["requests"].items()[0]["outcome"].text_or("") == "delivered");
    CHECK(server->bill()["charged"].integer_or(0) == 1);
}

TEST_CASE("many at once in a storm: charged is delivered and lost, to the last request")
{
    auto profile = *job::simulator_preset("stormy");
    profile.art = job::simulator_profile::art_style::flat;
    profile.latency = {.base_ms = 5, .per_megapixel_ms = 0, .tail_sigma = 0.5};
    profile.faults.cut_stream = 0.15;
    profile.faults.bad_gateway = 0.05;
    const auto server = start(profile);
    customer customer(server->base_url());
    std::vector<json> wishes;
    for (int i = 0; i < 120; ++i)
        wishes.push_back(wanted({{"prompt", "picture " + std::to_string(i)},
                                 {"stream", i % 2 == 0},
                                 {"partial_images", i % 2 == 0 ? 2 : 0}}));
    int charged = 0, free = 0;
    for (const auto& [got, report] : customer.generate_at_once(wishes)) {
        // What a client can know: an error status is free unless a gateway gave it.
        const bool refused = got.status >= 400 && got.status != 502 && got.status != 504;
        const bool failed_inside = got.body.find("event: error") != std::string::npos;
        (refused || failed_inside ? free : charged) += 1;
    }
    const auto bill = server->bill({.details = true});
    CHECK(bill["charged"].integer_or(0) == charged);
    CHECK(bill["requests_total"].integer_or(0) == charged + free);
    CHECK(bill["in_flight"].integer_or(-1) == 0);
    CHECK(free > 0);
    CHECK(bill["outcomes"]["cut"].integer_or(0) > 5);
    double usd = 0;
    for (const auto& row : bill["requests"].items())
        usd += row["usd"].number_or(0);
    CHECK(usd == doctest::Approx(bill["usd"].number_or(0)));
}

TEST_CASE("a hostile client gets a clear no, and others go on")
{
    auto started = sim::lookalike::start(quiet_profile(), {.body_bytes_max = 100'000});
    REQUIRE(started);
    customer customer((*started)->base_url());
    CHECK(customer.ask_now("POST", "/v1/images/generations", "{\"prompt\":").got.status == 400);
    CHECK(customer.ask_now("POST", "/v1/images/edits", "--b\r\n").got.status == 400);
    CHECK(
        customer.ask_now("POST", "/v1/images/generations", std::string(200'000, 'x')).got.status ==
        413);
    CHECK(customer.ask_now("POST", "/v1/images/generations", wanted().dump()).got.status == 200);
}

TEST_CASE("responses on a socket: a stream, its retrieval, work in the background until the stop")
{
    auto profile = quiet_profile();
    profile.wire.keepalives = true;
    const auto server = start(profile);
    customer customer(server->base_url());
    const auto asked = support::drawn({{"partial_images", 2}}, {{"stream", true}});
    const auto streamed = customer.ask_now("POST", "/v1/responses", asked.dump());
    REQUIRE(streamed.report.complete);
    const auto row = server->bill({.details = true})["requests"].items()[0];
    const std::string id{row["response_id"].text_or("")};
    CHECK(row["outcome"].text_or("") == "delivered");
    const auto again = customer.ask_now("GET", "/v1/responses/" + id + "?stream=true");
    CHECK(again.got.body == streamed.got.body);

    auto slow = quiet_profile();
    slow.latency.base_ms = 3'600'000;
    const auto patient = start(slow);
    class customer other(patient->base_url());
    const auto queued =
        other.ask_now("POST", "/v1/responses", support::drawn({}, {{"background", true}}).dump());
    CHECK(queued.got.body.find("queued") != std::string::npos);
    CHECK(patient->bill()["in_flight"].integer_or(0) == 1);
    patient->stop();
    CHECK(patient->bill()["charged"].integer_or(0) == 1);
    CHECK(patient->bill()["in_flight"].integer_or(-1) == 0);
}

TEST_CASE("an address that is taken is a failure with words")
{
    const auto first = start(quiet_profile());
    const auto port = http::parse_base_url(first->base_url()).value().port;
    const auto second = sim::lookalike::start(quiet_profile(), {.port = port});
    REQUIRE(!second);
    CHECK(second.error().code == http::errc::listen_failed);
    CHECK(!sim::lookalike::start(quiet_profile(), {.address = "not an address"}));
}

TEST_CASE("stopping ends what is under way; it is charged as given up")
{
    auto profile = quiet_profile();
    profile.latency.base_ms = 3'600'000;
    const auto server = start(profile);
    std::thread asks([url = server->base_url()] {
        customer waiting(url);
        CHECK(!waiting.ask_now("POST", "/v1/images/generations", wanted().dump()).report.complete);
    });
    while (server->bill()["in_flight"].integer_or(0) == 0)
        std::this_thread::yield();
    CHECK(server->bill()["charged"].integer_or(-1) == 0);
    server->stop();
    asks.join();
    const auto bill = server->bill();
    CHECK(bill["charged"].integer_or(0) == 1);
    CHECK(bill["outcomes"]["client_gone"].integer_or(0) == 1);
    server->stop(); // twice does no harm
}
