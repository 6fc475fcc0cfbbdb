// purses: see the header.
#include "engine/schedule/purses.hpp"

namespace engine::schedule {

purses::purses(const options& wanted)
{
    all_.push_back({"folder", budget(wanted.cap, wanted.spent_before)});
    all_.push_back({"run", budget(wanted.run_cap, {})});
    all_.push_back({"day", budget(wanted.day_cap, wanted.spent_today)});
    for (const purse_options& one : wanted.job_purses)
        all_.push_back({one.name, budget(one.cap, one.spent_before)});
}

// Every purse that an attempt for an item of that job concerns.
template <class Self, class Visit>
void purses::each(Self& self, std::size_t job, Visit visit)
{
    for (std::size_t i = 0; i < jobs; ++i)
        visit(self.all_[i]);
    if (job < self.all_.size() - jobs)
        visit(self.all_[jobs + job]);
}

std::optional<base::microusd> purses::room(std::size_t job) const
{
    std::optional<base::microusd> least;
    each(*this, job, [&](const purse& one) {
        if (const auto room = one.money.room())
            least = std::min(least.value_or(*room), *room);
    });
    return least;
}

std::optional<base::microusd> purses::room_at_best(std::size_t job) const
{
    std::optional<base::microusd> least;
    each(*this, job, [&](const purse& one) {
        if (const auto room = one.money.room_at_best())
            least = std::min(least.value_or(*room), *room);
    });
    return least;
}

bool purses::fits(std::size_t job, base::microusd amount) const
{
    bool all_do = true;
    each(*this, job, [&](const purse& one) { all_do = all_do && one.money.fits(amount); });
    return all_do;
}

bool purses::shared_is_short(base::microusd amount) const
{
    for (std::size_t i = 0; i < jobs; ++i)
        if (!all_[i].money.fits(amount))
            return true;
    return false;
}

purse* purses::refusing(std::size_t job, base::microusd amount)
{
    purse* first = nullptr;
    each(*this, job, [&](purse& one) {
        if (!first && one.money.hopeless(amount))
            first = &one;
    });
    return first;
}

bool purses::capped(std::size_t job) const
{
    bool any = false;
    each(*this, job, [&](const purse& one) { any = any || one.money.cap().has_value(); });
    return any;
}

void purses::reserve(std::size_t job, base::microusd amount)
{
    each(*this, job, [&](purse& one) { one.money.reserve(amount); });
}

void purses::settle(std::size_t job, base::microusd amount, base::microusd counted)
{
    each(*this, job, [&](purse& one) { one.money.settle(amount, counted); });
}

void purses::renew_day()
{
    all_[day].money.renew();
    all_[day].smallest_refused.reset();
}

} // namespace engine::schedule
