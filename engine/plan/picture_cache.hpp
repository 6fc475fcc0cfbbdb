// picture_cache: looks in a directory that several output folders share for a picture that one of
// them has bought already. Only reads; run/cache_store puts pictures there.
//
// A picture is used only where it is what would be bought: made under the same content key, at an
// address that the item's own routes name for that model, from the same parent's picture, and such
// as the item expects. What a person or another program left there is never trusted: the note is
// parsed as outside bytes, and the picture must have the note's hash.
#pragma once

#include "engine/job/item.hpp"
#include "engine/job/provider_spec.hpp"
#include "engine/plan/cache_note.hpp"
#include "engine/runtime/files.hpp"

#include <optional>
#include <string>
#include <vector>

namespace engine::plan {

struct cached_picture {
    std::string path;
    cache_note note;
};

struct cache_answer {
    std::optional<cached_picture> found;
    std::string warning; // an entry that cannot be used and should be; empty = none
};

class picture_cache {
public:
    // How closely an entry is looked at: hashing all of its bytes, or their number alone.
    enum class care { whole, size };

    // Both must outlive it. The folder need not be there.
    picture_cache(runtime::files& disk, std::string folder,
                  const std::vector<job::provider_spec>& providers);

    [[nodiscard]] const std::string& folder() const { return folder_; }
    // `parent`: SHA-256 of the picture that the item continues; empty = it continues none. Blocks.
    [[nodiscard]] cache_answer find(const job::item& wanted, const std::string& parent,
                                    care how) const;

private:
    [[nodiscard]] bool made_where_wanted(const job::item& wanted, const cache_note& note) const;

    runtime::files& disk_;
    std::string folder_;
    const std::vector<job::provider_spec>& providers_;
};

inline constexpr std::uint64_t cached_picture_bytes_max = 256u << 20; // as run reads at most

} // namespace engine::plan
