// run_command: `darkroom run`: plan, ask, run, report.
#include "engine/cli/commands.hpp"
#include "engine/cli/exit_status.hpp"
#include "engine/cli/item_stream.hpp"
#include "engine/cli/local_time.hpp"
#include "engine/cli/plan_file.hpp"
#include "engine/cli/preparation.hpp"
#include "engine/cli/probe.hpp"
#include "engine/cli/provider_access.hpp"
#include "engine/cli/run_display.hpp"
#include "engine/cli/run_options.hpp"
#include "engine/cli/run_start.hpp"
#include "engine/cli/state_folder.hpp"
#include "engine/cli/stop_signals.hpp"
#include "engine/http/descriptors.hpp"
#include "engine/plan/plan_text.hpp"
#include "engine/report/html.hpp"
#include "engine/report/summary.hpp"
#include "engine/run/batch.hpp"
#include "engine/run/kept_image.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <random>
#include <thread>
#include <unistd.h>

namespace engine::cli {

namespace {

namespace asio = boost::asio;

// Real money is spent only when a person at a terminal says yes, or --yes does.
bool may_spend(const preparation& prepared, bool yes)
{
    if (yes || !prepared.real_money() || prepared.planner->totals().to_buy() == 0)
        return true;
    if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDERR_FILENO) == 0) {
        std::fputs("darkroom: this spends real money; off a terminal, say --yes\n", stderr);
        return false;
    }
    std::fputs("Spend it? [y/N] ", stderr);
    std::fflush(stderr);
    char answer[16] = {};
    if (std::fgets(answer, sizeof answer, stdin) == nullptr)
        return false;
    return answer[0] == 'y' || answer[0] == 'Y';
}

// A folder holds pictures of the look-alike or real ones, never both: one would overwrite the other
// under the same names, and look-alike dollars would use up a real cap.
bool keeps_its_kind(runtime::files& disk, const preparation& prepared)
{
    if (prepared.providers.empty())
        return true;
    const std::string path = prepared.folder.own() + "/kind";
    const std::string_view kind = prepared.real_money() ? "real" : "simulated";
    const auto before = disk.read(path, 100);
    if (before && *before != kind) {
        std::fprintf(stderr,
                     "darkroom: %s holds %s pictures; give %s ones a folder of their own with -o\n",
                     prepared.folder.root().c_str(), before->c_str(), kind.data());
        return false;
    }
    const auto written =
        before ? base::result<void>{} : runtime::write_whole(disk, path, base::as_bytes(kind));
    if (!written)
        std::fprintf(stderr, "darkroom: %s\n", written.error().message().c_str());
    return written.has_value();
}

// Each request needs a socket, the look-alike at the other end one more, and files come on top.
std::optional<int> bounded_concurrency(std::optional<int> wanted, bool embedded)
{
    const auto descriptors = static_cast<long>(http::raise_descriptor_limit());
    const long possible = std::max(1L, (descriptors - 100) / (embedded ? 2 : 1));
    if (wanted && *wanted > possible) {
        std::fprintf(stderr,
                     "darkroom: -j %d: only %ld descriptors are allowed here; using -j %ld\n",
                     *wanted, descriptors, possible);
        return static_cast<int>(possible);
    }
    return wanted;
}

} // namespace

