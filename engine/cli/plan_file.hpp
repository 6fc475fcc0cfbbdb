// plan_file: what a saved plan holds of the command line, and whether it still holds.
#pragma once

#include "engine/cli/preparation.hpp"
#include "engine/cli/settings.hpp"
#include "engine/plan/plan_comparison.hpp"
#include "engine/plan/saved_plan.hpp"

#include <optional>

namespace engine::cli {

// What the plan of `prepared` is made of. Taken before the ledger is read: what is written to it
// meanwhile makes the plan stale. Nothing, and said why, when the ledger cannot be read.
[[nodiscard]] std::optional<plan::saved_plan_header>
header_for(runtime::files& disk, const preparation& prepared, const std::string& manifest,
           const selection& items, std::optional<int> concurrency,
           std::optional<base::microusd> max_cost);

// Puts what the plan was made with into the settings of a run whose manifest is that plan's file.
// Nothing, and said why, when it cannot be read or when the command line says something of its own.
[[nodiscard]] std::optional<plan::plan_reader> open_plan_file(runtime::files& disk,
                                                              run_settings& wanted);

// After all items were added: false, and said what has changed, when the plan is stale.
[[nodiscard]] bool still_holds(plan::plan_comparison& comparison, const std::string& path,
                               const std::string& manifest);

} // namespace engine::cli
