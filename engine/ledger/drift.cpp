#include "engine/ledger/drift.hpp"

#include <cmath>
#include <fmt/format.h>

namespace engine::ledger {

void drift::add(const job::attempt_ended& ended)
{
    const bool drawn =
        ended.outcome == job::outcome::delivered || ended.outcome == job::outcome::bad_output;
    if (!drawn || ended.possibly_billed || ended.cost_basis != job::cost_basis::usage ||
        !ended.expected || ended.expected->count <= 0)
        return;
    ++attempts;
    expected += *ended.expected;
    charged += ended.cost;
    price_table = ended.price_table;
}

void drift::add(const drift& other)
{
    if (other.attempts == 0)
        return;
    attempts += other.attempts;
    expected += other.expected;
    charged += other.charged;
    price_table = other.price_table;
}

std::optional<double> drift::share() const
{
    if (attempts == 0 || expected.count <= 0)
        return std::nullopt;
    return static_cast<double>(charged.count) / static_cast<double>(expected.count) - 1;
}

void note_drift(drift_by_route& all, const job::attempt_ended& ended)
{
    drift one;
    one.add(ended);
    if (one.attempts == 0)
        return;
    auto name = ended.route_owner + "/" + ended.api + "/" + ended.model_requested;
    if (all.size() >= drift_routes_max && !all.contains(name))
        name.clear();
    all[name].add(one);
}

std::string drift_text(const drift& compared)
{
    const auto share = compared.share();
    if (!share)
        return {};
    constexpr double as_estimated = 0.005;
    const auto table =
        compared.price_table.empty() ? std::string{} : " (prices of " + compared.price_table + ")";
    if (std::abs(*share) < as_estimated)
        return "cost was as estimated" + table;
    return fmt::format("cost was {:.1f} % {} the estimate{}", std::abs(*share) * 100,
                       *share > 0 ? "above" : "below", table);
}

} // namespace engine::ledger
