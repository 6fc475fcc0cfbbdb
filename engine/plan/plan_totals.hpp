// plan_totals: what the items of a plan add up to: how many of which verdict, for how much, and
// what each route would carry. Bounded, however many items there are.
#pragma once

#include "engine/job/price.hpp"
#include "engine/plan/decision.hpp"
#include "engine/plan/latency_book.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace engine::plan {

// Pictures that are asked for in one form.
struct load_class {
    job::image_request shape; // of the first of them, without prompt, references and mask
    expected_latency latency;
    std::int64_t count = 0;
    double tokens = 0; // sum of what is charged to the tokens per minute
    double images = 0; // likewise of the images per minute
};

// What one route will carry.
struct route_load {
    static constexpr std::size_t classes_max = 64; // what is asked for in more forms counts with
                                                   // the last of them
    job::route route;
    std::vector<load_class> classes;
    std::vector<std::int64_t> by_depth; // pictures that continue nothing of this plan, one, ...

    // The class that such a request belongs to; null when there is none yet.
    [[nodiscard]] const load_class* find(const job::image_request& request) const;
    void add(const job::image_request& request, const expected_latency& latency, double tokens,
             double images, std::size_t depth);
    [[nodiscard]] std::int64_t count() const;
};

struct plan_totals {
    std::array<std::int64_t, verdict_names.size()> items{}; // by verdict
    base::microusd low, expected, worst; // of what is to be bought, one attempt each
    std::int64_t unpriced = 0;           // items to buy whose price is unknown
    std::map<std::string, route_load> routes;

    [[nodiscard]] std::int64_t count(verdict which) const
    {
        return items[static_cast<std::size_t>(which)];
    }
    [[nodiscard]] std::int64_t total() const;
    [[nodiscard]] std::int64_t to_buy() const
    {
        return count(verdict::fresh) + count(verdict::retry);
    }
    // Nothing is left to do: everything is done, or waits for a person.
    [[nodiscard]] bool idle() const
    {
        return to_buy() == 0 && count(verdict::reuse) == 0 && count(verdict::recover) == 0;
    }
};

} // namespace engine::plan