run::batch_options make_run_options(const run_settings& wanted, const preparation& prepared,
                                    base::wall_time now)
{
    const auto& totals = prepared.planner->totals();
    run::batch_options options;
    options.run_id = new_run_id(now);
    options.folder = prepared.folder;
    options.providers = prepared.source.providers;
    options.prices = prepared.source.prices;
    options.cap = prepared.cap;
    options.spent_before = prepared.spent_before;
    options.allow_unpriced = prepared.source.allow_unpriced;
    options.concurrency = bounded_concurrency(wanted.concurrency, !prepared.real_money());
    options.run_cap = wanted.max_cost;
    options.day_cap = prepared.source.max_cost_per_day;
    options.spent_today = prepared.spent_today;
    options.end_of_day = next_local_midnight;
    options.deadline = wanted.deadline;
    options.job_purses = prepared.job_purses;
    options.halts = wanted.halts;
    options.keep_pictures = std::ranges::any_of(
        prepared.source.jobs, [](const manifest::job_plan& job) { return job.after.has_value(); });
    options.cache = prepared.cache;
    options.seed = std::random_device{}();
    auto& opening = options.opening;
    opening.manifest = prepared.source.path;
    opening.manifest_sha256 = prepared.source.sha256;
    opening.engine_version = DARKROOM_VERSION;
    opening.host = host_name();
    opening.items_total = totals.total();
    opening.items_done_before = totals.count(plan::verdict::done);
    opening.max_cost = prepared.cap;
    return options;
}

