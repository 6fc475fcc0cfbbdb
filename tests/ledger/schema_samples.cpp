// schema_samples: prints a line for every sample event, for schema_test.py.
#include "engine/ledger/line.hpp"
#include "tests/ledger/sample_events.hpp"

#include <cstdio>

int main()
{
    auto events = support::sample_events();
    for (std::size_t i = 0; i < engine::job::outcome_names.size(); ++i)
        events.push_back(support::as_event(
            support::sample_attempt("any", 1, 1, static_cast<engine::job::outcome>(i))));
    for (std::size_t i = 0; i < engine::job::item_state_names.size(); ++i)
        events.push_back(support::as_event(
            support::sample_item("any", 1, static_cast<engine::job::item_state>(i))));
    for (const auto& happened : events)
        std::puts(engine::ledger::to_line(happened).c_str());
}
