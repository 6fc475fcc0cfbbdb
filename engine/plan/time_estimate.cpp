#include "engine/plan/time_estimate.hpp"

#include "engine/plan/timetable.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace engine::plan {

namespace {

std::chrono::milliseconds milliseconds_of(double seconds)
{
    return std::chrono::milliseconds(std::llround(std::min(seconds, 1e12) * 1000));
}

template <class T>
void lower(std::optional<T>& limit, const std::optional<T>& other)
{
    if (other)
        limit = std::min(limit.value_or(*other), *other);
}

void lower(job::rate_limits& limits, const job::rate_limits& others)
{
    lower(limits.requests_per_minute, others.requests_per_minute);
    lower(limits.images_per_minute, others.images_per_minute);
    lower(limits.tokens_per_minute, others.tokens_per_minute);
}

// The plan as the timetable wants it; kept so that it can be played again with a change.
struct stage {
    std::vector<timetable_account> accounts;
    std::vector<std::string> account_names;
    std::vector<timetable_route> routes;
    std::vector<const route_load*> loads;
    timetable_options options;

    [[nodiscard]] timetable play() const { return plan::play(accounts, routes, options); }
};

timetable_account account_of(const job::provider_spec* spec, const job::rate_limits& own)
{
    timetable_account one;
    if (spec)
        one.limits = spec->limits;
    lower(one.limits, own);
    one.concurrency = one.limits.concurrency.value_or(schedule::default_concurrency);
    if (own.concurrency)
        one.concurrency = std::min(one.concurrency, *own.concurrency);
    return one;
}

// `providers`: with what was learned about them.
stage set_up(const plan_totals& totals, const std::vector<job::provider_spec>& providers,
             const latency_book& latencies, const time_settings& settings)
{
    stage made;
    made.options.concurrency_total = settings.concurrency;
    const int first = schedule::options{}.concurrency_first;
    for (const auto& [name, load] : totals.routes) {
        const auto* spec = job::find_provider(providers, load.route.provider);
        const bool by_model = spec && spec->limits_owner() == job::limit_owner::model;
        const auto known = std::ranges::find(made.account_names, load.route.provider);
        const auto index = static_cast<std::size_t>(known - made.account_names.begin());
        if (known == made.account_names.end()) {
            // What the look-alike tells is learned with its first answer.
            made.accounts.push_back(
                account_of(spec, latencies.limits_of_profile(load.route.provider)));
            made.account_names.push_back(load.route.provider);
        }
        auto& account = made.accounts[index];
        timetable_route route;
        route.account = index;
        if (spec)
            if (const auto own = spec->model_limits.find(load.route.model);
                own != spec->model_limits.end())
                route.limits = own->second;
        // Where no rate is known the run searches for what the provider takes: by the model or by
        // the account, whose limits they are.
        if (!by_model && !schedule::any_rate(account.limits))
            account.concurrency_first = first;
        if (by_model && !schedule::any_rate(account.limits) && !schedule::any_rate(route.limits))
            route.concurrency_first = first;
        route.by_depth = load.by_depth;
        route.again = latencies.again(load.route);
        for (const auto& one : load.classes) {
            const auto count = static_cast<double>(one.count);
            route.classes.push_back({one.count, one.latency.seconds, one.latency.sigma,
                                     one.tokens / count, one.images / count});
        }
        made.routes.push_back(std::move(route));
        made.loads.push_back(&load);
    }
    return made;
}

// The limit that binds, where it can be changed: of the account or of the model.
std::optional<double>* rate_at(job::rate_limits& limits, bound which)
{
    switch (which) {
    case bound::requests_per_minute:
        return &limits.requests_per_minute;
    case bound::images_per_minute:
        return &limits.images_per_minute;
    case bound::tokens_per_minute:
        return &limits.tokens_per_minute;
    default:
        return nullptr;
    }
}

// Null when it is no limit a minute that binds.
std::optional<double>* rate_that_binds(stage& of, const timetable& now)
{
    auto* of_account = rate_at(of.accounts[now.account].limits, now.binding);
    if (of_account == nullptr)
        return nullptr;
    auto* of_route = rate_at(of.routes[now.route].limits, now.binding);
    auto* limit = *of_route && (!*of_account || **of_route < **of_account) ? of_route : of_account;
    return *limit ? limit : nullptr;
}

// Whether the limit that binds is smaller than any that somebody wrote down.
bool is_learned(stage as_is, const timetable& now, const job::provider_spec* written)
{
    const auto* limit = rate_that_binds(as_is, now);
    if (limit == nullptr || !written || written->is_simulator())
        return false;
    auto limits = written->limits;
    if (const auto own = written->model_limits.find(as_is.loads[now.route]->route.model);
        own != written->model_limits.end())
        lower(limits, own->second);
    const auto& by_hand = *rate_at(limits, now.binding);
    return !by_hand || **limit < *by_hand;
}

std::string plain(double number)
{
    return fmt::format("{:.10g}", number);
}

// Doubles what binds, and says so: "images_per_minute 60 -> 120". Empty when it is nothing that
// can be changed by a setting.
std::string double_bound(stage& changed, const timetable& now)
{
    auto& account = changed.accounts[now.account];
    auto& route = changed.routes[now.route];
    if (now.binding == bound::concurrency_total) {
        const int before = changed.options.concurrency_total.value_or(1);
        changed.options.concurrency_total = before * 2;
        return fmt::format("-j {} -> {}", before, before * 2);
    }
    if (now.binding == bound::concurrency) {
        if (route.limits.concurrency && *route.limits.concurrency < account.concurrency) {
            const int before = *route.limits.concurrency;
            route.limits.concurrency = before * 2;
            return fmt::format("concurrency {} -> {}", before, before * 2);
        }
        const int before = account.concurrency;
        account.concurrency = before * 2;
        return fmt::format("concurrency {} -> {}", before, before * 2);
    }
    auto* limit = rate_that_binds(changed, now);
    if (limit == nullptr)
        return {};
    const double before = **limit;
    *limit = before * 2;
    return fmt::format("{} {} -> {}", name_of(now.binding), plain(before), plain(before * 2));
}

std::string bound_phrase(const timetable& then)
{
    return then.binding == bound::latency ? std::string("how long a picture takes")
                                          : std::string(name_of(then.binding));
}

// The one setting that helps most for nothing, as far as somebody has sold it.
std::string faster_by_limit(const stage& as_is, const timetable& now)
{
    constexpr double worth_saying = 0.9;
    constexpr double halved = 0.55;
    auto changed = as_is;
    const auto what = double_bound(changed, now);
    if (what.empty())
        return {};
    const auto then = changed.play();
    std::string text = fmt::format("{}{}: ", what,
                                   now.binding == bound::concurrency_total
                                       ? std::string{}
                                       : " at " + as_is.account_names[now.account]);
    if (then.seconds > now.seconds * worth_saying) {
        // Not alone: what binds next has to give way, too.
        const auto next = double_bound(changed, then);
        const auto both = next.empty() ? then : changed.play();
        if (next.empty() || both.seconds > now.seconds * worth_saying)
            return {};
        return fmt::format("{}{} together with {}: {}", what,
                           now.binding == bound::concurrency_total
                               ? std::string{}
                               : " at " + as_is.account_names[now.account],
                           next, base::format_duration(milliseconds_of(both.seconds)));
    }
    if (then.seconds <= now.seconds * halved)
        text += "half the time, ";
    text += base::format_duration(milliseconds_of(then.seconds));
    if (then.binding != now.binding)
        text += ", then bound by " + bound_phrase(then);
    return text;
}

// What the same pictures at quality low would take and cost.
std::string faster_by_quality(const stage& as_is, const timetable& now, const plan_totals& totals,
                              const latency_book& latencies, const job::price_table& prices)
{
    constexpr double worth_saying = 0.75;
    auto changed = as_is;
    base::microusd saved;
    bool any = false;
    for (std::size_t i = 0; i < changed.routes.size(); ++i) {
        const auto& load = *as_is.loads[i];
        const auto price = prices.find_route(load.route);
        for (std::size_t k = 0; k < load.classes.size(); ++k) {
            const auto& one = load.classes[k];
            if (one.shape.quality != "medium" && one.shape.quality != "high")
                continue;
            any = true;
            auto low = one.shape;
            low.quality = "low";
            changed.routes[i].classes[k].seconds = latencies.find(load.route, low).seconds;
            const auto before = job::estimate_cost(one.shape, price);
            const auto after = job::estimate_cost(low, price);
            saved += (before.expected - after.expected) * one.count;
            // Tokens fall with the worst case, which is what the limit is charged.
            changed.routes[i].classes[k].tokens -=
                static_cast<double>(before.worst_tokens - after.worst_tokens);
        }
    }
    if (!any)
        return {};
    const auto then = changed.play();
    if (then.seconds > now.seconds * worth_saying)
        return {};
    auto text = "quality low: " + base::format_duration(milliseconds_of(then.seconds));
    if (totals.unpriced == 0)
        text += fmt::format(" and {} instead of {}", base::format_usd(totals.expected - saved),
                            base::format_usd(totals.expected));
    return text;
}

std::string latency_phrase(const plan_totals& totals)
{
    std::array<std::int64_t, 4> by_source{};
    std::int64_t samples = 0;
    for (const auto& [name, load] : totals.routes)
        for (const auto& one : load.classes) {
            by_source[static_cast<std::size_t>(one.latency.source)] += one.count;
            if (one.latency.source == latency_source::measured)
                samples += one.latency.samples;
        }
    const auto of = [&](latency_source which) {
        return by_source[static_cast<std::size_t>(which)];
    };
    const auto all = of(latency_source::measured) + of(latency_source::scaled) +
                     of(latency_source::profile) + of(latency_source::guess);
    if (of(latency_source::measured) == all)
        return fmt::format("measured on {} image{}", samples, samples == 1 ? "" : "s");
    if (of(latency_source::profile) == all)
        return "as the look-alike's profile says";
    if (of(latency_source::guess) == all)
        return "a guess";
    if (of(latency_source::guess) == 0 && of(latency_source::profile) == 0)
        return of(latency_source::measured) == 0 ? "measured in other forms, scaled"
                                                 : "partly measured in other forms, scaled";
    return fmt::format("a guess for {} of {} images", of(latency_source::guess), all);
}

} // namespace

