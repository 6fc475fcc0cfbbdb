#include "engine/run/batch.hpp"

#include "engine/base/assert.hpp"
#include "engine/run/batch_machine.hpp"
#include "engine/run/received_image.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cmath>

namespace engine::run {

namespace {

using namespace std::chrono_literals;

constexpr auto progress_every = 250ms;

schedule::options schedule_options(const batch_options& wanted)
{
    schedule::options options;
    options.cap = wanted.cap;
    options.spent_before = wanted.spent_before;
    options.run_cap = wanted.run_cap;
    options.day_cap = wanted.day_cap;
    options.spent_today = wanted.spent_today;
    options.job_purses = wanted.job_purses;
    options.allow_unpriced = wanted.allow_unpriced;
    options.concurrency_total = wanted.concurrency;
    options.halts = wanted.halts;
    options.seed = wanted.seed;
    return options;
}

} // namespace

batch::machine::machine(world around, batch_options options, item_source source,
                        item_source recoveries)
    : with_(std::move(around)), options_(std::move(options)), source_(std::move(source)),
      recoveries_(std::move(recoveries)),
      events_(options_.run_id, with_.time, with_.journal, with_.observer),
      pictures_(with_.pictures ? std::move(*with_.pictures)
                               : usual_picture_work(with_.disk, options_.folder, with_.time)),
      attempts_({with_.time, with_.disk, with_.pool, events_, options_.folder, options_.prices,
                 with_.texts, pictures_},
                options_.reference_bytes_max)
{}

runtime::task<batch_result> batch::machine::run()
{
    const auto executor = co_await runtime::asio::this_coro::executor;
    bell_.emplace(executor);
    group_.emplace(executor);
    started_ = with_.time.now();

    auto wanted = schedule_options(options_);
    for (const auto& provider : options_.providers)
        wanted.accounts.push_back(
            {.name = provider.name,
             .limits = provider.limits,
             .limits_are_the_models = provider.limits_owner() == job::limit_owner::model});
    recall_limits(wanted);
    ENGINE_ASSERT(schedule::validate(wanted).empty()); // cli has checked what people may set
    scheduler_.emplace(std::move(wanted), started_);

    look_at_day();
    look_outside(); // before anything starts
    sweep_received(with_.disk, options_.folder, with_.history);
    auto opened = co_await events_.note_durable(options_.opening);
    if (!opened)
        fatal(opened.error());
    begin_shares();
    auto next_progress = started_;
    while (true) {
        if (group_->failed())
            break;                // join() cancels the others and says what it was
        look_at_day();            // what ends from now on belongs to the day that it is now
        while (!inbox_.empty()) { // first, so that a stop is heard before anything new starts
            const auto happened = std::move(inbox_.front());
            inbox_.pop_front();
            step(happened);
        }
        continue_unblocked();
        take_recoveries();
        take_items();
        share_limits();
        write_limits_down(false);
        step(schedule::tick{});
        if (scheduler_->finished() && group_->running() == 0 && inbox_.empty() &&
            unblocked_.empty() && sharing_.empty())
            break;
        const auto now = with_.time.now();
        if (now >= next_progress) {
            look_outside();
            with_.observer.on_progress(progress());
            next_progress = now + progress_every;
        }
        if (scheduler_->wants_offers() > 0 && may_take_more()) {
            // The window has room: fill it before sleeping, but let sockets and timers speak in
            // between.
            co_await runtime::asio::post(executor, runtime::asio::use_awaitable);
            continue;
        }
        const auto wake = scheduler_->next_wake();
        co_await bell_->wait_until(with_.time,
                                   wake ? std::min(*wake, next_progress) : next_progress);
    }
    co_await group_->join();
    write_limits_down(true);
    co_await finish_run();
    co_return result_;
}

void batch::machine::stop(int exit_code)
{
    facts_.signal_code = exit_code;
    tell(schedule::stop_admitting{"stopped by the user"});
}

void batch::machine::cancel()
{
    cancelled_ = true;
    tell(schedule::cancel_all{});
    if (group_)
        group_->cancel();
}

// --- doing what the scheduler says ---

void batch::machine::tell(schedule::event happened)
{
    inbox_.push_back(std::move(happened));
    if (bell_)
        bell_->ring();
}

void batch::machine::step(const schedule::event& happened)
{
    std::vector<schedule::action> due;
    std::swap(due, actions_); // reuse its memory; acting may step again
    due.clear();
    scheduler_->step(happened, with_.time.now(), due);
    for (const auto& action : due)
        std::visit([this](const auto& one) { act(one); }, action);
    due.clear();
    std::swap(due, actions_);
}

void batch::machine::act(const schedule::start_attempt& action)
{
    const auto live = live_.at(static_cast<std::uint64_t>(action.item));
    group_->start(attempt(live, action));
}

void batch::machine::act(const schedule::finish_item& action)
{
    const auto found = live_.find(static_cast<std::uint64_t>(action.item));
    const auto live = found->second;
    live_.erase(found);
    if (action.state == job::item_state::done)
        return; // its coroutine stores it and writes the line
    facts_.note(action.cause);
    std::string reason = action.reason;
    if (!live->error_message.empty())
        reason += ": " + live->error_message;
    end_item(*live, action.state, std::string(schedule::name_of(action.cause)), std::move(reason));
}

void batch::machine::act(const schedule::pause_route& action)
{
    events_.note(
        job::limit_changed{name_of(action.where), "paused", action.reason, wall_of(action.until)});
    remember_pause(action);
}

void batch::machine::act(const schedule::resume_route& action)
{
    events_.note(job::limit_changed{name_of(action.where), "resumed", "", std::nullopt});
}

void batch::machine::act(const schedule::limit_learned& action)
{
    events_.note(job::limit_changed{
        name_of(action.where), "learned",
        action.bucket + ": " + std::to_string(std::lround(action.per_minute)), std::nullopt});
    remember_limit(action);
}

void batch::machine::act(const schedule::stop_route& action)
{
    facts_.stopped(action.cause);
    events_.note(job::limit_changed{name_of(action.where), "stopped", action.reason, std::nullopt});
}

void batch::machine::act(const schedule::budget_refused& action)
{
    std::string item;
    if (const auto found = live_.find(static_cast<std::uint64_t>(action.item));
        found != live_.end())
        item = found->second->wanted.id;
    events_.note(job::budget_changed{"refused", item, action.needed, action.spent, action.reserved,
                                     action.cap, action.purse});
}

void batch::machine::act(const schedule::halted& action)
{
    const bool lost = action.rule.what == schedule::halt_rule::counted::unknown;
    const auto what = lost ? std::to_string(action.unknown) + " answers were lost"
                           : std::to_string(action.failed) + " of " + std::to_string(action.ended) +
                                 " items failed";
    events_.note(
        job::warning_raised{"", what + ": halted, as --halt says; what is in flight is " +
                                    (action.rule.now ? "given up and may be billed" : "finished")});
    if (action.rule.now)
        cancel();
}

// --- what people see ---

// The scheduler's route for one model of one provider; both APIs share it. It is made when the
// first item names it.
std::size_t batch::machine::route_index(const job::route& route)
{
    auto [known, is_new] = routes_.try_emplace({route.provider, route.model}, route_names_.size());
    if (!is_new)
        return known->second;
    const auto spec =
        std::ranges::find(options_.providers, route.provider, &job::provider_spec::name);
    ENGINE_ASSERT(spec != options_.providers.end());
    schedule::route_options wanted{.name = route.provider + "/" + route.model};
    if (const auto limits = spec->model_limits.find(route.model);
        limits != spec->model_limits.end())
        wanted.limits = limits->second;
    wanted.account = static_cast<std::size_t>(spec - options_.providers.begin());
    if (spec->limits_owner() == job::limit_owner::model)
        wanted.before = before_of(wanted.account, route.model);
    route_names_.push_back(wanted.name);
    return scheduler_->add_route(std::move(wanted));
}

const std::string& batch::machine::name_of(schedule::scope where) const
{
    return where.what == schedule::scope::kind::account ? options_.providers[where.index].name
                                                        : route_names_[where.index];
}

// What no event tells: the calendar, the deadline, and a person at another terminal. The calendar
// is the wall clock's, and that may be set back: a day that has begun does not begin again.
// The ledger counts an attempt on the day of its line, so the purse must not be behind it.
void batch::machine::look_at_day()
{
    if (!options_.day_cap || !options_.end_of_day)
        return;
    const auto now = with_.time.wall_now();
    if (day_ends_ && now < *day_ends_)
        return;
    const bool is_next = day_ends_.has_value();
    day_ends_ = options_.end_of_day(now);
    if (is_next)
        step(schedule::day_begins{});
}

void batch::machine::look_outside()
{
    const auto now = with_.time.wall_now();
    if (options_.deadline && now >= *options_.deadline && !facts_.deadline) {
        facts_.deadline = true;
        events_.note(job::warning_raised{
            "", "the deadline has come: nothing new starts, what is in flight is finished"});
        tell(schedule::deadline_passed{});
    }
    const bool pause = options_.wants_pause && options_.wants_pause();
    if (pause == std::exchange(paused_, pause))
        return;
    events_.note(job::limit_changed{"run", pause ? "paused" : "resumed",
                                    pause ? "by `darkroom pause`; `darkroom continue` goes on" : "",
                                    std::nullopt});
    if (pause)
        tell(schedule::pause_admitting{});
    else
        tell(schedule::resume_admitting{});
}

job::progress batch::machine::progress() const
{
    const auto counted = scheduler_->count();
    job::progress now;
    now.items_total = options_.opening.items_total;
    now.done = result_.count(job::item_state::done);
    now.failed = result_.count(job::item_state::failed);
    now.held = result_.count(job::item_state::held);
    now.in_flight = counted.in_flight;
    now.encoding = counted.settling + reusing_;
    now.waiting = counted.waiting;
    now.spent = counted.spent;
    now.reserved = counted.reserved;
    now.cap = options_.cap;
    now.elapsed =
        std::chrono::duration_cast<std::chrono::milliseconds>(with_.time.now() - started_);
    now.binding = counted.binding;
    now.stopping = counted.stopping;
    now.paused = counted.paused;
    return now;
}

base::wall_time batch::machine::wall_of(schedule::time_point when) const
{
    return with_.time.wall_now() +
           std::chrono::ceil<std::chrono::milliseconds>(when - with_.time.now());
}

runtime::task<> batch::machine::finish_run()
{
    // Items that were never taken in, because the run stopped first, are open too.
    auto& open = result_.items[static_cast<std::size_t>(job::item_state::open)];
    if (!options_.only_recover)
        open = options_.opening.items_total - result_.count(job::item_state::done) -
               result_.count(job::item_state::failed) - result_.count(job::item_state::held);
    result_.took =
        std::chrono::duration_cast<std::chrono::milliseconds>(with_.time.now() - started_);
    facts_.failed = result_.count(job::item_state::failed) > 0 || result_.local_failure.has_value();
    facts_.held = facts_.held || result_.count(job::item_state::held) > 0;
    facts_.open = open > 0;
    result_.exit_code = exit_code_of(facts_);

    job::run_ended ending;
    for (std::size_t i = 0; i < job::item_state_names.size(); ++i)
        ending.items_by_state[std::string(job::item_state_names[i])] = result_.items[i];
    ending.attempts_by_outcome = attempts_by_outcome_;
    ending.cost = result_.spent;
    ending.possibly_billed = result_.possibly_billed;
    ending.requests_sent = result_.requests;
    ending.wall_ms = static_cast<double>(result_.took.count());
    ending.exit_code = result_.exit_code;
    with_.observer.on_progress(progress());
    auto written = co_await events_.note_durable(std::move(ending));
    if (!written && !result_.local_failure)
        result_.local_failure = written.error();
}

batch::batch(world around, batch_options options, item_source source, item_source recoveries)
    : machine_(std::make_unique<machine>(std::move(around), std::move(options), std::move(source),
                                         std::move(recoveries)))
{}

batch::~batch() = default;

runtime::task<batch_result> batch::run()
{
    return machine_->run();
}

void batch::stop(int exit_code)
{
    machine_->stop(exit_code);
}

void batch::cancel()
{
    machine_->cancel();
}

} // namespace engine::run
