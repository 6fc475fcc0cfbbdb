// batch_machine: the inside of a batch, shared by its sources: batch.cpp (the loop, and doing what
// the scheduler says), batch_items.cpp (taking items in) and batch_work.cpp (attempts, stored
// images and their lines).
#pragma once

#include "engine/run/attempt_runner.hpp"
#include "engine/run/batch.hpp"
#include "engine/run/exit_code.hpp"
#include "engine/run/recorder.hpp"
#include "engine/runtime/bell.hpp"
#include "engine/runtime/task_group.hpp"
#include "engine/schedule/scheduler.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace engine::run {

// Bytes that are there already are made into outputs beside the running attempts: so many at once.
inline constexpr int reuse_at_once = 8;

class batch::machine {
public:
    machine(world around, batch_options options, item_source source);

    runtime::task<batch_result> run();
    void stop(int exit_code);
    void cancel();

private:
    // An item between its offer and its end. Shared by the map and the coroutine that works on it.
    struct live_item {
        schedule::item_handle handle{};
        job::item wanted;
        plan::decision before;
        std::vector<job::route> routes; // by the index of the scheduler's choice
        int attempts = 0;               // over all runs
        base::microusd cost;            // settled, over all runs
        std::string revised_prompt;
        std::string error_message; // of the last attempt
        runtime::steady_time queued_since;
    };
    using live_ptr = std::shared_ptr<live_item>;

    // Taking items in.
    void take_items();
    void take(plan::planned_item planned);
    void offer(live_ptr live);
    void close_open_intents(const plan::planned_item& planned,
                            const std::optional<ledger::key_record>& record);

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
    runtime::task<> reuse(live_ptr live);
    runtime::task<> finish_done(live_ptr live, store_result stored, std::string received,
                                std::string reason);
    void settle_recovered(live_item& live, store_result& stored);
    void count_attempt(const job::attempt_ended& line);
    void set_aside(const std::string& received, const std::string& quarantined);
    void end_item(const live_item& live, job::item_state state, std::string cause,
                  std::string reason);
    job::item_ended describe_item(const live_item& live, job::item_state state) const;
    void fatal(const base::failure& why);

    // What people see.
    std::size_t route_index(const job::route& route);
    job::progress progress() const;
    runtime::task<> finish_run();
    base::wall_time wall_of(schedule::time_point when) const;

    world with_;
    batch_options options_;
    item_source source_;
    recorder events_;
    attempt_runner attempts_;
    std::vector<std::string> route_names_; // as the scheduler counts them
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

    runtime::steady_time started_{};
    batch_result result_;
    std::map<std::string, std::int64_t> attempts_by_outcome_;
    exit_facts facts_;
};

} // namespace engine::run
