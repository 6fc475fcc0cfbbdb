// recon_command: `darkroom recon`: what may have been charged without a picture, and what can be
// done about it.
#include "engine/cli/commands.hpp"
#include "engine/cli/exit_status.hpp"
#include "engine/cli/recon_folder.hpp"
#include "engine/cli/run_start.hpp"
#include "engine/ledger/journal.hpp"
#include "engine/report/doubt_list.hpp"
#include "engine/report/html.hpp"
#include "engine/run/settlement.hpp"
#include "engine/runtime/clock.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace engine::cli {

namespace {

using report::listed_doubt;

int say(const base::failure& failure)
{
    std::fprintf(stderr, "darkroom: %s\n", failure.message().c_str());
    return exit_failed;
}

// "ITEM#2=free" in its parts. `attempt` 0 = all of the item's.
struct verdict_of_person {
    std::string item;
    int attempt = 0;
    bool charged = false;

    [[nodiscard]] bool is_about(const listed_doubt& one) const
    {
        return one.item == item && (attempt == 0 || one.what.attempt == attempt);
    }
};

verdict_of_person read_verdict(const std::string& text, const std::vector<listed_doubt>& doubts)
{
    verdict_of_person read;
    const auto equals = text.rfind('=');
    read.charged = text.substr(equals + 1) == "charged";
    read.item = text.substr(0, equals);
    const auto hash = read.item.rfind('#');
    // An id may hold a '#' of its own.
    if (hash == std::string::npos ||
        std::ranges::find(doubts, read.item, &listed_doubt::item) != doubts.end())
        return read;
    const char* end = read.item.data() + read.item.size();
    int number = 0;
    const auto digits = std::from_chars(read.item.data() + hash + 1, end, number);
    if (digits.ec == std::errc{} && digits.ptr == end && number > 0) {
        read.attempt = number;
        read.item.resize(hash);
    }
    return read;
}

// Whether the answer's bytes came and the process died before it could write that down.
bool is_here(const listed_doubt& one, runtime::files& disk, const job::output_folder& folder)
{
    return disk.info(folder.received(one.key, one.what.attempt)).has_value();
}

// All or nothing: a word that fits no doubt settles none. Nothing, and said why, if that is so.
std::vector<job::attempt_ended> settled_lines(const std::vector<std::string>& words,
                                              const std::vector<listed_doubt>& doubts,
                                              runtime::files& disk,
                                              const job::output_folder& folder)
{
    std::vector<job::attempt_ended> lines;
    std::vector<bool> taken(doubts.size());
    const auto prices = job::price_table::builtin().version();
    for (const auto& word : words) {
        const auto verdict = read_verdict(word, doubts);
        bool found = false;
        for (std::size_t i = 0; i < doubts.size(); ++i) {
            if (taken[i] || !verdict.is_about(doubts[i]))
                continue;
            if (is_here(doubts[i], disk, folder)) {
                std::fprintf(stderr,
                             "darkroom: --settle %s: its picture is here, received and not stored "
                             "yet: darkroom run finishes it for nothing; nothing was written\n",
                             base::clean_detail(word, 200).c_str());
                return {};
            }
            found = taken[i] = true;
            lines.push_back(run::settle_by_person(doubts[i].item, doubts[i].key, doubts[i].what,
                                                  verdict.charged, prices));
        }
        if (!found) {
            std::fprintf(stderr,
                         "darkroom: --settle %s: no attempt of that item is in doubt; nothing was "
                         "written\n",
                         base::clean_detail(word, 200).c_str());
            return {};
        }
    }
    return lines;
}

// As a run of its own, so that every line has one.
int write_lines(runtime::files& disk, const job::output_folder& folder,
                const ledger::history& history, std::vector<job::attempt_ended> lines)
{
    auto journal = ledger::journal::open(disk, folder.ledger());
    if (!journal)
        return say(journal.error());
    const runtime::real_clock time;
    const auto run = new_run_id(time.wall_now());
    const auto add = [&](job::event_body body) {
        (*journal)->append(job::event{time.wall_now(), run, std::move(body)});
    };
    job::run_started opening;
    for (const auto& one : history.runs())
        if (one.opening)
            opening = *one.opening;
    opening.engine_version = DARKROOM_VERSION;
    opening.host = host_name();
    add(std::move(opening));
    job::run_ended ending;
    for (auto& line : lines) {
        ++ending.attempts_by_outcome[std::string(job::name_of(line.outcome))];
        ending.cost += line.cost;
        add(std::move(line));
    }
    add(std::move(ending));
    const auto written = [&] {
        const auto state = (*journal)->state();
        journal->reset(); // writes and syncs what is left
        return state;
    }();
    return written ? exit_done : say(written.error());
}

void say_what_can_be_done(std::vector<listed_doubt>& doubts, const preparation* prepared,
                          runtime::files& disk, const job::output_folder& where)
{
    const auto& folder = where.root();
    for (auto& one : doubts) {
        if (is_here(one, disk, where))
            one.can = "its picture is here already: darkroom run finishes it for nothing";
        else if (prepared && can_be_fetched(*prepared, one.what))
            one.can = "can be fetched for nothing: darkroom recon " + folder;
        else
            one.can = "look for its ids in the provider's records, then recon --settle '" +
                      one.item + "#" + std::to_string(one.what.attempt) +
                      "=free' (or =charged); or run with --on-unknown retry, which buys it again";
    }
}

void print(const std::vector<listed_doubt>& doubts, std::size_t before, const std::string& folder,
           bool json, int exit_status)
{
    const auto settled = static_cast<std::int64_t>(before - std::min(before, doubts.size()));
    if (!json) {
        if (settled > 0)
            std::printf("%lld attempt%s settled\n", static_cast<long long>(settled),
                        settled == 1 ? "" : "s");
        std::printf("%s", report::doubts_text(doubts).c_str());
        return;
    }
    std::printf("%s\n", base::json::make_object({{"folder", folder},
                                                 {"settled", settled},
                                                 {"doubts", report::doubts_json(doubts)},
                                                 {"worst_case_usd", report::total_of(doubts)},
                                                 {"exit_code", std::int64_t{exit_status}}})
                            .dump()
                            .c_str());
}

} // namespace

