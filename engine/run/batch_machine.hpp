// batch_machine: the inside of a batch, shared by its sources: batch.cpp (the loop, and doing what
// the scheduler says), batch_items.cpp (taking items in), batch_chains.cpp (items that continue
// others), batch_recovery.cpp (answers that earlier runs lost) and batch_work.cpp (attempts, stored
// images and their lines).
#pragma once

#include "engine/run/attempt_runner.hpp"
#include "engine/run/batch.hpp"
#include "engine/run/cache_store.hpp"
#include "engine/run/chains.hpp"
#include "engine/run/exit_code.hpp"
#include "engine/run/kept_image.hpp"
#include "engine/run/recorder.hpp"
#include "engine/runtime/bell.hpp"
#include "engine/runtime/task_group.hpp"
#include "engine/schedule/scheduler.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace engine::run {

// Bytes that are there already are made into outputs beside the running attempts: so many at once.
inline constexpr int reuse_at_once = 8;
// Lost answers are fetched before anything is bought: so many at once.
inline constexpr int recover_at_once = 8;
// Items that wait for an earlier one are held in memory: with so many, no more are read.
inline constexpr std::size_t chained_waiting_max = 4096;

class batch::machine {
public:
    machine(world around, batch_options options, item_source source, item_source recoveries);

    runtime::task<batch_result> run();
    void stop(int exit_code);
    void cancel();

private:
    // Where an attempt can be made, and in which form.
    struct place {
        job::route route;
        std::size_t step = 0; // of the item's downgrades; 0 = as asked
        reservation reserved;
        base::microusd enrichment;
    };
    // An item between its offer and its end. Shared by the map and the coroutine that works on it.
    struct live_item {
        schedule::item_handle handle{};
        job::item wanted;       // `expect` is that of the last attempt
        job::expectation asked; // as the manifest has it
        plan::decision before;
        std::vector<place> places;            // by the index of the scheduler's choice
        std::size_t stands_at = 0;            // the choice of the last attempt
        bool has_children = false;            // others continue its picture
        bool is_shared = false;               // others wait for it to share its picture
        std::optional<earlier_image> earlier; // the picture that it continues
        bool feed_earlier = false;            // the provider has forgotten the answer it came with
        image_maker maker;                    // of its own picture
        std::optional<job::attempt_ended> made; // the attempt that its picture came with
        std::string shared_sha256;              // of the picture it shares; empty = of none
        int attempts = 0;                       // over all runs
        base::microusd cost;                    // settled, over all runs
        std::string revised_prompt;
        std::string error_message; // of the last attempt
        std::optional<job::outcome> last_outcome;
        runtime::steady_time queued_since;
    };
    using live_ptr = std::shared_ptr<live_item>;

    // Taking items in.
    void take_items();
    void take(plan::planned_item planned);
    void offer(live_ptr live);
    [[nodiscard]] double reference_images(const live_item& live, const job::route& route) const;
    void close_open_intents(const plan::planned_item& planned,
                            const std::optional<ledger::key_record>& record);

    // Items that continue others.
    void continue_earlier(live_ptr live);
    runtime::task<> find_earlier(live_ptr live);
    void share_earlier(live_ptr live);
    void share_now(live_ptr live);
    void over(const live_item& live, parent_end how);
    void continue_unblocked();
    [[nodiscard]] bool may_take_more() const;

    // Answers that earlier runs lost.
    void take_recoveries();
    runtime::task<> recover(live_ptr live);
    runtime::task<> settle_doubts(live_ptr live);
    [[nodiscard]] bool has_fetchable(const std::string& key) const;
    [[nodiscard]] provider::image_api* who_has(const ledger::doubt& lost) const;
    [[nodiscard]] recovery_order make_order(const live_item& live, ledger::doubt lost) const;
    struct settled_doubts;
    void settle_unasked(plan::planned_item planned);
    void note_unasked(const live_item& live, const std::string& received);
    void end_unrecovered(const live_item& live, const ledger::key_record& record,
                         const settled_doubts& all);
    void close_intent(const job::item& wanted, const ledger::doubt& lost);
    void count_recovered(const job::attempt_ended& line);

    // Doing what the scheduler says.
    void step(const schedule::event& happened);
    void act(const schedule::start_attempt& action);
    void act(const schedule::finish_item& action);
    void act(const schedule::pause_route& action);
    void act(const schedule::resume_route& action);
    void act(const schedule::limit_learned& action);
    void act(const schedule::stop_route& action);
    void act(const schedule::budget_refused& action);
    void act(const schedule::halted& action);
    void tell(schedule::event happened);

