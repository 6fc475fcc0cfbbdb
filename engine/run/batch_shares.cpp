// batch_shares: the run among others that use the same keys. It says that it is there while
// something waits for a key, tells the scheduler its part, and writes down what it learns.
#include "engine/run/batch_machine.hpp"

#include <algorithm>

namespace engine::run {

namespace {

using namespace std::chrono_literals;

constexpr auto look_every = 500ms;
// Who joins waits until all others have looked, and a little for a loaded machine.
constexpr auto settle_for = 3 * look_every;
// Who has nothing to wait for leaves its part to the others. Long enough that a queue that runs
// dry for a moment costs nobody the half second.
constexpr auto idle_for = 5s;
constexpr auto write_every = 5s;
constexpr auto pause_worth_keeping = 2s; // a new process needs that long to start anyway

} // namespace

// What earlier runs learned, for the scheduler's beginning.
void batch::machine::recall_limits(schedule::options& wanted)
{
    for (std::size_t i = 0; i < options_.providers.size(); ++i) {
        const auto found = with_.shared.find(options_.providers[i].name);
        if (found == with_.shared.end())
            continue;
        auto& ours = shares_[i];
        ours.account = found->second;
        auto known = ours.account->recall(with_.time.wall_now());
        if (known)
            ours.known = std::move(*known);
        else
            events_.note(job::warning_raised{"", options_.providers[i].name +
                                                     ": what earlier runs learned about its limits "
                                                     "is not used: " +
                                                     known.error().message()});
        if (options_.providers[i].limits_owner() == job::limit_owner::account)
            wanted.accounts[i].before = before_of(i, "");
    }
}

schedule::remembered batch::machine::before_of(std::size_t account, const std::string& model) const
{
    schedule::remembered before;
    const auto ours = shares_.find(account);
    if (ours == shares_.end())
        return before;
    const auto known = ours->second.known.find(model);
    if (known == ours->second.known.end())
        return before;
    before.limits = known->second.limits;
    if (const auto until = known->second.paused_until)
        before.paused_until = with_.time.now() + (*until - with_.time.wall_now());
    return before;
}

void batch::machine::begin_shares()
{
    for (const auto& [account, ours] : shares_)
        step(schedule::share_changed{account, 0, 0, false});
}

// Twice a second; and at once for an account that something waits for and where we are not yet.
void batch::machine::share_limits()
{
    const auto now = with_.time.now();
    for (auto& [account, ours] : shares_) {
        const bool wanted = scheduler_->waits_at(account);
        if (wanted)
            ours.wanted_last = now;
        if (ours.alone)
            continue;
        if (!ours.account->joined()) {
            if (wanted)
                join_share(account, ours);
            continue;
        }
        if (now < ours.look_at)
            continue;
        ours.look_at = now + look_every;
        if (now - ours.wanted_last >= idle_for) {
            ours.account->leave();
            ours.settle_until.reset();
            tell_share(account, ours, {0, 0}, false);
            continue;
        }
        const auto part = ours.account->count();
        if (!part)
            share_failed(account, ours, part.error());
        else if (!ours.settle_until)
            tell_share(account, ours, *part, false);
        else if (now >= *ours.settle_until) {
            ask_again(account, ours); // those who were there first know more by now
            tell_share(account, ours, *part, true);
        }
    }
}

void batch::machine::join_share(std::size_t account, account_share& ours)
{
    const auto now = with_.time.now();
    if (auto joined = ours.account->join(); !joined)
        return share_failed(account, ours, joined.error());
    const auto part = ours.account->count();
    if (!part)
        return share_failed(account, ours, part.error());
    ours.look_at = now + look_every;
    if (part->of == 1) // whoever comes from now on sees us, and waits for us
        tell_share(account, ours, *part, false);
    else
        ours.settle_until = now + settle_for;
}

void batch::machine::ask_again(std::size_t account, account_share& ours)
{
    using kind = schedule::scope::kind;
    auto known = ours.account->recall(with_.time.wall_now());
    if (!known)
        return; // said at the beginning, or written anew in this moment
    ours.known = std::move(*known);
    const auto& provider = options_.providers[account];
    for (const auto& [model, what] : ours.known) {
        const bool whole = provider.limits_owner() == job::limit_owner::account;
        const auto route = routes_.find({provider.name, model});
        if (whole && model.empty())
            step(schedule::limits_remembered{{kind::account, account}, what.limits});
        else if (!whole && route != routes_.end())
            step(schedule::limits_remembered{{kind::route, route->second}, what.limits});
    }
}

void batch::machine::tell_share(std::size_t account, account_share& ours, shared_account::part part,
                                bool joined)
{
    if (joined)
        ours.settle_until.reset();
    if (part.index == ours.told.index && part.of == ours.told.of)
        return;
    ours.told = part;
    step(schedule::share_changed{account, part.index, part.of, joined});
    const auto& name = options_.providers[account].name;
    if (part.of > 1)
        events_.note(job::limit_changed{name, "shared",
                                        "with " + std::to_string(part.of - 1) + " other run" +
                                            (part.of == 2 ? "" : "s") + " on this host",
                                        std::nullopt});
}

// The folder cannot be used: the run goes on as if it were alone.
void batch::machine::share_failed(std::size_t account, account_share& ours,
                                  const base::failure& why)
{
    events_.note(job::warning_raised{
        "", options_.providers[account].name +
                ": its limits are not shared with other runs: " + why.message()});
    ours.alone = true;
    ours.account->leave();
    ours.settle_until.reset();
    tell_share(account, ours, {0, 1}, false);
}

void batch::machine::remember_limit(const schedule::limit_learned& action)
{
    const auto [account, model] = owner_of(action.where);
    if (const auto ours = shares_.find(account); ours != shares_.end())
        ours->second.account->learned(model, action.bucket, action.per_minute,
                                      with_.time.wall_now());
}

void batch::machine::remember_pause(const schedule::pause_route& action)
{
    if (action.reason != "rate_limited" || action.until - with_.time.now() < pause_worth_keeping)
        return;
    const auto [account, model] = owner_of(action.where);
    if (const auto ours = shares_.find(account); ours != shares_.end())
        ours->second.account->paused(model, wall_of(action.until));
}

// The account that a scope belongs to, and the model's name, "" for the account itself.
std::pair<std::size_t, std::string> batch::machine::owner_of(schedule::scope where) const
{
    if (where.what == schedule::scope::kind::account)
        return {where.index, ""};
    for (const auto& [names, index] : routes_)
        if (index == where.index)
            for (std::size_t i = 0; i < options_.providers.size(); ++i)
                if (options_.providers[i].name == names.first)
                    return {i, names.second};
    return {0, ""};
}

void batch::machine::write_limits_down(bool at_the_end)
{
    const auto now = with_.time.now();
    if (!at_the_end && now < write_limits_at_)
        return;
    for (auto& [account, ours] : shares_) {
        if (at_the_end)
            ours.account->leave();
        if (!ours.account->has_news())
            continue;
        write_limits_at_ = now + write_every; // the first news at once: others may wait for it
        if (auto written = ours.account->write_down(with_.time.wall_now()); !written)
            events_.note(job::warning_raised{"", options_.providers[account].name +
                                                     ": what was learned about its limits could "
                                                     "not be kept: " +
                                                     written.error().message()});
    }
}

} // namespace engine::run
