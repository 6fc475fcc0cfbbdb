#include "engine/plan/latency_book.hpp"

#include "engine/job/simulator_profile.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace engine::plan {

namespace {

// A guess: the tail of public reports, where p99 is about twice the median.
constexpr double guessed_sigma = 0.3;
// A tail from fewer pictures than this says nothing.
constexpr std::int64_t samples_for_tail = 8;
constexpr double again_max = 0.9;

double megapixels(std::optional<job::image_size> size)
{
    return static_cast<double>(size.value_or(job::image_size{1024, 1024}).area()) / 1e6;
}

// A guess until an earlier run has measured it: public reports put a medium 1 MP picture at 20 to
// 60 s and 4K high at 3 to 5 minutes (contract section 8, latency).
double guessed_seconds(std::optional<job::image_size> size, std::string_view quality)
{
    const double by_quality = quality == "low" ? 12 : quality == "medium" ? 30 : 60;
    return by_quality * std::max(0.7, megapixels(size));
}

std::optional<job::image_size> size_named(const std::string& text)
{
    job::image_size size;
    const char* end = text.data() + text.size();
    const auto [cross, wrong] = std::from_chars(text.data(), end, size.width);
    if (wrong != std::errc{} || cross == end || *cross != 'x')
        return std::nullopt;
    const auto [stop, bad] = std::from_chars(cross + 1, end, size.height);
    const bool good = bad == std::errc{} && stop == end && size.width > 0 && size.height > 0;
    return good ? std::optional(size) : std::nullopt;
}

// Of a logarithm, from the spread of the values themselves: exact for what is log-normal.
double sigma_of(const ledger::weighted_mean& values, double otherwise)
{
    if (values.count() < samples_for_tail || values.mean() <= 0)
        return otherwise;
    const double spread = values.deviation() / values.mean();
    return std::min(std::sqrt(std::log1p(spread * spread)), 2.0);
}

} // namespace

latency_book::latency_book(const ledger::latency_table& measured,
                           const std::vector<job::provider_spec>& providers)
    : measured_(measured)
{
    for (const auto& provider : providers) {
        if (!provider.is_simulator())
            continue;
        job::simulator_profile profile;
        (void)job::read_simulator_profile(provider.simulator,
                                          profile); // the manifest has checked it
        lookalike known;
        known.base_ms = profile.latency.base_ms;
        known.per_megapixel_ms = profile.latency.per_megapixel_ms;
        known.sigma = profile.latency.tail_sigma;
        const auto& faults = profile.faults;
        known.again =
            std::min(again_max, faults.server_error + faults.truncated_image + faults.wrong_size +
                                    faults.wrong_format + faults.empty_data);
        const auto limit = [](auto number) {
            return number > 0 ? std::optional(static_cast<double>(number)) : std::nullopt;
        };
        known.limits.requests_per_minute = limit(profile.limits.requests_per_minute);
        known.limits.images_per_minute = limit(profile.limits.images_per_minute);
        known.limits.tokens_per_minute = limit(profile.limits.tokens_per_minute);
        if (profile.limits.concurrency > 0)
            known.limits.concurrency = profile.limits.concurrency;
        lookalikes_.emplace(provider.name, known);
    }
}

expected_latency latency_book::guessed(const job::route& where, std::optional<job::image_size> size,
                                       std::string_view quality) const
{
    expected_latency found;
    const auto own = lookalikes_.find(where.provider);
    if (own == lookalikes_.end()) {
        found.seconds = guessed_seconds(size, quality);
        found.sigma = guessed_sigma;
        return found;
    }
    const auto& profile = own->second;
    const double median = (profile.base_ms + profile.per_megapixel_ms * megapixels(size)) / 1000;
    found.seconds = median * std::exp(profile.sigma * profile.sigma / 2);
    found.sigma = profile.sigma;
    found.source = latency_source::profile;
    return found;
}

expected_latency latency_book::find(const job::route& where,
                                    const job::image_request& request) const
{
    auto found = guessed(where, request.size, request.quality);
    const auto route = where.name();
    const auto size = request.size ? job::to_string(*request.size) : std::string("auto");
    const auto take = [&](const ledger::measured_latency& from, double factor) {
        found.seconds = from.on_wire_ms.mean() / 1000 * factor;
        found.sigma = sigma_of(from.on_wire_ms, found.sigma);
        found.local_seconds = from.local_ms.mean() / 1000;
        found.samples = from.on_wire_ms.count();
    };
    if (const auto* exact = measured_.find(route, size, request.quality)) {
        take(*exact, 1);
        found.source = latency_source::measured;
        return found;
    }
    // The measured form that is nearest by the table of guesses, moved by the table's own ratio.
    double best = 0;
    const double wanted = found.seconds;
    measured_.for_each(route, [&](const std::string& other_size, const std::string& other_quality,
                                  const ledger::measured_latency& from) {
        const double there = guessed(where, size_named(other_size), other_quality).seconds;
        if (there <= 0 || wanted <= 0)
            return;
        const double factor = wanted / there;
        const double nearness = 1 / (1 + std::abs(std::log(factor)));
        if (nearness <= best)
            return;
        best = nearness;
        take(from, factor);
        found.source = latency_source::scaled;
    });
    return found;
}

double latency_book::again(const job::route& where) const
{
    if (const auto* known = measured_.repeats(where.name()))
        return std::clamp(known->again.mean(), 0.0, again_max);
    const auto own = lookalikes_.find(where.provider);
    return own == lookalikes_.end() ? 0 : own->second.again;
}

job::rate_limits latency_book::limits_of_profile(std::string_view provider) const
{
    const auto own = lookalikes_.find(provider);
    return own == lookalikes_.end() ? job::rate_limits{} : own->second.limits;
}

} // namespace engine::plan
