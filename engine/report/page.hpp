// page: the parts of report.html around the contact sheet, from a summary. Pure.
#pragma once

#include "engine/report/summary.hpp"
#include "engine/report/timeline.hpp"

#include <string>

namespace engine::report {

struct page_facts {
    std::string title;
    std::uint64_t torn_bytes = 0; // behind the ledger's last newline
};

// From <!doctype> to what needs a person: the figures, unknown outcomes, items that are not done.
[[nodiscard]] std::string page_head(const summary& all, const page_facts& facts);
// Up to where the cards begin.
[[nodiscard]] std::string sheet_head(std::size_t items, std::size_t items_left_out,
                                     const item_counts& by_state);
// What follows the cards: time, attempts, money, runs. `attempts` is the largest run's.
[[nodiscard]] std::string page_foot(const summary& all, const timeline& attempts);

} // namespace engine::report
