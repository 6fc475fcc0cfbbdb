#include "engine/plan/timetable.hpp"

#include "engine/base/random.hpp"
#include "engine/schedule/concurrency_window.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <numeric>
#include <queue>
#include <utility>

namespace engine::plan {

namespace {

constexpr std::int64_t starts_played = 20'000;
constexpr std::int64_t plays_max = 200;
constexpr double never = std::numeric_limits<double>::infinity();

using times = std::priority_queue<double, std::vector<double>, std::greater<>>;

// The pace of one limit a minute: starts are spread evenly from the first one on.
class pace {
public:
    pace(std::optional<double> per_minute, double span)
        : seconds_(per_minute ? span / *per_minute : 0)
    {}
    [[nodiscard]] double ready() const { return next_; }
    void draw(double units, double now) { next_ = std::max(next_, now) + units * seconds_; }

private:
    double seconds_; // for each unit; 0 = no limit
    double next_ = 0;
};

struct paces {
    pace requests, images, tokens;
    paces(const job::rate_limits& limits, double span)
        : requests(limits.requests_per_minute, span), images(limits.images_per_minute, span),
          tokens(limits.tokens_per_minute, span)
    {}
    void draw(const start_class& of, double now)
    {
        requests.draw(1, now);
        images.draw(of.images, now);
        tokens.draw(of.tokens, now);
    }
};

// Slots, opened one after the other while the right number is being searched.
class slots {
public:
    slots(int most, int first) : window_(most, first > 0 ? first : most) {}
    [[nodiscard]] bool searching() const { return window_.searching(); }
    [[nodiscard]] double ready()
    {
        return static_cast<int>(ends_.size()) < window_.size() ? 0 : ends_.top();
    }
    void take(double now, double end)
    {
        release(now);
        ends_.push(end);
    }

private:
    void release(double now)
    {
        for (; !ends_.empty() && ends_.top() <= now; ends_.pop())
            if (window_.searching())
                window_.grow(schedule::time_point(std::chrono::ceil<schedule::duration>(
                    std::chrono::duration<double>(ends_.top()))));
    }
    times ends_;
    schedule::concurrency_window window_;
};

// The classes of one route in the order in which they start: spread by chance, each as often as its
// share says.
std::vector<std::uint32_t> deal(const timetable_route& of, std::int64_t starts,
                                base::random& chance)
{
    double all = 0;
    for (const auto& one : of.classes)
        all += static_cast<double>(one.count);
    std::vector<std::uint32_t> dealt;
    dealt.reserve(static_cast<std::size_t>(starts));
    double owed = 0;
    for (std::uint32_t i = 0; i < of.classes.size(); ++i) {
        owed += static_cast<double>(of.classes[i].count) / all * static_cast<double>(starts);
        while (static_cast<double>(dealt.size()) + 0.5 < owed)
            dealt.push_back(i);
    }
    if (!of.classes.empty())
        dealt.resize(static_cast<std::size_t>(starts),
                     static_cast<std::uint32_t>(of.classes.size() - 1));
    for (std::size_t i = dealt.size(); i > 1; --i)
        std::swap(dealt[i - 1], dealt[chance() % i]);
    return dealt;
}

double draw_seconds(const start_class& of, base::random& chance)
{
    if (of.sigma <= 0)
        return of.seconds;
    // Box and Muller; 1 - unit() is never 0. The mean of exp(sigma * N) is exp(sigma^2 / 2).
    const double normal = std::sqrt(-2 * std::log(1 - chance.unit())) *
                          std::cos(2 * std::numbers::pi * chance.unit());
    return of.seconds *
           std::exp(std::clamp(of.sigma * normal, -4.0, 4.0) - of.sigma * of.sigma / 2);
}

// What is left to start at one route. What others wait for goes first, as in schedule; then the one
// that could have started soonest.
struct queue {
    std::vector<std::uint32_t> dealt;
    std::size_t next = 0;
    std::int64_t started = 0;

