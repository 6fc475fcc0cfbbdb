// document: a manifest, read and checked: everything but its rows and the files that items refer
// to, which expansion goes through.
#pragma once

#include "engine/base/money.hpp"
#include "engine/job/capability.hpp"
#include "engine/job/price.hpp"
#include "engine/job/provider_spec.hpp"
#include "engine/manifest/job_plan.hpp"
#include "engine/manifest/problem.hpp"
#include "engine/manifest/source_text.hpp"
#include "engine/runtime/files.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace engine::manifest {

struct manifest {
    std::string name;   // as it says, or its file's name; safe as a folder's name
    std::string path;   // as the user named it
    std::string folder; // its own; relative files start there. "" = the working folder
    std::string text;   // byte for byte, to be kept with the run
    std::string sha256; // of the text, 64 hexadecimal digits
    std::vector<job::provider_spec> providers; // all that are known: built in, changed, added
    std::optional<base::microusd> max_cost;    // nothing = no limit
    std::optional<base::microusd> max_cost_per_day;
    bool allow_unpriced = false; // items without a known price may run under a budget
    bool log_prompts = false;
    std::string cache; // folder that several output folders share pictures in; empty = none
    job::capability_table capabilities;
    job::price_table prices;
    std::shared_ptr<const source_text> source; // never null after load(); for places
    std::vector<job_plan> jobs;                // item_source turns them into items
};

inline constexpr std::uint64_t manifest_bytes_max = 16u << 20;

// Reads `path` and checks it. Nothing when there is no file, no YAML or no mapping; otherwise a
// manifest, which may be used if `found.ok()`.
//
// When there are errors, the first 10,000 items are gone through at once and what is wrong with
// them is noted as well, so that one pass tells everything, but a slip of the pen in a manifest of
// a million photos does not take the time of a million photos. When there are none, that is left to
// whoever goes through the items (item_source), which must be done before anything is sent.
//
// `copy`: where its text lies, if not at `path`, to which relative files still belong.
[[nodiscard]] std::optional<manifest> load(runtime::files& disk, const std::string& path,
                                           problems& found, const std::string& copy = {});

} // namespace engine::manifest
