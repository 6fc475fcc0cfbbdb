// item_store: see the header.
#include "engine/schedule/item_store.hpp"

#include "engine/base/assert.hpp"

#include <algorithm>
#include <limits>

namespace engine::schedule {
namespace {

// Stands behind every key, and behind everything that reserves the same.
constexpr lot_key last_key{true, true, duration::max(), std::numeric_limits<std::uint64_t>::max()};

item_store::lot_place place_of(const held_item& item)
{
    return {-item.wanted.priority, item.wanted.job};
}

} // namespace

void lot::add(const lot_key& key, held_item& item)
{
    in_order_.emplace(key, &item);
    by_reserve_.emplace(std::pair(item.at().reserve, key), &item);
}

void lot::remove(const lot_key& key, const held_item& item)
{
    const auto here = in_order_.find(key);
    const auto there = by_reserve_.find({item.at().reserve, key});
    ENGINE_ASSERT(here != in_order_.end() && there != by_reserve_.end());
    in_order_.erase(here);
    by_reserve_.erase(there);
}

held_item* lot::largest_within(base::microusd room) const
{
    const auto above = by_reserve_.upper_bound({room, last_key});
    return above == by_reserve_.begin() ? nullptr : std::prev(above)->second;
}

held_item* lot::smallest_above(base::microusd room) const
{
    if (by_reserve_.empty() || by_reserve_.rbegin()->first.first <= room)
        return nullptr; // the usual answer, without a search
    const auto above = by_reserve_.upper_bound({room, last_key});
    return above == by_reserve_.end() ? nullptr : above->second;
}

held_item& item_store::add(candidate wanted)
{
    const auto [at, is_new] = items_.try_emplace(std::to_underlying(wanted.item));
    ENGINE_ASSERT(is_new); // a handle names one item at a time
    held_item& item = at->second;
    item.wanted = std::move(wanted);
    item.sequence = offered_++;
    item.so_far.burnt = item.wanted.attempts_before;
    return item;
}

held_item* item_store::find(item_handle item)
{
    const auto at = items_.find(std::to_underlying(item));
    return at == items_.end() ? nullptr : &at->second;
}

void item_store::erase(held_item& item)
{
    take_out(item);
    const item_handle handle = item.wanted.item; // `item` ends inside erase
    items_.erase(std::to_underlying(handle));
}

lot_key item_store::key_of(const held_item& item) const
{
    return {item.starts == 0, !item.wanted.frees_others,
            longest_first_ ? -item.wanted.expected : duration(0), item.sequence};
}

void item_store::enqueue(held_item& item)
{
    ENGINE_ASSERT(item.where == place::nowhere);
    queues_[item.at().route][place_of(item)].add(key_of(item), item);
    item.where = place::queued;
    ++waiting_;
}

void item_store::put_to_sleep(held_item& item, time_point wake)
{
    ENGINE_ASSERT(item.where == place::nowhere);
    asleep_.emplace(std::pair(wake, item.sequence), &item);
    item.wake = wake;
    item.where = place::asleep;
    ++waiting_;
}

void item_store::take_out(held_item& item)
{
    if (item.where == place::queued) {
        queue& from = queues_[item.at().route];
        const auto in = from.find(place_of(item));
        ENGINE_ASSERT(in != from.end());
        in->second.remove(key_of(item), item);
        if (in->second.empty())
            from.erase(in);
        --waiting_;
    } else if (item.where == place::asleep) {
        waiting_ -= asleep_.erase({item.wake, item.sequence});
    }
    item.where = place::nowhere;
}

void item_store::longest_first()
{
    if (longest_first_)
        return;
    std::vector<held_item*> queued;
    for (held_item* item : waiting(std::nullopt))
        if (item->where == place::queued)
            queued.push_back(item);
    for (held_item* item : queued)
        take_out(*item);
    longest_first_ = true; // between the two: an item is found under the key it was put there with
    for (held_item* item : queued)
        enqueue(*item);
}

std::uint64_t item_store::last_turn_of(std::size_t job) const
{
    const auto known = last_turn_.find(job);
    return known == last_turn_.end() ? 0 : known->second;
}

bool item_store::waits_at(std::size_t route, int rank) const
{
    const auto first = queues_[route].lower_bound({rank, 0});
    return first != queues_[route].end() && first->first.rank == rank;
}

void item_store::take_turns(std::size_t route, int rank,
                            std::vector<queue::const_iterator>& turns) const
{
    turns.clear();
    const queue& from = queues_[route];
    for (auto lot = from.lower_bound({rank, 0}); lot != from.end() && lot->first.rank == rank;
         ++lot)
        turns.push_back(lot);
    // What comes back stands before everything new, whosesoever turn it is; near the end the
    // longest does, so that no job's turn leaves it to the last.
    std::ranges::sort(turns, {}, [this](queue::const_iterator one) {
        lot_key head = one->second.first_key();
        head.sequence = last_turn_of(one->first.job);
        head.frees_nobody = head.frees_nobody && longest_first_;
        return std::pair(head, one->first.job);
    });
}

std::vector<held_item*> item_store::waiting(std::optional<std::size_t> route) const
{
    std::vector<held_item*> found;
    for (std::size_t i = 0; i < queues_.size(); ++i)
        if (!route || *route == i)
            for (const auto& [place, lot] : queues_[i])
                for (const auto& [key, item] : lot.in_order())
                    found.push_back(item);
    for (const auto& [key, item] : asleep_)
        if (!route || item->at().route == *route)
            found.push_back(item);
    return found;
}

} // namespace engine::schedule
