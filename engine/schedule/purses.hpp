// purses: several caps that hold at once: of the folder, of the run, of the day, and of each job.
//
// An attempt is reserved in every purse that it concerns in one step, and settled in all of them,
// so spent + reserved <= cap holds for each at every moment, with the exception that budget.hpp
// names.
#pragma once

#include "engine/schedule/budget.hpp"
#include "engine/schedule/options.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace engine::schedule {

struct purse {
    std::string name; // "folder", "run", "day", "job hero-{{n}}": for the ledger and people
    budget money;
    std::optional<base::microusd> smallest_refused{}; // for good, so far
};

class purses {
public:
    explicit purses(const options& wanted);

    // Of an attempt for an item of that job. The most that may be reserved now, and the most that
    // may be later, if everything in flight turned out free; nothing = without bound.
    [[nodiscard]] std::optional<base::microusd> room(std::size_t job) const;
    [[nodiscard]] std::optional<base::microusd> room_at_best(std::size_t job) const;
    [[nodiscard]] bool fits(std::size_t job, base::microusd amount) const;
    // Whether what does not fit now is kept waiting by a purse that other jobs share.
    [[nodiscard]] bool shared_is_short(base::microusd amount) const;
    // The first purse that refuses it for good; null = none does.
    [[nodiscard]] purse* refusing(std::size_t job, base::microusd amount);
    // Whether any cap holds for the job.
    [[nodiscard]] bool capped(std::size_t job) const;

    // It must fit.
    void reserve(std::size_t job, base::microusd amount);
    void settle(std::size_t job, base::microusd amount, base::microusd counted);
    // Another day has begun.
    void renew_day();

    // That of the folder, in which everything counts, with a cap or without.
    [[nodiscard]] const budget& folder() const { return all_.front().money; }
    [[nodiscard]] const std::vector<purse>& all() const { return all_; }

private:
    template <class Self, class Visit>
    static void each(Self& self, std::size_t job, Visit visit);

    static constexpr std::size_t run = 1, day = 2, jobs = 3; // folder = 0; jobs from there on
    std::vector<purse> all_;
};

} // namespace engine::schedule
