// advice: what each ending means for the person who reads about it, and what to do then.
#pragma once

#include "engine/job/outcome.hpp"

#include <string_view>

namespace engine::report {

struct advice {
    std::string_view meaning; // one short sentence
    std::string_view action;  // what to do, one or two sentences
};
[[nodiscard]] advice advice_for(job::outcome how);

// What to do about an item that failed, is held or is open for `cause`: an outcome's name or one of
// the run's own words ("attempts", "output", "budget", ...). Empty for a word that is not known.
[[nodiscard]] std::string_view action_for_cause(std::string_view cause);

// "finished, some items failed": the exit codes of product and manual.
[[nodiscard]] std::string_view meaning_of_exit_code(int code);

} // namespace engine::report
