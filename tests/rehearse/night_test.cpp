#include "tests/rehearse/rehearsal_world.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <set>

using namespace engine;
using namespace std::chrono_literals;
using job::item_state;
using support::rehearsal_world;

namespace {

base::json profile(std::initializer_list<base::json::member> members)
{
    return base::json::make_object(members);
}

} // namespace

TEST_CASE("the same seed is the same night to the byte, another seed another one")
{
    rehearsal_world world;
    world.provider.simulator = base::json("stormy");
    world.add_items(60);
    const auto first = world.night(1);
    const auto text = world.ledger.text;
    const auto again = world.night(1);
    CHECK(world.ledger.text == text);
    CHECK(again.ledger_sha256 == first.ledger_sha256);
    CHECK(first.ledger_sha256 == base::sha256_hex(text));
    CHECK(first.ledger_bytes == text.size());
    CHECK(first.ledger_lines == static_cast<std::uint64_t>(std::ranges::count(text, '\n')));
    const auto other = world.night(2);
    CHECK(other.ledger_sha256 != first.ledger_sha256);
    CHECK(other.run.took != first.run.took);
}

TEST_CASE("every item is made, and its outputs are named with the sizes they would have")
{
    rehearsal_world world;
    world.add_items(20);
    const auto night = world.night();
    CHECK(night.run.exit_code == 0);
    CHECK(night.run.count(item_state::done) == 20);
    CHECK(night.attempts_by_outcome.at("delivered") == 20);
    CHECK(night.charged == night.run.spent);
    const auto ended = world.ledger.bodies<job::item_ended>();
    REQUIRE(ended.size() == 20);
    REQUIRE(ended[0].outputs.size() == 2);
    CHECK(ended[0].outputs[0].format == "png");
    CHECK(ended[0].outputs[0].width == 1024);
    CHECK(ended[0].outputs[1].format == "jpeg");
    CHECK(ended[0].outputs[1].width == 256);
    CHECK(ended[0].outputs[1].height == 256);
    CHECK(ended[0].outputs[0].sha256 == ended[0].received_sha256);
    const auto opening = world.ledger.bodies<job::run_started>();
    REQUIRE(opening.size() == 1);
    CHECK(opening[0].host == "rehearsal");
    CHECK(world.ledger.text.find("\"run\":\"rehearsal-1\"") != std::string::npos);
    CHECK(world.ledger.text.find("2026-11-21T22:00:00") != std::string::npos);
}