int recon_command(const recon_settings& wanted)
{
    const auto disk = runtime::make_posix_files();
    const job::output_folder folder(wanted.folder);
    if (!disk->info(folder.ledger())) {
        std::fprintf(stderr, "darkroom: no ledger at %s\n", folder.ledger().c_str());
        return exit_not_found;
    }
    std::unique_ptr<runtime::file_lock> lock;
    if (!wanted.list_only && !(lock = take_folder(*disk, folder)))
        return exit_failed;
    auto history = ledger::history::read(*disk, folder.ledger());
    if (!history)
        return say(history.error());
    auto doubts = report::list_doubts(*history);
    const auto before = doubts.size();

    int exit_status = exit_done;
    std::unique_ptr<preparation> prepared;
    if (!wanted.settle.empty()) {
        auto lines = settled_lines(wanted.settle, doubts, *disk, folder);
        if (lines.empty())
            return exit_usage;
        exit_status = write_lines(*disk, folder, *history, std::move(lines));
    } else if (before > 0) {
        prepared = load_last_manifest(*disk, folder, std::move(*history));
        const auto settings = environment::load(*disk);
        if (!settings)
            return say(settings.error());
        if (prepared && !wanted.list_only)
            exit_status = fetch_lost_answers(*disk, *settings, *prepared, wanted.json);
    }
    if (!wanted.list_only && before > 0) {
        history = ledger::history::read(*disk, folder.ledger());
        if (!history)
            return say(history.error());
        doubts = report::list_doubts(*history);
        for (const auto& written : {report::write_html(*disk, folder.root(), {}),
                                    report::write_summary(*disk, folder.root())})
            if (!written)
                (void)say(written.error());
    }
    if (exit_status == exit_done && !doubts.empty())
        exit_status = exit_in_doubt;
    say_what_can_be_done(doubts, prepared.get(), *disk, folder);
    print(doubts, before, folder.root(), wanted.json, exit_status);
    return exit_status;
}

} // namespace engine::cli
