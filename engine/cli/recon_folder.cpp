#include "engine/cli/recon_folder.hpp"

#include "engine/base/sha256.hpp"
#include "engine/cli/exit_status.hpp"
#include "engine/cli/item_stream.hpp"
#include "engine/cli/provider_access.hpp"
#include "engine/cli/run_start.hpp"
#include "engine/cli/stop_signals.hpp"
#include "engine/report/html.hpp"
#include "engine/report/progress.hpp"
#include "engine/run/batch.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <set>
#include <thread>
#include <unordered_map>

namespace engine::cli {

namespace {

namespace asio = boost::asio;

using doubtful_keys = std::unordered_map<std::string, std::string>; // with the item's id

const job::provider_spec* find_provider(const preparation& prepared, const std::string& name)
{
    const auto found =
        std::ranges::find(prepared.source.providers, name, &job::provider_spec::name);
    return found == prepared.source.providers.end() ? nullptr : &*found;
}

void say(const base::failure& failure)
{
    std::fprintf(stderr, "darkroom: %s\n", failure.message().c_str());
}

// The manifest's items among the doubtful ones, as they were asked for: by the manifest's routes,
// or all by one provider (--route). What no manifest asks for any more is an item without outputs.
std::vector<job::item> items_of(const preparation& prepared, runtime::files& disk,
                                doubtful_keys keys, const std::set<std::string>& owners)
{
    std::vector<job::item> items;
    const auto collect = [&](const std::string& route) {
        selection all;
        all.route = route;
        all.on_unknown = "recover";
        manifest::problems found; // whose items cannot be read any more are asked for by nobody
        item_stream stream(prepared.source, disk, all, found);
        while (!keys.empty()) {
            auto wanted = stream.next();
            if (!wanted)
                break;
            if (keys.erase(wanted->key) > 0)
                items.push_back(std::move(*wanted));
        }
    };
    collect({});
    for (const auto& owner : owners)
        if (!keys.empty())
            collect(owner);
    for (const auto& [key, id] : keys) {
        job::item orphan;
        orphan.id = id;
        orphan.key = key;
        orphan.retry.on_unknown = job::unknown_policy::recover;
        items.push_back(std::move(orphan));
    }
    return items;
}

run::batch_options make_options(const preparation& prepared, const runtime::clock& time)
{
    run::batch_options options;
    options.run_id = new_run_id(time.wall_now());
    options.folder = prepared.folder;
    options.providers = prepared.source.providers;
    options.prices = prepared.source.prices;
    options.only_recover = true;
    options.keep_pictures = std::ranges::any_of(
        prepared.source.jobs, [](const manifest::job_plan& job) { return job.after.has_value(); });
    for (const auto& run : prepared.history.runs()) // the newest: status goes by its totals
        if (run.opening)
            options.opening = *run.opening;
    options.opening.engine_version = DARKROOM_VERSION;
    options.opening.host = host_name();
    return options;
}

} // namespace

std::unique_ptr<preparation>
load_last_manifest(runtime::files& disk, const job::output_folder& folder, ledger::history history)
{
    auto prepared = std::make_unique<preparation>();
    prepared->folder = folder;
    prepared->history = std::move(history);
    std::string path, sha256;
    for (const auto& run : prepared->history.runs())
        if (run.opening && !run.opening->manifest.empty()) {
            path = run.opening->manifest;
            sha256 = run.opening->manifest_sha256;
        }
    if (path.empty()) {
        std::fprintf(stderr, "darkroom: the ledger names no manifest, so nothing can be fetched\n");
        return nullptr;
    }
    const auto text = disk.read(path, manifest::manifest_bytes_max);
    const bool unchanged = text && base::sha256_hex(*text) == sha256;
    manifest::problems found;
    auto source =
        manifest::load(disk, path, found, unchanged ? std::string{} : folder.manifest_copy());
    if (!source || !found.ok()) {
        std::fputs(found.text().c_str(), stderr);
        std::fprintf(stderr,
                     "darkroom: the manifest cannot be used, so nothing can be fetched; relative "
                     "paths start where the run was started\n");
        return nullptr;
    }
    prepared->source = std::move(*source);
    prepared->planner.emplace(prepared->history, disk, prepared->folder, prepared->source.prices,
                              prepared->source.providers);
    return prepared;
}

bool can_be_fetched(const preparation& prepared, const ledger::doubt& lost)
{
    const auto* provider = find_provider(prepared, lost.route_owner);
    return provider && lost.may_have_picture() && provider->keeps_answers(lost.api) &&
           !provider->is_simulator(); // the built-in one forgets with its run
}

int fetch_lost_answers(runtime::files& disk, const environment& settings, preparation& prepared,
                       bool json)
{
    doubtful_keys keys;
    prepared.history.for_each([&](const ledger::key_record& record) {
        for (const auto& lost : ledger::doubts_of(record))
            if (can_be_fetched(prepared, lost)) {
                keys.emplace(record.key, record.item);
                prepared.needed.insert(lost.route_owner);
            }
    });
    if (keys.empty())
        return exit_done;

    runtime::real_clock time;
    asio::io_context loop(1); // first: the providers' connections live on it
    provider_set providers(time);
    int exit_status = exit_done;
    if (!providers.open(prepared, settings, exit_status))
        return exit_status;
    auto items = items_of(prepared, disk, std::move(keys), prepared.needed);
    auto journal = ledger::journal::open(disk, prepared.folder.ledger());
    if (!journal) {
        say(journal.error());
        return exit_failed;
    }
    const auto threads = std::max(1u, std::thread::hardware_concurrency());
    runtime::worker_pool pool(threads, std::size_t{2} * threads);
    const auto progress =
        json ? report::make_no_progress() : report::make_plain_progress([](std::string_view text) {
            std::fwrite(text.data(), 1, text.size(), stderr);
        });
    std::size_t next = 0;
    run::batch batch(
        {time, disk, pool, **journal, prepared.history, *prepared.planner, *progress,
         providers.apis(), providers.texts()},
        make_options(prepared, time), [] { return std::optional<job::item>{}; },
        [&]() -> std::optional<job::item> {
            if (next == items.size())
                return std::nullopt;
            return std::move(items[next++]);
        });
    run::batch_result result;
    {
        stop_signals signals(loop, batch, [](const std::string& what) {
            std::fprintf(stderr, "darkroom: %s\n", what.c_str());
        });
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
    journal->reset(); // everything is on the disk before anybody reads it
    if (result.local_failure) {
        say(*result.local_failure);
        return exit_failed;
    }
    return result.exit_code == exit_interrupted || result.exit_code == exit_terminated
               ? result.exit_code
               : exit_done;
}

} // namespace engine::cli
