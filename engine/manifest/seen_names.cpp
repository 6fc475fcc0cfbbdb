#include "engine/manifest/seen_names.hpp"

namespace engine::manifest {

seen_names::entry seen_names::hashed(std::string_view name)
{
    // FNV-1a, 128 bit: offset basis and prime of the reference (Fowler, Noll, Vo).
    __extension__ using wide = unsigned __int128;
    wide hash = (wide{0x6c62272e07bb0142u} << 64) | 0x62b821756295c58du;
    const wide prime = (wide{1} << 88) | 0x13bu;
    for (const char c : name) {
        hash ^= static_cast<unsigned char>(c);
        hash *= prime;
    }
    entry made{static_cast<std::uint64_t>(hash >> 64), static_cast<std::uint64_t>(hash), {}};
    if (made.high == 0 && made.low == 0)
        made.low = 1;
    return made;
}

std::size_t seen_names::slot_of(const entry& wanted) const
{
    const std::size_t mask = table_.size() - 1;
    std::size_t slot = static_cast<std::size_t>(wanted.low ^ wanted.high) & mask;
    for (;; slot = (slot + 1) & mask) {
        const auto& there = table_[slot];
        const bool free = there.high == 0 && there.low == 0;
        if (free || (there.high == wanted.high && there.low == wanted.low))
            return slot;
    }
}

std::optional<seen_names::place> seen_names::find(std::string_view name) const
{
    if (table_.empty())
        return std::nullopt;
    const auto wanted = hashed(name);
    const auto& there = table_[slot_of(wanted)];
    const bool known = there.high == wanted.high && there.low == wanted.low;
    return known ? std::optional(there.where) : std::nullopt;
}

std::optional<seen_names::place> seen_names::add(std::string_view name, place where)
{
    if (count_ * 4 >= table_.size() * 3)
        grow();
    auto wanted = hashed(name);
    auto& there = table_[slot_of(wanted)];
    if (there.high == wanted.high && there.low == wanted.low)
        return there.where;
    wanted.where = where;
    there = wanted;
    ++count_;
    return std::nullopt;
}

void seen_names::grow()
{
    std::vector<entry> old(table_.empty() ? 1024 : table_.size() * 2);
    old.swap(table_);
    for (const auto& one : old)
        if (one.high != 0 || one.low != 0)
            table_[slot_of(one)] = one;
}

void seen_names::clear()
{
    table_.clear();
    count_ = 0;
}

} // namespace engine::manifest
