// item_store: the items inside the scheduler, and the two places where they wait.
//
// An item is in exactly one place: in the queue of a route, asleep until a time, or started. Queues
// go by (was started before, order of offering): an item that comes back stands before every new
// one, and among its like the oldest is first.
#pragma once

#include "engine/schedule/event.hpp"
#include "engine/schedule/lane.hpp"
#include "engine/schedule/verdict.hpp"

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

class item_store {
public:
    using queue_key = std::pair<bool, std::uint64_t>; // (new, sequence)
    using queue = std::map<queue_key, held_item*>;
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

    [[nodiscard]] const queue& queue_of(std::size_t route) const { return queues_[route]; }
    [[nodiscard]] const sleepers& asleep() const { return asleep_; }
    // Everything that waits, or of one route only: queue first, then sleepers.
    [[nodiscard]] std::vector<held_item*> waiting(std::optional<std::size_t> route) const;
    [[nodiscard]] std::size_t waiting_count() const { return waiting_; }
    [[nodiscard]] bool empty() const { return items_.empty(); }

private:
    std::unordered_map<std::uint64_t, held_item> items_; // nodes: addresses stay
    std::vector<queue> queues_;
    sleepers asleep_;
    std::size_t waiting_ = 0;
    std::uint64_t offered_ = 0;
};

} // namespace engine::schedule
