#include "tests/proof/seeds.hpp"

#include <csignal>
#include <cstdio>
#include <cstring>
#include <unistd.h>

namespace proof {

namespace {

char abort_note[64] = "no seeded world\n";

void on_abort(int)
{
    (void)!::write(STDERR_FILENO, abort_note, std::strlen(abort_note));
}

} // namespace

void name_the_seed_on_abort()
{
    (void)std::signal(SIGABRT, on_abort);
}

std::vector<std::string> try_seed(std::uint64_t seed, bool trace)
{
    std::snprintf(abort_note, sizeof abort_note, "in world --seed=%llu\n",
                  static_cast<unsigned long long>(seed));
    const auto plan = make_plan(seed);
    watching how;
    how.trace = trace;
    const auto real = live_through(plan, how);
    auto complaints = real.complaints;
    ++so_far.worlds;
    so_far.lives += real.lives;
    so_far.deaths += real.deaths;
    so_far.requests += real.requests;
    so_far.items += static_cast<std::int64_t>(plan.items.size());
    for (const auto& [id, end] : real.items) {
        so_far.done += end.state == engine::job::item_state::done ? 1 : 0;
        so_far.held += end.state == engine::job::item_state::held ? 1 : 0;
    }
    if (plan.comparable && !plan.lives.empty()) {
        ++so_far.compared;
        const auto calm = live_through(plan.without_accidents());
        for (const auto& one : calm.complaints)
            complaints.push_back("without accidents: " + one);
        for (auto& one : compare(plan, calm, real))
            complaints.push_back(std::move(one));
    }
    for (auto& one : complaints)
        one = "--seed=" + std::to_string(seed) + ": " + one;
    return complaints;
}

} // namespace proof