TEST_CASE("time is what the limit makes of it: an hour and more in a moment")
{
    rehearsal_world world;
    world.provider.simulator =
        profile({{"limits", profile({{"images_per_minute", 30}})}, {"art", "flat"}});
    world.provider.limits.images_per_minute = 30;
    world.add_items(2'000);
    const auto night = world.night();
    CHECK(night.run.count(item_state::done) == 2'000);
    CHECK(night.run.took > 66min);
    CHECK(night.run.took < 68min);
    CHECK(!night.attempts_by_outcome.contains("rate_limited"));
    CHECK(night.bound_by.at("images_per_minute") > 60min);
}

TEST_CASE("latency and concurrency give the time where nothing else binds")
{
    rehearsal_world world;
    world.provider.simulator = profile(
        {{"latency", profile({{"base_ms", 8'000}, {"per_megapixel_ms", 0}, {"tail_sigma", 0}})}});
    world.add_items(80);
    const auto night = world.night();
    CHECK(night.run.took >= 88s); // ten rounds of eight, and the first with four: no rate is known
    CHECK(night.run.took < 89s);
    CHECK(night.bound_by.at("concurrency") > 60s);
}

TEST_CASE("a cap holds in a rehearsal as it does in a run")
{
    rehearsal_world world;
    world.add_items(100);
    const auto whole = world.night();
    const auto cap = base::microusd{whole.run.spent.count / 2};
    const auto night = world.night(1, [&](auto& options) { options.batch.cap = cap; });
    CHECK(night.run.spent <= cap);
    CHECK(night.run.spent.count > cap.count * 9 / 10);
    CHECK(night.run.exit_code == 7);
    CHECK(night.run.count(item_state::open) > 40);
}

TEST_CASE("every fault ends as it would on the wire")
{
    const auto with = [](std::string_view fault) {
        rehearsal_world world;
        world.provider.simulator =
            profile({{"faults", profile({{std::string(fault), 1.0}})}, {"stall_ms", 400'000}});
        world.add_items(3);
        return world.night().attempts_by_outcome;
    };
    CHECK(with("cut_stream").at("unknown") == 3);
    CHECK(with("stall").at("unknown") == 3);
    CHECK(with("bad_gateway").at("unknown") == 3);
    CHECK(with("moderation").at("refused") == 3);
    CHECK(with("moderation_output").at("refused") == 3);
    CHECK(with("wrong_size").at("bad_output") == 6);
    CHECK(with("wrong_format").at("bad_output") == 6);
    CHECK(with("truncated_image").at("bad_output") == 6);
    CHECK(with("server_error").at("overloaded") > 3);
    CHECK(with("json_to_stream").at("delivered") == 3);
}

TEST_CASE("a storm is charged as the ledger says: delivered, wrong, or declared as unknown")
{
    rehearsal_world world;
    world.provider.simulator = base::json("stormy");
    world.add_items(300);
    const auto night = world.night();
    base::microusd sure, doubtful;
    for (const auto& line : world.ledger.bodies<job::attempt_ended>())
        (line.possibly_billed ? doubtful : sure) += line.cost;
    CHECK(night.attempts_by_outcome.at("unknown") > 5);
    CHECK(night.attempts_by_outcome.at("rate_limited") > 5);
    CHECK(night.charged >= sure);
    CHECK(night.charged <= sure + doubtful);
    CHECK(night.run.count(item_state::held) > 5);
}

TEST_CASE("a chain goes on from the picture before, on both APIs")
{
    for (const std::string api : {"images", "responses"}) {
        CAPTURE(api);
        rehearsal_world world;
        auto first = world.item("hero");
        if (api == "responses") {
            first.routes.front().api = api;
            first.routes.front().mainline_model = "gpt-5.5";
            first.request.mainline_model = "gpt-5.5";
        }
        auto next = first;
        next.id = "hero-winter";
        next.key = base::sha256_hex("key of the next");
        next.request.prompt = "in falling snow";
        next.request.continues = true;
        next.request.chain_length = 1;
        next.after = job::parent_link{"hero", first.key, first.request.size};
        next.outputs[0].path = "winter.png";
        next.outputs[1].path = "winter.jpg";
        world.items = {first, next};
        const auto night = world.night();
        CHECK(night.run.count(item_state::done) == 2);
        const auto lines = world.ledger.bodies<job::attempt_ended>();
        REQUIRE(lines.size() == 2);
        CHECK(lines[1].used->input_image > lines[0].used->input_image);
    }
}

TEST_CASE("a text model rewrites each prompt once")
{
    rehearsal_world world;
    world.add_items(4);
    for (auto& wanted : world.items) {
        wanted.request.prompt = "the same for all";
        wanted.enrich.emplace();
        wanted.enrich->provider = "simulator";
        wanted.enrich->model = "gpt-5.4-mini";
        wanted.enrich->instructions = "Make it vivid.";
        wanted.enrich->simulated = true;
    }
    const auto night = world.night();
    CHECK(night.run.count(item_state::done) == 4);
    const auto lines = world.ledger.bodies<job::attempt_ended>();
    REQUIRE(lines.size() == 4);
    CHECK(std::ranges::count_if(lines, [](const auto& line) { return !line.enriched->cached; }) ==
          1);
}

TEST_CASE("a real provider is modelled: its limits, the time that is known of it, no fault")
{
    rehearsal_world world;
    world.provider = {};
    world.provider.name = "openai";
    world.provider.base_url = "https://api.openai.com/v1";
    world.provider.api_key_env = "NOT_SET_ANYWHERE";
    world.provider.limits.images_per_minute = 60;
    world.add_items(240);
    const auto with_latency = [](auto& options) {
        options.models.latency = [](const job::route& where, const job::image_request& one) {
            CHECK(where.name() == "openai/images/gpt-image-2");
            CHECK(one.quality == "low");
            return std::optional(sim::expected_time{20s, 0.5});
        };
    };
    const auto night = world.night(1, with_latency);
    CHECK(night.run.count(item_state::done) == 240);
    CHECK(night.run.took > 4min);
    std::vector<double> times;
    for (const auto& line : world.ledger.bodies<job::attempt_ended>())
        times.push_back(*line.latency_ms.last_byte);
    std::ranges::sort(times);
    CHECK(times[120] > 17'000);
    CHECK(times[120] < 23'000);
    CHECK(times[228] > 35'000); // p95 of that sigma: 2.3 times the median
    const auto stormy = world.night(1, [&](auto& options) {
        with_latency(options);
        options.models.weather = job::simulator_preset("stormy");
    });
    CHECK(stormy.attempts_by_outcome.at("unknown") > 0);
}

TEST_CASE("a next route stands in for one that refuses")
{
    rehearsal_world world;
    world.provider.simulator = profile({{"moderated_words", base::json::array{"forbidden"}}});
    auto wanted = world.item("hero");
    wanted.request.prompt = "something forbidden";
    world.items = {wanted};
    const auto night = world.night();
    CHECK(night.run.count(item_state::failed) == 1);
    CHECK(night.attempts_by_outcome.at("refused") == 1);
    CHECK(night.run.spent.count == 0);
}
