// plan_command: `darkroom plan` and `darkroom validate`: everything short of sending.
#include "engine/cli/commands.hpp"
#include "engine/cli/exit_status.hpp"
#include "engine/cli/local_time.hpp"
#include "engine/cli/plan_file.hpp"
#include "engine/cli/preparation.hpp"
#include "engine/cli/state_folder.hpp"
#include "engine/plan/plan_text.hpp"
#include "engine/runtime/clock.hpp"

#include <cstdio>

namespace engine::cli {

namespace {

constexpr long listed_max = 50; // without --all

} // namespace

int plan_command(const plan_settings& wanted)
{
    const auto disk = runtime::make_posix_files();
    const auto prepared = load_manifest(*disk, wanted.manifest, wanted.folder, wanted.items);
    if (!prepared)
        return disk->info(wanted.manifest) ? exit_usage : exit_not_found;
    const auto settings = environment::load(*disk);
    if (!settings) {
        std::fprintf(stderr, "darkroom: %s\n", settings.error().message().c_str());
        return exit_usage;
    }
    use_cache(*prepared, *disk, wanted.cache, *settings, false);
    const auto header = header_for(*disk, *prepared, wanted.manifest, wanted.items,
                                   wanted.concurrency, wanted.max_cost);
    if (!header)
        return exit_usage;
    std::optional<plan::plan_reader> before;
    std::optional<plan::plan_comparison> comparison;
    if (!wanted.against.empty()) {
        auto reader = plan::plan_reader::open(*disk, wanted.against);
        if (!reader) {
            std::fprintf(stderr, "darkroom: %s\n", reader.error().message().c_str());
            return exit_usage;
        }
        before.emplace(std::move(*reader));
        comparison.emplace(*before);
        comparison->compare(*header);
    }
    std::optional<plan::plan_writer> saved;
    if (!wanted.save.empty()) {
        auto writer = plan::plan_writer::create(*disk, wanted.save, *header);
        if (!writer) {
            std::fprintf(stderr, "darkroom: %s\n", writer.error().message().c_str());
            return exit_usage;
        }
        saved.emplace(std::move(*writer));
    }
    long listed = 0;
    long unlisted = 0;
    const bool planned = plan_items(
        *prepared, *disk, wanted.items, wanted.max_cost, [&](const plan::planned_item& item) {
            if (saved)
                saved->add(item);
            if (comparison)
                comparison->add(item);
            if (wanted.json)
                std::printf("%s\n", plan::plan_json(item).dump().c_str());
            else if (wanted.all || listed < listed_max)
                std::printf("%s\n", plan::plan_line(item).c_str()), ++listed;
            else
                ++unlisted;
        });
    if (!planned || (comparison && !still_holds(*comparison, wanted.against, wanted.manifest)))
        return exit_usage;
    const auto& totals = prepared->planner->totals();
    if (!wanted.no_shared_limits)
        prepared->learned = recall_limits(prepared->source.providers, *disk, *settings);
    const auto time = expected_time(*prepared, wanted.concurrency);
    const plan::money_facts money{prepared->cap, prepared->spent_before};
    if (saved)
        if (const auto written = saved->finish(totals, time, money); !written) {
            std::fprintf(stderr, "darkroom: %s\n", written.error().message().c_str());
            return exit_usage;
        }
    if (wanted.json) {
        std::printf("%s\n", plan::plan_json(totals, time, money).dump().c_str());
    } else {
        if (unlisted > 0)
            std::printf("... and %ld more (--all lists them)\n", unlisted);
        std::printf("\n%s", plan::plan_summary(totals, time, money).c_str());
        std::printf("%s", purse_lines(*prepared).c_str());
        if (wanted.deadline && totals.to_buy() > 0)
            std::printf("%s", deadline_line(*wanted.deadline, runtime::real_clock().wall_now(),
                                            time.duration)
                                  .c_str());
        std::printf("output folder: %s\n", prepared->folder.root().c_str());
        if (saved)
            std::printf("saved: %s; exactly this is done by: darkroom run %s\n",
                        wanted.save.c_str(), wanted.save.c_str());
    }
    return wanted.detailed_exitcode && !totals.idle() ? 2 : exit_done;
}

int validate_command(const std::string& manifest)
{
    const auto disk = runtime::make_posix_files();
    const selection all;
    const auto prepared = load_manifest(*disk, manifest, {}, all);
    if (!prepared)
        return disk->info(manifest) ? exit_usage : exit_not_found;
    if (!plan_items(*prepared, *disk, all, std::nullopt, [](const plan::planned_item&) {}))
        return exit_usage;
    std::printf("%s: %lld items, no errors\n", manifest.c_str(),
                static_cast<long long>(prepared->planner->totals().total()));
    return exit_done;
}

} // namespace engine::cli
