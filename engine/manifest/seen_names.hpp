// seen_names: which names have been used and where first, for a million of them: 24 bytes a name
// and as much room again, never the names themselves.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace engine::manifest {

// Names are known by a 128-bit hash (FNV-1a): two different ones of a million meet by chance once
// in 10^26 times, and then an item is refused, nothing worse.
class seen_names {
public:
    struct place {
        std::uint32_t job = 0;  // position in the manifest's jobs
        std::uint32_t line = 0; // of its row, or of the job
    };

    // Notes the name, or says where it was noted before.
    std::optional<place> add(std::string_view name, place where);
    [[nodiscard]] std::optional<place> find(std::string_view name) const;
    void clear();
    [[nodiscard]] std::size_t size() const { return count_; }

private:
    struct entry {
        std::uint64_t high = 0, low = 0; // both 0 = free
        place where;
    };
    [[nodiscard]] static entry hashed(std::string_view name);
    [[nodiscard]] std::size_t slot_of(const entry& wanted) const; // its own or a free one
    void grow();

    std::vector<entry> table_; // a power of two, at most 3/4 full; linear probing
    std::size_t count_ = 0;
};

} // namespace engine::manifest
