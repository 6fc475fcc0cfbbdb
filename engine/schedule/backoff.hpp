// backoff: how long to wait before the next try: growing, with full jitter, and never for years.
#pragma once

#include "engine/base/random.hpp"
#include "engine/schedule/options.hpp"

#include <algorithm>

namespace engine::schedule {

// base * 2^k, at most cap. k >= 0; any size is fine.
[[nodiscard]] inline duration doubled(duration base, duration cap, int k)
{
    duration wait = base;
    for (int i = 0; i < k && wait < cap; ++i)
        wait = wait > cap / 2 ? cap : wait * 2;
    return std::min(wait, cap);
}

// Uniform in [0, min(cap, base * 2^k)): clients that failed together do not come back together.
[[nodiscard]] inline duration backoff_delay(const backoff_options& options, int k,
                                            base::random& random)
{
    const auto ceiling = static_cast<double>(doubled(options.base, options.cap, k).count());
    return duration(static_cast<duration::rep>(random.unit() * ceiling));
}

// A wait that the provider asks for, as far as we follow it: hostile headers can ask for years.
[[nodiscard]] inline duration bounded_wait(std::chrono::milliseconds asked, const options& options)
{
    return std::clamp(asked, std::chrono::milliseconds(0), options.retry_after_max);
}

} // namespace engine::schedule
