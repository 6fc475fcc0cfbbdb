// Requests handed to the look-alike as values: what the exchange reports must be what a connection
// would have shown.
#include "engine/sim/direct_client.hpp"

#include "tests/sim/asking.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

using namespace engine;
using namespace std::chrono_literals;
using support::json;
using support::wanted;

namespace {

struct collected final : http::response_handler {
    void on_sending() override { ++sendings; }
    base::result<void> on_head(const http::response_head& head) override
    {
        status = head.status;
        return {};
    }
    base::result<void> on_body(std::string_view piece) override
    {
        if (refuses)
            return base::fail_errno(ENOSPC, "write");
        body += piece;
        return {};
    }
    bool refuses = false;
    int sendings = 0;
    int status = 0;
    std::string body;
};

struct world {
    explicit world(job::simulator_profile profile) : asked(std::move(profile)) {}

    runtime::task<http::exchange_report> exchange(json fields, std::chrono::milliseconds within)
    {
        http::request request;
        request.method = "POST";
        request.target = "/v1/images/generations?x=1";
        request.headers.add("Content-Type", "application/json");
        const auto text = fields.dump();
        request.body = {std::make_shared<const std::string>(text.substr(0, 10)),
                        std::make_shared<const std::string>(text.substr(10))};
        runtime::call_context context;
        context.deadline = asked.time.now() + within;
        co_return co_await client.exchange({false, "look-alike", 80, "/v1"}, std::move(request),
                                           got, std::move(context));
    }
    http::exchange_report ask(std::initializer_list<json::member> more = {},
                              std::chrono::milliseconds within = 1h)
    {
        return asked.time.run(asked.loop, exchange(wanted(more), within));
    }

    support::asking asked;
    sim::direct_client client{asked.serving, asked.time, {0ms, 2min}};
    collected got;
};

job::simulator_profile slow()
{
    auto profile = support::quiet_profile();
    profile.latency = {.base_ms = 10'000, .per_megapixel_ms = 0, .tail_sigma = 0};
    return profile;
}

job::simulator_profile faulty(double job::simulator_profile::fault_model::* fault)
{
    auto profile = slow();
    profile.faults.*fault = 1;
    profile.stall_ms = 600'000;
    return profile;
}

} // namespace

TEST_CASE("a whole answer comes home, with the times of its pieces")
{
    world w(slow());
    const auto report = w.ask({{"stream", true}});
    CHECK(report.complete);
    CHECK(!report.failure);
    CHECK(report.sent_any);
    CHECK(w.got.sendings == 1);
    CHECK(w.got.status == 200);
    CHECK(w.got.body.find("image_generation.completed") != std::string::npos);
    CHECK(report.bytes_received == w.got.body.size());
    CHECK(*report.times.first_byte == 500); // 5 % of 10 s
    CHECK(*report.times.last_byte == 10'000);
}

TEST_CASE("an answer that is cut is truncated, or no answer at all")
{
    world inside(faulty(&job::simulator_profile::fault_model::cut_stream));
    int before = 0, within = 0;
    for (int i = 0; i < 40; ++i) {
        const auto report = inside.ask({{"stream", true}, {"prompt", std::to_string(i)}});
        CHECK(!report.complete);
        REQUIRE(report.failure);
        CHECK(report.sent_any);
        const auto code = report.failure->code;
        CHECK(code == (report.head ? http::errc::truncated : http::errc::connection_closed));
        ++(report.head ? within : before);
    }
    CHECK(before > 0);
    CHECK(within > before);
}

TEST_CASE("silence ends by the idle limit, length by the deadline, and both are charged")
{
    world stalled(faulty(&job::simulator_profile::fault_model::stall));
    int idle = 0;
    for (int i = 0; i < 10; ++i) {
        const auto report = stalled.ask({{"stream", true}, {"prompt", std::to_string(i)}});
        REQUIRE(report.failure);
        if (report.failure->code == http::errc::idle_timeout)
            ++idle;
        else // nothing of an answer had come: the look-alike hung up in its own time
            CHECK(report.failure->code == http::errc::connection_closed);
    }
    CHECK(idle > 3);
    world late(slow());
    const auto report = late.ask({}, 3s);
    CHECK(report.failure->code == http::errc::total_timeout);
    CHECK(late.asked.bill()["charged"].integer_or(0) == 1);
    CHECK(late.asked.bill()["outcomes"]["client_gone"].integer_or(0) == 1);
    const auto never = late.ask({}, -1s);
    CHECK(never.failure->code == http::errc::total_timeout);
    CHECK(!never.sent_any);
    CHECK(late.got.sendings == 1);
}

TEST_CASE("a handler that refuses ends the exchange with its own failure")
{
    world w(slow());
    w.got.refuses = true;
    const auto report = w.ask({{"stream", true}});
    REQUIRE(report.failure);
    CHECK(report.failure->where == "write");
    CHECK(!report.complete);
}

TEST_CASE("whoever is cancelled leaves the look-alike with the charge")
{
    world w(slow());
    bool aborted = false;
    boost::asio::cancellation_signal stop;
    boost::asio::co_spawn(
        w.asked.loop, w.exchange(wanted(), 1h),
        boost::asio::bind_cancellation_slot(
            stop.slot(), [&](std::exception_ptr thrown, auto) { aborted = thrown != nullptr; }));
    w.asked.loop.poll();
    stop.emit(boost::asio::cancellation_type::all);
    w.asked.loop.restart();
    w.asked.loop.poll();
    CHECK(aborted);
    CHECK(w.asked.bill()["outcomes"]["client_gone"].integer_or(0) == 1);
    CHECK(w.asked.bill()["in_flight"].integer_or(-1) == 0);
}

TEST_CASE("heads alone: an answer as ever, with files of a few bytes that say what they are")
{
    auto profile = slow();
    profile.art = job::simulator_profile::art_style::scene;
    support::asking asked(profile, {.heads_only = true});
    const auto got = asked.generate(wanted({{"size", "1536x1024"}, {"output_format", "webp"}}));
    const auto document = got.document();
    const auto picture = document["data"].items()[0]["b64_json"].text_or("");
    CHECK(picture.size() < 100);
    const auto header = support::header_of(picture);
    CHECK(header.size == job::image_size{1536, 1024});
    CHECK(header.format == job::image_format::webp);
}