    // The work itself.
    runtime::task<> attempt(live_ptr live, schedule::start_attempt action);
    attempt_order make_order(live_item& live, const schedule::start_attempt& action);
    [[nodiscard]] bool continues_by_name(const live_item& live, const job::route& route) const;
    void note_switch(const live_item& live, const place& to, const std::string& why);
    void note_model(const job::attempt_ended& line);
    void note_over_reserved(const job::attempt_ended& line, base::microusd reserved);
    runtime::task<> reuse(live_ptr live);
    runtime::task<> finish_done(live_ptr live, store_result stored, std::string received,
                                std::string reason);
    runtime::task<> give_to_cache(live_ptr live, const store_result& stored, std::string received);
    void settle_recovered(live_item& live, store_result& stored);
    void count_attempt(const job::attempt_ended& line);
    void set_aside(const std::string& received, const std::string& quarantined);
    void end_item(const live_item& live, job::item_state state, std::string cause,
                  std::string reason, parent_end how = {});
    job::item_ended describe_item(const live_item& live, job::item_state state) const;
    void fatal(const base::failure& why);

    // Among other runs with the same keys.
    struct account_share {
        shared_account* account = nullptr;
        std::map<std::string, shared_account::knowledge> known; // of earlier runs, by model
        shared_account::part told{0, 0};                        // to the scheduler; none at first
        std::optional<runtime::steady_time> settle_until; // joined, and the others may not know yet
        runtime::steady_time look_at{};
        runtime::steady_time wanted_last{};
        bool alone = false; // the folder failed
    };
    void recall_limits(schedule::options& wanted);
    [[nodiscard]] schedule::remembered before_of(std::size_t account,
                                                 const std::string& model) const;
    void begin_shares();
    void share_limits();
    void join_share(std::size_t account, account_share& ours);
    void ask_again(std::size_t account, account_share& ours);
    void tell_share(std::size_t account, account_share& ours, shared_account::part part,
                    bool joined);
    void share_failed(std::size_t account, account_share& ours, const base::failure& why);
    void remember_limit(const schedule::limit_learned& action);
    void remember_pause(const schedule::pause_route& action);
    [[nodiscard]] std::pair<std::size_t, std::string> owner_of(schedule::scope where) const;
    void write_limits_down(bool at_the_end);

    // What people see.
    std::size_t route_index(const job::route& route);
    [[nodiscard]] const std::string& name_of(schedule::scope where) const; // for the ledger
    job::progress progress() const;
    void look_at_day();
    void look_outside();
    runtime::task<> finish_run();
    base::wall_time wall_of(schedule::time_point when) const;

    world with_;
    batch_options options_;
    item_source source_;
    item_source recoveries_; // empty once they are over
    recorder events_;
    picture_work pictures_;
    attempt_runner attempts_;
    std::map<std::pair<std::string, std::string>, std::size_t> routes_; // by provider and model
    std::vector<std::string> route_names_;        // as the scheduler counts them
    std::map<std::size_t, account_share> shares_; // by the scheduler's account
    runtime::steady_time write_limits_at_{};
    std::optional<schedule::scheduler> scheduler_;
    std::optional<runtime::task_group> group_;
    std::optional<runtime::bell> bell_;

    std::unordered_map<std::uint64_t, live_ptr> live_;
    std::uint64_t next_handle_ = 1;
    std::deque<schedule::event> inbox_; // told between two steps
    std::vector<schedule::action> actions_;
    bool source_ended_ = false;
    bool no_more_told_ = false;
    int reusing_ = 0;
    int recovering_ = 0;
    bool recoveries_ended_ = false;
    bool cancelled_ = false;
    std::set<std::string> recovered_; // ids of the items that were among them
    int looking_ = 0;                 // for the pictures that items continue
    chains<live_ptr> chains_;
    std::deque<live_ptr> unblocked_;            // whoever they waited for is over
    std::deque<live_ptr> sharing_;              // of these, those that share the picture
    bool cache_failed_ = false;                 // it was said
    std::set<std::string> closed_keys_;         // whose open intents were closed in this run
    std::set<std::string> models_noted_;        // "route -> model", each told once
    std::set<std::string> over_reserved_noted_; // routes, each told once

    runtime::steady_time started_{};
    batch_result result_;
    std::map<std::string, std::int64_t> attempts_by_outcome_;
    exit_facts facts_;
    std::optional<base::wall_time> day_ends_;
    bool paused_ = false;
};

} // namespace engine::run
