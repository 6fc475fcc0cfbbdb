// drift: what attempts were expected to cost against what they were charged, by route. Shows a
// price table or a token rule that has grown old.
#pragma once

#include "engine/base/money.hpp"
#include "engine/job/event.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace engine::ledger {

struct drift {
    std::int64_t attempts = 0; // that could be compared
    base::microusd expected, charged;
    std::string price_table; // version, of the newest of them

    // Compares what can be: a picture came, an estimate was made, and the provider told what it
    // used. A lost answer is charged at its worst case, which says nothing about the estimate.
    void add(const job::attempt_ended& ended);
    void add(const drift& other);
    // 0.03 = charged 3 % more than expected. Nothing when there is nothing to compare.
    [[nodiscard]] std::optional<double> share() const;
};

// By "provider/api/model"; the empty name holds whatever came after `routes_max` of them.
using drift_by_route = std::map<std::string, drift, std::less<>>;
inline constexpr std::size_t drift_routes_max = 256;
void note_drift(drift_by_route& all, const job::attempt_ended& ended);

// "cost was 3.1 % above the estimate (prices of 2026-11-20)"; "cost was as estimated (...)" within
// half a percent; empty when there is nothing to compare.
[[nodiscard]] std::string drift_text(const drift& compared);

} // namespace engine::ledger
