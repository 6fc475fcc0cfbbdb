// doubt_list: what `darkroom recon` shows: attempts that may have been charged without a picture.
#pragma once

#include "engine/base/json.hpp"
#include "engine/ledger/doubt.hpp"

#include <string>
#include <vector>

namespace engine::report {

struct listed_doubt {
    std::string item, key;
    ledger::doubt what;
    std::string can; // a sentence: what can be done about it
};

// All of a folder, oldest first; `can` is left empty.
[[nodiscard]] std::vector<listed_doubt> list_doubts(const ledger::history& history);
[[nodiscard]] base::microusd total_of(const std::vector<listed_doubt>& all);

// For people: a paragraph each, and the sum. Says so when there are none.
[[nodiscard]] std::string doubts_text(const std::vector<listed_doubt>& all);
// An array of objects.
[[nodiscard]] base::json doubts_json(const std::vector<listed_doubt>& all);

} // namespace engine::report
