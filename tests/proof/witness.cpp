#include "tests/proof/witness.hpp"

#include <algorithm>

namespace proof {

using namespace engine;
using job::outcome;

namespace {

// "KEY16.ATTEMPT": what the ledger and a client request id
// ("RUN.KEY16.ATTEMPT") have in common.
std::string place_of(const std::string& key, int attempt)
{
    return key.substr(0, 16) + "." + std::to_string(attempt);
}

struct written_attempt {
    std::optional<job::intent_opened> intent;
    std::optional<job::attempt_ended> line; // the last of its number
    base::microusd charged;
    bool picture_charged = false;
};

std::string usd(base::microusd amount)
{
    return base::format_usd(amount);
}

} // namespace

witness::witness(std::optional<base::microusd> cap, base::microusd spent_before, const bool& alive,
                 complaint complain, std::function<void(const job::event&)> told)
    : cap_(cap), spent_(spent_before), alive_(alive), complain_(std::move(complain)),
      told_(std::move(told))
{}

void witness::check_cap() const
{
    if (cap_ && spent_ + reserved_ > *cap_ && reserved_.count > 0)
        complain_("the ledger's lines add up to " + usd(spent_) + " spent and " + usd(reserved_) +
                  " reserved; the cap is " + usd(*cap_));
}

void witness::on_event(const job::event& happened)
{
    if (!alive_)
        return;
    told_(happened);
    if (const auto* intent = std::get_if<job::intent_opened>(&happened.body)) {
        if (!open_.emplace(place_of(intent->key, intent->attempt), intent->reserved).second)
            complain_("attempt " + std::to_string(intent->attempt) + " of " + intent->item +
                      " was opened twice");
        reserved_ += intent->reserved;
        check_cap();
    } else if (const auto* line = std::get_if<job::attempt_ended>(&happened.body)) {
        // Without an intent of this process it settles an older one, counted in
        // what was spent before.
        if (const auto found = open_.find(place_of(line->key, line->attempt));
            found != open_.end()) {
            reserved_ -= found->second;
            spent_ += line->cost;
            if (line->cost > found->second)
                complain_("attempt " + std::to_string(line->attempt) + " of " + line->item +
                          " cost " + usd(line->cost) + ", more than the " + usd(found->second) +
                          " that was reserved");
            open_.erase(found);
        }
    } else if (const auto* ended = std::get_if<job::item_ended>(&happened.body)) {
        if (!ended_.insert(ended->item).second)
            complain_(ended->item + " ended twice in one run");
    }
}

void witness::on_progress(const job::progress& now)
{
    if (!alive_)
        return;
    last_ = now;
    if (now.cap && now.reserved.count > 0 && now.spent + now.reserved > *now.cap)
        complain_("the scheduler has " + usd(now.spent) + " spent and " + usd(now.reserved) +
                  " reserved; the cap is " + usd(*now.cap));
}

void witness::on_end() const
{
    if (!open_.empty())
        complain_(open_.begin()->first + " and " + std::to_string(open_.size() - 1) +
                  " others were opened and never settled");
    if (last_ && (last_->in_flight != 0 || last_->encoding != 0 || last_->reserved.count != 0))
        complain_("the run ended with " + std::to_string(last_->in_flight) + " in flight, " +
                  std::to_string(last_->encoding) + " being stored and " + usd(last_->reserved) +
                  " reserved");
}

void hold_against_bill(const std::vector<job::event>& ledger,
                       const std::map<std::string, billed_attempt>& bill,
                       const witness::complaint& complain)
{
    std::map<std::string, written_attempt> all;
    std::map<std::string, int> delivered; // by key
    for (const auto& one : ledger) {
        if (const auto* intent = std::get_if<job::intent_opened>(&one.body))
            all[place_of(intent->key, intent->attempt)].intent = *intent;
        if (const auto* line = std::get_if<job::attempt_ended>(&one.body)) {
            auto& place = all[place_of(line->key, line->attempt)];
            if (line->outcome == outcome::delivered &&
                (!place.line || place.line->outcome != outcome::delivered))
                if (++delivered[line->key] == 2)
                    complain("the ledger has " + line->item + " delivered twice");
            place.line = *line;
        }
    }
    for (const auto& [id, one] : bill) {
        auto& place = all[id.substr(id.find('.') + 1)];
        place.charged += one.charged();
        place.picture_charged = place.picture_charged || one.picture.count > 0;
    }
    for (const auto& [id, one] : all) {
        const auto said = " for attempt " + id;
        if (!one.line) {
            const auto declared = one.intent ? one.intent->reserved : base::microusd{};
            if (one.charged > declared)
                complain("the provider charged " + usd(one.charged) + said +
                         (one.intent ? ", more than its open intent declares"
                                     : ", of which the ledger knows nothing"));
            continue;
        }
        const auto& line = *one.line;
        if (!one.intent)
            complain("a line without an intent" + said);
        const bool may_be_more = line.possibly_billed || line.outcome == outcome::unknown ||
                                 line.cost_basis == job::cost_basis::estimate;
        if (may_be_more ? line.cost < one.charged : line.cost != one.charged)
            complain("the provider charged " + usd(one.charged) + said + ", the ledger has " +
                     std::string(job::name_of(line.outcome)) + " at " + usd(line.cost));
        if (line.outcome == outcome::delivered && !one.picture_charged)
            complain("the ledger has a picture delivered that was never drawn" + said);
    }
}

} // namespace proof