namespace {

void write_reports(runtime::files& disk, const preparation& prepared)
{
    const auto check = [](const base::result<void>& written) {
        if (!written)
            std::fprintf(stderr, "darkroom: %s\n", written.error().message().c_str());
    };
    report::html_options options;
    options.title = prepared.source.name;
    check(report::write_html(disk, prepared.folder.root(), options));
    check(report::write_summary(disk, prepared.folder.root()));
}

// Pictures that were kept only for items of this run. Those of a manifest with chains stay: others
// may continue them one day.
void sweep_kept(runtime::files& disk, const preparation& prepared, const selection& items,
                const run::batch_result& result)
{
    if (run::kept_for_a_while(disk, prepared.folder).empty())
        return;
    const bool chains = std::ranges::any_of(
        prepared.source.jobs, [](const manifest::job_plan& job) { return job.after.has_value(); });
    const bool whole =
        items.only.empty() && items.exclude.empty() && !items.limit && !items.only_given_up;
    const auto total = prepared.planner->totals().total();
    const bool all_done = total > 0 && result.count(job::item_state::done) == total;
    if (const auto history = ledger::history::read(disk, prepared.folder.ledger()))
        run::sweep_kept(disk, prepared.folder, *history, whole && all_done && !chains);
}

runtime::task<> ask_for_models(provider::models_api& from, runtime::clock& time,
                               provider::models_reply& reply)
{
    runtime::call_context context;
    context.deadline = time.now() + std::chrono::seconds(30); // a list comes within a second
    context.name = "startup probe";
    reply = co_await from.list(context);
}

// Before real money: a bad key, proxy or certificate is found for nothing. A model that is not on
// the list is only said: gateways list what they like, and the first attempt shows it for nothing.
bool probe_first(const preparation& prepared, provider_set& providers, asio::io_context& loop,
                 runtime::clock& time, int& exit_status)
{
    for (const auto& name : prepared.needed) {
        const auto& spec = prepared.provider(name);
        if (!spec.real_money || !spec.wire.supports_models_list)
            continue;
        provider::models_reply reply;
        std::exception_ptr error;
        asio::co_spawn(loop, ask_for_models(*providers.models().at(name), time, reply),
                       [&](std::exception_ptr thrown) { error = thrown; });
        loop.run();
        loop.restart();
        if (error)
            std::rethrow_exception(error);
        const auto models = prepared.models.find(name);
        for (const auto& one : judge_models(
                 reply, spec,
                 models == prepared.models.end() ? std::set<std::string>{} : models->second,
                 time.wall_now()))
            if (one.how != finding::level::good)
                std::fputs(to_text(one).c_str(), stderr);
        const bool no_list = reply.http_status == 404 || reply.http_status == 410;
        if (reply.outcome == job::outcome::account && !no_list)
            exit_status = exit_no_key;
        else if (reply.outcome == job::outcome::not_sent)
            exit_status = exit_provider_down;
        else
            continue;
        // Another provider may do the work: only the one that all depends on stops the run.
        if (prepared.needed.size() > 1) {
            exit_status = exit_done;
            continue;
        }
        std::fprintf(stderr, "darkroom: nothing was sent; --no-probe runs anyway\n");
        return false;
    }
    return true;
}

// References that were given to a provider for this run, where the manifest wants them back.
runtime::task<> delete_uploads(const preparation& prepared, const provider_set& providers,
                               runtime::clock& time)
{
    for (const auto& [place, api] : providers.apis()) {
        if (!prepared.provider(place.substr(0, place.rfind('/'))).delete_uploads)
            continue;
        runtime::call_context context;
        context.deadline = time.now() + std::chrono::seconds(60);
        context.name = "delete uploads";
        const int left = co_await api->remove_uploads(context);
        if (left > 0)
            std::fprintf(stderr, "darkroom: %d uploaded reference%s could not be deleted at %s\n",
                         left, left == 1 ? "" : "s", place.c_str());
    }
}

int run_prepared(const run_settings& wanted, preparation& prepared, runtime::files& disk,
                 const environment& settings)
{
    runtime::real_clock time;
    asio::io_context loop(1); // first: the providers' connections live on it
    provider_set providers(time);
    int exit_status = exit_done;
    if (!providers.open(prepared, settings, exit_status))
        return exit_status;

    if (!wanted.no_probe && !probe_first(prepared, providers, loop, time, exit_status))
        return exit_status;

    auto journal = ledger::journal::open(disk, prepared.folder.ledger());
    auto copied = runtime::write_whole(disk, prepared.folder.manifest_copy(),
                                       base::as_bytes(prepared.source.text));
    if (!journal || !copied) {
        std::fprintf(stderr, "darkroom: %s\n",
                     (!journal ? journal.error() : copied.error()).message().c_str());
        return exit_failed;
    }
    if (const auto& torn = (*journal)->torn())
        std::fprintf(stderr,
                     "darkroom: the ledger ended in half a line of %llu bytes; kept in %s\n",
                     static_cast<unsigned long long>(torn->bytes), torn->kept_in.c_str());

    for (const auto& [key, source] : prepared.moving)
        if (auto kept = run::preserve_original(disk, prepared.folder, key, source); !kept) {
            std::fprintf(stderr, "darkroom: %s\n", kept.error().message().c_str());
            return exit_failed;
        }

    const auto threads = std::max(1u, std::thread::hardware_concurrency());
    runtime::worker_pool pool(threads, std::size_t{2} * threads);
    run_display display(wanted, prepared.source.name, prepared.folder);
    manifest::problems found; // the plan has seen them all
    item_stream stream(prepared.source, disk, wanted.items, found);
    keep_given_up(stream, wanted.items, prepared.history);
    auto options = make_run_options(wanted, prepared, time.wall_now());
    const auto shared =
        open_shared_accounts(settings, disk,
                             wanted.no_shared_limits ? std::map<std::string, std::string>{}
                                                     : providers.account_folders(),
                             options.run_id);
    run::world around{time,
                      disk,
                      pool,
                      **journal,
                      prepared.history,
                      *prepared.planner,
                      display,
                      providers.apis(),
                      providers.texts()};
    for (const auto& [name, account] : shared)
        around.shared[name] = account.get();
    item_stream once_more(prepared.source, disk, wanted.items, found);
    keep_given_up(once_more, wanted.items, prepared.history);
    run::item_source recoveries;
    if (prepared.planner->totals().count(plan::verdict::recover) > 0)
        recoveries = [&once_more] { return once_more.next(); };
    options.wants_pause = [&disk, mark = prepared.folder.pause_mark()] {
        return disk.info(mark).has_value();
    };
    run::batch batch(
        std::move(around), std::move(options), [&stream] { return stream.next(); },
        std::move(recoveries));

    run::batch_result result;
    {
        stop_signals signals(loop, batch,
                             [&display](const std::string& what) { display.say(what); });
        std::exception_ptr error;
        asio::co_spawn(loop, batch.run(), [&](std::exception_ptr thrown, run::batch_result ended) {
            error = thrown;
            result = std::move(ended);
            signals.end();
        });
        loop.run();
        if (error)
            std::rethrow_exception(error);
    }
    loop.restart();
    asio::co_spawn(loop, delete_uploads(prepared, providers, time), [](std::exception_ptr) {});
    loop.run();
    journal->reset(); // everything is on the disk before anybody reads it
    sweep_kept(disk, prepared, wanted.items, result);
    write_reports(disk, prepared);
    display.finish(result, !prepared.real_money());
    return result.exit_code;
}

} // namespace

