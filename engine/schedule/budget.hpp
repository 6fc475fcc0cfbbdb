// budget: one purse: money that is held for attempts, so that a cap holds however many are in
// flight. purses.hpp puts several of them together.
//
// A reservation is the most an attempt can cost. It is made before the attempt starts and turned
// into what is counted when the attempt is settled. spent + reserved <= cap at every moment, unless
// a settlement was above its reservation; then nothing more is admitted until it fits again.
#pragma once

#include "engine/base/assert.hpp"
#include "engine/base/money.hpp"

#include <cstdint>
#include <limits>
#include <optional>

namespace engine::schedule {

class budget {
public:
    // Nothing = no cap. `spent_before` counts against it.
    budget(std::optional<base::microusd> cap, base::microusd spent_before)
        : cap_(cap), spent_(spent_before)
    {}

    // Whether `amount` may be reserved now.
    [[nodiscard]] bool fits(base::microusd amount) const
    {
        return !cap_ || sum(sum(spent_, reserved_), amount) <= *cap_;
    }
    // Whether it might fit later: if everything reserved turned out free. Spending never shrinks,
    // so an amount that is hopeless once is hopeless for good.
    [[nodiscard]] bool hopeless(base::microusd amount) const
    {
        return cap_ && sum(spent_, amount) > *cap_;
    }

    // The most that fits now, and the most that may fit later; nothing = without bound. Below zero
    // when a settlement was above its reservation.
    [[nodiscard]] std::optional<base::microusd> room() const
    {
        return cap_ ? std::optional(*cap_ - sum(spent_, reserved_)) : std::nullopt;
    }
    [[nodiscard]] std::optional<base::microusd> room_at_best() const
    {
        return cap_ ? std::optional(*cap_ - spent_) : std::nullopt;
    }

    // `amount` must fit.
    void reserve(base::microusd amount)
    {
        ENGINE_ASSERT(amount.count >= 0 && fits(amount));
        reserved_ = sum(reserved_, amount);
    }
    // The end of one reservation; `counted` is what it cost, >= 0.
    void settle(base::microusd amount, base::microusd counted)
    {
        ENGINE_ASSERT(amount <= reserved_ && counted.count >= 0);
        reserved_ -= amount;
        spent_ = sum(spent_, counted);
        spent_this_run_ = sum(spent_this_run_, counted);
        if (counted > amount) {
            ++over_reserve_;
            over_reserve_amount_ = sum(over_reserve_amount_, counted - amount);
        }
    }

    // A new day: what was spent is yesterday's. What is reserved is still to be settled, and will
    // count today.
    void renew() { spent_ = {}; }

    [[nodiscard]] std::optional<base::microusd> cap() const { return cap_; }
    [[nodiscard]] base::microusd spent() const { return spent_; }
    [[nodiscard]] base::microusd spent_this_run() const { return spent_this_run_; }
    [[nodiscard]] base::microusd reserved() const { return reserved_; }
    [[nodiscard]] std::int64_t over_reserve() const { return over_reserve_; }
    [[nodiscard]] base::microusd over_reserve_amount() const { return over_reserve_amount_; }

private:
    // Saturates: a sum that wrapped around would look like room under the cap. Both are >= 0.
    [[nodiscard]] static base::microusd sum(base::microusd a, base::microusd b)
    {
        constexpr auto most = std::numeric_limits<std::int64_t>::max();
        return {a.count > most - b.count ? most : a.count + b.count};
    }

    std::optional<base::microusd> cap_;
    base::microusd spent_;
    base::microusd spent_this_run_;
    base::microusd reserved_;
    std::int64_t over_reserve_ = 0;
    base::microusd over_reserve_amount_;
};

} // namespace engine::schedule
