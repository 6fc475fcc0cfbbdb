// plan_comparison: whether a plan that was saved still says what would be done now, and what has
// changed if not. Compares as the items come, and remembers only the first few differences.
#pragma once

#include "engine/plan/saved_plan.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace engine::plan {

class plan_comparison {
public:
    static constexpr std::size_t examples_max = 5;

    // `saved` must outlive it, and stand before its first item.
    explicit plan_comparison(plan_reader& saved) : saved_(saved) {}

    // What the two plans are about: manifest, prices, ledger.
    void compare(const saved_plan_header& now);
    // The items of the new plan, in order.
    void add(const planned_item& now);
    // After the last item. Sentences, the most general first; empty = nothing has changed. A plan
    // that cannot be read to its end is a failure.
    [[nodiscard]] base::result<std::vector<std::string>> finish();

private:
    void note(std::string example);

    plan_reader& saved_;
    std::vector<std::string> general_;
    std::vector<std::string> examples_;
    std::int64_t changed_ = 0, added_ = 0, removed_ = 0;
    bool saved_ended_ = false;
    std::optional<base::failure> failed_;
};

} // namespace engine::plan
