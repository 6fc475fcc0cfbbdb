// The main function of the proofs: doctest's, and the ways to ask for more or
// for one world.
//
//   test_proof                  200 worlds, and everything that has a name
//   test_proof --worlds=10000   so many seeded worlds (also
//   DARKROOM_PROOF_WORLDS=10000) test_proof --seed=42        one world, told
//   step by step test_proof --ledgers=DIR    the ledgers of some worlds as
//   files, for the schema
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "tests/proof/seeds.hpp"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

namespace {

std::uint64_t number_in(std::string_view text, std::uint64_t otherwise)
{
    std::uint64_t number = otherwise;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

int write_ledgers(const std::string& folder)
{
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const auto end = proof::live_through(proof::make_plan(seed));
        std::ofstream(folder + "/" + std::to_string(seed) + ".jsonl") << end.ledger;
    }
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    proof::name_the_seed_on_abort();
    if (const char* wanted = std::getenv("DARKROOM_PROOF_WORLDS"))
        proof::worlds_wanted = number_in(wanted, proof::worlds_wanted);
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument.starts_with("--worlds="))
            proof::worlds_wanted = number_in(argument.substr(9), proof::worlds_wanted);
        if (argument.starts_with("--from="))
            proof::first_seed = number_in(argument.substr(7), proof::first_seed);
        if (argument.starts_with("--ledgers="))
            return write_ledgers(std::string(argument.substr(10)));
        if (argument.starts_with("--seed=")) {
            const auto complaints = proof::try_seed(number_in(argument.substr(7), 0), true);
            for (const auto& one : complaints)
                std::printf("%s\n", one.c_str());
            return complaints.empty() ? 0 : 1;
        }
    }
    doctest::Context context(argc, argv);
    return context.run();
}
