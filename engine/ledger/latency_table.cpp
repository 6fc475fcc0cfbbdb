#include "engine/ledger/latency_table.hpp"

#include <algorithm>
#include <cmath>

namespace engine::ledger {

namespace {

// No attempt takes a day: a figure above it is nonsense from a damaged clock.
constexpr double longest_ms = 86'400'000;

// Until the slot was free again: the answer's last byte, or, when a text model was asked first (its
// time is in none of the phases), the whole attempt without what this machine did afterwards.
std::optional<double> on_wire(const job::attempt_ended& ended)
{
    const auto& ms = ended.latency_ms;
    const bool text_asked = ended.enriched && !ended.enriched->cached;
    if (!text_asked && ms.last_byte)
        return ms.last_byte;
    if (!ms.total)
        return std::nullopt;
    return *ms.total - ms.decode.value_or(0) - ms.encode.value_or(0) - ms.store.value_or(0);
}

bool asks_again(job::outcome how)
{
    return how == job::outcome::overloaded || how == job::outcome::bad_output;
}

bool ends_or_repeats(job::outcome how)
{
    return how == job::outcome::delivered || how == job::outcome::refused ||
           how == job::outcome::invalid || how == job::outcome::unknown || asks_again(how);
}

} // namespace

void weighted_mean::add(double value)
{
    ++count_;
    weight_ += 1;
    sum_ += value;
    squares_ += value * value;
}

void weighted_mean::fade(double weight_max)
{
    if (weight_ <= weight_max)
        return;
    const double share = weight_max / weight_;
    weight_ *= share;
    sum_ *= share;
    squares_ *= share;
}

double weighted_mean::deviation() const
{
    if (count_ < 2 || weight_ <= 0)
        return 0;
    return std::sqrt(std::max(0.0, squares_ / weight_ - mean() * mean()));
}

void latency_table::add(const job::attempt_ended& ended, std::uint32_t run)
{
    if (!ends_or_repeats(ended.outcome))
        return;
    auto route = ended.route_owner + "/" + ended.api + "/" + ended.model_requested;
    if (repeats_.contains(route) || repeats_.size() < routes_max) {
        auto& repeats = repeats_[route];
        if (repeats.run != run)
            repeats.again.fade(older_weight_max);
        repeats.run = run;
        repeats.again.add(asks_again(ended.outcome) ? 1 : 0);
    }
    const auto took = on_wire(ended);
    if (ended.outcome != job::outcome::delivered || !took || !(*took > 0 && *took < longest_ms))
        return;
    form of{std::move(route), ended.request.size, ended.request.quality};
    if (!cells_.contains(of) && cells_.size() >= cells_max) {
        of.size.clear();
        of.quality.clear();
        if (!cells_.contains(of) && cells_.size() >= cells_max + routes_max)
            return;
    }
    auto& cell = cells_[of];
    if (cell.run != run) {
        cell.on_wire_ms.fade(older_weight_max);
        cell.local_ms.fade(older_weight_max);
    }
    cell.run = run;
    cell.on_wire_ms.add(*took);
    const auto& ms = ended.latency_ms;
    const double local = ms.decode.value_or(0) + ms.encode.value_or(0);
    if (local > 0 && local < longest_ms)
        cell.local_ms.add(local);
}

const measured_latency* latency_table::find(const std::string& route, const std::string& size,
                                            const std::string& quality) const
{
    const auto found = cells_.find(form{route, size, quality});
    return found == cells_.end() ? nullptr : &found->second;
}

void latency_table::for_each(std::string_view route,
                             const std::function<void(const std::string&, const std::string&,
                                                      const measured_latency&)>& visit) const
{
    for (auto cell = cells_.lower_bound(form{std::string(route), {}, {}});
         cell != cells_.end() && cell->first.route == route; ++cell)
        visit(cell->first.size, cell->first.quality, cell->second);
}

const measured_repeats* latency_table::repeats(const std::string& route) const
{
    const auto found = repeats_.find(route);
    return found == repeats_.end() ? nullptr : &found->second;
}

} // namespace engine::ledger
