// desk: a scheduler on a virtual clock, with its actions as short lines of text, so that a test
// reads as a table of what was told and what came of it.
#pragma once

#include "engine/schedule/scheduler.hpp"

#include <chrono>
#include <fmt/format.h>
#include <string>
#include <utility>
#include <vector>

namespace test {

using namespace std::chrono_literals;
using engine::base::microusd;
using engine::job::outcome;
namespace schedule = engine::schedule;

inline schedule::item_handle handle(std::uint64_t number)
{
    return schedule::item_handle{number};
}

inline std::string dollars(microusd amount)
{
    return engine::base::format_usd(amount, 6);
}

// "start 3 on 0 $0.10", "finish 3 failed refused", "pause 0 12000 ms rate_limited", ...
inline std::string line_of(const schedule::action& what, schedule::time_point now)
{
    using namespace schedule;
    struct writer {
        time_point now;
        // "0" for an account, "model 0" for a route.
        static std::string at(const scope& where)
        {
            return fmt::format("{}{}", where.what == scope::kind::route ? "model " : "",
                               where.index);
        }
        std::string operator()(const start_attempt& a) const
        {
            return fmt::format("start {} on {}{}{}", std::to_underlying(a.item), a.route,
                               a.retry_reason.empty() ? "" : " after ", a.retry_reason);
        }
        std::string operator()(const finish_item& a) const
        {
            return fmt::format("finish {} {} {}", std::to_underlying(a.item),
                               engine::job::name_of(a.state), name_of(a.cause));
        }
        std::string operator()(const pause_route& a) const
        {
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(a.until - now);
            return fmt::format("pause {} {} ms {}", at(a.where), left.count(), a.reason);
        }
        std::string operator()(const resume_route& a) const
        {
            return fmt::format("resume {}", at(a.where));
        }
        std::string operator()(const limit_learned& a) const
        {
            return fmt::format("learn {} {} {}", at(a.where), a.bucket, a.per_minute);
        }
        std::string operator()(const stop_route& a) const
        {
            return fmt::format("stop {} {}", at(a.where), a.reason);
        }
        std::string operator()(const budget_refused& a) const
        {
            return fmt::format("budget {} needs {}{}{}, spent {}, reserved {}, cap {}",
                               std::to_underlying(a.item), dollars(a.needed),
                               a.purse == "folder" ? "" : " of ",
                               a.purse == "folder" ? "" : a.purse, dollars(a.spent),
                               dollars(a.reserved), dollars(a.cap));
        }
        std::string operator()(const halted& a) const
        {
            if (a.rule.what == halt_rule::counted::unknown)
                return fmt::format("halted {} unknown{}", a.unknown, a.rule.now ? " now" : "");
            return fmt::format("halted {} of {}{}", a.failed, a.ended, a.rule.now ? " now" : "");
        }
    };
    return std::visit(writer{now}, what);
}

using lines = std::vector<std::string>;

class desk {
public:
    // One route without limits and with 16 slots, all used from the start.
    static schedule::options plain(std::size_t routes = 1)
    {
        schedule::options made;
        made.concurrency_first = 0;
        for (std::size_t i = 0; i < routes; ++i)
            made.routes.push_back({fmt::format("r{}", i), {}});
        return made;
    }

    explicit desk(schedule::options wanted = plain()) : machine(std::move(wanted), now) {}

    lines tell(const schedule::event& happened)
    {
        std::vector<schedule::action> actions;
        machine.step(happened, now, actions);
        lines said;
        for (const schedule::action& a : actions)
            said.push_back(line_of(a, now));
        return said;
    }
    // An item that costs at most `cents`, with one choice for each route named.
    lines offer(std::uint64_t item, std::int64_t cents = 10, std::vector<std::size_t> routes = {0})
    {
        return tell(schedule::offered{made(item, cents, std::move(routes))});
    }
    static schedule::candidate made(std::uint64_t item, std::int64_t cents = 10,
                                    std::vector<std::size_t> routes = {0})
    {
        schedule::candidate wanted{.item = handle(item)};
        for (const std::size_t route : routes)
            wanted.choices.push_back({.route = route, .reserve = {cents * 10'000}});
        return wanted;
    }
    lines settle(std::uint64_t item, outcome how, std::int64_t cents = 0)
    {
        return tell(schedule::attempt_settled{
            .item = handle(item), .outcome = how, .cost = {cents * 10'000}});
    }
    // Lets time pass, with a tick at each wake; what happened, as "+1500 ms start ...".
    lines pass(std::chrono::milliseconds time)
    {
        const auto begin = now;
        const auto end = now + time;
        lines all;
        for (int ticks = 0; ticks < 1'000'000; ++ticks) {
            const auto wake = machine.next_wake();
            now = wake && *wake < end ? std::max(*wake, now) : end;
            const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now - begin);
            for (const std::string& line : tell(schedule::tick{}))
                all.push_back(fmt::format("+{} ms {}", since.count(), line));
            if (now == end)
                return all;
        }
        all.push_back("never comes to rest");
        return all;
    }

    schedule::time_point now{1h}; // any time will do, as long as it is not special
    schedule::scheduler machine;
};

// So that doctest prints what differs.
inline std::string text(const lines& said)
{
    std::string all;
    for (const std::string& line : said)
        all += (all.empty() ? "" : "; ") + line;
    return all;
}

} // namespace test
