// The provider room against the look-alike: whatever moment an answer is lost at, it is fetched
// and nothing is bought twice.
#include "engine/provider/make_image_api.hpp"
#include "tests/provider/reading.hpp"
#include "tests/sim/asking.hpp"
#include "tests/support/memory_net.hpp"

#include <doctest/doctest.h>

using namespace engine;
using namespace std::chrono_literals;
using job::outcome;
using support::asking;
using support::memory_sink;
using support::quiet_profile;

namespace {

// A look-alike behind a connection that breaks after so many bytes of the answer to a request for a
// picture; everything else gets through.
struct broken_line {
    explicit broken_line(job::simulator_profile profile)
        : simulator(std::move(profile)), net(simulator.loop.get_executor()),
          http({}, simulator.time, net.make_connector())
    {
        net.scripts.push_back([this](http::byte_stream& stream) -> runtime::task<> {
            const auto request = co_await support::hear_request(stream);
            auto heard = co_await simulator.asked(request.method, request.target, request.body,
                                                  request.headers, std::nullopt);
            std::string text = "HTTP/1.1 " + std::to_string(heard.status) + " X\r\n";
            for (const auto& field : heard.headers)
                text += field.name + ": " + field.value + "\r\n";
            text += "Content-Length: " + std::to_string(heard.body.size()) + "\r\n\r\n";
            const bool picture = request.target == "/v1/responses";
            const auto head = text.size();
            text += heard.body;
            if (picture)
                text.resize(std::min(text.size(), break_after));
            bytes_of_head = picture ? head : bytes_of_head;
            bytes_of_answer = picture ? text.size() : bytes_of_answer;
            co_await support::say(stream, text);
        });
    }
    ~broken_line()
    {
        http.close_idle();
        simulator.time.run(simulator.loop, net.end());
    }

    asking simulator;
    support::memory_net net;
    http::client http;
    std::size_t break_after = ~std::size_t{0};
    std::size_t bytes_of_head = 0, bytes_of_answer = 0;
};

struct recovered {
    provider::reply lost, found;
    memory_sink sink;
    std::string conversation;
    std::int64_t charged = 0;
};

recovered lose_and_fetch(broken_line& line, const std::string& prompt, bool stream,
                         bool remembers_id)
{
    provider::provider_access access;
    access.spec.name = "simulator";
    access.spec.wire = *job::dialect_switches("simulator");
    access.endpoint = {false, "look.alike", 80, "/v1"};
    auto& clock = line.simulator.time;
    const auto api = provider::make_image_api(access, "responses", line.http, clock);
    job::image_request request;
    request.model = "gpt-image-2";
    request.mainline_model = "gpt-5.5";
    request.prompt = prompt;
    request.size = job::image_size{1024, 640};
    request.quality = "low";
    request.stream = stream;
    request.recoverable = true;
    recovered result;
    const auto work = [&]() -> runtime::task<bool> {
        auto conversation = co_await api->prepare_recovery(request, {});
        REQUIRE(conversation);
        result.conversation = request.conversation_id = *conversation;
        auto prepared = api->prepare(request, {}, "attempt");
        REQUIRE(prepared);
        memory_sink first;
        result.lost = co_await api->send(std::move(*prepared), first, {});
        const provider::answer_handle handle{remembers_id ? result.lost.response_id : "",
                                             result.conversation};
        result.found =
            co_await api->fetch(handle, false, result.sink, {clock.now() + 10min, "test"});
        co_return true;
    };
    CHECK(clock.run(line.simulator.loop, work()));
    (void)line.simulator.ask("GET", "/v1/models"); // what ended by itself is written down
    result.charged = line.simulator.bill()["charged"].integer_or(-1);
    return result;
}

} // namespace

TEST_CASE("an answer that is lost at any byte is fetched, with or without its id, and paid once")
{
    auto profile = quiet_profile();
    profile.latency.base_ms = 20'000;
    for (const bool stream : {true, false}) {
        broken_line whole(profile);
        const auto all = lose_and_fetch(whole, "a lamp", stream, true);
        CHECK(all.lost.outcome == outcome::delivered);
        std::vector<std::size_t> places = {0, 1, whole.bytes_of_head - 1, whole.bytes_of_head};
        for (int n = 1; n < 24; ++n)
            places.push_back(whole.bytes_of_head + (whole.bytes_of_answer - whole.bytes_of_head) *
                                                       static_cast<std::size_t>(n) / 24);
        for (const auto place : places)
            for (const bool remembers_id : {true, false}) {
                broken_line line(profile);
                line.break_after = place;
                const auto got = lose_and_fetch(line, "a lamp", stream, remembers_id);
                INFO("broken after ", place, stream ? " of a stream" : " of a document");
                CHECK(got.found.fetched == provider::fetch_ending::answered);
                CHECK(got.found.outcome == outcome::delivered);
                CHECK(got.sink.bytes == all.sink.bytes); // the same picture
                CHECK(got.charged == 1);
                if (remembers_id && !got.lost.response_id.empty())
                    CHECK(got.found.used.has_value());
            }
    }
}

TEST_CASE("what went wrong at the provider is learned later as it would have been at once")
{
    const auto ending = [](auto set) {
        auto profile = quiet_profile();
        set(profile.faults);
        broken_line line(profile);
        line.break_after = 2600; // the id, and no more
        return lose_and_fetch(line, "a lamp", true, true);
    };
    const auto failed = ending([](auto& faults) { faults.server_error = 1; });
    CHECK(failed.found.outcome == outcome::overloaded);
    CHECK(failed.charged == 0);
    const auto words = ending([](auto& faults) { faults.text_instead = 1; });
    CHECK(words.found.outcome == outcome::refused);
    CHECK(words.found.used.has_value());
    const auto early = ending([](auto& faults) { faults.incomplete = 1; });
    CHECK((early.found.outcome == outcome::refused || early.found.outcome == outcome::bad_output));
}
