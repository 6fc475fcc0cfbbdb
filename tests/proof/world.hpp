// world: lives through a plan: one process after another over one folder in
// memory, on virtual time, by the code that runs live. What must hold is looked
// at while it happens and at the end.
#pragma once

#include "engine/job/event.hpp"
#include "engine/job/outcome.hpp"
#include "tests/proof/world_plan.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace proof {

struct item_end {
    engine::job::item_state state = engine::job::item_state::open;
    bool doubtful = false; // the ledger holds an attempt of it that may have been billed
    std::map<std::string, std::string> files; // of a done item: output name -> sha256
};

struct world_end {
    std::vector<std::string> complaints;   // what did not hold; empty = everything did
    std::map<std::string, item_end> items; // by id
    int lives = 0;
    int deaths = 0;
    std::uint64_t points = 0; // changes of the disk in the first life
    bool failed = false;      // the disk did
    std::int64_t requests = 0;
    engine::base::microusd charged;  // by the provider
    engine::base::microusd declared; // by the ledger, doubts included
    std::string ledger;

    [[nodiscard]] std::string text() const; // of the complaints, a line each
};

struct watching {
    bool trace = false;     // tells everything on standard output
    bool every_cut = false; // reads the ledger cut at every byte, not at a few
};

[[nodiscard]] world_end live_through(const world_plan& plan, watching how = {});

// Both of one plan, the first without accidents: complaints where the second
// came to something else than it may.
[[nodiscard]] std::vector<std::string> compare(const world_plan& plan, const world_end& calm,
                                               const world_end& real);

} // namespace proof
