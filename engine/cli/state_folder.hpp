// state_folder: where darkroom keeps what outlives a run and belongs to no output folder: for each
// account who uses it now and what is known about its limits (run/shared_account.hpp).
#pragma once

#include "engine/cli/environment.hpp"
#include "engine/job/provider_spec.hpp"
#include "engine/plan/time_estimate.hpp"
#include "engine/run/shared_account.hpp"
#include "engine/runtime/files.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace engine::cli {

// DARKROOM_STATE_DIR, else XDG_STATE_HOME/darkroom, else HOME/.local/state/darkroom; empty when
// none of them is set.
[[nodiscard]] std::string state_folder(const environment& settings);

// By provider name.
using shared_accounts = std::map<std::string, std::unique_ptr<run::shared_account>>;

// One for each of `accounts` (provider name to folder name). Empty, and said why on standard error,
// when the folder cannot be used: the run then knows of no other. A folder that is made here is for
// this user only. `disk` must outlive them.
[[nodiscard]] shared_accounts
open_shared_accounts(const environment& settings, runtime::files& disk,
                     const std::map<std::string, std::string>& accounts, const std::string& run_id);

// What earlier runs learned about the limits of these. Nothing for a provider whose key is not set:
// planning needs none. What cannot be read is not known; the run itself says why.
[[nodiscard]] plan::learned_limits recall_limits(const std::vector<job::provider_spec>& providers,
                                                 runtime::files& disk, const environment& settings);

} // namespace engine::cli
