#include <doctest/doctest.h>

#include "tests/proof/seeds.hpp"

#include <cerrno>
#include <cstdio>

using namespace proof;
using engine::job::item_state;
using engine::job::outcome;
using engine::job::unknown_policy;

namespace {

std::string text_of(const std::vector<std::string>& complaints)
{
    std::string all;
    for (const auto& one : complaints)
        all += one + "\n";
    return all;
}

} // namespace

TEST_CASE("in every seeded world the money is counted and nothing is lost or half")
{
    int failed = 0;
    for (auto seed = first_seed; seed < first_seed + worlds_wanted && failed < 10; ++seed) {
        const auto complaints = try_seed(seed);
        failed += complaints.empty() ? 0 : 1;
        CHECK_MESSAGE(complaints.empty(), text_of(complaints));
    }
    std::printf("%lld worlds, %lld processes, %lld of them died; %lld requests; %lld items: %lld "
                "done, %lld held; %lld worlds held against themselves without accidents\n",
                static_cast<long long>(so_far.worlds), static_cast<long long>(so_far.lives),
                static_cast<long long>(so_far.deaths), static_cast<long long>(so_far.requests),
                static_cast<long long>(so_far.items), static_cast<long long>(so_far.done),
                static_cast<long long>(so_far.held), static_cast<long long>(so_far.compared));
}

TEST_CASE("the same seed is the same world")
{
    for (std::uint64_t seed = 0; seed < 5; ++seed)
        CHECK(live_through(make_plan(seed)).ledger == live_through(make_plan(seed)).ledger);
}
