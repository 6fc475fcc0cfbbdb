// world: see the header.
#include "world.hpp"

#include <algorithm>

namespace test {

using namespace schedule;

namespace {
constexpr duration minute = 60s;
}

world::world(world_settings wanted, std::uint64_t seed)
    : arrivals(wanted.servers.size()), settings_(std::move(wanted)), random_(seed),
      machine_(settings_.options, now_), routes_(settings_.servers.size())
{
    spent_ = settings_.options.spent_before;
    spent_today_ = settings_.options.spent_today;
    job_spent_.resize(settings_.jobs);
    job_reserved_.resize(settings_.jobs);
    for (std::size_t i = 0; i < settings_.options.job_purses.size(); ++i)
        job_spent_[i] = settings_.options.job_purses[i].spent_before;
    for (const milliseconds at : settings_.days)
        later(begin_ + at, event(day_begins{}));
    if (settings_.pause_at)
        later(begin_ + *settings_.pause_at, event(pause_admitting{}));
    if (settings_.resume_at)
        later(begin_ + *settings_.resume_at, event(resume_admitting{}));
    for (std::size_t i = 0; i < routes_.size(); ++i) {
        routes_[i].requests_limit = settings_.options.routes[i].limits.requests_per_minute;
        routes_[i].images_limit = settings_.options.routes[i].limits.images_per_minute;
    }
    if (settings_.drain_at)
        later(begin_ + *settings_.drain_at, event(stop_admitting{}));
    if (settings_.cancel_at)
        later(begin_ + *settings_.cancel_at, event(cancel_all{}));
}

void world::run()
{
    for (int steps = 0; faults.size() < 5; ++steps) {
        offer_some();
        if (machine_.finished())
            break;
        if (steps > 3'000'000 || now_ - begin_ > 24h * 30)
            return fault("never ends");
        auto wake = machine_.next_wake();
        if (wake && settings_.wake_late_max > 0)
            *wake += std::chrono::microseconds(random_.below(settings_.wake_late_max));
        if (!coming_.empty() && (!wake || coming_.top().at <= *wake)) {
            const happening next = coming_.top();
            coming_.pop();
            now_ = std::max(now_, next.at);
            if (const auto* told = std::get_if<event>(&next.what))
                tell(*told);
            else
                serve(items_[std::get<arrival>(next.what).item]);
        } else if (wake) {
            now_ = std::max(now_, *wake);
            tell(tick{});
        } else {
            return fault("stuck: nothing is coming and there is no wake");
        }
    }
    const counters end = machine_.count();
    if (ended_ != items_.size())
        fault("not every item ended");
    if (end.in_flight != 0 || end.settling != 0 || end.waiting != 0)
        fault("something is left inside");
    if (end.reserved != microusd{})
        fault("something is still reserved");
}

void world::offer_some()
{
    while (!told_end_ && machine_.wants_offers() > 0 && items_.size() < settings_.items) {
        item made;
        made.wanted.item = handle(items_.size());
        made.wanted.job = settings_.jobs > 1 ? random_.below(settings_.jobs) : 0;
        made.wanted.priority =
            static_cast<int>(made.wanted.job) % std::max(settings_.priorities, 1);
        if (settings_.long_chance > 0) {
            const auto& server = settings_.servers.front();
            made.latency = random_.chance(settings_.long_chance)
                               ? settings_.long_one
                               : random_ms(server.latency_min, server.latency_max);
            if (settings_.tells_expected)
                made.wanted.expected = made.latency;
        }
        const std::size_t routes = routes_.size();
        const std::size_t first = random_.below(routes);
        const auto add = [&](std::size_t on) {
            const auto range =
                static_cast<std::uint64_t>(settings_.reserve_max - settings_.reserve_min + 1);
            schedule::choice place{.route = on};
            place.reserve = {settings_.reserve_min +
                             static_cast<std::int64_t>(random_.below(range))};
            place.images = static_cast<double>(1 + random_.below(settings_.images_max));
            made.wanted.choices.push_back(place);
        };
        add(first);
        if (routes > 1 && random_.chance(settings_.second_choice))
            add((first + 1) % routes);
        if (random_.chance(settings_.buys_again))
            made.wanted.retry.on_unknown = engine::job::unknown_policy::retry;
        items_.push_back(made);
        tell(offered{made.wanted});
        items_.back().offered = true;
    }
    if (!told_end_ && (items_.size() == settings_.items || machine_.stopping())) {
        told_end_ = true;
        all_offered = now_;
        tell(no_more_offers{});
    }
}

void world::later(time_point at, std::variant<event, arrival> what)
{
    coming_.push({at, order_++, std::move(what)});
}

void world::fault(const std::string& what)
{
    if (faults.size() < 5)
        faults.push_back(fmt::format("at {} ms: {}", (now_ - begin_) / 1ms, what));
}

milliseconds world::random_ms(std::uint64_t low, std::uint64_t high)
{
    return milliseconds(low + random_.below(high - low + 1));
}

// --- one step ---------------------------------------------------------------------------------

void world::tell(const event& happened)
{
    if (const auto* end = std::get_if<response_ended>(&happened)) {
        item& it = items_[std::to_underlying(end->item)];
        it.on_wire = false;
        --routes_[it.route].on_wire;
        --on_wire_;
    }
    if (const auto* end = std::get_if<attempt_settled>(&happened)) {
        item& it = items_[std::to_underlying(end->item)];
        if (it.on_wire) {
            --routes_[it.route].on_wire;
            --on_wire_;
        }
        it.running = it.on_wire = false;
        const bool worst = end->possibly_billed || end->outcome == outcome::unknown;
        const microusd counted = worst ? std::max(end->cost, it.reserved) : end->cost;
        spent_ += counted;
        spent_today_ += counted;
        job_spent_[it.wanted.job] += counted;
        reserved_ -= it.reserved;
        job_reserved_[it.wanted.job] -= it.reserved;
    }
    if (std::holds_alternative<day_begins>(happened))
        spent_today_ = {};
    if (std::holds_alternative<pause_admitting>(happened))
        paused_ = true;
    if (std::holds_alternative<resume_admitting>(happened))
        paused_ = false;
    if (std::holds_alternative<stop_admitting>(happened) ||
        std::holds_alternative<cancel_all>(happened))
        stopped_ = true;

    std::vector<action> actions;
    machine_.step(happened, now_, actions);
    for (const action& wanted : actions)
        obey(wanted);
    hold_promises();
}

void world::obey(const action& wanted)
{
    fingerprint = fingerprint * 31 + engine::base::stable_hash(line_of(wanted, begin_));
    if (const auto* start = std::get_if<start_attempt>(&wanted)) {
        on_start(*start);
    } else if (const auto* finish = std::get_if<finish_item>(&wanted)) {
        on_finish(*finish);
    } else if (const auto* pause = std::get_if<pause_route>(&wanted)) {
        routes_[pause->where.index].paused_until[pause->reason] = pause->until;
        if (pause->until <= now_)
            fault("a pause that is over already");
    } else if (const auto* resume = std::get_if<resume_route>(&wanted)) {
        routes_[resume->where.index].paused_until.clear();
    } else if (const auto* stop = std::get_if<stop_route>(&wanted)) {
        if (std::exchange(routes_[stop->where.index].stopped, true))
            fault("a route was stopped twice");
    } else if (const auto* learned = std::get_if<limit_learned>(&wanted)) {
        route& on = routes_[learned->where.index];
        (learned->bucket == "requests_per_minute" ? on.requests_limit : on.images_limit) =
            learned->per_minute;
    } else if (std::holds_alternative<halted>(wanted)) {
        stopped_ = true;
    }
}

void world::on_start(const start_attempt& start)
{
    item& it = items_[std::to_underlying(start.item)];
    route& on = routes_[start.route];
    const schedule::choice& place = it.wanted.choices[start.choice];
    if (it.ended || it.running)
        fault("started while it runs or after its end");
    if (stopped_ || on.stopped)
        fault("started after a stop");
    if (paused_)
        fault("started in a pause");
    if (place.route != start.route || place.reserve != start.reserve)
        fault("a choice that was not offered");
    for (const auto& [reason, until] : on.paused_until)
        if (now_ < until)
            fault("started during a pause: " + reason);
    if (it.burnt >= it.wanted.retry.max_attempts)
        fault("more attempts than allowed");
    if (const bool fresh = !std::exchange(it.started, true);
        fresh && start.choice == 0 && machine_.count().purses.empty())
        check_order(it, std::to_underlying(start.item), start);
    // As the server would see it without jitter: never above what is in force, alone excepted.
    const auto check = [&](window& sent, const std::optional<double>& limit, double drawn) {
        const double before = sent.at(now_);
        if (limit && before > 0 && before + drawn > *limit)
            fault(fmt::format("{} in a minute, {} allowed", before + drawn, *limit));
        sent.add(now_, drawn);
    };
    check(on.sent_requests, on.requests_limit, 1);
    check(on.sent_images, on.images_limit, place.images);

    it.running = it.on_wire = true;
    it.route = start.route;
    it.reserved = start.reserve;
    it.images = place.images;
    reserved_ += start.reserve;
    job_reserved_[it.wanted.job] += start.reserve;
    ++on.on_wire;
    ++on_wire_;
    send(it);
}

void world::on_finish(const finish_item& finish)
{
    item& it = items_[std::to_underlying(finish.item)];
    if (std::exchange(it.ended, true))
        fault("ended twice");
    if (it.running)
        fault("ended while it runs");
    ++ended_;
    ++ends[fmt::format("{} {}", engine::job::name_of(finish.state), name_of(finish.cause))];
    if (finish.cause == finish_cause::budget && !may_be_refused(it))
        fault("refused though it might have fitted");
}

// Whether some purse cannot take one of the item's choices any more, whatever becomes of the rest.
bool world::may_be_refused(const item& it) const
{
    const schedule::options& options = settings_.options;
    const auto is_short = [&](const std::optional<microusd>& cap, microusd spent) {
        return cap && std::ranges::any_of(it.wanted.choices, [&](const schedule::choice& place) {
                   return spent + place.reserve > *cap;
               });
    };
    const std::size_t job = it.wanted.job;
    return is_short(options.cap, spent_) ||
           is_short(options.run_cap, spent_ - options.spent_before) ||
           is_short(options.day_cap, spent_today_) ||
           (job < options.job_purses.size() &&
            is_short(options.job_purses[job].cap, job_spent_[job]));
}

// New items of one job start in the order in which they were offered, and none while one of a
// higher priority waits for the same route.
void world::check_order(const item& it, std::uint64_t number, const start_attempt& start)
{
    std::uint64_t& newest = routes_[start.route].newest_fresh[it.wanted.job];
    if (!settings_.tells_expected && number < newest)
        fault("new items out of their order");
    newest = number;
    if (settings_.priorities <= 1)
        return;
    for (const item& other : items_)
        if (!other.started && !other.ended && other.wanted.priority > it.wanted.priority &&
            other.wanted.choices.front().route == start.route && other.offered)
            fault("started before one of a higher priority");
}

void world::hold_promises()
{
    const counters now = machine_.count();
    const microusd before = settings_.options.spent_before; // may be above the cap already
    if (now.cap && now.over_reserve == 0 && now.spent + now.reserved > std::max(*now.cap, before))
        fault("above the cap");
    if (now.spent != spent_ || now.reserved != reserved_)
        fault("the books do not agree");
    for (const purse_state& purse : now.purses) {
        microusd spent = spent_, reserved = reserved_, earlier = before;
        if (purse.name == "run") {
            spent -= before;
            earlier = {};
        } else if (purse.name == "day") {
            spent = spent_today_;
            earlier = settings_.options.spent_today;
        } else if (purse.name != "folder") {
            const auto job = static_cast<std::size_t>(std::stoul(purse.name));
            spent = job_spent_[job];
            reserved = job_reserved_[job];
            earlier = settings_.options.job_purses[job].spent_before;
        }
        if (purse.spent != spent || purse.reserved != reserved)
            fault("the books of a purse do not agree: " + purse.name);
        if (now.over_reserve == 0 && spent + reserved > std::max(purse.cap, earlier))
            fault("above the cap of " + purse.name);
    }
    if (now.in_flight != on_wire_)
        fault("requests are counted wrong");
    if (now.in_flight > settings_.options.concurrency_total.value_or(1 << 30))
        fault("more at once than -j");
    for (std::size_t i = 0; i < routes_.size(); ++i)
        if (routes_[i].on_wire > settings_.options.routes[i].limits.concurrency.value_or(16))
            fault("more at once than the route allows");
    const auto most = static_cast<std::int64_t>(machine_.window());
    if (now.waiting > 2 * most + settings_.options.settling_max)
        fault("more items inside than the window");
    const auto wake = machine_.next_wake();
    if (wake && *wake <= now_)
        fault("a wake that is over already");
}

// --- the servers ------------------------------------------------------------------------------

double world::window::at(time_point now)
{
    while (!log.empty() && log.front().first + minute <= now) {
        units -= log.front().second;
        log.pop_front();
    }
    return units;
}

void world::window::add(time_point now, double drawn)
{
    log.emplace_back(now, drawn);
    units += drawn;
}

// On its way: it may get lost before anything left.
void world::send(item& it)
{
    const server_settings& server = settings_.servers[it.route];
    const bool down = std::ranges::any_of(server.outages, [&](const auto& outage) {
        return now_ - begin_ >= outage.first && now_ - begin_ < outage.second;
    });
    if (!down && !random_.chance(server.not_sent))
        return later(now_ + random_ms(0, server.jitter),
                     arrival{std::to_underlying(it.wanted.item)});

    attempt_settled lost{.item = it.wanted.item, .outcome = outcome::not_sent};
    if (down && random_.chance(0.3)) {
        lost.outcome = random_.chance(0.5) ? outcome::overloaded : outcome::unknown;
        it.burnt += lost.outcome == outcome::unknown;
    }
    later(now_ + random_ms(1, 2'000), event(lost));
}

// There: a look at the windows, and an answer.
void world::serve(item& it)
{
    const server_settings& server = settings_.servers[it.route];
    route& on = routes_[it.route];
    const auto over = [&](window& arrived, double drawn, const std::optional<double>& limit) {
        return limit && arrived.at(now_) + drawn > *limit;
    };
    attempt_settled how;
    if (over(on.arrived_requests, 1, server.requests_per_minute) ||
        over(on.arrived_images, it.images, server.images_per_minute)) {
        ++refusals;
        how = refused_by(server, on, it.images);
        how.item = it.wanted.item;
        return later(now_ + random_ms(20, 300), event(how));
    }
    on.arrived_requests.add(now_, 1);
    on.arrived_images.add(now_, it.images);
    arrivals[it.route].push_back(now_);

    how = answer(server, it);
    // Overloads are left out: that of a probe is not held against its item.
    it.burnt += how.outcome != outcome::overloaded && how.outcome != outcome::account;
    const time_point read =
        now_ + (it.latency > 0ms ? it.latency : random_ms(server.latency_min, server.latency_max));
    if (random_.chance(0.8)) {
        later(read, event(response_ended{it.wanted.item}));
        later(read + random_ms(0, settings_.settle_max), event(how));
    } else {
        later(read, event(how));
    }
}

attempt_settled world::refused_by(const server_settings& server, route& on, double images)
{
    attempt_settled how{.outcome = outcome::rate_limited};
    const bool by_images =
        server.images_per_minute && on.arrived_images.units + images > *server.images_per_minute;
    window& full = by_images ? on.arrived_images : on.arrived_requests;
    const double limit = by_images ? *server.images_per_minute : *server.requests_per_minute;
    const auto left = full.log.empty() ? minute : full.log.front().first + minute - now_;
    if (server.names_wait)
        how.retry_after = std::chrono::ceil<milliseconds>(left);
    if (server.teaches)
        how.readings.push_back({.bucket = by_images ? "input-images" : "requests",
                                .limit = limit,
                                .remaining = 0.0,
                                .requested = by_images ? images : 1.0});
    how.never_fits = (by_images ? images : 1.0) > limit;
    return how;
}

attempt_settled world::answer(const server_settings& server, const item& it)
{
    attempt_settled how{.item = it.wanted.item, .outcome = outcome::delivered};
    if (server.account_fails_at && now_ - begin_ >= *server.account_fails_at) {
        how.outcome = outcome::account;
        return how;
    }
    double dice = random_.unit();
    for (const auto& [chance, result] :
         {std::pair(server.overloaded, outcome::overloaded),
          std::pair(server.unknown, outcome::unknown), std::pair(server.refused, outcome::refused),
          std::pair(server.invalid, outcome::invalid),
          std::pair(server.bad_output, outcome::bad_output)}) {
        if (dice >= 0 && dice < chance)
            how.outcome = result;
        dice -= chance;
    }
    if (how.outcome == outcome::delivered || how.outcome == outcome::bad_output)
        how.cost.count =
            static_cast<std::int64_t>(random_.between(settings_.cost_min, settings_.cost_max) *
                                      static_cast<double>(it.reserved.count));
    how.possibly_billed = how.outcome == outcome::refused && random_.chance(0.2);
    if (how.outcome == outcome::overloaded && random_.chance(0.5))
        how.retry_after = random_ms(0, 30'000);
    return how;
}

} // namespace test
