// latency_table: how long earlier attempts took, by where they were made and in which form, so that
// the next plan need not guess.
//
// Bounded: a cell for each route, size and quality, at most `cells_max`; what comes after goes into
// one cell of its route. The newest run weighs most: whatever is older counts like at most
// `older_weight_max` attempts, because a provider's speed of last month says little about tonight,
// and a run of three pictures should still not outweigh one of a thousand.
#pragma once

#include "engine/job/event.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace engine::ledger {

// Mean and spread of something, newer runs weighing more.
class weighted_mean {
public:
    void add(double value);
    void fade(double weight_max); // what was added so far weighs at most that much
    [[nodiscard]] std::int64_t count() const { return count_; } // all that were added
    [[nodiscard]] double mean() const { return weight_ > 0 ? sum_ / weight_ : 0; }
    [[nodiscard]] double deviation() const; // standard deviation; 0 of fewer than two

private:
    std::int64_t count_ = 0;
    double weight_ = 0, sum_ = 0, squares_ = 0;
};

// Of one route, size and quality.
struct measured_latency {
    weighted_mean on_wire_ms; // how long a delivered attempt held its slot
    weighted_mean local_ms;   // decoding and encoding it on this machine, one thread
    std::uint32_t run = 0;    // of the newest
};

// Of one route: how often an attempt was followed by another one for the same picture.
struct measured_repeats {
    weighted_mean again; // 1 for an attempt that burnt a slot without ending its item, else 0
    std::uint32_t run = 0;
};

class latency_table {
public:
    static constexpr std::size_t cells_max = 512;
    static constexpr std::size_t routes_max = 256;
    static constexpr double older_weight_max = 50;

    // `run`: a number that grows with each run. Only attempts that reached the provider count.
    void add(const job::attempt_ended& ended, std::uint32_t run);

    // `route`: "openai/images/gpt-image-2"; `size` as in the request: "1024x1024" or "auto". Null
    // when nothing was measured in that form.
    [[nodiscard]] const measured_latency* find(const std::string& route, const std::string& size,
                                               const std::string& quality) const;
    // Every form of that route.
    void for_each(std::string_view route,
                  const std::function<void(const std::string& size, const std::string& quality,
                                           const measured_latency&)>& visit) const;
    // Null when no attempt was made there.
    [[nodiscard]] const measured_repeats* repeats(const std::string& route) const;
    [[nodiscard]] std::size_t cells() const { return cells_.size(); }

private:
    struct form {
        std::string route, size, quality;
        friend auto operator<=>(const form&, const form&) = default;
    };
    std::map<form, measured_latency> cells_;
    std::map<std::string, measured_repeats, std::less<>> repeats_;
};

} // namespace engine::ledger
