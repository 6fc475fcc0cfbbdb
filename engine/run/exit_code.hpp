// exit_code: the one number a run leaves behind. Source: product.md section 4.
#pragma once

#include "engine/schedule/action.hpp"

#include <string>

namespace engine::run {

// What happened, gathered over the run.
struct exit_facts {
    bool deadline = false; // it came while the run was going on
    int signal_code = 0;   // 130 or 143 when a signal stopped it
    bool failed = false;   // an item failed, or our own disk did
    bool held = false;     // an outcome is unknown
    bool open = false;     // an item was left for another run
    bool over_budget = false;
    bool down = false; // a provider was taken for down
    bool account_said_no = false;
    bool not_found = false; // it said so about the model or the address, not about the key

    void note(schedule::finish_cause cause);    // of an item that ended without an image
    void stopped(schedule::finish_cause cause); // of a route
    void account(int http_status, const std::string& code);
};

// 0 all done, 1 some failed, 3 authentication, 4 model or address not found, 5 provider down, 7
// budget reached, 8 unknown outcomes, 130 and 143 interrupted. The one that a person must see to
// first wins.
[[nodiscard]] int exit_code_of(const exit_facts& facts);

} // namespace engine::run
