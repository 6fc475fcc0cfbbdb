#include "engine/sim/unsynced.hpp"

#include <algorithm>

namespace engine::sim {

namespace {

void carry_out(const file_names::change& what, file_names::all& to)
{
    for (const auto& [path, file] : what)
        if (file)
            to[path] = file;
        else
            to.erase(path);
}

bool touches(const file_names::change& what, const std::set<std::string>& some)
{
    return std::ranges::any_of(what, [&](const auto& one) { return some.contains(one.first); });
}

void add_names(const file_names::change& what, std::set<std::string>& to)
{
    for (const auto& [path, file] : what)
        to.insert(path);
}

} // namespace

std::string folder_of(const std::string& path)
{
    const auto slash = path.rfind('/');
    if (slash == std::string::npos)
        return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

void file_bytes::cut(std::uint64_t to)
{
    if (to < synced_ && !before_cut_)
        before_cut_ = bytes_.substr(0, synced_);
    synced_ = std::min(synced_, to);
    bytes_.resize(to);
}

void file_bytes::sync()
{
    synced_ = bytes_.size();
    before_cut_.reset();
}

std::string file_bytes::after_crash(double kept, base::random& dice) const
{
    if (before_cut_ && !dice.chance(kept))
        return *before_cut_;
    if (bytes_.size() <= synced_ || dice.chance(kept))
        return bytes_;
    const auto torn = kept > 0 ? dice.below(bytes_.size() - synced_) : 0;
    return bytes_.substr(0, synced_ + torn);
}

file_ptr file_names::find(const std::string& path) const
{
    const auto found = now_.find(path);
    return found == now_.end() ? nullptr : found->second;
}

void file_names::make(change what)
{
    carry_out(what, now_);
    if (remembers_)
        unsynced_.push_back(std::move(what));
}

void file_names::sync(const std::string& folder)
{
    std::vector<bool> due(unsynced_.size());
    std::set<std::string> needed; // by a later change that is due
    for (std::size_t i = unsynced_.size(); i-- > 0;) {
        const auto& one = unsynced_[i];
        due[i] = touches(one, needed) || std::ranges::any_of(one, [&](const auto& name) {
                     return folder_of(name.first) == folder;
                 });
        if (due[i])
            add_names(one, needed);
    }
    std::vector<change> left;
    for (std::size_t i = 0; i < unsynced_.size(); ++i)
        if (due[i])
            carry_out(unsynced_[i], platter_);
        else
            left.push_back(std::move(unsynced_[i]));
    unsynced_ = std::move(left);
}

file_names file_names::after_crash(double kept, base::random& dice) const
{
    // Only the process is gone: the system still holds what was not synced, and may lose it yet.
    if (!remembers_ || kept >= 1)
        return *this;
    file_names left(remembers_);
    std::map<const file_bytes*, file_ptr> moved; // two names of one file stay that
    for (const auto& [path, file] : names_after_crash(kept, dice)) {
        auto& copy = moved[file.get()];
        if (!copy) {
            copy = std::make_shared<file_bytes>();
            copy->append(file->after_crash(kept, dice));
            copy->sync();
        }
        left.now_[path] = copy;
    }
    left.platter_ = left.now_;
    return left;
}

file_names::all file_names::names_after_crash(double kept, base::random& dice) const
{
    auto left = platter_;
    std::set<std::string> lost;
    for (const auto& one : unsynced_)
        if (!touches(one, lost) && dice.chance(kept))
            carry_out(one, left);
        else
            add_names(one, lost);
    return left;
}

} // namespace engine::sim
