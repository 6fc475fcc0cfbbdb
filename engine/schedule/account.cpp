// account: see the header.
#include "engine/schedule/account.hpp"

#include <algorithm>

namespace engine::schedule {
namespace {

gate::settings settings_of(const options& options, std::size_t index)
{
    const account_options& mine = options.accounts[index];
    const int most = mine.limits.concurrency.value_or(default_concurrency);
    // Where each model has limits of its own, the search is the route's.
    const bool known = any_rate(mine.limits) || any_rate(mine.before.limits) ||
                       mine.limits_are_the_models || options.concurrency_first == 0;
    return {mine.limits, mine.before, most, known ? most : options.concurrency_first};
}

} // namespace

account::account(const options& options, std::size_t index, time_point now)
    : shared(options, {scope::kind::account, index}, settings_of(options, index), now),
      index_(index), circuit_(options.circuit)
{}

std::optional<obstacle> account::closed(time_point now) const
{
    if (circuit_.is_open()) {
        if (circuit_.probing())
            return obstacle{"provider_down", std::nullopt};
        if (now < circuit_.probe_at())
            return obstacle{"provider_down", circuit_.probe_at()};
    }
    if (share_.of == 0) // the run waits until the others know of it
        return obstacle{"shared_limits", std::nullopt};
    return shared.closed(now);
}

void account::change_share(const share_changed& to, time_point now)
{
    const share next{to.index, to.of};
    // Pace alone keeps the sum under the limit while everybody changes over; but each who was there
    // may be one start ahead of its pace. So who joins lets that many pass, who has to slow down
    // begins anew with the new distance, and who may go faster waits for one more.
    if (share_.of == 0 || to.joined)
        share_periods_ = to.joined ? std::max(0, to.of - 1) : 0;
    else
        share_periods_ = next.of < share_.of ? 2 : 1;
    share_ = next;
    shared.set_share(share_, share_periods_, now);
}

void account::react(circuit::change change, std::vector<action>& actions)
{
    const scope me{scope::kind::account, index_};
    switch (change) {
    case circuit::change::none:
        return;
    case circuit::change::opened:
        actions.push_back(pause_route{me, circuit_.probe_at(), "provider_down"});
        return;
    case circuit::change::closed:
        if (!shared.pause_announced()) // else the pause's own end says so
            actions.push_back(resume_route{me});
        return;
    case circuit::change::gave_up:
        stop(finish_cause::provider_down, "", actions);
        return;
    }
}

void account::stop(finish_cause cause, const std::string& detail, std::vector<action>& actions)
{
    stopped_ = cause;
    shared.forget_pause();
    actions.push_back(
        stop_route{{scope::kind::account, index_}, cause, stop_reason(cause, detail)});
}

std::string stop_reason(finish_cause cause, const std::string& detail)
{
    std::string reason(name_of(cause));
    if (!detail.empty())
        reason += ": " + detail;
    return reason;
}

} // namespace engine::schedule
