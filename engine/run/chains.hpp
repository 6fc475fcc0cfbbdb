// chains: which items wait for an earlier one, whose picture they continue or share, and what
// became of those that others wait for. Bookkeeping for one run.
//
// An item stands after its parent in the source, so whoever waits here waits for an item that was
// taken in already: there are no circles, and it is enough to stop reading when too many wait.
#pragma once

#include "engine/job/outcome.hpp"
#include "engine/run/kept_image.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace engine::run {

// How an item ended that others wait for.
struct parent_end {
    job::item_state state = job::item_state::open;
    std::string cause = {};  // of a failed or held one
    std::string reason = {}; // why it has no picture; empty when done
    stored_files files = {}; // when it was made in this run
    // The picture as it was received, for those that share it, whatever became of the item's own
    // outputs; empty = there is none.
    std::string picture = {};
};

// `Child` is what waits: the batch's own handle for an item.
template <class Child>
class chains {
public:
    // The parent is being worked on: children wait for ended().
    void started(const std::string& parent) { under_way_.try_emplace(parent); }

    // Waits if the parent is under way; false if it is not, and the child is given back by
    // ended_as() or was never of this run.
    [[nodiscard]] bool wait(const std::string& parent, Child child)
    {
        const auto found = under_way_.find(parent);
        if (found == under_way_.end())
            return false;
        found->second.push_back(std::move(child));
        ++waiting_;
        return true;
    }

    // The parent is over; answers who waited for it, in the order in which they came.
    [[nodiscard]] std::vector<Child> ended(const std::string& parent, parent_end how)
    {
        // Of several items with that key one that has the picture is enough.
        auto& known = ended_[parent];
        if (known.state != job::item_state::done || how.state == job::item_state::done)
            known = std::move(how);
        std::vector<Child> children;
        if (const auto found = under_way_.find(parent); found != under_way_.end()) {
            children = std::move(found->second);
            under_way_.erase(found);
        }
        waiting_ -= children.size();
        return children;
    }

    // Nothing for an item that did not end in this run.
    [[nodiscard]] std::optional<parent_end> ended_as(const std::string& parent) const
    {
        const auto found = ended_.find(parent);
        return found == ended_.end() ? std::nullopt : std::optional(found->second);
    }

    [[nodiscard]] std::size_t waiting() const { return waiting_; }

private:
    std::unordered_map<std::string, std::vector<Child>> under_way_; // by content key
    std::unordered_map<std::string, parent_end> ended_;
    std::size_t waiting_ = 0;
};

} // namespace engine::run
