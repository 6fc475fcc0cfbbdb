// item_store: see the header.
#include "engine/schedule/item_store.hpp"

#include "engine/base/assert.hpp"

namespace engine::schedule {
namespace {

item_store::queue_key key_of(const held_item& item)
{
    return {item.starts == 0, item.sequence};
}

} // namespace

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

void item_store::enqueue(held_item& item)
{
    ENGINE_ASSERT(item.where == place::nowhere);
    queues_[item.at().route].emplace(key_of(item), &item);
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
    if (item.where == place::queued)
        waiting_ -= queues_[item.at().route].erase(key_of(item));
    else if (item.where == place::asleep)
        waiting_ -= asleep_.erase({item.wake, item.sequence});
    item.where = place::nowhere;
}

std::vector<held_item*> item_store::waiting(std::optional<std::size_t> route) const
{
    std::vector<held_item*> found;
    for (std::size_t i = 0; i < queues_.size(); ++i)
        if (!route || *route == i)
            for (const auto& [key, item] : queues_[i])
                found.push_back(item);
    for (const auto& [key, item] : asleep_)
        if (!route || item->at().route == *route)
            found.push_back(item);
    return found;
}

} // namespace engine::schedule
