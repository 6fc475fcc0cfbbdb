// status: where a folder stands, as text, for `darkroom status DIR`; also while a run writes into
// it.
#pragma once

#include "engine/base/result.hpp"
#include "engine/base/wall_time.hpp"
#include "engine/report/summary.hpp"
#include "engine/runtime/files.hpp"

#include <string>

namespace engine::report {

struct status_facts {
    bool running = false; // another process holds the folder's lock
    bool paused = false;  // `darkroom pause` was here
    base::wall_time now{};
};

// Several lines, each ending in a newline.
[[nodiscard]] std::string status_text(const summary& all, const status_facts& facts);

// Reads `folder`/ledger.jsonl into a summary. Blocks.
[[nodiscard]] base::result<summary> read_summary(runtime::files& disk, const std::string& folder);

} // namespace engine::report
