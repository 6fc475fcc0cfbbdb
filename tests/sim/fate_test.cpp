#include "engine/sim/fate.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <vector>

using namespace engine::sim;
using engine::job::simulator_profile;

namespace {

fate draw(const simulator_profile& profile, std::uint64_t content, std::uint32_t attempt = 1)
{
    fate_subject subject;
    subject.content = content;
    subject.attempt = attempt;
    subject.stream = true;
    subject.partials = 2;
    return draw_fate(profile, subject);
}

bool same(const fate& a, const fate& b)
{
    return a.what == b.what && a.fewer_partials == b.fewer_partials && a.slowness == b.slowness &&
           a.place == b.place && a.choice == b.choice && a.picture == b.picture;
}

} // namespace

TEST_CASE("a fate follows from seed, content and attempt, and from nothing else")
{
    const auto stormy = *engine::job::simulator_preset("stormy");
    for (std::uint64_t content = 0; content < 50; ++content) {
        CHECK(same(draw(stormy, content), draw(stormy, content)));
        CHECK(!same(draw(stormy, content), draw(stormy, content, 2)));
        auto other = stormy;
        other.seed = 2;
        CHECK(!same(draw(stormy, content), draw(other, content)));
    }
}

TEST_CASE("shares come out as they were asked for")
{
    simulator_profile profile;
    profile.faults.cut_stream = 0.05;
    profile.faults.rate_limit_429 = 0.10;
    profile.faults.wrong_size = 0.02;
    profile.fewer_partials = 0.25;
    constexpr int draws = 40'000;
    std::array<int, fault_names.size()> counts{};
    int fewer = 0;
    for (std::uint64_t content = 0; content < draws; ++content) {
        const fate drawn = draw(profile, content);
        ++counts[static_cast<std::size_t>(drawn.what)];
        fewer += drawn.fewer_partials ? 1 : 0;
    }
    const auto share = [&](fault what) {
        return static_cast<double>(counts[static_cast<std::size_t>(what)]) / draws;
    };
    CHECK(share(fault::cut_stream) == doctest::Approx(0.05).epsilon(0.08));
    CHECK(share(fault::rate_limit_429) == doctest::Approx(0.10).epsilon(0.06));
    CHECK(share(fault::wrong_size) == doctest::Approx(0.02).epsilon(0.12));
    CHECK(share(fault::none) == doctest::Approx(0.83).epsilon(0.01));
    CHECK(share(fault::server_error) == 0);
    CHECK(fewer / double{draws} == doctest::Approx(0.25).epsilon(0.05));
}

TEST_CASE("a fault that is switched on changes no picture and no latency of the others")
{
    simulator_profile calm, broken;
    broken.faults.cut_stream = 0.5;
    for (std::uint64_t content = 0; content < 100; ++content) {
        CHECK(draw(calm, content).picture == draw(broken, content).picture);
        CHECK(draw(calm, content).slowness == draw(broken, content).slowness);
    }
}

TEST_CASE("faults that do not fit a request are not drawn for it, and a forbidden word decides")
{
    simulator_profile profile;
    profile.faults.json_to_stream = 1;
    profile.fewer_partials = 1;
    fate_subject plain;
    plain.content = 3;
    CHECK(draw_fate(profile, plain).what == fault::none);
    CHECK(!draw_fate(profile, plain).fewer_partials);
    CHECK(draw(profile, 3).what == fault::json_to_stream);
    CHECK(draw(profile, 3).fewer_partials);
    plain.moderated = true;
    CHECK(draw_fate(profile, plain).what == fault::moderation);
}

TEST_CASE("latency grows with the pixels and has a long tail that is bounded")
{
    simulator_profile profile;
    profile.latency = {.base_ms = 100, .per_megapixel_ms = 50, .tail_sigma = 0};
    const fate drawn = draw(profile, 1);
    CHECK(drawn.slowness == 1);
    CHECK(latency_of(profile, drawn, {1000, 1000}, 1) == std::chrono::milliseconds(150));
    CHECK(latency_of(profile, drawn, {2000, 1000}, 3) == std::chrono::milliseconds(400));
    profile.latency.tail_sigma = 0.35;
    std::vector<double> drawn_latencies;
    for (std::uint64_t content = 0; content < 20'000; ++content)
        drawn_latencies.push_back(draw(profile, content).slowness);
    std::ranges::sort(drawn_latencies);
    CHECK(drawn_latencies[10'000] == doctest::Approx(1).epsilon(0.03));
    CHECK(drawn_latencies[19'800] == doctest::Approx(2.26).epsilon(0.06)); // exp(0.35 * 2.326)
    profile.latency = {.base_ms = 3.6e6, .per_megapixel_ms = 3.6e6, .tail_sigma = 3};
    for (std::uint64_t content = 0; content < 1000; ++content)
        CHECK(latency_of(profile, draw(profile, content), {3840, 2160}, 10) <=
              std::chrono::hours(24));
}
