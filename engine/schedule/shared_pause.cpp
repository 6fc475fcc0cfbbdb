// shared_pause: see the header.
#include "engine/schedule/shared_pause.hpp"

#include "engine/schedule/backoff.hpp"

namespace engine::schedule {
namespace {

// Guesses: long enough to matter, short enough to be no loss beside images that take seconds.
constexpr duration fallback_base = std::chrono::seconds(1);
constexpr duration fallback_cap = std::chrono::seconds(60);    // the providers' window
constexpr duration first_gap = std::chrono::milliseconds(250); // a 429 comes back within that
constexpr duration last_gap = std::chrono::milliseconds(4);

} // namespace

bool shared_pause::refuse(const refusal& said)
{
    const bool news = is_news(said.attempt_started);
    if (news) {
        ++in_a_row_;
        began_ = said.now;
    }
    if (!refused_since_)
        refused_since_ = said.now;

    duration wait{0};
    if (news)
        wait = doubled(fallback_base, fallback_cap, in_a_row_ - 1);
    if (said.asked) // a provider that keeps saying "1 ms" is not believed for ever
        wait = std::max(*said.asked, wait / 8);
    if (said.now + wait <= until_)
        return false;
    until_ = said.now + wait;
    gap_ = first_gap;
    return wait > duration(0);
}

void shared_pause::answered()
{
    refused_since_.reset();
    in_a_row_ = 0;
}

void shared_pause::started(time_point now)
{
    if (gap_ < last_gap)
        return;
    gap_end_ = now + gap_;
    gap_ /= 2;
}

} // namespace engine::schedule
