// scheduler_machine: the inside of the scheduler, shared by its sources: scheduler.cpp (events in,
// figures out), scheduler_items.cpp (what becomes of an item) and scheduler_starts.cpp (what may
// start).
#pragma once

#include "engine/base/random.hpp"
#include "engine/schedule/account.hpp"
#include "engine/schedule/item_store.hpp"
#include "engine/schedule/lane.hpp"
#include "engine/schedule/purses.hpp"
#include "engine/schedule/scheduler.hpp"
#include "engine/schedule/verdict.hpp"

namespace engine::schedule {

// Items that wait inside beside two for each slot: so many are there to choose from.
inline constexpr std::size_t look_ahead = 64;

[[nodiscard]] int total_concurrency(const options& options);

struct scheduler::machine {
    machine(options wanted, time_point start)
        : opts(with_accounts(std::move(wanted))), money(opts), items(opts.routes.size()),
          random(opts.seed), concurrency(total_concurrency(opts)), now(start)
    {
        accounts.reserve(opts.accounts.size()); // the lanes point at them
        for (std::size_t i = 0; i < opts.accounts.size(); ++i)
            accounts.emplace_back(opts, i, now);
        lanes.reserve(opts.routes.size());
        for (std::size_t i = 0; i < opts.routes.size(); ++i)
            lanes.emplace_back(opts, i, accounts[opts.routes[i].account], now);
    }
    std::size_t add(route_options route);

    void on(const offered& event);
    void on(const no_more_offers&)
    {
        offers_ended = true;
        items.longest_first();
    }
    void on(const nearing_end&) { items.longest_first(); }
    void on(const response_ended& event);
    void on(const limits_read& event);
    void on(const attempt_settled& event);
    void on(const share_changed& event);
    void on(const limits_remembered& event);
    void on(const stop_admitting& event) { drain(finish_cause::stopped, event.reason); }
    void on(const deadline_passed&) { drain(finish_cause::deadline, "deadline"); }
    void on(const pause_admitting&) { paused = true; }
    void on(const resume_admitting&) { paused = false; }
    void on(const day_begins&) { money.renew_day(); }
    void on(const cancel_all&) { drain(finish_cause::stopped, "cancelled"); }
    void on(const tick&) {}

    void follow(held_item& item, const verdict& next, const attempt_settled& how);
    [[nodiscard]] bool follow_manifest(held_item& item, const attempt_settled& how);
    [[nodiscard]] bool usable(const held_item& item, const choice& place) const;
    void stand_at(held_item& item, std::size_t choice, std::string_view reason);
    void move_on(held_item& item, std::size_t first_choice, const verdict& if_none,
                 const std::string& reason_if_none);
    void leave_route(std::size_t route);
    void leave_stopped(std::size_t route);
    void finish(held_item& item, job::item_state state, finish_cause cause, std::string reason);
    void drain(finish_cause cause, std::string reason);
    void halt_if_due();
    [[nodiscard]] bool is_due(const halt_rule& rule, const halted& so_far) const;

    void wake_sleepers();
    void start_what_may();
    void order_routes();
    bool start_one(std::size_t route, int rank);
    held_item* choose(std::size_t route, int rank);
    held_item* choose_in(const lot& from, const item_store::lot_place& where);
    void refuse_hopeless(std::size_t route, int rank);
    void refuse_for_good(held_item& item, purse& by);
    void start(held_item& item);
    void blocked_by(const obstacle& what);

    options opts; // routes are added, nothing else changes
    purses money;
    item_store items;
    std::vector<account> accounts;
    std::vector<lane> lanes; // by route
    base::random random;
    const int concurrency; // over all routes

    time_point now;
    std::vector<action>* out = nullptr; // during step()
    int in_flight = 0;
    int settling = 0;
    bool offers_ended = false;
    bool stopping = false;
    bool paused = false;
    finish_cause stop_cause = finish_cause::stopped;
    std::string stop_reason;
    std::vector<item_store::queue::const_iterator> turns; // of choose(): only its memory is kept
    struct route_turn {
        int rank;                // a priority that waits there, negative
        std::int64_t last_start; // at the route, as a number of `attempts`
        std::size_t route;
        friend auto operator<=>(const route_turn&, const route_turn&) = default;
    };
    std::vector<route_turn> routes;         // of start_what_may(), likewise
    std::vector<std::int64_t> last_starts;  // by route
    std::optional<int> money_waits_for;     // the rank of what waits for money that all share
    std::vector<bool> units_are_waited_for; // by route: for a rate of its own or of its account

    std::optional<time_point> wake;
    std::string_view binding;
    std::int64_t ended[4] = {}; // by item_state
    std::int64_t attempts = 0;
    std::int64_t lost = 0; // attempts that ended unknown
};

} // namespace engine::schedule
