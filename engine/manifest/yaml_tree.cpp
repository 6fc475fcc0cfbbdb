#include "engine/manifest/yaml_tree.hpp"

#include <algorithm>
#include <unordered_map>

namespace engine::manifest {

const yaml_entry* yaml_node::find(std::string_view key) const
{
    const auto found = std::ranges::find(entries, key, &yaml_entry::key);
    return found == entries.end() ? nullptr : &*found;
}

namespace {

// Entries by key. Small maps, which are nearly all, are searched as they are.
class entry_index {
public:
    explicit entry_index(const yaml_node& map) : map_(map)
    {
        if (map.entries.size() > 32)
            for (const auto& entry : map.entries)
                by_key_.try_emplace(entry.key, &entry);
    }
    [[nodiscard]] const yaml_entry* find(std::string_view key) const
    {
        if (by_key_.empty())
            return map_.find(key);
        const auto found = by_key_.find(key);
        return found == by_key_.end() ? nullptr : found->second;
    }

private:
    const yaml_node& map_;
    std::unordered_map<std::string_view, const yaml_entry*> by_key_;
};

} // namespace

yaml merge_over(const yaml& under, const yaml& top)
{
    if (!under || !top)
        return top ? top : under;
    if (!under->is_map() || !top->is_map())
        return top;
    const entry_index under_index(*under);
    const entry_index top_index(*top);
    auto merged = std::make_shared<yaml_node>();
    merged->type = yaml_node::kind::map;
    merged->offset = top->offset;
    for (const auto& entry : under->entries) {
        const auto* over = top_index.find(entry.key);
        if (over)
            merged->entries.push_back(
                {over->key, over->key_offset, merge_over(entry.value, over->value)});
        else
            merged->entries.push_back(entry);
    }
    for (const auto& entry : top->entries)
        if (!under_index.find(entry.key))
            merged->entries.push_back(entry);
    return merged;
}

} // namespace engine::manifest