int run_command(const run_settings& typed)
{
    const auto disk = runtime::make_posix_files();
    const auto settings = environment::load(*disk);
    if (!settings) {
        std::fprintf(stderr, "darkroom: %s\n", settings.error().message().c_str());
        return exit_usage;
    }
    auto wanted = typed;
    std::optional<plan::plan_reader> saved;
    if (plan::is_saved_plan(*disk, typed.manifest)) {
        saved = open_plan_file(*disk, wanted);
        if (!saved)
            return exit_usage;
    }
    if (wanted.dry_run) {
        plan_settings only_plan;
        only_plan.manifest = wanted.manifest;
        only_plan.folder = wanted.folder;
        only_plan.items = wanted.items;
        only_plan.cache = wanted.cache;
        only_plan.concurrency = wanted.concurrency;
        only_plan.max_cost = wanted.max_cost;
        only_plan.deadline = wanted.deadline;
        only_plan.no_shared_limits = wanted.no_shared_limits;
        only_plan.json = wanted.json;
        if (saved)
            only_plan.against = typed.manifest;
        return plan_command(only_plan);
    }
    const auto prepared = load_manifest(*disk, wanted.manifest, wanted.folder, wanted.items);
    if (!prepared)
        return disk->info(wanted.manifest) ? exit_usage : exit_not_found;
    // The lock first: what the ledger says must stay true while we plan.
    const auto lock = take_folder(*disk, prepared->folder);
    if (!lock)
        return exit_failed;
    use_cache(*prepared, *disk, wanted.cache, *settings, true);
    std::optional<plan::plan_comparison> comparison;
    if (saved) {
        const auto now = header_for(*disk, *prepared, wanted.manifest, wanted.items,
                                    wanted.concurrency, wanted.max_cost);
        if (!now)
            return exit_usage;
        comparison.emplace(*saved);
        comparison->compare(*now);
    }
    if (!plan_items(*prepared, *disk, wanted.items, wanted.max_cost,
                    [&](const plan::planned_item& item) {
                        if (comparison)
                            comparison->add(item);
                    }))
        return exit_usage;
    if (comparison && !still_holds(*comparison, typed.manifest, wanted.manifest))
        return exit_usage;
    if (!wanted.no_shared_limits)
        prepared->learned = recall_limits(prepared->source.providers, *disk, *settings);
    std::fputs(plan::plan_summary(prepared->planner->totals(),
                                  expected_time(*prepared, wanted.concurrency),
                                  {prepared->cap, prepared->spent_before})
                   .c_str(),
               stderr);
    std::fputs(purse_lines(*prepared).c_str(), stderr);
    if (wanted.deadline && prepared->planner->totals().to_buy() > 0)
        std::fputs(deadline_line(*wanted.deadline, runtime::real_clock().wall_now(),
                                 expected_time(*prepared, wanted.concurrency).duration)
                       .c_str(),
                   stderr);
    if (!keeps_its_kind(*disk, *prepared) || !may_spend(*prepared, wanted.yes))
        return exit_usage;
    return run_prepared(wanted, *prepared, *disk, *settings);
}

} // namespace engine::cli
