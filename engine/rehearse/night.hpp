// night: one whole run, rehearsed: the real engine over modelled providers on a virtual clock.
//
// Everything that decides is what decides in a run: run::batch, schedule, the planner, the ledger's
// lines. The same options, items and seed give the same night, to the byte of its ledger.
#pragma once

#include "engine/base/result.hpp"
#include "engine/ledger/history.hpp"
#include "engine/plan/planner.hpp"
#include "engine/rehearse/modelled_providers.hpp"
#include "engine/rehearse/scratch_files.hpp"
#include "engine/run/batch.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace engine::rehearse {

// What a night stands on, as plan has found it. All must outlive the night.
struct night_ground {
    scratch_files& disk; // over the output folder; forgotten when the night is over
    const ledger::history& history;
    const plan::planner& planner;            // over the same disk
    std::function<run::item_source()> items; // from the first item on
};

struct night_options {
    run::batch_options batch;                    // as for a run; run_id, host and seed are set here
    model_options models;                        // with the night's seed
    base::wall_time start;                       // what the wall clock shows when it begins
    runtime::output_file* ledger_copy = nullptr; // where the ledger's lines go as well
};

struct night_result {
    std::uint64_t seed = 1;
    run::batch_result run;
    std::map<std::string, std::int64_t> attempts_by_outcome;
    std::map<std::string, std::chrono::milliseconds> bound_by; // "" = nothing held it back
    std::string ledger_sha256;
    std::uint64_t ledger_lines = 0, ledger_bytes = 0;
    base::microusd charged; // by the bills of the modelled providers
};

// Fails when our own engine could not go on, or everything waits for ever: a bug.
[[nodiscard]] base::result<night_result> rehearse_night(const night_ground& ground,
                                                        night_options options);

} // namespace engine::rehearse
