// run_display: what a run shows: progress on standard error, final paths or JSON on standard
// output.
#pragma once

#include "engine/cli/settings.hpp"
#include "engine/job/observer.hpp"
#include "engine/job/output_folder.hpp"
#include "engine/ledger/drift.hpp"
#include "engine/run/batch.hpp"

#include <memory>
#include <string>
#include <vector>

namespace engine::cli {

class run_display final : public job::observer {
public:
    // `title` must outlive it.
    run_display(const run_settings& wanted, std::string_view title,
                const job::output_folder& folder);

    void on_event(const job::event& happened) override;
    void on_progress(const job::progress& now) override;

    // A sentence for the person at the terminal, now.
    void say(const std::string& sentence);
    // The end of it all: paths or JSON, where the report is, the money line, what to type to go on.
    void finish(const run::batch_result& result, bool simulated);

private:
    void show_paths(const job::item_ended& ended);
    void print_json(const run::batch_result& result, bool simulated) const;

    run_settings wanted_;
    job::output_folder folder_;
    std::unique_ptr<job::observer> progress_;
    bool paths_at_once_;             // standard output is not the terminal: nothing to disturb
    std::vector<std::string> paths_; // else the first few are shown at the end
    std::size_t paths_unshown_ = 0;
    ledger::drift_by_route drifts_;  // of this run
    std::vector<std::string> stops_; // routes that nothing can be asked of any more
};

} // namespace engine::cli
