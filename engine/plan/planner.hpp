// planner: goes through all items before a run, decides for each, and adds up what would happen.
#pragma once

#include "engine/job/price.hpp"
#include "engine/job/provider_spec.hpp"
#include "engine/plan/decision.hpp"
#include "engine/plan/latency_book.hpp"
#include "engine/plan/name_store.hpp"
#include "engine/plan/picture_cache.hpp"
#include "engine/plan/plan_totals.hpp"
#include "engine/plan/time_estimate.hpp"

#include <cstdint>
#include <optional>
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

// What rewriting one prompt costs.
struct enrichment_costs {
    base::microusd expected, worst;
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
    // What rewriting the item's prompt costs; zero when it is written already or not asked
    // for. Nothing = the text model's price is not known.
    [[nodiscard]] std::optional<enrichment_costs> enrichment_cost(const job::item& wanted) const;
    // What one attempt there costs, a missing enrichment included.
    [[nodiscard]] job::cost_estimate estimate(const job::item& wanted, const job::route& where,
                                              std::size_t step = 0) const;

    // How long one attempt on the first route takes, as far as anybody knows.
    [[nodiscard]] std::chrono::milliseconds duration_of(const job::item& wanted) const;

    [[nodiscard]] const plan_totals& totals() const { return totals_; }
    // How long a run would take from now on: from limits, and latencies as measured or guessed.
    [[nodiscard]] time_estimate estimate_time(const time_settings& settings) const;

private:
    void add_load(const planned_item& planned);
    [[nodiscard]] double reference_images(const job::item& wanted, const job::route& route) const;
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
    [[nodiscard]] bool can_fetch_any(const std::string& key) const;

    const ledger::history& history_;
    runtime::files& disk_;
    const job::output_folder& folder_;
    const job::price_table& prices_;
    const std::vector<job::provider_spec>& providers_;
    latency_book latencies_;
    plan_totals totals_;
    struct packed_key { // half of a content key: enough to tell a million apart
        std::uint64_t high = 0, low = 0;
        friend bool operator==(packed_key, packed_key) = default;
    };
    struct packed_hash {
        std::size_t operator()(packed_key key) const { return static_cast<std::size_t>(key.low); }
    };
    static packed_key pack(const std::string& key);
    // Of items that continue one that is to be bought: how many are to be bought before them.
    std::unordered_map<packed_key, std::uint32_t, packed_hash> depths_;
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

} // namespace engine::plan
