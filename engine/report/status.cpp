#include "engine/report/status.hpp"

#include "engine/base/utf8.hpp"
#include "engine/job/output_folder.hpp"
#include "engine/ledger/reader.hpp"
#include "engine/report/advice.hpp"
#include "engine/report/html_text.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace engine::report {

namespace {

constexpr std::size_t failures_shown_max = 8;

constexpr std::string_view goes_on = "; `darkroom continue` goes on";

std::string run_line(const run_totals& run, const status_facts& facts)
{
    const auto started = base::format_rfc3339(run.started);
    if (facts.running) {
        const auto since = std::max(facts.now - run.started, std::chrono::milliseconds(0));
        return fmt::format("{} since {} ({}){}", facts.paused ? "paused, running" : "running",
                           started, base::format_duration(since), facts.paused ? goes_on : "");
    }
    if (!run.ending)
        return fmt::format("run of {} died without saying goodbye; run again to continue", started);
    return fmt::format("last run {}, {}, ended with {} ({})", started,
                       base::format_duration(run.took()), run.ending->exit_code,
                       meaning_of_exit_code(run.ending->exit_code));
}

std::string items_line(const summary& all, std::int64_t total)
{
    const auto items = all.items();
    std::string line = fmt::format("{} done", items.done);
    if (items.failed > 0)
        line += fmt::format(", {} failed", items.failed);
    if (items.held > 0)
        line += fmt::format(", {} held", items.held);
    const auto left = std::max<std::int64_t>(total - items.done - items.failed - items.held, 0);
    if (left > 0)
        line += fmt::format(", {} to go", left);
    return total > 0 ? line + fmt::format(" of {}", total) : line;
}

std::string money_text(const summary& all, const run_totals& run, bool running)
{
    // What a living run has in flight is reserved, and nothing that anybody has lost.
    base::microusd in_flight;
    std::int64_t attempts_in_flight = 0;
    if (running)
        for (const auto& one : all.unknowns())
            if (one.intent_only && one.time >= run.started) {
                in_flight += one.worst_case;
                ++attempts_in_flight;
            }
    std::string line = base::format_usd(all.spent() - in_flight) + " spent";
    if (const auto unknown = all.unknown() - attempts_in_flight; unknown > 0)
        line += fmt::format(" (of it {} possibly billed for {} unknown)",
                            base::format_usd(all.possibly_billed() - in_flight), unknown);
    if (attempts_in_flight > 0)
        line += fmt::format(", {} reserved for {} in flight", base::format_usd(in_flight),
                            attempts_in_flight);
    if (run.opening && run.opening->max_cost)
        line += fmt::format(", cap of the last run {}", base::format_usd(*run.opening->max_cost));
    if (const auto each = all.cost_per_image(in_flight))
        line += fmt::format(", {} per image", base::format_usd(*each));
    if (all.unpriced() > 0)
        line += fmt::format("; {} attempts without a known price count as $0", all.unpriced());
    return line;
}

// Said when it is worth looking at: what is within half a percent is as estimated.
std::string drift_line(const summary& all)
{
    std::string line;
    if (all.drift().attempts > 0)
        line = ledger::drift_text(all.drift());
    if (all.over_reserved() > 0)
        line += fmt::format("{}{} attempt{} cost more than was reserved, by {} in all: a price is "
                            "wrong",
                            line.empty() ? "" : "; ", all.over_reserved(),
                            all.over_reserved() == 1 ? "" : "s",
                            base::format_usd(all.over_reserved_amount()));
    return line;
}

} // namespace

std::string status_text(const summary& all, const status_facts& facts)
{
    if (all.runs().empty())
        return "nothing has run here yet\n";
    const auto& run = all.runs().back();
    std::string text;
    const auto line = [&](std::string_view name, const std::string& value) {
        text += fmt::format("{:<9} {}\n", name, base::printable(value));
    };
    if (run.opening && !run.opening->manifest.empty())
        line("manifest", run.opening->manifest);
    line("run", run_line(run, facts));
    line("items", items_line(all, run.opening ? run.opening->items_total : 0));
    line("money", money_text(all, run, facts.running));
    if (const auto drift = drift_line(all); !drift.empty())
        line("estimate", drift);
    if (const auto total = all.latency().find("total"); total != all.latency().end()) {
        auto speed = "half within " + milliseconds_text(total->second.percentile(50)) +
                     ", 95 % within " + milliseconds_text(total->second.percentile(95));
        if (all.images_per_second() > 0)
            speed += fmt::format("; {:.1f} images/min", all.images_per_second() * 60);
        line("latency", speed);
    }
    const auto failures = all.failures();
    for (std::size_t i = 0; i < std::min(failures.size(), failures_shown_max); ++i) {
        const auto& group = failures[i];
        line(i == 0 ? "trouble" : "",
             fmt::format("{} {}{}{}, {} open; like {}", group.attempts, name_of(group.outcome),
                         group.reason.empty() ? "" : ": ", group.reason, group.items_open,
                         group.example_item));
    }
    if (failures.size() > failures_shown_max)
        line("", fmt::format("and {} more kinds", failures.size() - failures_shown_max));
    if (!facts.running) {
        if (all.unknown() > 0)
            line("next", "darkroom recon lists what was lost and fetches what it can; the same run "
                         "with --on-unknown retry buys it again");
        else if (all.items().failed > 0)
            line("next", "the same run with --retry-failed tries the failed ones again");
    }
    return text;
}

base::result<summary> read_summary(runtime::files& disk, const std::string& folder)
{
    summary all;
    const auto counts =
        ledger::read_events(disk, job::output_folder(folder).ledger(),
                            [&](job::event&& happened, ledger::line_place) { all.add(happened); });
    if (!counts)
        return std::unexpected(counts.error());
    return all;
}

} // namespace engine::report
