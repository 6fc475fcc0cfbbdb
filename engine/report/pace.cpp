#include "engine/report/pace.hpp"

#include <algorithm>

namespace engine::report {

namespace {

constexpr std::chrono::milliseconds window{60'000};
constexpr std::chrono::milliseconds step{1'000};

} // namespace

void pace::add(const job::progress& now)
{
    newest_ = {now.elapsed, now.done};
    left_ = std::max<std::int64_t>(now.items_total - now.done - now.failed - now.held, 0);
    if (readings_.empty() || now.elapsed - readings_.back().elapsed >= step)
        readings_.push_back(newest_);
    while (readings_.size() > 2 && now.elapsed - readings_[1].elapsed >= window)
        readings_.pop_front();
}

std::optional<double> pace::images_per_minute() const
{
    if (readings_.empty() || newest_.elapsed - readings_.front().elapsed < step)
        return std::nullopt;
    const auto time =
        std::chrono::duration<double, std::ratio<60>>(newest_.elapsed - readings_.front().elapsed);
    return static_cast<double>(newest_.done - readings_.front().done) / time.count();
}

std::optional<std::chrono::milliseconds> pace::time_left() const
{
    const auto speed = images_per_minute();
    if (!speed || *speed <= 0 || left_ == 0)
        return std::nullopt;
    return std::chrono::milliseconds(
        static_cast<std::int64_t>(static_cast<double>(left_) / *speed * 60'000));
}

} // namespace engine::report
