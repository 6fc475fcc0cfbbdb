// preparation: everything that is known before a run: the manifest, what the folder holds already,
// and the plan.
#pragma once

#include "engine/cli/environment.hpp"
#include "engine/cli/settings.hpp"
#include "engine/job/output_folder.hpp"
#include "engine/ledger/history.hpp"
#include "engine/manifest/document.hpp"
#include "engine/plan/planner.hpp"
#include "engine/runtime/files.hpp"
#include "engine/schedule/options.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace engine::cli {

struct preparation {
    manifest::manifest source;
    job::output_folder folder{""};
    ledger::history history;
    std::string cache;                           // see use_cache(); empty = none
    std::optional<plan::picture_cache> pictures; // in it
    std::optional<plan::planner> planner;        // points at the members above
    std::set<std::string> providers;             // those whose routes the items name
    std::set<std::string> needed;                // those from which something is to be bought
    std::map<std::string, std::set<std::string>> models; // that items name, by provider
    // Stored originals that other items may replace: content key and file.
    std::vector<std::pair<std::string, std::string>> moving;
    std::optional<base::microusd> cap; // what the display goes by: the folder's, or the run's if
                                       // that is reached first
    plan::learned_limits learned;      // by earlier runs, as far as expected_time() may use it
    base::microusd spent_before;
    base::microusd spent_today;                      // since local midnight
    std::vector<schedule::purse_options> job_purses; // in the order of the manifest's jobs

    preparation() = default;
    preparation(const preparation&) = delete;
    preparation& operator=(const preparation&) = delete;

    [[nodiscard]] const job::provider_spec& provider(const std::string& name) const;
    [[nodiscard]] bool
    real_money() const; // a provider that is not the look-alike gets something to do
};

// Loads the manifest and prints what is wrong with it on standard error. Null when it cannot be
// used.
[[nodiscard]] std::unique_ptr<preparation> load_manifest(runtime::files& disk,
                                                         const std::string& path,
                                                         const std::string& folder,
                                                         const selection& items);

// Decides which shared cache is used: the flag's, else DARKROOM_CACHE's, else the manifest's. An
// empty flag means none. `writes`: the folder is made if it is not there; where that fails, that is
// said, and none is used.
void use_cache(preparation& prepared, runtime::files& disk, const std::optional<std::string>& flag,
               const environment& settings, bool writes);

// Reads the folder's ledger and plans every item; `each` sees them in order. False (and said why on
// standard error) when the manifest's items are not all right or the ledger cannot be read.
[[nodiscard]] bool plan_items(preparation& prepared, runtime::files& disk, const selection& items,
                              std::optional<base::microusd> max_cost,
                              const std::function<void(const plan::planned_item&)>& each);

// How long a run of the plan would take on this machine. `concurrency`: -j.
[[nodiscard]] plan::time_estimate expected_time(const preparation& prepared,
                                                std::optional<int> concurrency);
// The caps beside that of the folder, a line each, with what is spent of them.
[[nodiscard]] std::string purse_lines(const preparation& prepared);

} // namespace engine::cli
