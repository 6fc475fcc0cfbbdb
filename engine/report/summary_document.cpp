// summary_document: what a summary says to others: summary.json and the last line of a run.
#include "engine/report/summary.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <utility>

namespace engine::report {

namespace {

base::json percentiles(const histogram& values)
{
    return base::json::make_object({{"count", values.count()},
                                    {"min", values.min()},
                                    {"mean", values.mean()},
                                    {"p50", values.percentile(50)},
                                    {"p90", values.percentile(90)},
                                    {"p95", values.percentile(95)},
                                    {"p99", values.percentile(99)},
                                    {"max", values.max()}});
}

// "drift" is the share: 0.03 = charged 3 % more than expected.
base::json drift_document(const ledger::drift& compared)
{
    const auto share = compared.share();
    return base::json::make_object(
        {{"attempts", compared.attempts},
         {"expected_usd", compared.expected},
         {"charged_usd", compared.charged},
         {"share", share ? base::json(*share) : base::json()},
         {"price_table",
          compared.price_table.empty() ? base::json() : base::json(compared.price_table)}});
}

base::json groups(const std::map<std::string, group_totals>& all)
{
    auto document = base::json::make_object();
    for (const auto& [name, group] : all)
        document.set(name, base::json::make_object({{"attempts", group.attempts},
                                                    {"delivered", group.delivered},
                                                    {"settled_usd", group.settled},
                                                    {"possibly_billed_usd", group.possibly_billed},
                                                    {"drift", drift_document(group.drift)},
                                                    {"total_ms", percentiles(group.total_ms)}}));
    return document;
}

base::json counts(const std::map<std::string, std::int64_t>& all)
{
    auto document = base::json::make_object();
    for (const auto& [name, count] : all)
        document.set(name, count);
    return document;
}

// JSON integers end at 63 bits.
std::int64_t count_of(std::uint64_t bytes)
{
    return static_cast<std::int64_t>(
        std::min<std::uint64_t>(bytes, std::numeric_limits<std::int64_t>::max()));
}

base::json text_or_null(const std::string& text)
{
    return text.empty() ? base::json() : base::json(text);
}

base::json run_document(const run_totals& run)
{
    auto document = base::json::make_object({{"id", run.id},
                                             {"started", base::format_rfc3339(run.started)},
                                             {"manifest", nullptr},
                                             {"items_total", nullptr},
                                             {"max_cost_usd", nullptr},
                                             {"attempts", run.attempts},
                                             {"images", run.images},
                                             {"settled_usd", run.settled},
                                             {"possibly_billed_usd", run.possibly_billed},
                                             {"wall_ms", run.took().count()},
                                             {"exit_code", nullptr}});
    if (run.opening) {
        document.set("manifest", text_or_null(run.opening->manifest));
        document.set("items_total", run.opening->items_total);
        if (run.opening->max_cost)
            document.set("max_cost_usd", *run.opening->max_cost);
    }
    if (run.ending)
        document.set("exit_code", run.ending->exit_code);
    return document;
}

} // namespace

base::json summary::to_json() const
{
    const auto by_state = items();
    auto document = base::json::make_object({{"schema_version", 1}});
    document.set("items", base::json::make_object({{"done", by_state.done},
                                                   {"failed", by_state.failed},
                                                   {"held", by_state.held},
                                                   {"open", by_state.open}}));
    document.set("images", images_);
    document.set("attempts_by_outcome", counts(attempts_by_outcome_));
    const auto per_image = cost_per_image();
    document.set("cost",
                 base::json::make_object(
                     {{"spent_usd", spent()},
                      {"settled_usd", settled_},
                      {"possibly_billed_usd", possibly_billed_},
                      {"unknown", unknown()},
                      {"unpriced_attempts", unpriced_},
                      {"drift", drift_document(drift_)},
                      {"over_reserved", over_reserved_},
                      {"over_reserved_usd", over_reserved_amount_},
                      {"per_image_usd", per_image ? base::json(*per_image) : base::json()}}));
    document.set("images_per_second", images_per_second());
    document.set("bytes_received", count_of(bytes_received_));
    document.set("bytes_stored", count_of(bytes_stored_));
    auto latency = base::json::make_object();
    for (const auto& [phase, values] : latency_)
        latency.set(phase, percentiles(values));
    document.set("latency_ms", std::move(latency));
    document.set("by_route", groups(by_route_));
    document.set("by_model", groups(by_model_));
    base::json caused = base::json::array{};
    for (const auto& group : causes())
        caused.push(
            base::json::make_object({{"state", name_of(group.state)},
                                     {"cause", text_or_null(group.cause)},
                                     {"items", group.items},
                                     {"example_item", group.example_item},
                                     {"example_reason", text_or_null(group.example_reason)}}));
    document.set("causes", std::move(caused));
    base::json failed = base::json::array{};
    for (const auto& group : failures())
        failed.push(base::json::make_object(
            {{"outcome", name_of(group.outcome)},
             {"reason", text_or_null(group.reason)},
             {"attempts", group.attempts},
             {"items_open", group.items_open},
             {"example_item", text_or_null(group.example_item)},
             {"example_message", text_or_null(group.example_message)},
             {"example_request_id", text_or_null(group.example_request_id)}}));
    document.set("failures", std::move(failed));
    base::json runs = base::json::array{};
    for (const auto& run : runs_)
        runs.push(run_document(run));
    document.set("runs", std::move(runs));
    return document;
}

std::string money_line(const money_line_figures& figures)
{
    std::string counted;
    const auto count = [&](std::int64_t number, std::string_view what) {
        if (number > 0)
            counted += fmt::format("{}{} {}", counted.empty() ? "" : ", ", number, what);
    };
    count(figures.done, "done");
    count(figures.failed, "failed");
    count(figures.held, "held");
    count(figures.open, "not finished");
    if (counted.empty())
        counted = "nothing to do";
    if (figures.reused > 0 && figures.recovered > 0)
        counted += fmt::format(" ({} reused, {} recovered)", figures.reused, figures.recovered);
    else if (figures.reused + figures.recovered > 0)
        counted += fmt::format(" ({} {})", figures.reused + figures.recovered,
                               figures.reused > 0 ? "reused" : "recovered");

    std::string line = counted + " · spent " + base::format_usd(figures.spent);
    if (figures.unknown > 0 || figures.possibly_billed.count > 0)
        line += fmt::format(" (of it {} possibly billed for {} unknown)",
                            base::format_usd(figures.possibly_billed), figures.unknown);
    if (figures.cap)
        line += " of a " + base::format_usd(*figures.cap) + " cap";
    if (figures.images > 0)
        line += " · " + base::format_usd({figures.spent.count / figures.images}) + " per image";
    return line + " · " + base::format_duration(figures.took);
}

} // namespace engine::report
