#include "engine/cli/preparation.hpp"

#include "engine/base/assert.hpp"
#include "engine/base/nearest_name.hpp"
#include "engine/base/utf8.hpp"
#include "engine/cli/item_stream.hpp"
#include "engine/cli/local_time.hpp"
#include "engine/ledger/doubt.hpp"
#include "engine/runtime/clock.hpp"

#include <algorithm>
#include <cstdio>
#include <thread>

namespace engine::cli {

namespace {

void print_problems(const manifest::problems& found)
{
    std::fputs(found.text().c_str(), stderr);
    if (!found.ok())
        std::fprintf(stderr, "darkroom: %zu error%s in the manifest; nothing was sent\n",
                     found.errors(), found.errors() == 1 ? "" : "s");
}

bool knows_provider(const manifest::manifest& source, const std::string& name)
{
    std::vector<std::string_view> names;
    for (const auto& provider : source.providers)
        names.push_back(provider.name);
    if (std::ranges::find(names, name) != names.end())
        return true;
    std::fprintf(stderr, "darkroom: --route %s: no such provider%s\n",
                 base::printable(name).c_str(), base::did_you_mean(name, names).c_str());
    return false;
}

bool knows(const preparation& prepared, const std::string& provider)
{
    return std::ranges::find(prepared.source.providers, provider, &job::provider_spec::name) !=
           prepared.source.providers.end();
}

// Said once for each job and route, before anything is lost.
void warn_of_unrecoverable(const preparation& prepared, const job::item& wanted,
                           manifest::problems& found)
{
    if (wanted.retry.on_unknown != job::unknown_policy::recover)
        return;
    for (const auto& route : wanted.routes)
        if (!prepared.provider(route.provider).keeps_answers(route.api))
            found.warn(*wanted.origin.file, {wanted.origin.line, wanted.origin.column},
                       "on_unknown: recover: " + route.provider + "/" + route.api +
                           " keeps no answers that could be fetched: what is lost there is held");
}

} // namespace

const job::provider_spec& preparation::provider(const std::string& name) const
{
    const auto found = std::ranges::find(source.providers, name, &job::provider_spec::name);
    ENGINE_ASSERT(found != source.providers.end());
    return *found;
}

bool preparation::real_money() const
{
    return std::ranges::any_of(
        providers, [this](const std::string& name) { return provider(name).real_money; });
}

std::unique_ptr<preparation> load_manifest(runtime::files& disk, const std::string& path,
                                           const std::string& folder, const selection& items)
{
    manifest::problems found;
    auto source = manifest::load(disk, path, found);
    if (!source || !found.ok()) {
        print_problems(found);
        return nullptr;
    }
    if (!items.route.empty() && !knows_provider(*source, items.route))
        return nullptr;
    auto prepared = std::make_unique<preparation>();
    prepared->source = std::move(*source);
    // Look-alike pictures asked for by the way get a folder of their own, away from real ones.
    const bool aside = !items.route.empty() && prepared->provider(items.route).is_simulator();
    const auto usual = "out/" + prepared->source.name + (aside ? ".simulator" : "");
    prepared->folder = job::output_folder(folder.empty() ? usual : folder);
    return prepared;
}

void use_cache(preparation& prepared, runtime::files& disk, const std::optional<std::string>& flag,
               const environment& settings, bool writes)
{
    prepared.cache = flag ? *flag : settings.find("DARKROOM_CACHE").value_or(prepared.source.cache);
    while (prepared.cache.size() > 1 && prepared.cache.ends_with('/'))
        prepared.cache.pop_back();
    if (prepared.cache.empty() || !writes)
        return;
    const auto there = disk.info(prepared.cache);
    if (there && there->directory)
        return;
    if (const auto made = disk.make_directories(prepared.cache); !made) {
        std::fprintf(stderr, "darkroom: warning: no cache is used: %s\n",
                     made.error().message().c_str());
        prepared.cache.clear();
    }
}

bool plan_items(preparation& prepared, runtime::files& disk, const selection& items,
                std::optional<base::microusd> max_cost,
                const std::function<void(const plan::planned_item&)>& each)
{
    auto history = ledger::history::read(disk, prepared.folder.ledger());
    if (!history) {
        std::fprintf(stderr, "darkroom: %s\n", history.error().message().c_str());
        return false;
    }
    prepared.history = std::move(*history);
    prepared.spent_before = prepared.history.totals().spent();
    prepared.spent_today =
        prepared.history.spent_since(local_midnight(runtime::real_clock().wall_now()));
    for (const auto& job : prepared.source.jobs) {
        const auto id = job.id_text ? *job.id_text : std::string{};
        prepared.job_purses.push_back(
            {"job " + id, job.max_cost, prepared.history.spent_for_job(id)});
    }
    prepared.cap = prepared.source.max_cost;
    if (max_cost) {
        const auto this_run = prepared.spent_before + *max_cost;
        prepared.cap = prepared.cap ? std::min(*prepared.cap, this_run) : this_run;
    }
    prepared.planner.emplace(prepared.history, disk, prepared.folder, prepared.source.prices,
                             prepared.source.providers);
    if (!prepared.cache.empty()) {
        const bool chains =
            std::ranges::any_of(prepared.source.jobs, [](const manifest::job_plan& job) {
                return job.after.has_value();
            });
        prepared.pictures.emplace(disk, prepared.cache, prepared.source.providers);
        prepared.planner->use_cache(*prepared.pictures, chains);
    }

    constexpr int warnings_max = 20; // of the cache; what is wrong there is wrong often
    int warnings = 0;
    manifest::problems found;
    item_stream stream(prepared.source, disk, items, found);
    keep_given_up(stream, items, prepared.history);
    while (auto wanted = stream.next()) {
        const auto origin = wanted->origin;
        const auto id = wanted->id;
        const auto planned = prepared.planner->add(std::move(*wanted));
        if (!planned.conflicts_with.empty()) {
            found.error(*origin.file, {origin.line, origin.column},
                        "item '" + id + "' asks for the same picture as '" +
                            planned.conflicts_with +
                            "', which is bought once for both; give them the same routes, "
                            "downgrade and expect, or ask for variants with count");
            continue;
        }
        warn_of_unrecoverable(prepared, planned.wanted, found);
        if (planned.decision.verdict == plan::verdict::recover)
            if (const auto record = prepared.history.find(planned.wanted.key))
                for (const auto& lost : ledger::doubts_of(*record))
                    if (knows(prepared, lost.route_owner))
                        prepared.needed.insert(lost.route_owner);
        if (const auto& warning = planned.decision.warning;
            !warning.empty() && ++warnings <= warnings_max)
            std::fprintf(stderr, "darkroom: warning: item '%s': %s\n", id.c_str(),
                         base::printable(warning).c_str());
        for (const auto& route : planned.wanted.routes) {
            prepared.providers.insert(route.provider);
            auto& models = prepared.models[route.provider];
            models.insert(route.model);
            if (!route.mainline_model.empty())
                models.insert(route.mainline_model);
            if (planned.decision.buys())
                prepared.needed.insert(route.provider);
        }
        if (const auto& enrich = planned.wanted.enrich) {
            prepared.providers.insert(enrich->provider);
            prepared.models[enrich->provider].insert(enrich->model);
            if (planned.decision.buys())
                prepared.needed.insert(enrich->provider);
        }
        if (plan::moves_original(planned, prepared.folder))
            prepared.moving.emplace_back(planned.wanted.key, planned.decision.source);
        each(planned);
    }
    if (warnings > warnings_max)
        std::fprintf(stderr, "darkroom: warning: and %d more of the cache\n",
                     warnings - warnings_max);
    print_problems(found);
    return found.ok();
}

plan::time_estimate expected_time(const preparation& prepared, std::optional<int> concurrency)
{
    const auto threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    return prepared.planner->estimate_time({concurrency, threads, prepared.learned});
}

std::string purse_lines(const preparation& prepared)
{
    constexpr int jobs_shown_max = 8;
    std::string lines;
    const auto add = [&](const std::string& name, base::microusd cap, base::microusd spent,
                         std::string_view when) {
        lines += name + " " + base::format_usd(cap);
        if (spent.count > 0)
            lines += ", " + base::format_usd(spent) + " of it spent " + std::string(when);
        lines += "\n";
    };
    if (const auto cap = prepared.source.max_cost_per_day)
        add("day: ", *cap, prepared.spent_today, "today");
    int jobs = 0;
    for (const auto& purse : prepared.job_purses)
        if (purse.cap && ++jobs <= jobs_shown_max)
            add(base::printable(purse.name) + ":", *purse.cap, purse.spent_before,
                "by earlier runs");
    if (jobs > jobs_shown_max)
        lines += "... and " + std::to_string(jobs - jobs_shown_max) + " more jobs with a budget\n";
    return lines;
}

} // namespace engine::cli
