// verdict: what becomes of an item after an attempt, by its outcome, its history and its policy.
// Pure: a table that one can read from top to bottom.
#pragma once

#include "engine/job/item.hpp"
#include "engine/job/outcome.hpp"
#include "engine/schedule/action.hpp"
#include "engine/schedule/options.hpp"

namespace engine::schedule {

// What an item has been through, with the attempt that just ended.
struct history {
    int burnt = 0;           // attempts that count against max_attempts, with earlier runs'
    int bad_outputs = 0;     // in this run
    int not_sent_in_row = 0; // on this route
    int waits_in_row = 0;    // backoffs without another outcome between
};

enum class next_step {
    finish,      // with the state and cause of the verdict
    retry,       // as soon as the route lets it: in front of new items
    retry_later, // the same after a backoff
    next_route,  // at once on its next choice; finish if there is none
};

struct verdict {
    next_step step = next_step::finish;
    job::item_state state = job::item_state::failed;
    finish_cause cause = finish_cause::attempts;
};

// Counts one ended attempt. A probe asks for everybody and is not held against its item, unless it
// may have cost money.
void count_attempt(history& so_far, job::outcome outcome, bool was_probe);

// After count_attempt().
[[nodiscard]] verdict judge(const history& so_far, job::outcome outcome, bool never_fits,
                            const job::retry_policy& policy, const options& options);

} // namespace engine::schedule
