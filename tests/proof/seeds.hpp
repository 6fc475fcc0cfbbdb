// seeds: one world by its seed, tried twice: with its accidents and without.
#pragma once

#include "tests/proof/world.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace proof {

inline std::uint64_t worlds_wanted = 200; // see proof_main.cpp
inline std::uint64_t first_seed = 0;

// What the worlds of this process have been through.
struct tally {
    std::int64_t worlds = 0, lives = 0, deaths = 0, items = 0, done = 0, held = 0, compared = 0;
    std::int64_t requests = 0;
};
inline tally so_far;

// Complaints, each with the seed in it; empty = everything held.
[[nodiscard]] std::vector<std::string> try_seed(std::uint64_t seed, bool trace = false);

// An assertion of the engine ends the process: then at least the seed is said.
void name_the_seed_on_abort();

} // namespace proof
