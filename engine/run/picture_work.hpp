// picture_work: what a run does with the bytes of pictures, apart from everything that it decides.
// The usual one reads, decodes and encodes; a rehearsal's does none of it.
#pragma once

#include "engine/base/result.hpp"
#include "engine/job/image_request.hpp"
#include "engine/job/item.hpp"
#include "engine/job/output_folder.hpp"
#include "engine/run/image_store.hpp"
#include "engine/runtime/clock.hpp"
#include "engine/runtime/files.hpp"

#include <functional>
#include <string>

namespace engine::run {

// Both are called on a pool thread, several at a time.
struct picture_work {
    // The bytes of a reference image or a mask, which must be those that were planned with.
    std::function<base::result<std::string>(const job::reference_image& wanted)> read;
    // From received bytes to outputs; see store_image().
    std::function<store_result(const job::item& wanted, const std::string& source,
                               const source_rules& rules)>
        store;
};

// All must outlive it.
[[nodiscard]] picture_work usual_picture_work(runtime::files& disk,
                                              const job::output_folder& folder,
                                              const runtime::clock& time);

// The same in whichever form of the item fits (as it was asked for, or one of its downgrades), when
// nobody knows any more which it was.
[[nodiscard]] store_result store_in_any_form(job::item wanted, const std::string& source,
                                             const picture_work& pictures,
                                             const source_rules& rules = {});

} // namespace engine::run
