#include "engine/job/simulator_profile.hpp"

#include <doctest/doctest.h>

using namespace engine;
using job::read_simulator_profile;
using job::simulator_profile;

namespace {

simulator_profile profile_from(std::string_view text)
{
    const auto document = base::parse_json(text, "simulator");
    REQUIRE(document);
    simulator_profile profile;
    const auto found = read_simulator_profile(*document, profile);
    CHECK_MESSAGE(found.empty(), (found.empty() ? "" : found.front().message));
    return profile;
}

// "field: message", one a line.
std::string complaints_about(std::string_view text)
{
    const auto document = base::parse_json(text, "simulator");
    REQUIRE(document);
    simulator_profile profile;
    std::string lines;
    for (const auto& [field, message, warning] : read_simulator_profile(*document, profile))
        lines += field + ": " + message + "\n";
    return lines;
}

} // namespace

TEST_CASE("nothing said is the pleasant default, a word is a preset")
{
    CHECK(profile_from("null") == simulator_profile{});
    CHECK(profile_from("{}") == simulator_profile{});
    for (const auto name : job::simulator_preset_names()) {
        const auto preset = job::simulator_preset(name);
        REQUIRE(preset);
        CHECK(profile_from("\"" + std::string(name) + "\"") == *preset);
        CHECK(profile_from(R"({"profile": ")" + std::string(name) + "\"}") == *preset);
    }
    CHECK(job::simulator_preset("quick") == simulator_profile{});
    CHECK(job::simulator_preset("instant")->latency.base_ms == 0);
    CHECK(job::simulator_preset("realistic")->limits.images_per_minute == 20);
    CHECK(job::simulator_preset("stormy")->faults.cut_stream > 0);
    CHECK(!job::simulator_preset("calm"));
}

TEST_CASE("a preset and then what differs")
{
    const auto profile = profile_from(R"({
        "latency": {"base_ms": 10}, "profile": "stormy", "seed": 7, "art": "grain",
        "moderated_words": ["gun"], "cut_at_byte": 0, "stall_ms": 5, "api_key": "k",
        "limits": {"headers": false, "tokens_per_minute": 1e12}, "wire": {"crlf": true}})");
    auto expected = *job::simulator_preset("stormy");
    expected.latency.base_ms = 10;
    expected.seed = 7;
    expected.art = simulator_profile::art_style::grain;
    expected.moderated_words = {"gun"};
    expected.cut_at_byte = 0;
    expected.stall_ms = 5;
    expected.api_key = "k";
    expected.limits.headers = false;
    expected.limits.tokens_per_minute = 1'000'000'000'000;
    expected.wire.crlf = true;
    CHECK(profile == expected);
    CHECK(!profile_from(R"({"cut_at_byte": null})").cut_at_byte);
}

TEST_CASE("every profile reads back equal from what it writes")
{
    for (const auto name : job::simulator_preset_names()) {
        const auto preset = *job::simulator_preset(name);
        CHECK(profile_from(to_json(preset).dump()) == preset);
    }
    auto odd = *job::simulator_preset("stormy");
    odd.seed = (1ULL << 62) - 1;
    odd.cut_at_byte = 4096;
    odd.moderated_words = {"a", "b"};
    odd.unverified_models = {"gpt-image-2"};
    odd.art = simulator_profile::art_style::flat;
    odd.wire.any_model = true;
    odd.limits.references_count = true;
    CHECK(profile_from(to_json(odd).dump()) == odd);
}

TEST_CASE("all that is wrong comes at once, with its path and a hint")
{
    CHECK(complaints_about(R"({"latncy": {}, "faults": {"cut_steam": 1, "stall": 2},
                               "limits": 3, "art": "scenes", "seed": -1})") ==
          "latncy: unknown setting 'latncy'; did you mean 'latency'?\n"
          "faults.cut_steam: unknown setting 'faults.cut_steam'; did you mean 'cut_stream'?\n"
          "faults.stall: faults.stall: expected a number from 0 to 1\n"
          "limits: expected a map of settings\n"
          "art: art: expected scene, flat or grain; did you mean 'scene'?\n"
          "seed: seed: expected a whole number from 0 to 4611686018427387904\n");
    CHECK(complaints_about(R"("stromy")") ==
          "profile: expected one of instant, quick, realistic, stormy; did you mean 'stormy'?\n");
    CHECK(complaints_about(R"({"profile": 5})").starts_with("profile: expected one of"));
    CHECK(complaints_about("[]") == ": expected a map of settings\n");
    CHECK(complaints_about(R"({"faults": {"stall": 0.6, "cut_stream": 0.5}})") ==
          "faults: the faults add up to more than 1: a request has at most one\n");
    for (const char* wrong :
         {R"({"cut_at_byte": -1})", R"({"cut_at_byte": "0"})", R"({"stall_ms": 0})",
          R"({"moderated_words": "gun"})", R"({"moderated_words": [""]})",
          R"({"moderated_words": [5]})", R"({"wire": {"crlf": 1}})", R"({"api_key": 5})",
          R"({"limits": {"concurrency": 1.5}})", R"({"latency": {"tail_sigma": "x"}})",
          R"({"latency": {"base_ms": 3600001}})", R"({"seed": "1"})"})
        CHECK_MESSAGE(!complaints_about(wrong).empty(), wrong);
}
