// time_estimate: when a run of the plan would end, what keeps it from ending sooner, and the
// cheapest change that would.
#pragma once

#include "engine/base/wall_time.hpp"
#include "engine/job/price.hpp"
#include "engine/job/provider_spec.hpp"
#include "engine/plan/plan_totals.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace engine::plan {

struct time_estimate {
    std::chrono::milliseconds duration{0};
    std::chrono::milliseconds shortest{0}, longest{0}; // one run in ten is outside at either end
    std::string binding; // "images_per_minute", "concurrency", "-j", "latency", ...; "this machine"
                         // when decoding and encoding take longer than the pictures; empty when
                         // nothing is bought
    std::string binding_at;          // the provider, or provider/model; empty for -j, this machine
    bool binding_learned = false;    // earlier runs learned that limit; nobody has written it down
    std::string latency_from;        // "measured on 212 images", "a guess"
    std::vector<std::string> faster; // at most two changes, the cheapest first, each a sentence

    // When a run that starts now would be done.
    [[nodiscard]] base::wall_time end_of_run(base::wall_time now) const { return now + duration; }
};

// What earlier runs learned about limits: by provider and model; "" = the whole account.
using learned_limits = std::map<std::string, std::map<std::string, job::rate_limits>>;

// The providers with the smaller of what they have and what was learned, of the account or of its
// models, whichever the provider sells limits for.
[[nodiscard]] std::vector<job::provider_spec>
with_learned(std::vector<job::provider_spec> providers, const learned_limits& learned);

struct time_settings {
    std::optional<int> concurrency; // -j; nothing = the providers' own
    int threads = 1;                // that decode and encode
    learned_limits learned{};
};

[[nodiscard]] time_estimate estimate_time(const plan_totals& totals,
                                          const std::vector<job::provider_spec>& providers,
                                          const latency_book& latencies,
                                          const job::price_table& prices,
                                          const time_settings& settings);

} // namespace engine::plan
