#include "engine/report/timeline.hpp"

#include <algorithm>

namespace engine::report {

void timeline::restart(base::wall_time start)
{
    *this = {};
    start_ = start;
}

void timeline::add(base::wall_time when, bool delivered)
{
    // A clock that jumps years ahead must not make this loop long: 40 doublings are 35,000 years.
    const auto since = std::clamp(when - start_, std::chrono::milliseconds(0),
                                  std::chrono::milliseconds(std::chrono::hours(24 * 366 * 20)));
    while (since / width_ >= static_cast<std::int64_t>(slots_max))
        halve();
    const auto number = static_cast<std::size_t>(since / width_);
    ++(delivered ? slots_[number].delivered : slots_[number].failed);
    used_ = std::max(used_, number + 1);
    ++attempts_;
}

void timeline::halve()
{
    for (std::size_t i = 0; i < slots_max; ++i) {
        const std::size_t from = i * 2;
        slots_[i] = from + 1 < slots_max ? slot{slots_[from].delivered + slots_[from + 1].delivered,
                                                slots_[from].failed + slots_[from + 1].failed}
                                         : slot{};
    }
    used_ = (used_ + 1) / 2;
    width_ *= 2;
}

} // namespace engine::report
