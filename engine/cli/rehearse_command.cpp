// rehearse_command: `darkroom rehearse`: the run that `run` would make, on a virtual clock, over
// modelled providers, for nothing; several nights, and what they say together.
#include "engine/cli/commands.hpp"
#include "engine/cli/exit_status.hpp"
#include "engine/cli/item_stream.hpp"
#include "engine/cli/local_time.hpp"
#include "engine/cli/preparation.hpp"
#include "engine/cli/run_options.hpp"
#include "engine/cli/state_folder.hpp"
#include "engine/job/simulator_profile.hpp"
#include "engine/plan/plan_text.hpp"
#include "engine/rehearse/forecast.hpp"
#include "engine/report/html.hpp"
#include "engine/report/summary.hpp"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace engine::cli {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view kind_of_folder = "rehearsal";
// Nobody waits longer for nights that he did not ask for by number.
constexpr auto patience = 45s;

int complain(const std::string& what, int status = exit_usage)
{
    std::fprintf(stderr, "darkroom: %s\n", what.c_str());
    return status;
}

// A small manifest is rehearsed often enough for percentiles, a large one once.
int usual_nights(std::int64_t to_buy)
{
    if (to_buy <= 2'000)
        return 10;
    return to_buy <= 20'000 ? 3 : 1;
}

// The folder that gets the ledger and the report of a rehearsal, and is marked as such, so that it
// is never taken for a run's, nor a run's overwritten by it.
class results_folder {
public:
    // False, and said why, when it cannot be had.
    bool open(runtime::files& disk, const std::string& path, const preparation& prepared)
    {
        const job::output_folder folder(path);
        if (path == prepared.folder.root())
            return refuse(path + " is where the run itself will write; give another folder");
        const auto marked = disk.read(folder.own() + "/kind", 100);
        if (disk.info(folder.ledger()) && (!marked || *marked != kind_of_folder))
            return refuse(path + " holds the ledger of a real run; give another folder");
        if (auto made = disk.make_directories(folder.own()); !made)
            return refuse(made.error().message());
        auto lock = disk.lock(folder.lock());
        if (!lock)
            return refuse(lock.error().message());
        lock_ = std::move(*lock);
        if (auto written =
                runtime::write_whole(disk, folder.own() + "/kind", base::as_bytes(kind_of_folder));
            !written)
            return refuse(written.error().message());
        auto ledger = disk.create(folder.ledger());
        if (!ledger)
            return refuse(ledger.error().message());
        ledger_ = std::move(*ledger);
        folder_.emplace(folder);
        return true;
    }
    [[nodiscard]] runtime::output_file* ledger() const { return ledger_.get(); }

    // After the last line. What cannot be written is said.
    void finish(runtime::files& disk, const preparation& prepared)
    {
        if (!folder_)
            return;
        const auto check = [](const base::result<void>& written) {
            if (!written)
                complain(written.error().message());
        };
        check(ledger_->close());
        report::html_options options;
        options.title = "Rehearsal of " + prepared.source.name;
        check(report::write_html(disk, folder_->root(), options));
        check(report::write_summary(disk, folder_->root()));
        std::fprintf(stderr, "report: %s\n", folder_->report().c_str());
    }

private:
    static bool refuse(const std::string& why)
    {
        complain(why);
        return false;
    }

    std::optional<job::output_folder> folder_;
    std::unique_ptr<runtime::file_lock> lock_;
    std::unique_ptr<runtime::output_file> ledger_;
};

// The book gives means; the look-alike draws from a median. Of a log-normal time that is
// mean * exp(-sigma^2 / 2).
rehearse::latency_guess guess_from(const plan::latency_book& book)
{
    return [&book](const job::route& where, const job::image_request& request) {
        const auto known = book.find(where, request);
        const double median_ms = known.seconds * 1000 * std::exp(-known.sigma * known.sigma / 2);
        return std::optional(sim::expected_time{
            std::chrono::milliseconds(static_cast<std::int64_t>(median_ms)), known.sigma});
    };
}

// The model of the providers; nothing, and said why, when there is no such profile.
std::optional<rehearse::model_options> make_models(const rehearse_settings& wanted,
                                                   const plan::latency_book& book)
{
    rehearse::model_options models;
    models.latency = guess_from(book);
    if (!wanted.profile.empty()) {
        job::simulator_profile weather;
        const auto wrong = job::read_simulator_profile(base::json(wanted.profile), weather);
        if (!wrong.empty()) {
            complain("--profile " + wanted.profile + ": " + wrong.front().message);
            return std::nullopt;
        }
        models.weather = weather;
    }
    return models;
}

} // namespace

