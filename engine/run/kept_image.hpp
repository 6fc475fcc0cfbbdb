// kept_image: the picture of a done item, kept for the items that continue it, with a note of who
// made it; or kept for a while, without one, for items that share it or while outputs change
// places.
#pragma once

#include "engine/base/result.hpp"
#include "engine/job/event.hpp"
#include "engine/job/image_request.hpp"
#include "engine/job/output_folder.hpp"
#include "engine/ledger/history.hpp"
#include "engine/runtime/files.hpp"

#include <string>
#include <vector>

namespace engine::run {

// Where an answer came from, so that it can be continued by name there. Empty strings = not known.
struct image_maker {
    std::string provider;
    std::string api;
    std::string response_id;
};

// A picture to be continued.
struct earlier_image {
    job::reference_image picture; // a file of this folder
    image_maker maker;
    bool is_output = false; // not the picture as it was received, but something made of it
};

// What is known of a done item's files.
struct stored_files {
    std::vector<job::stored_output> outputs;
    std::string received_sha256;
};

// Gives the received bytes a second name under which they stay, with a note beside them. Blocks.
// They must be there under `received`.
[[nodiscard]] base::result<void> keep_image(runtime::files& disk, const job::output_folder& folder,
                                            const std::string& key, const std::string& received,
                                            const image_maker& maker);

// The picture of the item with that key: as received if it was kept or is an output, else the
// largest of its stored outputs (of equals the first by name). Fails when there is none any more.
// Blocks: reads and hashes the file.
[[nodiscard]] base::result<earlier_image> find_earlier_image(runtime::files& disk,
                                                             const job::output_folder& folder,
                                                             const std::string& key,
                                                             stored_files known);

// Gives the received bytes a second name until all items that share them are done. Blocks.
[[nodiscard]] base::result<void> keep_for_sharing(runtime::files& disk,
                                                  const job::output_folder& folder,
                                                  const std::string& key,
                                                  const std::string& received);

// Before a run in which outputs change places: gives each picture that another item's file will
// replace a second name, from which it is made again. Blocks.
[[nodiscard]] base::result<void> preserve_original(runtime::files& disk,
                                                   const job::output_folder& folder,
                                                   const std::string& key,
                                                   const std::string& source);

// The keys of the pictures that are kept for a while: those without a note.
[[nodiscard]] std::vector<std::string> kept_for_a_while(runtime::files& disk,
                                                        const job::output_folder& folder);

// After a run: removes the pictures that were kept for a while and are not needed any more. Needed
// are those of which no output is a copy, as long as an item may be made from them: `all_done` says
// that none is left, in all of the manifest, and that nothing may continue them one day. `history`
// must know this run. Blocks.
void sweep_kept(runtime::files& disk, const job::output_folder& folder,
                const ledger::history& history, bool all_done);

} // namespace engine::run
