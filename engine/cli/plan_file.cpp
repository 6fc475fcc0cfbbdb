#include "engine/cli/plan_file.hpp"

#include "engine/base/redact.hpp"
#include "engine/base/utf8.hpp"

#include <cstdio>

namespace engine::cli {

namespace {

base::json texts(const std::vector<std::string>& all)
{
    base::json list = base::json::array{};
    for (const auto& one : all)
        list.push(one);
    return list;
}

std::vector<std::string> texts_of(const base::json& list)
{
    std::vector<std::string> all;
    for (const auto& one : list.items())
        all.emplace_back(one.text_or({}));
    return all;
}

base::json document_of(const selection& items)
{
    auto document = base::json::make_object();
    document.set("only", texts(items.only));
    document.set("exclude", texts(items.exclude));
    document.set("limit",
                 items.limit ? base::json(static_cast<std::int64_t>(*items.limit)) : base::json());
    document.set("route", items.route);
    document.set("retry_failed", items.retry_failed);
    document.set("on_unknown", items.on_unknown ? base::json(*items.on_unknown) : base::json());
    return document;
}

// The checksum of the file has not been looked at yet: what the command line would refuse is
// refused here, too.
std::optional<selection> selection_of(const base::json& document)
{
    selection items;
    items.only = texts_of(document["only"]);
    items.exclude = texts_of(document["exclude"]);
    if (document["limit"].is_integer())
        items.limit = static_cast<long>(document["limit"].integer_or(0));
    items.route = document["route"].text_or({});
    items.retry_failed = document["retry_failed"].bool_or(false);
    if (document["on_unknown"].is_string())
        items.on_unknown = document["on_unknown"].text_or({});
    const bool known_policy =
        !items.on_unknown ||
        job::enum_named<job::unknown_policy>(job::unknown_policy_names, *items.on_unknown);
    if (!known_policy || (items.limit && *items.limit < 1))
        return std::nullopt;
    return items;
}

std::string quoted(const std::string& word)
{
    return "'" + word + "'";
}

// How to go on after the plan's run was stopped: the ledger has moved, so the plan is stale, and
// the same command would be refused.
std::string command_without_plan(const run_settings& wanted)
{
    auto line = "darkroom run " + wanted.manifest + " -o " + wanted.folder;
    for (const auto& one : wanted.items.only)
        line += " --only " + quoted(one);
    for (const auto& one : wanted.items.exclude)
        line += " --exclude " + quoted(one);
    if (wanted.items.limit)
        line += " --limit " + std::to_string(*wanted.items.limit);
    if (!wanted.items.route.empty())
        line += " --route " + wanted.items.route;
    if (wanted.items.on_unknown)
        line += " --on-unknown " + *wanted.items.on_unknown;
    if (wanted.items.retry_failed)
        line += " --retry-failed";
    return line;
}

bool chooses_anything(const selection& items)
{
    return !items.only.empty() || !items.exclude.empty() || items.limit || !items.route.empty() ||
           items.retry_failed || items.on_unknown;
}

} // namespace

std::optional<plan::saved_plan_header> header_for(runtime::files& disk, const preparation& prepared,
                                                  const std::string& manifest,
                                                  const selection& items,
                                                  std::optional<int> concurrency,
                                                  std::optional<base::microusd> max_cost)
{
    const auto position = plan::position_of_ledger(disk, prepared.folder.ledger());
    if (!position) {
        std::fprintf(stderr, "darkroom: %s\n", position.error().message().c_str());
        return std::nullopt;
    }
    plan::saved_plan_header header;
    header.engine_version = DARKROOM_VERSION;
    header.manifest = manifest;
    header.manifest_sha256 = prepared.source.sha256;
    header.folder = prepared.folder.root();
    header.price_table = prepared.source.prices.version();
    header.ledger = *position;
    header.selection = document_of(items);
    header.concurrency = concurrency;
    header.max_cost = max_cost;
    return header;
}

std::optional<plan::plan_reader> open_plan_file(runtime::files& disk, run_settings& wanted)
{
    const auto path = wanted.manifest;
    if (!wanted.folder.empty() || wanted.max_cost || chooses_anything(wanted.items)) {
        std::fprintf(
            stderr,
            "darkroom: %s is a saved plan, which has chosen items, folder and cap already; "
            "make another plan, or run the manifest\n",
            base::printable(path).c_str());
        return std::nullopt;
    }
    auto reader = plan::plan_reader::open(disk, path);
    if (!reader) {
        std::fprintf(stderr, "darkroom: %s\n", reader.error().message().c_str());
        return std::nullopt;
    }
    const auto& header = reader->header();
    const auto items = selection_of(header.selection);
    if (!items) {
        std::fprintf(stderr, "darkroom: %s: the saved plan is damaged; make it again\n",
                     base::printable(path).c_str());
        return std::nullopt;
    }
    wanted.manifest = header.manifest;
    wanted.folder = header.folder;
    wanted.items = *items;
    wanted.max_cost = header.max_cost;
    if (!wanted.concurrency)
        wanted.concurrency = header.concurrency;
    wanted.command_line = command_without_plan(wanted);
    if (!disk.info(wanted.manifest))
        std::fprintf(stderr,
                     "darkroom: the plan is of %s, which is not here; run it where it was made\n",
                     base::printable(wanted.manifest).c_str());
    return std::move(*reader);
}

bool still_holds(plan::plan_comparison& comparison, const std::string& path,
                 const std::string& manifest)
{
    const auto changes = comparison.finish();
    if (!changes) {
        std::fprintf(stderr, "darkroom: %s\n", changes.error().message().c_str());
        return false;
    }
    if (changes->empty())
        return true;
    std::fprintf(stderr, "darkroom: the plan %s is stale; nothing was sent\n",
                 base::printable(path).c_str());
    for (const auto& change : *changes)
        std::fprintf(stderr, "  %s\n", base::printable(change).c_str());
    std::fprintf(stderr, "make it again with: darkroom plan %s --save %s\n",
                 base::printable(manifest).c_str(), base::printable(path).c_str());
    return false;
}

} // namespace engine::cli