    queue(const timetable_route& of, double scale, base::random& chance)
    {
        // What has to be made again takes its share of slots and limits once more.
        const double attempts = scale / (1 - of.again);
        std::vector<std::int64_t> starts;
        for (const auto count : of.by_depth)
            starts.push_back(std::llround(static_cast<double>(count) * attempts));
        for (std::size_t depth = 0; depth < starts.size(); ++depth) {
            auto& one = levels_.emplace_back();
            one.waiting = starts[depth];
            // Either each has children, or some have one.
            if (depth + 1 < starts.size() && starts[depth] > 0) {
                one.children =
                    static_cast<double>(starts[depth + 1]) / static_cast<double>(starts[depth]);
                one.parents = std::min(1.0, one.children);
                one.children = std::max(1.0, one.children);
            }
            // Those whose parents are made elsewhere or were made before wait for nothing here.
            if (depth == 0 || starts[depth - 1] == 0)
                while (one.waiting > 0)
                    free_one(depth, 0);
        }
        const auto all = std::accumulate(starts.begin(), starts.end(), std::int64_t{0});
        dealt = deal(of, all, chance);
    }
    [[nodiscard]] bool left() const { return next < dealt.size(); }
    // When the next one could start for its parent's sake, if it were asked for at `now`.
    [[nodiscard]] double soonest(double now) const
    {
        const double parent = parents_.empty() ? never : parents_.top().first;
        if (parent <= now || leaves_.empty())
            return parent;
        return std::min(parent, leaves_.top());
    }
    // The start of that one, and its end.
    void start(double now, double end)
    {
        ++next;
        ++started;
        if (!parents_.empty() && parents_.top().first <= now) {
            const auto depth = parents_.top().second;
            parents_.pop();
            free_children(depth, end);
        } else {
            leaves_.pop();
        }
    }

private:
    struct level {
        std::int64_t waiting = 0; // for a picture before
        double parents = 0;       // the part that others wait for
        double children = 0;      // of each of those
        double parents_owed = 0;  // parts of parents that were not freed yet
        double children_owed = 0; // likewise of children
    };

    void free_one(std::size_t depth, double when)
    {
        auto& one = levels_[depth];
        --one.waiting;
        one.parents_owed += one.parents;
        if (one.parents_owed > 0.5) {
            one.parents_owed -= 1;
            parents_.emplace(when, depth);
        } else {
            leaves_.push(when);
        }
    }
    void free_children(std::size_t depth, double when)
    {
        auto& owed = levels_[depth].children_owed;
        for (owed += levels_[depth].children; owed > 0.5 && levels_[depth + 1].waiting > 0; --owed)
            free_one(depth + 1, when);
    }

    std::vector<level> levels_;                    // by depth
    using parent = std::pair<double, std::size_t>; // when it can start, its depth
    std::priority_queue<parent, std::vector<parent>, std::greater<>> parents_;
    times leaves_;
};

struct one_play {
    double seconds = 0;
    // Seconds by which each bound moved a start, by route.
    std::vector<std::array<double, bound_names.size()>> waited;
    std::int64_t starts = 0;
};

class player {
public:
    player(const std::vector<timetable_account>& accounts,
           const std::vector<timetable_route>& routes, const timetable_options& options,
           double scale, std::uint64_t seed)
        : routes_(routes), chance_(seed)
    {
        for (const auto& account : accounts) {
            account_paces_.emplace_back(account.limits, options.span_seconds);
            account_slots_.emplace_back(account.concurrency, account.concurrency_first);
        }
        for (const auto& route : routes) {
            route_paces_.emplace_back(route.limits, options.span_seconds);
            route_slots_.emplace_back(
                route.limits.concurrency.value_or(accounts[route.account].concurrency),
                route.concurrency_first);
            queues_.emplace_back(route, scale, chance_);
        }
        if (options.concurrency_total)
            total_.emplace(*options.concurrency_total, 0);
        played_.waited.resize(routes.size());
    }

    one_play run()
    {
        while (const auto next = choose())
            start(*next);
        return std::move(played_);
    }

private:
    struct candidate {
        std::size_t route = 0;
        double at = never;
        bound why = bound::latency;
    };

    std::optional<candidate> choose()
    {
        std::optional<candidate> best;
        for (std::size_t i = 0; i < queues_.size(); ++i) {
            if (!queues_[i].left())
                continue;
            const auto one = look_at(i);
            if (one.at < never &&
                (!best || one.at < best->at ||
                 (one.at == best->at && queues_[i].started < queues_[best->route].started)))
                best = one;
        }
        return best;
    }

