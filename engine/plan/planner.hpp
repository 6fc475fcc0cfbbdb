// planner: goes through all items before a run and adds up what would happen: how many, for how
// much, for how long.
#pragma once

#include "engine/base/json.hpp"
#include "engine/job/price.hpp"
#include "engine/job/provider_spec.hpp"
#include "engine/plan/decision.hpp"
#include "engine/plan/name_store.hpp"
#include "engine/plan/picture_cache.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace engine::plan {

struct planned_item {
    job::item wanted;
    plan::decision decision;
    job::cost_estimate cost;   // of one attempt on the first route; zero when nothing is bought
    bool has_children = false; // second pass only: others of the plan continue its picture
    bool is_shared = false;    // second pass only: others of the plan need its picture too
    // Another item that gets the same picture, but which other routes or downgrades may stand in
    // for, or that expects something else of it: one picture cannot serve both. Empty = none.
    std::string conflicts_with;
};

// Whether the item is to be made from a stored file that is none of its own any more: another item
// may be about to write to that place.
[[nodiscard]] bool moves_original(const planned_item& item, const job::output_folder& folder);

// What one route will carry, for the time estimate.
struct route_load {
    std::int64_t images = 0;
    std::int64_t tokens = 0;
    double seconds_serial = 0; // sum of the expected latencies
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
    [[nodiscard]] bool idle() const { return to_buy() == 0 && count(verdict::reuse) == 0; }
};

struct time_estimate {
    std::chrono::milliseconds duration{0};
    std::string binding; // the limit that decides: "images_per_minute", "requests_per_minute",
                         // "tokens_per_minute", "concurrency"; empty when nothing is bought
};

class planner {
public:
    // Everything given must outlive the planner.
    planner(const ledger::history& history, runtime::files& disk, const job::output_folder& folder,
            const job::price_table& prices, const std::vector<job::provider_spec>& providers);

    // From now on what that cache holds need not be bought; it must outlive the planner. add()
    // hashes every picture that it means to use, decide_again() only looks at its size.
    // `has_chains`: items continue others, whose pictures then matter.
    void use_cache(const picture_cache& cache, bool has_chains);

    // Decides for one item and adds it to the totals. Of several items with one content key the
    // first that needs the picture gets it, and the later ones share it (`decision.same_as`).
    [[nodiscard]] planned_item add(job::item wanted);
    // Without adding it up: for the second pass, when the run goes through the items again.
    [[nodiscard]] planned_item decide_again(job::item wanted) const;

    // Whether add() planned to buy the picture with that key.
    [[nodiscard]] bool planned_to_buy(const std::string& key) const
    {
        const auto found = keys_.find(pack(key));
        return found != keys_.end() && found->second.buys;
    }
    // What rewriting the item's prompt costs at most; zero when it is written already or not asked
    // for. Nothing = the text model's price is not known.
    [[nodiscard]] std::optional<base::microusd> enrichment_cost(const job::item& wanted) const;
    // What one attempt there costs, a missing enrichment included.
    [[nodiscard]] job::cost_estimate estimate(const job::item& wanted, const job::route& where,
                                              std::size_t step = 0) const;

    // How long one attempt on the first route takes, as far as anybody knows.
    [[nodiscard]] std::chrono::milliseconds duration_of(const job::item& wanted) const;

    [[nodiscard]] const plan_totals& totals() const { return totals_; }
    // From the limits of the routes and a guess of the latency (see planner.cpp). `concurrency`:
    // -j, 0 = the routes' own.
    [[nodiscard]] time_estimate estimate_time(int concurrency) const;

private:
    struct key_use {                  // what the plan does with one content key
        name_store::place getter = 0; // the id of the item that gets the picture; 0 = none does
        std::uint32_t terms = 0;      // what the getter takes for it, hashed
        bool buys = false;            // it is to be bought
        bool first_gets = false;      // no item before the getter waits for a person
        bool shared = false;          // others wait for it, or will need it in a later run
    };
    enum class cache_use { none, hashed, sized };
    [[nodiscard]] planned_item decide_alone(job::item wanted, cache_use how) const;
    void look_in_cache(const job::item& wanted, plan::decision& decision, cache_use how) const;
    [[nodiscard]] std::optional<std::string> picture_of(const std::string& key) const;
    void share(planned_item& planned, const key_use& use) const;
    [[nodiscard]] bool gets_picture(const plan::decision& decision) const;
    void follow_parent(const job::parent_link& parent, plan::decision& decision) const;

    const ledger::history& history_;
    runtime::files& disk_;
    const job::output_folder& folder_;
    const job::price_table& prices_;
    const std::vector<job::provider_spec>& providers_;
    plan_totals totals_;
    struct packed_key { // half of a content key: enough to tell a million apart
        std::uint64_t high = 0, low = 0;
        friend bool operator==(packed_key, packed_key) = default;
    };
    struct packed_hash {
        std::size_t operator()(packed_key key) const { return static_cast<std::size_t>(key.low); }
    };
    static packed_key pack(const std::string& key);
    // About 75 bytes an item, and the id of each that gets its picture.
    std::unordered_map<packed_key, key_use, packed_hash> keys_;
    name_store ids_;
    const picture_cache* cache_ = nullptr;
    bool has_chains_ = false;
    // Where items continue others: the pictures (by hash) that come from the cache.
    std::unordered_map<packed_key, std::string, packed_hash> cached_;
    std::unordered_set<packed_key, packed_hash> parents_;                  // items with children
    std::unordered_map<packed_key, verdict, packed_hash> without_picture_; // held or failed
};

// For people: counts, cost, time; a line each.
[[nodiscard]] std::string plan_summary(const plan_totals& totals, const time_estimate& time,
                                       std::optional<base::microusd> cap,
                                       base::microusd spent_before);
// One line of the item list: "new     lamp-studio   $0.0532   not bought yet".
[[nodiscard]] std::string plan_line(const planned_item& item);
[[nodiscard]] base::json plan_json(const planned_item& item);
[[nodiscard]] base::json plan_json(const plan_totals& totals, const time_estimate& time,
                                   std::optional<base::microusd> cap, base::microusd spent_before);

} // namespace engine::plan
