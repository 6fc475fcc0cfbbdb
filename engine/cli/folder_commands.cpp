// folder_commands: `darkroom status` and `darkroom report`: what an output folder says.
#include "engine/cli/commands.hpp"
#include "engine/cli/exit_status.hpp"
#include "engine/job/output_folder.hpp"
#include "engine/report/html.hpp"
#include "engine/report/status.hpp"
#include "engine/runtime/clock.hpp"
#include "engine/runtime/files.hpp"

#include <cstdio>

namespace engine::cli {

namespace {

bool has_ledger(runtime::files& disk, const job::output_folder& folder)
{
    if (disk.info(folder.ledger()))
        return true;
    std::fprintf(stderr, "darkroom: no ledger at %s\n", folder.ledger().c_str());
    return false;
}

int say(const base::failure& failure)
{
    std::fprintf(stderr, "darkroom: %s\n", failure.message().c_str());
    return exit_failed;
}

} // namespace

int status_command(const std::string& path, bool json)
{
    const auto disk = runtime::make_posix_files();
    const job::output_folder folder(path);
    if (!has_ledger(*disk, folder))
        return exit_not_found;
    const auto all = report::read_summary(*disk, folder.root());
    if (!all)
        return say(all.error());
    if (json) {
        std::printf("%s", all->to_json().dump_pretty().c_str());
        return exit_done;
    }
    report::status_facts facts;
    facts.now = runtime::real_clock().wall_now();
    // Whoever writes holds the lock; a look that gets it gives it back at once.
    facts.running = disk->info(folder.lock()).has_value() && !disk->lock(folder.lock());
    facts.paused = disk->info(folder.pause_mark()).has_value();
    std::printf("%s", report::status_text(*all, facts).c_str());
    return exit_done;
}

// The mark stays until `continue` takes it away, whichever runs come and go: a person who has
// paused a folder does not want a script to go on with it.
int pause_command(const std::string& path)
{
    const auto disk = runtime::make_posix_files();
    const job::output_folder folder(path);
    if (!has_ledger(*disk, folder))
        return exit_not_found;
    constexpr std::string_view note = "`darkroom pause` was here; `darkroom continue` goes on\n";
    if (auto written = runtime::write_whole(*disk, folder.pause_mark(), base::as_bytes(note));
        !written)
        return say(written.error());
    const bool running = disk->info(folder.lock()).has_value() && !disk->lock(folder.lock());
    std::printf("%s: paused: %s; `darkroom continue %s` goes on\n", path.c_str(),
                running ? "nothing new starts, what is in flight is finished"
                        : "no run is going on; the next one waits",
                path.c_str());
    return exit_done;
}

int continue_command(const std::string& path)
{
    const auto disk = runtime::make_posix_files();
    const job::output_folder folder(path);
    if (!has_ledger(*disk, folder))
        return exit_not_found;
    if (!disk->info(folder.pause_mark())) {
        std::printf("%s: is not paused\n", path.c_str());
        return exit_done;
    }
    if (auto removed = disk->remove(folder.pause_mark()); !removed)
        return say(removed.error());
    const bool running = disk->info(folder.lock()).has_value() && !disk->lock(folder.lock());
    std::printf("%s: %s\n", path.c_str(),
                running ? "goes on" : "no longer paused; no run is going on there");
    return exit_done;
}

int report_command(const std::string& path)
{
    const auto disk = runtime::make_posix_files();
    const job::output_folder folder(path);
    if (!has_ledger(*disk, folder))
        return exit_not_found;
    if (auto written = report::write_html(*disk, folder.root()); !written)
        return say(written.error());
    if (auto written = report::write_summary(*disk, folder.root()); !written)
        return say(written.error());
    std::printf("%s\n%s\n", folder.report().c_str(), folder.summary().c_str());
    return exit_done;
}

} // namespace engine::cli
