// recon_folder: fetches what can still be had of a folder's lost answers, by the manifest that they
// were asked for with and a batch that buys nothing.
#pragma once

#include "engine/cli/environment.hpp"
#include "engine/cli/preparation.hpp"
#include "engine/cli/settings.hpp"
#include "engine/ledger/doubt.hpp"

#include <memory>
#include <vector>

namespace engine::cli {

// The manifest of the folder's newest run: its file if that has not changed since, else the copy in
// the folder. Null, and said why on standard error, when neither can be used. Moves `history` into
// what it gives, also from where it is then read.
[[nodiscard]] std::unique_ptr<preparation>
load_last_manifest(runtime::files& disk, const job::output_folder& folder, ledger::history history);

// Whether the provider may still have the answer.
[[nodiscard]] bool can_be_fetched(const preparation& prepared, const ledger::doubt& lost);

// Fetches them, writes the ledger and the reports. The caller holds the folder's lock. Answers the
// exit status of that: what stopped it, else 0, whatever is still in doubt.
[[nodiscard]] int fetch_lost_answers(runtime::files& disk, const environment& settings,
                                     preparation& prepared, bool json);

} // namespace engine::cli
