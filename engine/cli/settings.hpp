// settings: what the arguments of each command come to, as plain values. Filled by arguments.cpp,
// used by the commands.
#pragma once

#include "engine/base/money.hpp"
#include "engine/base/wall_time.hpp"
#include "engine/schedule/options.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace engine::cli {

// Which items of a manifest a command is about.
struct selection {
    std::vector<std::string> only;    // globs over ids; empty = all
    std::vector<std::string> exclude; // globs over ids
    std::optional<long> limit;        // at most so many, after the globs
    std::string route;          // provider to use instead of the manifest's; empty = the manifest's
    bool retry_failed = false;  // also items that an earlier run gave up
    bool only_given_up = false; // and no others: `darkroom retry`
    std::vector<std::string> classes;      // of those, the ones that ended so; empty = all
    std::optional<std::string> on_unknown; // hold, retry, recover instead of the manifest's
};

struct run_settings {
    std::string command_line; // as it can be typed again
    std::string manifest;
    std::string folder; // empty = out/NAME
    selection items;
    std::optional<std::string> cache; // instead of the environment's and the manifest's
    std::optional<int> concurrency;
    std::optional<base::microusd> max_cost; // of this run
    std::vector<schedule::halt_rule> halts;
    std::optional<base::wall_time> deadline;
    bool yes = false;
    bool dry_run = false;
    bool no_probe = false;         // do not ask the providers for their models first
    bool no_shared_limits = false; // neither share limits with other runs nor remember them
    bool json = false;
    std::string progress = "auto"; // auto, tui, plain, json, none
};

// How `rehearse` goes about it; what is rehearsed is a run.
struct rehearse_settings {
    run_settings run;         // its `folder`: the one that the run would continue
    std::string results;      // where ledger and report of the rehearsal go; empty = nowhere
    std::string start;        // of the night; empty = now
    std::string deadline;     // as typed; the next such time after the start. Empty = none
    std::string profile;      // what goes wrong at real providers; empty = nothing
    std::uint64_t seed = 1;   // of the first night
    std::optional<int> seeds; // nights; nothing = by the number of items, and by time
    bool json = false;
};

struct retry_settings {
    run_settings run; // its manifest is that of the folder's last run
    std::string folder;
};

struct plan_settings {
    std::string manifest;
    std::string folder;
    selection items;
    std::optional<std::string> cache; // as in run_settings
    std::optional<int> concurrency;
    bool json = false;
    std::optional<base::microusd> max_cost;
    std::optional<base::wall_time> deadline;
    bool detailed_exitcode = false;
    bool no_shared_limits = false; // forget what earlier runs learned about limits
    bool all = false;              // every item, not only the first few
    std::string against;           // a saved plan that must still hold; empty = none
    std::string save;              // file to keep the plan in; empty = none
};

struct doctor_settings {
    std::string manifest;   // empty = the built-in providers that have a key here
    std::string text_model; // asked for one word; empty = not
};

struct recon_settings {
    std::string folder;
    bool list_only = false;
    std::vector<std::string> settle; // "ITEM=free", "ITEM#2=charged"
    bool json = false;
};

struct simulate_settings {
    std::string listen = "127.0.0.1:8080";
    std::string profile; // file, or the name of a preset; empty = quick
};

} // namespace engine::cli
