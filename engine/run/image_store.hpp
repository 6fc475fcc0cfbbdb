// image_store: from received bytes to checked files under their final names. One job for a pool
// thread.
#pragma once

#include "engine/base/result.hpp"
#include "engine/job/event.hpp"
#include "engine/job/item.hpp"
#include "engine/job/output_folder.hpp"
#include "engine/runtime/clock.hpp"
#include "engine/runtime/files.hpp"

#include <optional>
#include <string>
#include <vector>

namespace engine::run {

// What came of it. No failure set = every output is stored.
struct store_result {
    std::optional<base::failure>
        bad_image; // the bytes are not what was asked: the provider's fault
    std::optional<base::failure>
        local_failure; // our disk: the bytes stay where they are for the next run
    std::optional<base::failure>
        output_failure;   // a good image that cannot become an output that was asked for
    bool lost = false;    // with local_failure: not even the received bytes could be kept
    std::string bad_code; // short name of bad_image: "mismatch", "unusable_image"
    std::string received_sha256;
    std::uint64_t received_bytes = 0;
    job::image_format received_format =
        job::image_format::png; // of a good image, like the next two
    job::image_size received_size;
    bool transparent = false; // at least one pixel lets something through
    std::vector<job::stored_output> outputs;
    std::vector<std::string> notes; // for people: what could not be carried over
    double decode_ms = 0, encode_ms = 0, store_ms = 0;
};

// What is known of the bytes before they are read.
struct source_rules {
    // Another hash is a bad image, found before anything is written. Empty = whatever it is.
    std::string expected_sha256 = {};
    bool has_thumb = false; // another item has made it, or makes it just now
};

// Reads `source`, checks the decoded pixels against the item's expectation, makes every output and
// the thumbnail. Decodes once. Each file is whole under its name or not there. Blocks; uses the
// memory of one decoded picture and one output.
[[nodiscard]] store_result store_image(const job::item& wanted, const std::string& source,
                                       const job::output_folder& folder, runtime::files& disk,
                                       const runtime::clock& time, const source_rules& rules = {});

} // namespace engine::run
