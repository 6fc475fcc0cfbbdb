// contact_sheet: one card for each item, in the order in which the items came.
//
// While the ledger is read it keeps only where the lines of each item are; the cards are made from
// these lines afterwards, one at a time.
#pragma once

#include "engine/base/result.hpp"
#include "engine/job/event.hpp"
#include "engine/job/output_folder.hpp"
#include "engine/ledger/reader.hpp"
#include "engine/report/html.hpp"
#include "engine/runtime/files.hpp"

#include <string>
#include <unordered_map>
#include <vector>

namespace engine::report {

class contact_sheet {
public:
    void add(const job::event& happened, ledger::line_place place);

    [[nodiscard]] std::size_t items() const { return order_.size(); }

    // Appends the cards to `out`: at most options.cards_max, failed, held and open ones first to be
    // kept when there are more. `disk` and `folder` are where the ledger was read from.
    [[nodiscard]] base::result<void> write(std::string& out, runtime::files& disk,
                                           const job::output_folder& folder,
                                           const html_options& options) const;

private:
    struct item_lines {
        std::string id;
        ledger::line_place item, attempt; // the last of each; a delivered attempt is kept
        job::item_state state = job::item_state::open;
        bool delivered = false;
    };
    item_lines& lines_of(const std::string& id);

    std::vector<item_lines> order_;
    std::unordered_map<std::string, std::size_t> by_id_;
};

// The anchor of an item's card: "item-" and a short hash of its id.
[[nodiscard]] std::string card_anchor(std::string_view id);

} // namespace engine::report