    candidate look_at(std::size_t route)
    {
        const auto account = routes_[route].account;
        candidate one{route, last_, bound::latency}; // starts come in the order of time
        const auto later = [&](double at, bound why) {
            if (at > one.at) {
                one.at = at;
                one.why = why;
            }
        };
        for (const auto* paces : {&account_paces_[account], &route_paces_[route]}) {
            later(paces->requests.ready(), bound::requests_per_minute);
            later(paces->images.ready(), bound::images_per_minute);
            later(paces->tokens.ready(), bound::tokens_per_minute);
        }
        later(account_slots_[account].ready(),
              account_slots_[account].searching() ? bound::slow_start : bound::concurrency);
        later(route_slots_[route].ready(),
              route_slots_[route].searching() ? bound::slow_start : bound::concurrency);
        if (total_)
            later(total_->ready(), bound::concurrency_total);
        later(queues_[route].soonest(one.at), bound::chain);
        return one;
    }

    void start(const candidate& chosen)
    {
        auto& queue = queues_[chosen.route];
        const auto& route = routes_[chosen.route];
        const auto& of = route.classes[queue.dealt[queue.next]];
        ++played_.starts;
        played_.waited[chosen.route][static_cast<std::size_t>(chosen.why)] += chosen.at - last_;
        last_ = chosen.at;
        const double at = chosen.at;
        const double end = at + draw_seconds(of, chance_);
        account_paces_[route.account].draw(of, at);
        route_paces_[chosen.route].draw(of, at);
        account_slots_[route.account].take(at, end);
        route_slots_[chosen.route].take(at, end);
        if (total_)
            total_->take(at, end);
        queue.start(at, end);
        played_.seconds = std::max(played_.seconds, end);
    }

    const std::vector<timetable_route>& routes_;
    base::random chance_;
    std::vector<paces> account_paces_, route_paces_;
    std::vector<slots> account_slots_, route_slots_;
    std::optional<slots> total_;
    std::vector<queue> queues_;
    double last_ = 0; // start
    one_play played_;
};

std::int64_t starts_of(const std::vector<timetable_route>& routes)
{
    std::int64_t all = 0;
    for (const auto& route : routes)
        for (const auto count : route.by_depth)
            all += count;
    return all;
}

} // namespace

timetable play(const std::vector<timetable_account>& accounts,
               const std::vector<timetable_route>& routes, const timetable_options& options)
{
    timetable result;
    const auto starts = starts_of(routes);
    if (starts == 0)
        return result;
    const auto run = [&](double scale, std::uint64_t number) {
        return player(accounts, routes, options, scale, options.seed * 1'000 + number).run();
    };

    one_play last;
    if (starts > starts_played) {
        const double scale = static_cast<double>(starts_played) / static_cast<double>(starts);
        last = run(scale, 1);
        const auto half = run(scale / 2, 1);
        const double each =
            (last.seconds - half.seconds) /
            static_cast<double>(std::max<std::int64_t>(1, last.starts - half.starts));
        result.seconds = last.seconds + each * static_cast<double>(starts - last.starts);
        result.seconds_low = result.seconds_high = result.seconds;
    } else {
        const auto plays = std::clamp<std::int64_t>(starts_played / starts, 1, plays_max);
        std::vector<double> all;
        for (std::int64_t i = 0; i < plays; ++i) {
            last = run(1, static_cast<std::uint64_t>(i));
            all.push_back(last.seconds);
            result.seconds += last.seconds / static_cast<double>(plays);
        }
        std::ranges::sort(all);
        result.seconds_low = all[all.size() / 10];
        result.seconds_high = all[all.size() - 1 - all.size() / 10];
    }

    double most = 0;
    for (std::size_t route = 0; route < routes.size(); ++route)
        for (std::size_t why = 0; why < bound_names.size(); ++why)
            if (last.waited[route][why] > most) {
                most = last.waited[route][why];
                result.binding = static_cast<bound>(why);
                result.route = route;
                result.account = routes[route].account;
            }
    // Most of the time nothing waits to start: only the pictures themselves take time.
    if (starts <= starts_played && most * 2 < last.seconds) {
        double waited = 0;
        for (const auto& route : last.waited)
            for (const double seconds : route)
                waited += seconds;
        if (waited * 2 < last.seconds)
            result.binding = bound::latency;
    }
    return result;
}

} // namespace engine::plan
