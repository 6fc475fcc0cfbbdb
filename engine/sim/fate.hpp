// fate: what will go wrong with one request, and how long it takes: drawn from seed, content and
// how often that content was asked before. Never from the order in which requests arrive, so that
// one manifest has one outcome, whatever the concurrency.
#pragma once

#include "engine/job/image_size.hpp"
#include "engine/job/simulator_profile.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace engine::sim {

enum class fault {
    none,
    rate_limit_429,
    server_error,
    bad_gateway,
    moderation,
    moderation_output,
    cut_stream,
    stall,
    truncated_image,
    wrong_size,
    wrong_format,
    empty_data,
    json_to_stream,
    text_instead, // these two only where a text model answers
    incomplete,
};
inline constexpr std::array<std::string_view, 15> fault_names = {
    "none",           "rate_limit_429", "server_error",
    "bad_gateway",    "moderation",     "moderation_output",
    "cut_stream",     "stall",          "truncated_image",
    "wrong_size",     "wrong_format",   "empty_data",
    "json_to_stream", "text_instead",   "incomplete"};
[[nodiscard]] constexpr std::string_view name_of(fault value)
{
    return fault_names[static_cast<std::size_t>(value)];
}

struct fate {
    fault what = fault::none;
    bool fewer_partials = false;
    double slowness = 1;       // multiplies the median latency
    double place = 0;          // [0, 1): where in the answer something breaks
    std::uint64_t choice = 0;  // between the ways in which one fault shows
    std::uint64_t picture = 0; // seed of what is drawn
};

struct fate_subject {
    std::uint64_t content = 0;
    std::uint32_t attempt = 1; // how often this content has been accepted, this time included
    bool moderated = false;    // the prompt has a word that is never allowed
    bool stream = false;
    int partials = 0;
    bool responses = false; // a text model answers
};

[[nodiscard]] fate draw_fate(const job::simulator_profile& profile, const fate_subject& subject);

// From the request to the finished picture.
[[nodiscard]] std::chrono::microseconds latency_of(const job::simulator_profile& profile,
                                                   const fate& drawn, job::image_size size,
                                                   int images);

// How long a picture takes that was measured elsewhere.
struct expected_time {
    std::chrono::milliseconds median{0};
    double sigma = 0; // of its logarithm
};
// The same by such a time. `drawn_sigma`: with which `drawn` was drawn.
[[nodiscard]] std::chrono::microseconds latency_of(const expected_time& known, double drawn_sigma,
                                                   const fate& drawn);

} // namespace engine::sim
