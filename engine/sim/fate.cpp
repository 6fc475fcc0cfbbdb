#include "engine/sim/fate.hpp"

#include "engine/base/random.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace engine::sim {

fate draw_fate(const job::simulator_profile& profile, const fate_subject& subject)
{
    // Every number is drawn in every case, so that switching one fault on moves no other.
    base::random chance(profile.seed * 0x9E3779B97F4A7C15u ^ subject.content ^
                        std::uint64_t{subject.attempt} * 0xD1B54A32D192ED03u);
    const double lot = chance.unit();
    fate drawn;
    // Box and Muller; 1 - unit() is never 0.
    const double normal = std::sqrt(-2 * std::log(1 - chance.unit())) *
                          std::cos(2 * std::numbers::pi * chance.unit());
    drawn.slowness = std::exp(std::clamp(profile.latency.tail_sigma * normal, -4.0, 4.0));
    drawn.fewer_partials = subject.partials > 0 && chance.chance(profile.fewer_partials);
    drawn.place = chance.unit();
    drawn.choice = chance();
    drawn.picture = chance();

    const auto& shares = profile.faults;
    const std::pair<fault, double> line[] = {
        {fault::rate_limit_429, shares.rate_limit_429},
        {fault::server_error, shares.server_error},
        {fault::bad_gateway, shares.bad_gateway},
        {fault::moderation, shares.moderation},
        {fault::moderation_output, shares.moderation_output},
        {fault::cut_stream, shares.cut_stream},
        {fault::stall, shares.stall},
        {fault::truncated_image, shares.truncated_image},
        {fault::wrong_size, shares.wrong_size},
        {fault::wrong_format, shares.wrong_format},
        {fault::empty_data, shares.empty_data},
        {fault::json_to_stream, shares.json_to_stream},
        {fault::text_instead, shares.text_instead},
        {fault::incomplete, shares.incomplete},
    };
    double reached = 0;
    for (const auto& [what, share] : line) {
        reached += share;
        if (lot < reached) {
            drawn.what = what;
            break;
        }
    }
    if (drawn.what == fault::json_to_stream && !subject.stream)
        drawn.what = fault::none;
    if ((drawn.what == fault::text_instead || drawn.what == fault::incomplete) &&
        !subject.responses)
        drawn.what = fault::none;
    if (subject.moderated)
        drawn.what = fault::moderation;
    return drawn;
}

namespace {

std::chrono::microseconds within_a_day(double milliseconds)
{
    constexpr double day_ms = 86'400'000;
    return std::chrono::microseconds(
        static_cast<std::int64_t>(std::min(milliseconds, day_ms) * 1000));
}

} // namespace

std::chrono::microseconds latency_of(const job::simulator_profile& profile, const fate& drawn,
                                     job::image_size size, int images)
{
    const double megapixels = static_cast<double>(size.area()) / 1e6 * images;
    return within_a_day((profile.latency.base_ms + profile.latency.per_megapixel_ms * megapixels) *
                        drawn.slowness);
}

std::chrono::microseconds latency_of(const expected_time& known, double drawn_sigma,
                                     const fate& drawn)
{
    const double slowness =
        drawn_sigma > 0 ? std::pow(drawn.slowness, known.sigma / drawn_sigma) : 1;
    return within_a_day(static_cast<double>(known.median.count()) * slowness);
}

} // namespace engine::sim
