// timetable: when the attempts of a plan would start and end: every start is played through once,
// with the limits, slots and latencies of each place. Pure; a seed, no clock.
//
// Why played and not computed: limits, slots, the slow first minute, chains and the tail at the end
// overlap, and a formula for each added up was 10 to 30 % off. It is a model of schedule, not
// schedule itself: no 429s, no outages, no cap.
#pragma once

#include "engine/job/provider_spec.hpp"
#include "engine/schedule/options.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace engine::plan {

// What keeps a plan from ending sooner.
enum class bound {
    latency,             // everything is under way at once: how long a picture takes
    concurrency,         // slots at the provider
    concurrency_total,   // -j
    requests_per_minute, // the three of the account or of the model
    images_per_minute,
    tokens_per_minute,
    chain,     // pictures that wait for the one they continue
    slow_start // no rate is known: slots are opened one after the other at the start
};
inline constexpr std::array<std::string_view, 8> bound_names = {
    "latency",           "concurrency",       "-j",    "requests_per_minute",
    "images_per_minute", "tokens_per_minute", "chain", "slow_start"};
[[nodiscard]] constexpr std::string_view name_of(bound value)
{
    return bound_names[static_cast<std::size_t>(value)];
}

// Attempts that are alike.
struct start_class {
    std::int64_t count = 0;
    double seconds = 0; // mean time on the wire
    double sigma = 0;   // of its logarithm: the tail
    double tokens = 0;  // mean, as they are charged to the tokens per minute
    double images = 1;  // likewise
};

// One model at one account.
struct timetable_route {
    std::size_t account = 0;
    job::rate_limits limits{}; // of the model alone
    int concurrency_first = 0; // as of an account, where limits are the model's
    std::vector<start_class> classes;
    std::vector<std::int64_t> by_depth; // how many continue nothing, a picture, a picture that ...
    double again = 0; // share of attempts that have to be made once more, 0 to 0.9
};

struct timetable_account {
    job::rate_limits limits{};
    int concurrency = schedule::default_concurrency;
    int concurrency_first = 0; // below `concurrency`: slots are opened from there, as
                               // schedule::concurrency_window does where no rate is known; 0 = all
                               // at once
};

struct timetable_options {
    std::optional<int> concurrency_total; // -j
    // Over which a limit a minute is kept.
    double span_seconds =
        60 + std::chrono::duration<double>(schedule::options{}.arrival_jitter).count();
    std::uint64_t seed = 1;
};

struct timetable {
    double seconds = 0;     // until the last answer, mean of the plays
    double seconds_low = 0; // one play in ten is shorter
    double seconds_high = 0;
    bound binding = bound::latency;
    std::size_t account = 0; // where it binds
    std::size_t route = 0;
};

// All zero when there is nothing to start. A plan of more than 20,000 starts is played in a smaller
// copy of itself, and the rest of its time is what the second half of that took for its part.
[[nodiscard]] timetable play(const std::vector<timetable_account>& accounts,
                             const std::vector<timetable_route>& routes,
                             const timetable_options& options);

} // namespace engine::plan