int rehearse_command(const rehearse_settings& wanted)
{
    const auto began = std::chrono::steady_clock::now();
    const auto elapsed = [began] {
        return std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::steady_clock::now() - began);
    };
    const auto real = runtime::make_posix_files();
    rehearse::scratch_files disk(*real);
    const auto& items = wanted.run.items;
    const auto prepared = load_manifest(disk, wanted.run.manifest, wanted.run.folder, items);
    if (!prepared)
        return real->info(wanted.run.manifest) ? exit_usage : exit_not_found;
    const auto settings = environment::load(*real);
    if (!settings)
        return complain(settings.error().message());
    use_cache(*prepared, disk, wanted.run.cache, *settings, false);
    if (!plan_items(*prepared, disk, items, wanted.run.max_cost, [](const plan::planned_item&) {}))
        return exit_usage;
    const auto now = runtime::real_clock().wall_now();
    const auto start = wanted.start.empty() ? now : parse_moment(wanted.start);
    if (!start)
        return complain("--start " + wanted.start + ": expected a time such as 2026-11-21T22:00Z");
    auto run_wanted = wanted.run;
    if (!wanted.deadline.empty())
        run_wanted.deadline = parse_deadline(wanted.deadline, *start);
    const plan::latency_book book(prepared->history.latencies(), prepared->source.providers);
    auto models = make_models(wanted, book);
    results_folder results;
    if (!models || (!wanted.results.empty() && !results.open(*real, wanted.results, *prepared)))
        return exit_usage;
    const auto& totals = prepared->planner->totals();
    prepared->learned = recall_limits(prepared->source.providers, *real, *settings);
    std::fputs(plan::plan_summary(totals, expected_time(*prepared, wanted.run.concurrency),
                                  {prepared->cap, prepared->spent_before})
                   .c_str(),
               stderr);

    const rehearse::night_ground ground{
        disk, prepared->history, *prepared->planner, [&]() -> run::item_source {
            struct again {
                manifest::problems found; // the plan has seen them all
                item_stream stream;
                again(const preparation& from, runtime::files& over, const selection& chosen)
                    : stream(from.source, over, chosen, found)
                {}
            };
            auto fresh = std::make_shared<again>(*prepared, disk, items);
            return [fresh] { return fresh->stream.next(); };
        }};
    const int nights_wanted = wanted.seeds.value_or(usual_nights(totals.to_buy()));
    std::vector<rehearse::night_result> nights;
    for (int i = 0; i < nights_wanted; ++i) {
        if (i > 0 && !wanted.seeds && elapsed() > patience)
            break;
        rehearse::night_options options;
        options.batch = make_run_options(run_wanted, *prepared, *start);
        options.batch.providers =
            plan::with_learned(std::move(options.batch.providers), prepared->learned);
        options.models = *models;
        options.models.seed = wanted.seed + static_cast<std::uint64_t>(i);
        options.start = *start;
        options.ledger_copy = i == 0 ? results.ledger() : nullptr;
        auto night = rehearse::rehearse_night(ground, std::move(options));
        if (!night)
            return complain(night.error().message(), exit_failed);
        nights.push_back(std::move(*night));
    }
    results.finish(*real, *prepared);

    rehearse::forecast_frame frame;
    frame.start = *start;
    frame.nights_wanted = nights_wanted;
    frame.took = elapsed();
    frame.cap = prepared->cap;
    frame.spent_before = prepared->spent_before;
    frame.is_model = prepared->real_money();
    const rehearse::forecast said(std::move(nights), frame);
    if (wanted.json)
        std::printf("%s\n", said.to_json().dump().c_str());
    else
        std::fputs(said.text().c_str(), stdout);
    return exit_done;
}

} // namespace engine::cli
