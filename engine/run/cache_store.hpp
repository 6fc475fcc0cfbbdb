// cache_store: puts a picture that was bought and checked into the cache that several output
// folders share (plan/picture_cache), and takes it out again for use.
#pragma once

#include "engine/base/result.hpp"
#include "engine/job/event.hpp"
#include "engine/job/item.hpp"
#include "engine/job/output_folder.hpp"
#include "engine/plan/cache_note.hpp"
#include "engine/run/image_store.hpp"
#include "engine/runtime/files.hpp"

#include <optional>
#include <string>

namespace engine::run {

// What is to be noted about a picture, or nothing when it is not for others: made in a cheaper form
// or by another model than its content key names, also when only the answer said so, or by
// something else than its parent's own picture. `parent`: SHA-256 of the picture that was
// continued; empty = not known. `base_url`: of the provider that made it.
[[nodiscard]] std::optional<plan::cache_note>
cache_note_for(const job::item& wanted, const job::attempt_ended& made, const store_result& stored,
               const std::string& parent, const std::string& base_url);

// Copies `received` and writes the note. An entry that is there and whole stays. Copies, because a
// second name for the same bytes would let a change in one folder reach all others. `writer`: a
// name that no other process uses at the same time, such as the run's id. Blocks.
[[nodiscard]] base::result<void> put_into_cache(runtime::files& disk, const std::string& folder,
                                                const plan::cache_note& note,
                                                const std::string& received,
                                                const std::string& writer);

// Copies a cached picture to `file`, synced. A `file` that ends with ".part" is swept by the next
// run if this one dies. Blocks.
[[nodiscard]] base::result<void> take_from_cache(runtime::files& disk, const std::string& picture,
                                                 const std::string& file);

} // namespace engine::run
