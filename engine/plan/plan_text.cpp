#include "engine/plan/plan_text.hpp"

#include <fmt/format.h>
#include <utility>

namespace engine::plan {

namespace {

std::string bound_text(const time_estimate& time)
{
    if (time.binding == "latency")
        return "how long a picture takes";
    if (time.binding == "chain")
        return "pictures that continue others";
    if (time.binding == "slow_start")
        return "finding out what " + time.binding_at + " allows";
    return time.binding + (time.binding_at.empty() ? "" : " of " + time.binding_at) +
           (time.binding_learned ? " as earlier runs learned it" : "");
}

// ", 4.7 s to 6.6 s in four runs of five"; empty where that is about the same.
std::string range_text(const time_estimate& time)
{
    if ((time.longest - time.shortest) * 10 <= time.duration)
        return {};
    return fmt::format(", {} to {} in four runs of five", base::format_duration(time.shortest),
                       base::format_duration(time.longest));
}

// "time: about 1 h 02 min, bound by images_per_minute of openai (latency measured on 212 images)",
// and what would change it.
std::string time_lines(const time_estimate& time)
{
    auto text = fmt::format("time: about {}{}, bound by {} (latency {})\n",
                            base::format_duration(time.duration), range_text(time),
                            bound_text(time), time.latency_from);
    for (std::size_t i = 0; i < time.faster.size(); ++i)
        text += (i == 0 ? "      faster with " : "      or with ") + time.faster[i] + "\n";
    return text;
}

} // namespace

std::string plan_summary(const plan_totals& totals, const time_estimate& time,
                         const money_facts& money)
{
    std::string counts;
    for (std::size_t i = 0; i < verdict_names.size(); ++i)
        if (totals.items[i] > 0)
            counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", totals.items[i],
                                  verdict_names[i]);
    std::string text =
        fmt::format("{} item{}: {}\n", totals.total(), totals.total() == 1 ? "" : "s",
                    counts.empty() ? "nothing to do" : counts);
    if (totals.to_buy() > 0) {
        text += fmt::format("cost: {} expected, {} to {}", base::format_usd(totals.expected),
                            base::format_usd(totals.low), base::format_usd(totals.worst));
        if (totals.unpriced > 0)
            text += fmt::format("; {} without a known price", totals.unpriced);
        text += "\n";
        text += time_lines(time);
    }
    if (money.cap) {
        text += fmt::format("cap:  {}", base::format_usd(*money.cap));
        if (money.spent_before.count > 0)
            text += fmt::format(", {} of it spent by earlier runs",
                                base::format_usd(money.spent_before));
        if (money.spent_before + totals.expected > *money.cap)
            text += "; it will be reached before everything is done";
        text += "\n";
    }
    return text;
}

std::string plan_line(const planned_item& item)
{
    const auto price = !item.decision.buys() ? std::string("-")
                       : item.cost.priced    ? base::format_usd(item.cost.expected)
                                             : std::string("?");
    return fmt::format("{:<7} {:<40} {:>9}  {}", name_of(item.decision.verdict), item.wanted.id,
                       price, item.decision.reason);
}

base::json plan_json(const planned_item& item)
{
    auto json = base::json::make_object({{"item", item.wanted.id},
                                         {"key", item.wanted.key},
                                         {"action", name_of(item.decision.verdict)},
                                         {"reason", item.decision.reason}});
    if (!item.decision.same_as.empty())
        json.set("same_as", item.decision.same_as);
    if (item.decision.buys()) {
        json.set("route", item.wanted.routes.front().name());
        json.set("cost_usd", item.cost.priced
                                 ? base::json::make_object({{"low", item.cost.low},
                                                            {"expected", item.cost.expected},
                                                            {"high", item.cost.worst}})
                                 : base::json());
    }
    return json;
}

base::json plan_json(const plan_totals& totals, const time_estimate& time, const money_facts& money)
{
    auto items = base::json::make_object();
    for (std::size_t i = 0; i < verdict_names.size(); ++i)
        items.set(verdict_names[i], totals.items[i]);
    base::json faster = base::json::array{};
    for (const auto& change : time.faster)
        faster.push(change);
    return base::json::make_object(
        {{"items", items},
         {"cost_usd",
          base::json::make_object(
              {{"low", totals.low}, {"expected", totals.expected}, {"high", totals.worst}})},
         {"unpriced", totals.unpriced},
         {"wall_ms", static_cast<std::int64_t>(time.duration.count())},
         {"wall_ms_low", static_cast<std::int64_t>(time.shortest.count())},
         {"wall_ms_high", static_cast<std::int64_t>(time.longest.count())},
         {"binding", time.binding},
         {"binding_at", time.binding_at.empty() ? base::json() : base::json(time.binding_at)},
         {"binding_learned", time.binding_learned},
         {"latency_from", time.latency_from},
         {"faster", std::move(faster)},
         {"cap_usd", money.cap ? base::json(*money.cap) : base::json()},
         {"spent_before_usd", money.spent_before}});
}

} // namespace engine::plan
