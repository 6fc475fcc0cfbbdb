#include "engine/sim/rate_window.hpp"

#include <cmath>
#include <fmt/format.h>

namespace engine::sim {

using namespace std::chrono_literals;

void rate_window::forget(runtime::steady_time now)
{
    while (!log_.empty() && log_.front().at + span <= now) {
        used_ -= log_.front().units;
        log_.pop_front();
    }
}

runtime::steady_time::duration rate_window::wait_for(std::int64_t units, runtime::steady_time now)
{
    forget(now);
    if (!limited() || used_ + units <= limit_)
        return 0ns;
    std::int64_t left = used_;
    for (const auto& one : log_) {
        left -= one.units;
        if (left + units <= limit_ || left == 0)
            return one.at + span - now;
    }
    return 0ns; // an empty window, and units that never fit
}

void rate_window::take(std::int64_t units, runtime::steady_time now)
{
    forget(now);
    if (!limited())
        return; // nothing asks, so nothing is kept
    used_ += units;
    if (!log_.empty() && now - log_.back().at < 1ms)
        log_.back() = {now, log_.back().units + units}; // leaves with its last: never too early
    else
        log_.push_back({now, units});
}

std::int64_t rate_window::used(runtime::steady_time now)
{
    forget(now);
    return used_;
}

std::string wait_text(runtime::steady_time::duration wait)
{
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(wait).count();
    if (ms < 1000)
        return fmt::format("{}ms", ms);
    const auto minutes = ms / 60'000;
    const double seconds = static_cast<double>(ms % 60'000) / 1000;
    return minutes > 0 ? fmt::format("{}m{:.0f}s", minutes, std::ceil(seconds))
                       : fmt::format("{}s", seconds); // the shortest form: "12s", "6.512s"
}

} // namespace engine::sim
