// summary_samples: prints summaries, one a line, for summary_schema_test.py: of nothing, of a
// made-up catalogue, of a single failure.
#include "engine/report/summary.hpp"
#include "tests/ledger/sample_events.hpp"
#include "tests/report/made_ledger.hpp"

#include <cstdio>

int main()
{
    using engine::report::summary;
    const auto print = [](const std::vector<engine::job::event>& events) {
        summary all;
        for (const auto& happened : events)
            all.add(happened);
        std::puts(all.to_json().dump().c_str());
    };
    print({});
    print(support::made_ledger().events);
    print(support::sample_events());
    print({support::as_event(support::sample_item("a", 1, engine::job::item_state::failed))});
}
