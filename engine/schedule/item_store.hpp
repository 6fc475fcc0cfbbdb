// item_store: the items inside the scheduler, and the two places where they wait.
//
// An item is in exactly one place: in the queue of a route, asleep until a time, or started. A
// queue is made of lots: the items of one job, in their order. Lots of a higher priority come
// first; those of one priority take turns.
#pragma once

#include "engine/schedule/event.hpp"
#include "engine/schedule/lane.hpp"
#include "engine/schedule/verdict.hpp"

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace engine::schedule {

enum class place { nowhere, queued, asleep, on_wire, settling };

struct held_item {
    candidate wanted;
    std::uint64_t sequence = 0; // order of offering
    std::size_t choice = 0;     // the one it stands at
    int starts = 0;             // in this run
    history so_far;
    std::string retry_reason; // for the next start
    place where = place::nowhere;
    time_point wake;       // when asleep
    lane::attempt attempt; // the one that is running
    base::microusd reserved;

    [[nodiscard]] const schedule::choice& at() const { return wanted.choices[choice]; }
};

// The place of an item in its lot: what comes back, then what others wait for, then, near the end,
// what takes longest, then the oldest.
struct lot_key {
    bool fresh = false;
    bool frees_nobody = false;
    duration shortness{0}; // the expected duration, negative; 0 until the end is near
    std::uint64_t sequence = 0;
    friend auto operator<=>(const lot_key&, const lot_key&) = default;
};

// The waiting items of one job at one route: by their order, and by what they reserve.
class lot {
public:
    using by_reserve = std::map<std::pair<base::microusd, lot_key>, held_item*>;

    void add(const lot_key& key, held_item& item);
    void remove(const lot_key& key, const held_item& item);

    [[nodiscard]] bool empty() const { return in_order_.empty(); }
    // It must not be empty.
    [[nodiscard]] const lot_key& first_key() const { return in_order_.begin()->first; }
    [[nodiscard]] held_item& first() const { return *in_order_.begin()->second; }
    // The one that reserves most among those that reserve at most so much; null = none does.
    [[nodiscard]] held_item* largest_within(base::microusd room) const;
    // The one that reserves least among those that reserve more; null = none does.
    [[nodiscard]] held_item* smallest_above(base::microusd room) const;
    [[nodiscard]] const std::map<lot_key, held_item*>& in_order() const { return in_order_; }

private:
    std::map<lot_key, held_item*> in_order_;
    by_reserve by_reserve_;
};

class item_store {
public:
    // Highest priority first.
    struct lot_place {
        int rank = 0; // the priority, negative
        std::size_t job = 0;
        friend auto operator<=>(const lot_place&, const lot_place&) = default;
    };
    using queue = std::map<lot_place, lot>; // without empty ones
    using sleepers = std::map<std::pair<time_point, std::uint64_t>, held_item*>;

    explicit item_store(std::size_t routes) : queues_(routes) {}

    void add_route() { queues_.emplace_back(); }

    // Takes the item in; its handle must be new. Lives until erase().
    held_item& add(candidate wanted);
    // Null when there is none.
    [[nodiscard]] held_item* find(item_handle item);
    void erase(held_item& item);

    // Into the queue of the route it stands at, or to sleep; it must be nowhere.
    void enqueue(held_item& item);
    void put_to_sleep(held_item& item, time_point wake);
    // Out of where it waits; it is nowhere then.
    void take_out(held_item& item);
    // From here on what takes longest stands first, also what waits already.
    void longest_first();

    [[nodiscard]] const queue& queue_of(std::size_t route) const { return queues_[route]; }
    [[nodiscard]] bool waits_at(std::size_t route, int rank) const;
    // The lots of one priority as their turns are: into `turns`, which is emptied first.
    void take_turns(std::size_t route, int rank, std::vector<queue::const_iterator>& turns) const;
    // The job has had its turn.
    void had_turn(std::size_t job) { last_turn_[job] = ++turns_; }
    [[nodiscard]] const sleepers& asleep() const { return asleep_; }
    // Everything that waits, or of one route only: queue first, then sleepers.
    [[nodiscard]] std::vector<held_item*> waiting(std::optional<std::size_t> route) const;
    [[nodiscard]] std::size_t waiting_count() const { return waiting_; }
    [[nodiscard]] bool empty() const { return items_.empty(); }

private:
    [[nodiscard]] lot_key key_of(const held_item& item) const;
    [[nodiscard]] std::uint64_t last_turn_of(std::size_t job) const;

    std::unordered_map<std::uint64_t, held_item> items_; // nodes: addresses stay
    std::vector<queue> queues_;
    sleepers asleep_;
    std::size_t waiting_ = 0;
    std::uint64_t offered_ = 0;
    bool longest_first_ = false;
    std::unordered_map<std::size_t, std::uint64_t> last_turn_; // by job; one entry for each
    std::uint64_t turns_ = 0;
};

} // namespace engine::schedule
