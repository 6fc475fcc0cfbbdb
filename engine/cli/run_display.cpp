#include "engine/cli/run_display.hpp"

#include "engine/report/notable.hpp"
#include "engine/report/progress.hpp"
#include "engine/report/summary.hpp"
#include "engine/runtime/clock.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

namespace engine::cli {

namespace {

constexpr std::size_t paths_shown_max =
    24; // on a terminal; all of them when standard output is a file or a pipe

constexpr std::size_t stops_shown_max = 8;
constexpr double drift_shown_min = 0.01; // less is not worth a line

bool has(const char* name)
{
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
}

void to_stderr(std::string_view text)
{
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
}

std::unique_ptr<job::observer> make_progress(const std::string& kind, std::string_view title)
{
    const char* term = std::getenv("TERM");
    const bool live = ::isatty(STDERR_FILENO) != 0 && !has("CI") && term != nullptr &&
                      std::string_view(term) != "dumb";
    if (kind == "none")
        return report::make_no_progress();
    if (kind == "json")
        return report::make_json_progress(to_stderr);
    if (kind == "tui" || (kind == "auto" && live)) {
        report::screen_options options;
        options.size = [] { return report::terminal_size(STDERR_FILENO); };
        options.color = !has("NO_COLOR");
        options.title = title;
        return report::make_screen_progress(to_stderr, options);
    }
    return report::make_plain_progress(to_stderr);
}

} // namespace

run_display::run_display(const run_settings& wanted, std::string_view title,
                         const job::output_folder& folder)
    : wanted_(wanted), folder_(folder), progress_(make_progress(wanted.progress, title)),
      paths_at_once_(::isatty(STDOUT_FILENO) == 0)
{}

void run_display::on_event(const job::event& happened)
{
    progress_->on_event(happened);
    if (const auto* ended = std::get_if<job::item_ended>(&happened.body))
        show_paths(*ended);
    if (const auto* ended = std::get_if<job::attempt_ended>(&happened.body))
        ledger::note_drift(drifts_, *ended);
    if (const auto* limit = std::get_if<job::limit_changed>(&happened.body);
        limit && limit->change == "stopped" && stops_.size() < stops_shown_max)
        if (const auto said = report::notable_of(happened))
            stops_.push_back(said->text);
}

void run_display::on_progress(const job::progress& now)
{
    progress_->on_progress(now);
}

void run_display::say(const std::string& sentence)
{
    progress_->on_event({runtime::real_clock().wall_now(), {}, job::warning_raised{"", sentence}});
}

void run_display::show_paths(const job::item_ended& ended)
{
    if (wanted_.json)
        return;
    for (const auto& output : ended.outputs) {
        if (paths_at_once_)
            std::printf("%s\n", folder_.file(output.path).c_str());
        else if (paths_.size() < paths_shown_max)
            paths_.push_back(folder_.file(output.path));
        else
            ++paths_unshown_;
    }
}

void run_display::finish(const run::batch_result& result, bool simulated)
{
    progress_.reset(); // gives the terminal back
    for (const auto& path : paths_)
        std::printf("%s\n", path.c_str());
    if (paths_unshown_ > 0)
        std::printf("... and %zu more in %s\n", paths_unshown_, folder_.root().c_str());
    if (wanted_.json)
        print_json(result, simulated);
    std::fflush(stdout);

    if (result.local_failure)
        std::fprintf(stderr, "darkroom: stopped: %s\n", result.local_failure->message().c_str());
    if (wanted_.progress == "none") // nobody has said it yet
        for (const auto& said : stops_)
            std::fprintf(stderr, "%s\n", said.c_str());
    std::fprintf(stderr, "report: %s\n", folder_.report().c_str());
    report::money_line_figures figures;
    figures.done = result.count(job::item_state::done);
    figures.failed = result.count(job::item_state::failed);
    figures.held = result.count(job::item_state::held);
    figures.open = result.count(job::item_state::open);
    figures.reused = result.reused;
    figures.recovered = result.recovered;
    figures.spent = result.spent;
    figures.possibly_billed = result.possibly_billed;
    figures.unknown = result.unknown;
    figures.images = result.images;
    figures.took = result.took;
    std::fprintf(stderr, "%s · %lld request%s sent%s\n", report::money_line(figures).c_str(),
                 static_cast<long long>(result.requests), result.requests == 1 ? "" : "s",
                 simulated ? " · simulated money" : "");
    for (const auto& [route, drift] : drifts_)
        if (std::abs(drift.share().value_or(0)) >= drift_shown_min)
            std::fprintf(stderr, "estimate: %s: %s\n",
                         route.empty() ? "other routes" : route.c_str(),
                         ledger::drift_text(drift).c_str());
    if (figures.open > 0)
        std::fprintf(stderr, "continue with: %s\n", wanted_.command_line.c_str());
}

void run_display::print_json(const run::batch_result& result, bool simulated) const
{
    auto items = base::json::make_object();
    for (std::size_t i = 0; i < job::item_state_names.size(); ++i)
        items.set(job::item_state_names[i], result.items[i]);
    const auto json =
        base::json::make_object({{"folder", folder_.root()},
                                 {"items", items},
                                 {"reused", result.reused},
                                 {"recovered", result.recovered},
                                 {"requests", result.requests},
                                 {"images", result.images},
                                 {"unknown", result.unknown},
                                 {"cost_usd", result.spent},
                                 {"possibly_billed_usd", result.possibly_billed},
                                 {"simulated", simulated},
                                 {"wall_ms", static_cast<std::int64_t>(result.took.count())},
                                 {"report", folder_.report()},
                                 {"ledger", folder_.ledger()},
                                 {"exit_code", result.exit_code}});
    std::printf("%s\n", json.dump().c_str());
}

} // namespace engine::cli
