// retry_command: `darkroom retry`: what earlier runs over a folder gave up, once more. It is a run
// of the folder's last manifest that takes in nothing else.
#include "engine/base/utf8.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/exit_status.hpp"
#include "engine/job/output_folder.hpp"
#include "engine/ledger/history.hpp"

#include <cstdio>

namespace engine::cli {

int retry_command(const retry_settings& wanted)
{
    const auto disk = runtime::make_posix_files();
    const job::output_folder folder(wanted.folder);
    if (!disk->info(folder.ledger())) {
        std::fprintf(stderr, "darkroom: no ledger at %s\n", folder.ledger().c_str());
        return exit_not_found;
    }
    std::string manifest, sha256;
    {
        const auto history = ledger::history::read(*disk, folder.ledger());
        if (!history) {
            std::fprintf(stderr, "darkroom: %s\n", history.error().message().c_str());
            return exit_failed;
        }
        for (const auto& run : history->runs())
            if (run.opening)
                manifest = run.opening->manifest;
    } // the run reads it again, under its lock
    if (manifest.empty() || !disk->info(manifest)) {
        std::fprintf(stderr,
                     "darkroom: the manifest of the last run, '%s', is not here; type "
                     "'darkroom run MANIFEST -o %s --retry-failed' where it is\n",
                     base::printable(manifest).c_str(), wanted.folder.c_str());
        return exit_not_found;
    }
    auto run = wanted.run;
    run.manifest = manifest;
    run.folder = wanted.folder;
    run.items.only_given_up = true;
    run.items.retry_failed = run.items.classes.empty();
    return run_command(run);
}

} // namespace engine::cli
