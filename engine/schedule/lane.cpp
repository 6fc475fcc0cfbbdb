// lane: see the header.
#include "engine/schedule/lane.hpp"

#include "engine/base/assert.hpp"

#include <algorithm>

namespace engine::schedule {
lane::lane(const options& options, std::size_t index, account& of, time_point now)
    : index_(index), account_(&of),
      models_(options.accounts[options.routes[index].account].limits_are_the_models)
{
    const route_options& mine = options.routes[index];
    const account_options& whole = options.accounts[mine.account];
    const bool known = any_rate(mine.limits) || any_rate(mine.before.limits) ||
                       any_rate(whole.limits) || any_rate(whole.before.limits) || !models_ ||
                       options.concurrency_first == 0;
    if (!models_ && mine.limits == job::rate_limits{} && !any_rate(mine.before.limits) &&
        !mine.before.paused_until)
        return; // nothing can ever be its own
    const int most =
        mine.limits.concurrency.value_or(whole.limits.concurrency.value_or(default_concurrency));
    own_.emplace(
        options, scope{scope::kind::route, index},
        gate::settings{mine.limits, mine.before, most, known ? most : options.concurrency_first},
        now);
}

std::optional<obstacle> lane::closed(time_point now) const
{
    if (const auto shared = account_->closed(now))
        return shared;
    return own_ ? own_->closed(now) : std::nullopt;
}

std::optional<obstacle> lane::short_of(const choice& wanted, time_point now)
{
    const auto units = units_of(wanted);
    obstacle worst{"", now};
    account_->shared.wait_for(units, now, worst);
    if (own_)
        own_->wait_for(units, now, worst);
    if (worst.binding.empty())
        return std::nullopt;
    if (*worst.until == time_point::max()) // no share of so small a limit: until that changes
        return obstacle{"shared_limits", std::nullopt};
    return worst;
}

lane::attempt lane::start(const choice& wanted, time_point now)
{
    ENGINE_ASSERT(!stopped());
    const auto units = units_of(wanted);
    attempt made{.started = now, .on_wire = true, .tokens = wanted.tokens};
    made.from_account = account_->shared.start(units, now);
    if (own_)
        made.from_route = own_->start(units, now);
    made.probe = account_->breaker().started();
    return made;
}

void lane::leave()
{
    account_->shared.leave();
    if (own_)
        own_->leave();
}

void lane::read(const attempt& running, const std::vector<bucket_reading>& readings, time_point now,
                std::vector<action>& actions)
{
    if (!stopped())
        learn(running, readings, false, now, actions);
}

void lane::settle(const attempt& ended, const attempt_settled& how, time_point now,
                  std::vector<action>& actions)
{
    if (ended.on_wire)
        leave();
    if (stopped())
        return;
    circuit& breaker = account_->breaker();
    if (how.beside_route || how.again) {
        breaker.ended(ended.probe);
        return;
    }
    using job::outcome;
    if (how.tokens) {
        account_->shared.correct_tokens(ended.tokens, *how.tokens, ended.started,
                                        ended.from_account);
        if (own_)
            own_->correct_tokens(ended.tokens, *how.tokens, ended.started, ended.from_route);
    }
    learn(ended, how.readings, how.outcome == outcome::rate_limited, now, actions);

    switch (how.outcome) {
    case outcome::delivered:
    case outcome::bad_output:
        account_->shared.delivered(now);
        if (own_)
            own_->delivered(now);
        [[fallthrough]];
    case outcome::refused:
    case outcome::invalid:
        told().answered();
        account_->answered(actions);
        return;
    case outcome::rate_limited:
        if (!how.never_fits)
            refuse(ended, how, now, actions);
        if (!stopped())
            account_->answered(actions);
        return;
    case outcome::overloaded:
        told().answered();
        account_->shared.overloaded(account_->shared.in_flight() + 1, ended.started, now);
        if (own_ && own_->searching())
            own_->overloaded(own_->in_flight() + 1, ended.started, now);
        [[fallthrough]];
    case outcome::not_sent:
    case outcome::unknown:
        account_->failed(ended.probe, now, actions);
        return;
    case outcome::account:
        if (!how.about_model)
            return account_->stop(finish_cause::account, how.code, actions);
        stop(finish_cause::account, how.code, actions);
        account_->answered(actions);
        return;
    case outcome::cancelled:
        breaker.ended(ended.probe);
        return;
    }
}

void lane::learn(const attempt& from, const std::vector<bucket_reading>& readings, bool refused,
                 time_point now, std::vector<action>& actions)
{
    const gate* above = models_ ? &account_->shared : nullptr;
    const gate::receipt& drawn = models_ ? from.from_route : from.from_account;
    told().learn({readings, drawn, from.started, refused}, above, now, actions);
}

void lane::refuse(const attempt& ended, const attempt_settled& how, time_point now,
                  std::vector<action>& actions)
{
    if (told().refuse(how, ended.started, models_ ? &account_->shared : nullptr, now, actions))
        return;
    if (models_)
        stop(finish_cause::rate_limited, how.code, actions);
    else
        account_->stop(finish_cause::rate_limited, how.code, actions);
}

void lane::follow_share(time_point now)
{
    if (own_)
        own_->set_share(account_->ours(), account_->share_periods(), now);
}

void lane::stop(finish_cause cause, const std::string& detail, std::vector<action>& actions)
{
    stopped_ = cause;
    if (own_)
        own_->forget_pause();
    actions.push_back(stop_route{{scope::kind::route, index_}, cause, stop_reason(cause, detail)});
}

void lane::announce(time_point now, std::vector<action>& actions)
{
    if (own_)
        own_->announce(stopped().has_value(), now, actions);
}

} // namespace engine::schedule
