// options: see the header.
#include "engine/schedule/options.hpp"

#include <cmath>
#include <fmt/format.h>
#include <utility>

namespace engine::schedule {
namespace {

constexpr int concurrency_max = 10'000;                             // job::rate_limits says so
constexpr std::chrono::milliseconds longest = std::chrono::days(7); // keeps sums of times in range

void check_limits(const std::string& name, const job::rate_limits& limits,
                  std::vector<std::string>& wrong)
{
    const auto check_rate = [&](const char* what, const std::optional<double>& rate) {
        if (rate && !(std::isfinite(*rate) && *rate > 0))
            wrong.push_back(fmt::format("{}: {} must be above 0, not {}", name, what, *rate));
    };
    check_rate("requests_per_minute", limits.requests_per_minute);
    check_rate("images_per_minute", limits.images_per_minute);
    check_rate("tokens_per_minute", limits.tokens_per_minute);
    const int at_once = limits.concurrency.value_or(1);
    if (at_once < 1 || at_once > concurrency_max)
        wrong.push_back(fmt::format("{}: concurrency must be from 1 to {}, not {}", name,
                                    concurrency_max, at_once));
}

} // namespace

options with_accounts(options wanted)
{
    if (!wanted.accounts.empty())
        return wanted;
    for (std::size_t i = 0; i < wanted.routes.size(); ++i) {
        route_options& route = wanted.routes[i];
        route.account = i;
        wanted.accounts.push_back({.name = route.name,
                                   .limits = std::exchange(route.limits, {}),
                                   .before = std::exchange(route.before, {})});
    }
    return wanted;
}

std::vector<std::string> validate(const options& wanted)
{
    std::vector<std::string> wrong;
    const auto expect = [&](bool good, std::string sentence) {
        if (!good)
            wrong.push_back(std::move(sentence));
    };
    const std::chrono::milliseconds none{0};

    expect(!wanted.routes.empty() || !wanted.accounts.empty(), "there must be at least one route");
    const auto named = [](const std::string& name, std::string_view kind, std::size_t index) {
        return name.empty() ? fmt::format("{} {}", kind, index) : name;
    };
    for (std::size_t i = 0; i < wanted.accounts.size(); ++i)
        check_limits(named(wanted.accounts[i].name, "account", i), wanted.accounts[i].limits,
                     wrong);
    for (std::size_t i = 0; i < wanted.routes.size(); ++i) {
        const std::string name = named(wanted.routes[i].name, "route", i);
        check_limits(name, wanted.routes[i].limits, wrong);
        expect(wanted.accounts.empty() || wanted.routes[i].account < wanted.accounts.size(),
               name + ": there is no such account");
    }

    expect(!wanted.cap || wanted.cap->count >= 0, "the cost cap must not be negative");
    expect(wanted.spent_before.count >= 0, "what was spent before must not be negative");
    expect(wanted.run_cap.value_or(base::microusd{}).count >= 0 &&
               wanted.day_cap.value_or(base::microusd{}).count >= 0,
           "a cost cap must not be negative");
    expect(wanted.spent_today.count >= 0, "what was spent today must not be negative");
    for (const purse_options& job : wanted.job_purses)
        expect(job.cap.value_or(base::microusd{}).count >= 0 && job.spent_before.count >= 0,
               job.name + ": neither the cap nor what was spent may be negative");
    expect(wanted.concurrency_total.value_or(1) >= 1, "the total concurrency must be at least 1");
    expect(wanted.concurrency_first >= 0, "concurrency_first must not be negative");
    expect(wanted.settling_max >= 1, "settling_max must be at least 1");
    expect(wanted.backoff.base > none && wanted.backoff.cap >= wanted.backoff.base,
           "the backoff needs 0 < base <= cap");
    expect(wanted.circuit.failures_to_open >= 0, "failures_to_open must not be negative");
    expect(wanted.circuit.probe_base > none &&
               wanted.circuit.probe_cap >= wanted.circuit.probe_base,
           "the circuit needs 0 < probe_base <= probe_cap");
    expect(wanted.circuit.probes_max >= 1 && wanted.circuit.probes_max_unseen >= 1,
           "the circuit needs at least one probe");
    expect(wanted.not_sent_max >= 1, "not_sent_max must be at least 1");
    expect(wanted.bad_output_max >= 1, "bad_output_max must be at least 1");
    expect(wanted.retry_after_max > none, "retry_after_max must be above 0");
    expect(wanted.rate_limited_give_up >= none, "rate_limited_give_up must not be negative");
    for (const halt_rule& rule : wanted.halts) {
        expect(rule.fraction || rule.count >= 1, "a halt needs a number of at least 1");
        expect(!rule.fraction || (*rule.fraction >= 0 && *rule.fraction <= 1),
               "the halt fraction must be from 0 to 1");
        expect(!rule.fraction || rule.what == halt_rule::counted::failed,
               "only failed items are counted as a part");
    }
    expect(wanted.halt_after_items >= 1, "halt_after_items must be at least 1");
    expect(wanted.arrival_jitter >= none, "arrival_jitter must not be negative");
    for (const auto wait : {wanted.backoff.cap, wanted.circuit.probe_cap, wanted.retry_after_max,
                            wanted.rate_limited_give_up, wanted.arrival_jitter})
        expect(wait <= longest, "no wait may be longer than 7 days");
    return wrong;
}

} // namespace engine::schedule
