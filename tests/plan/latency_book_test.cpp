#include "engine/plan/latency_book.hpp"

#include "tests/ledger/sample_events.hpp"
#include "tests/plan/plan_bench.hpp"

#include <doctest/doctest.h>

using namespace engine;
using plan::latency_source;

namespace {

const job::route openai{"openai", "images", "gpt-image-2"};
const job::route lookalike{"simulator", "images", "gpt-image-2"};

job::image_request asked(job::image_size size = {1024, 1024}, const std::string& quality = "medium")
{
    job::image_request request;
    request.size = size;
    request.quality = quality;
    return request;
}

job::attempt_ended took(double ms, const std::string& size = "1024x1024",
                        const std::string& quality = "medium")
{
    auto ended = support::sample_attempt();
    ended.request.size = size;
    ended.request.quality = quality;
    ended.latency_ms = {};
    ended.latency_ms.last_byte = ms;
    return ended;
}

} // namespace

TEST_CASE("without an earlier run the latency is a guess from size and quality")
{
    const ledger::latency_table none;
    const auto providers = job::builtin_providers();
    const plan::latency_book book(none, providers);
    const auto medium = book.find(openai, asked());
    CHECK(medium.source == latency_source::guess);
    CHECK(medium.seconds == doctest::Approx(30 * 1.048576));
    CHECK(book.find(openai, asked({2048, 2048})).seconds > 3 * medium.seconds);
    CHECK(book.find(openai, asked({1024, 1024}, "low")).seconds < medium.seconds);
    CHECK(book.again(openai) == 0);
}

TEST_CASE("what was measured in the same form is taken as it is")
{
    ledger::latency_table measured;
    for (int i = 0; i < 10; ++i)
        measured.add(took(40'000 + 1'000 * (i % 2)), 1);
    const auto providers = job::builtin_providers();
    const plan::latency_book book(measured, providers);
    const auto found = book.find(openai, asked());
    CHECK(found.source == latency_source::measured);
    CHECK(found.samples == 10);
    CHECK(found.seconds == doctest::Approx(40.5));
    CHECK(found.sigma == doctest::Approx(0.5 / 40.5).epsilon(0.01));
}

TEST_CASE("another size or quality is scaled from the nearest form that was measured")
{
    ledger::latency_table measured;
    measured.add(took(20'000), 1);               // 2/3 of the guess
    measured.add(took(500'000, "3840x2160"), 1); // far away
    const auto providers = job::builtin_providers();
    const plan::latency_book book(measured, providers);
    const auto wide = book.find(openai, asked({1536, 1024}));
    CHECK(wide.source == latency_source::scaled);
    CHECK(wide.seconds == doctest::Approx(30));
    CHECK(wide.samples == 1);
    CHECK(book.find(openai, asked({1024, 1024}, "low")).seconds == doctest::Approx(20.0 * 12 / 30));
    CHECK(book.find({"xai-router", "images", "gpt-image-2"}, asked()).source ==
          latency_source::guess);
}

TEST_CASE("the look-alike takes as long as its profile says, and repeats what its faults spoil")
{
    const ledger::latency_table none;
    auto providers = job::builtin_providers();
    for (auto& provider : providers)
        if (provider.is_simulator())
            provider.simulator = *base::parse_json(
                R"({"latency":{"base_ms":1000,"per_megapixel_ms":0,"tail_sigma":0.5},
                    "faults":{"server_error":0.1,"wrong_size":0.05,"cut_stream":0.2},
                    "limits":{"images_per_minute":30}})",
                "test");
    const plan::latency_book book(none, providers);
    const auto found = book.find(lookalike, asked());
    CHECK(found.source == latency_source::profile);
    CHECK(found.seconds == doctest::Approx(std::exp(0.125)));
    CHECK(found.sigma == 0.5);
    CHECK(book.again(lookalike) == doctest::Approx(0.15));
    CHECK(book.limits_of_profile("simulator").images_per_minute == 30);
    CHECK(!book.limits_of_profile("openai").images_per_minute);
}
