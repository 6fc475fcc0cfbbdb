// batch: one run over one output folder. It does what the scheduler says: starts attempts, settles
// them, stores images, writes the ledger. docs/architecture.md follows one item through it.
//
// An attempt whose intent is on the disk and which has no attempt line counts as unknown, whether
// we crashed, threw or were cancelled: nothing has to be repaired on the way out.
#pragma once

#include "engine/job/item.hpp"
#include "engine/job/observer.hpp"
#include "engine/job/output_folder.hpp"
#include "engine/job/price.hpp"
#include "engine/job/provider_spec.hpp"
#include "engine/ledger/history.hpp"
#include "engine/ledger/journal.hpp"
#include "engine/plan/planner.hpp"
#include "engine/provider/image_api.hpp"
#include "engine/run/enricher.hpp"
#include "engine/run/picture_work.hpp"
#include "engine/run/shared_account.hpp"
#include "engine/runtime/clock.hpp"
#include "engine/runtime/files.hpp"
#include "engine/runtime/task.hpp"
#include "engine/runtime/worker_pool.hpp"
#include "engine/schedule/options.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace engine::run {

// The machinery a run stands on; all of it must outlive the batch.
struct world {
    runtime::clock& time;
    runtime::files& disk;
    runtime::worker_pool& pool; // codecs and large files
    ledger::journal& journal;
    const ledger::history& history; // of the folder, as it was before this run
    const plan::planner& planner;
    job::observer& observer;
    std::map<std::string, provider::image_api*> apis; // by "provider/api"; every route's is there
    std::map<std::string, ask_text> texts = {}; // by provider name; every enrichment's is there
    std::map<std::string, shared_account*> shared = {}; // by provider name; who is not there keeps
                                                        // its limits for this run alone
    std::optional<picture_work> pictures = {}; // nothing = the usual, with `disk` and `time`
};

struct batch_options {
    std::string
        run_id; // "r-20261120-100005-4f2a": ASCII, no spaces; part of every client request id
    job::run_started opening;
    job::output_folder folder{""};
    std::vector<job::provider_spec> providers; // for limits
    job::price_table prices;
    std::optional<base::microusd> cap; // over all that is spent, with spent_before
    base::microusd spent_before;
    std::optional<base::microusd> run_cap; // of this run alone
    std::optional<base::microusd> day_cap;
    base::microusd spent_today; // by earlier runs
    // The end of the day that contains a time, on the calendar that a person goes by; without it a
    // day never ends.
    std::function<base::wall_time(base::wall_time)> end_of_day = {};
    // From then on nothing new starts; what is in flight is finished.
    std::optional<base::wall_time> deadline = {};
    // Whether a person wants it to pause now; asked four times a second.
    std::function<bool()> wants_pause = {};
    std::vector<schedule::purse_options> job_purses; // in the order of the manifest's jobs
    bool allow_unpriced = false;
    std::optional<int> concurrency; // -j
    std::vector<schedule::halt_rule> halts;
    std::uint64_t seed = 1;
    std::uint64_t reference_bytes_max = 256u << 20; // of reference files kept in memory
    // Nothing is bought: only lost answers are fetched, also those of items that are done by now or
    // that no manifest asks for any more (items without outputs: their pictures stay in the
    // received folder).
    bool only_recover = false;
    std::string cache; // folder that several output folders share pictures in; empty = none
    bool keep_pictures = false; // as received, of every item: others may continue it one day
};

// The next item of the run, or nothing after the last. Called on the loop.
using item_source = std::function<std::optional<job::item>()>;

struct batch_result {
    std::array<std::int64_t, job::item_state_names.size()>
        items{}; // by state; done includes what was done before
    std::int64_t reused =
        0; // done without buying: finished earlier, or made from bytes that were there
    std::int64_t recovered = 0; // done by fetching what an earlier run had lost
    std::int64_t images = 0;    // bought in this run, or fetched
    std::int64_t requests = 0;  // sent in this run
    std::int64_t unknown = 0;   // attempts of this run
    base::microusd spent;       // in this run, possibly_billed included
    base::microusd possibly_billed;
    std::chrono::milliseconds took{0};
    int exit_code = 0; // product.md section 4; without the signals' 130 and 143
    std::optional<base::failure> local_failure; // our own disk: why the run could not go on

    [[nodiscard]] std::int64_t count(job::item_state state) const
    {
        return items[static_cast<std::size_t>(state)];
    }
};

class batch {
public:
    // `recoveries`: the same items once more, when the plan has some to recover: those are fetched
    // before anything of `source` is begun. Nothing = they are fetched when `source` comes to them.
    batch(world around, batch_options options, item_source source, item_source recoveries = {});
    ~batch();
    batch(const batch&) = delete;
    batch& operator=(const batch&) = delete;

    // The whole run, once. `exit_code` of the end event can be overridden by what stopped it (see
    // stop()).
    [[nodiscard]] runtime::task<batch_result> run();

    // Stops admitting; what is in flight is finished. `exit_code`: 130 or 143 after a signal. On
    // the loop's thread.
    void stop(int exit_code);
    // Also gives up what is in flight: those attempts are unknown.
    void cancel();

private:
    class machine;
    std::unique_ptr<machine> machine_;
};

} // namespace engine::run
