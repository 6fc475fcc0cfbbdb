// witness: watches one process of a world and complains when money or items are
// counted wrongly. It adds up by itself, from the events, and does not ask the
// scheduler.
#pragma once

#include "engine/job/observer.hpp"
#include "engine/ledger/history.hpp"
#include "tests/proof/modelled_provider.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace proof {

class witness final : public engine::job::observer {
public:
    using complaint = std::function<void(std::string)>;
    // `alive`: what a dead process says is nobody's affair. `told`: gets every
    // event of a living one.
    witness(std::optional<engine::base::microusd> cap, engine::base::microusd spent_before,
            const bool& alive, complaint complain,
            std::function<void(const engine::job::event&)> told);

    void on_event(const engine::job::event& happened) override;
    void on_progress(const engine::job::progress& now) override;
    // The process has ended by itself.
    void on_end() const;

private:
    void check_cap() const;

    std::optional<engine::base::microusd> cap_;
    engine::base::microusd spent_;
    engine::base::microusd reserved_; // of intents without an attempt line
    const bool& alive_;
    complaint complain_;
    std::function<void(const engine::job::event&)> told_;
    std::map<std::string, engine::base::microusd> open_; // by key and attempt
    std::set<std::string> ended_;                        // items with an item line
    std::optional<engine::job::progress> last_;
};

// Holds the ledger of a folder against the provider's bill, attempt by attempt.
void hold_against_bill(const std::vector<engine::job::event>& ledger,
                       const std::map<std::string, billed_attempt>& bill,
                       const witness::complaint& complain);

} // namespace proof