std::vector<job::provider_spec> with_learned(std::vector<job::provider_spec> providers,
                                             const learned_limits& learned)
{
    for (auto& spec : providers) {
        const auto known = learned.find(spec.name);
        if (known == learned.end())
            continue;
        const bool by_model = spec.limits_owner() == job::limit_owner::model;
        for (const auto& [model, limits] : known->second)
            if (by_model && !model.empty())
                lower(spec.model_limits[model], limits);
            else if (!by_model && model.empty())
                lower(spec.limits, limits);
    }
    return providers;
}

time_estimate estimate_time(const plan_totals& totals,
                            const std::vector<job::provider_spec>& providers,
                            const latency_book& latencies, const job::price_table& prices,
                            const time_settings& settings)
{
    time_estimate estimate;
    const auto as_is =
        set_up(totals, with_learned(providers, settings.learned), latencies, settings);
    if (as_is.routes.empty())
        return estimate;
    const auto now = as_is.play();
    double local = 0;      // seconds of all threads together
    double local_last = 0; // what follows the last answer
    for (const auto* load : as_is.loads)
        for (const auto& one : load->classes) {
            local += one.latency.local_seconds * static_cast<double>(one.count);
            local_last = std::max(local_last, one.latency.local_seconds);
        }
    local /= std::max(1, settings.threads);

    estimate.latency_from = latency_phrase(totals);
    estimate.duration = milliseconds_of(now.seconds + local_last);
    estimate.shortest = milliseconds_of(now.seconds_low + local_last);
    estimate.longest = milliseconds_of(now.seconds_high + local_last);
    estimate.binding = name_of(now.binding);
    if (now.binding != bound::concurrency_total)
        estimate.binding_at = as_is.account_names[now.account];
    estimate.binding_learned =
        is_learned(as_is, now, job::find_provider(providers, as_is.account_names[now.account]));
    if (local > now.seconds) {
        estimate.duration = milliseconds_of(local);
        estimate.shortest = std::max(estimate.shortest, estimate.duration);
        estimate.longest = std::max(estimate.longest, estimate.duration);
        estimate.binding = "this machine";
        estimate.binding_at.clear();
        estimate.binding_learned = false;
        return estimate;
    }
    if (auto text = faster_by_limit(as_is, now); !text.empty())
        estimate.faster.push_back(std::move(text));
    if (auto text = faster_by_quality(as_is, now, totals, latencies, prices); !text.empty())
        estimate.faster.push_back(std::move(text));
    return estimate;
}

} // namespace engine::plan
