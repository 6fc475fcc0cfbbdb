#include "engine/rehearse/forecast.hpp"

#include "engine/base/assert.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <utility>

namespace engine::rehearse {

namespace {

// The value below which that part of all values lies; the nearest one that is there, of two equally
// near ones the lower.
template <class Value>
Value at(const std::vector<Value>& sorted, double part)
{
    const auto last = static_cast<double>(sorted.size() - 1);
    return sorted[static_cast<std::size_t>(std::ceil(last * part - 0.5))];
}

template <class Value, class Pick>
interval<Value> spread(const std::vector<night_result>& nights, Pick pick)
{
    std::vector<Value> values;
    for (const auto& night : nights)
        values.push_back(pick(night));
    std::ranges::sort(values);
    return {at(values, 0.05), at(values, 0.5), at(values, 0.95)};
}

std::string counted(const interval<std::int64_t>& what, std::string_view word)
{
    if (what.p95 == 0)
        return {};
    if (what.p5 == what.p95)
        return fmt::format("{} {}", what.p50, word);
    return fmt::format("{} {} ({} to {})", what.p50, word, what.p5, what.p95);
}

void append(std::string& list, const std::string& one)
{
    if (one.empty())
        return;
    list += (list.empty() ? "" : ", ") + one;
}

std::string clock_time(base::wall_time when)
{
    return base::format_rfc3339(when).substr(0, 16) + "Z";
}

template <class Value, class Write>
base::json as_json(const interval<Value>& what, Write write)
{
    return base::json::make_object(
        {{"p5", write(what.p5)}, {"p50", write(what.p50)}, {"p95", write(what.p95)}});
}

} // namespace

forecast::forecast(std::vector<night_result> nights, forecast_frame frame)
    : nights_(std::move(nights)), frame_(frame)
{
    ENGINE_ASSERT(!nights_.empty());
    finish_ =
        spread<std::chrono::milliseconds>(nights_, [](const auto& one) { return one.run.took; });
    cost_ = spread<base::microusd>(nights_, [](const auto& one) { return one.run.spent; });
    std::map<std::string, double> sums;
    double whole = 0;
    for (const auto& night : nights_)
        for (const auto& [limit, span] : night.bound_by) {
            sums[limit] += static_cast<double>(span.count());
            whole += static_cast<double>(span.count());
        }
    for (const auto& [limit, sum] : sums)
        if (sum > 0)
            bound_by_.emplace_back(limit, sum / whole);
    std::ranges::sort(bound_by_, [](const auto& one, const auto& other) {
        return std::pair(-one.second, one.first) < std::pair(-other.second, other.first);
    });
}

interval<std::int64_t> forecast::count(job::item_state state) const
{
    return spread<std::int64_t>(nights_, [state](const auto& one) { return one.run.count(state); });
}

std::int64_t forecast::attempts(std::string_view outcome, std::size_t night) const
{
    const auto& all = nights_[night].attempts_by_outcome;
    const auto found = all.find(std::string(outcome));
    return found == all.end() ? 0 : found->second;
}

std::string forecast::text() const
{
    const auto several = nights_.size() > 1;
    std::string text = fmt::format("rehearsed {} night{}", nights_.size(), several ? "s" : "");
    text += several ? fmt::format(", seeds {} to {}", nights_.front().seed, nights_.back().seed)
                    : fmt::format(", seed {}", nights_.front().seed);
    text += fmt::format(", in {}", base::format_duration(frame_.took));
    if (static_cast<int>(nights_.size()) < frame_.nights_wanted)
        text += fmt::format("; {} were planned, --seeds {} takes the time", frame_.nights_wanted,
                            frame_.nights_wanted);
    text += "\n";

    text += fmt::format("finish: {}", base::format_duration(finish_.p50));
    if (several)
        text += fmt::format(", {} to {}", base::format_duration(finish_.p5),
                            base::format_duration(finish_.p95));
    text += fmt::format("; begun at {} it ends at {}\n", clock_time(frame_.start),
                        clock_time(frame_.start + finish_.p50));

    text += fmt::format("cost:   {}", base::format_usd(cost_.p50));
    if (several)
        text += fmt::format(", {} to {}", base::format_usd(cost_.p5), base::format_usd(cost_.p95));
    if (frame_.cap)
        text += fmt::format(" of a cap of {}", base::format_usd(*frame_.cap));
    if (frame_.spent_before.count > 0)
        text +=
            fmt::format(", {} of it spent by earlier runs", base::format_usd(frame_.spent_before));
    text += "\n";

    std::string items;
    for (std::size_t i = 0; i < job::item_state_names.size(); ++i)
        append(items, counted(count(static_cast<job::item_state>(i)), job::item_state_names[i]));
    text += fmt::format("items:  {}\n", items.empty() ? "none" : items);

    std::string endings;
    for (const auto outcome : job::outcome_names) {
        std::vector<std::int64_t> values;
        for (std::size_t i = 0; i < nights_.size(); ++i)
            values.push_back(attempts(outcome, i));
        std::ranges::sort(values);
        append(endings, counted({at(values, 0.05), at(values, 0.5), at(values, 0.95)}, outcome));
    }
    if (!endings.empty())
        text += fmt::format("sent:   {}\n", endings);

    std::string limits;
    for (const auto& [limit, part] : bound_by_)
        if (part >= 0.005)
            append(limits,
                   fmt::format("{} {:.0f} %", limit.empty() ? "nothing" : limit, part * 100));
    if (!limits.empty())
        text += fmt::format("bound:  {}\n", limits);

    const auto& first = nights_.front();
    text += fmt::format("ledger: {} lines, {:.1f} MB, sha256 {}\n", first.ledger_lines,
                        static_cast<double>(first.ledger_bytes) / 1e6, first.ledger_sha256);
    text += frame_.is_model ? "a model of the providers: nothing was sent, nothing was spent\n"
                            : "nothing was sent, nothing was spent\n";
    return text;
}

base::json forecast::to_json() const
{
    const auto milliseconds = [](std::chrono::milliseconds one) {
        return base::json(static_cast<std::int64_t>(one.count()));
    };
    const auto dollars = [](base::microusd one) { return base::json(one); };
    const auto plain = [](std::int64_t one) { return base::json(one); };
    auto items = base::json::make_object();
    for (std::size_t i = 0; i < job::item_state_names.size(); ++i)
        items.set(job::item_state_names[i], as_json(count(static_cast<job::item_state>(i)), plain));
    auto bound = base::json::make_object();
    for (const auto& [limit, part] : bound_by_)
        bound.set(limit.empty() ? "nothing" : limit, part);
    base::json::array nights;
    for (const auto& night : nights_) {
        auto outcomes = base::json::make_object();
        for (const auto& [outcome, times] : night.attempts_by_outcome)
            outcomes.set(outcome, times);
        auto states = base::json::make_object();
        for (std::size_t i = 0; i < job::item_state_names.size(); ++i)
            states.set(job::item_state_names[i], night.run.items[i]);
        nights.push_back(
            base::json::make_object({{"seed", night.seed},
                                     {"wall_ms", static_cast<std::int64_t>(night.run.took.count())},
                                     {"cost_usd", night.run.spent},
                                     {"possibly_billed_usd", night.run.possibly_billed},
                                     {"charged_usd", night.charged},
                                     {"items", std::move(states)},
                                     {"attempts", std::move(outcomes)},
                                     {"requests", night.run.requests},
                                     {"exit_code", night.run.exit_code},
                                     {"ledger_lines", night.ledger_lines},
                                     {"ledger_bytes", night.ledger_bytes},
                                     {"ledger_sha256", night.ledger_sha256}}));
    }
    auto document =
        base::json::make_object({{"rehearsal", true},
                                 {"start", base::format_rfc3339(frame_.start)},
                                 {"modelled", frame_.is_model},
                                 {"took_ms", static_cast<std::int64_t>(frame_.took.count())},
                                 {"wall_ms", as_json(finish_, milliseconds)},
                                 {"cost_usd", as_json(cost_, dollars)},
                                 {"items", std::move(items)},
                                 {"bound_by", std::move(bound)},
                                 {"nights", std::move(nights)}});
    if (frame_.cap)
        document.set("cap_usd", *frame_.cap);
    return document;
}

} // namespace engine::rehearse
