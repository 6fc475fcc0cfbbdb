// plan_text: a plan for people and for programs: the item list, the summary, and both as JSON.
#pragma once

#include "engine/base/json.hpp"
#include "engine/plan/planner.hpp"

#include <optional>
#include <string>

namespace engine::plan {

// What is known about the money beside the items.
struct money_facts {
    std::optional<base::microusd> cap;
    base::microusd spent_before;
};

// For people: counts, cost, time; a line each.
[[nodiscard]] std::string plan_summary(const plan_totals& totals, const time_estimate& time,
                                       const money_facts& money);
// One line of the item list: "new     lamp-studio   $0.0532   not bought yet".
[[nodiscard]] std::string plan_line(const planned_item& item);
[[nodiscard]] base::json plan_json(const planned_item& item);
[[nodiscard]] base::json plan_json(const plan_totals& totals, const time_estimate& time,
                                   const money_facts& money);

} // namespace engine::plan
