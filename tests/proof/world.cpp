#include "tests/proof/world.hpp"

#include "engine/base/sha256.hpp"
#include "engine/ledger/line.hpp"
#include "engine/ledger/reader.hpp"
#include "engine/run/batch.hpp"
#include "engine/run/kept_image.hpp"
#include "engine/sim/memory_files.hpp"
#include "engine/sim/unsynced.hpp"
#include "tests/proof/modelled_provider.hpp"
#include "tests/proof/witness.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <list>

namespace proof {

using namespace engine;
using namespace std::chrono_literals;
using job::item_state;

namespace {

namespace asio = boost::asio;

// As many calm processes as it may take until nothing is left to do: each
// parent that was held back frees its children one run later.
constexpr int calm_lives_max = 16;
constexpr std::size_t complaints_max = 12;

// Virtual time with a wall clock that somebody sets.
class set_clock final : public runtime::clock {
public:
    explicit set_clock(sim::virtual_clock& time) : time_(time) {}
    [[nodiscard]] runtime::steady_time now() const override { return time_.now(); }
    [[nodiscard]] base::wall_time wall_now() const override { return time_.wall_now() + ahead; }
    [[nodiscard]] runtime::task<> sleep_until(runtime::steady_time when) override
    {
        return time_.sleep_until(when);
    }
    milliseconds ahead{0};

private:
    sim::virtual_clock& time_;
};

std::string one_line(const job::event& happened)
{
    auto text = ledger::to_line(happened);
    return text.size() > 300 ? text.substr(0, 300) + "..." : text;
}

class world {
public:
    world(const world_plan& plan, watching how)
        : plan_(plan), how_(how), clock_(time_),
          provider_(plan, time_, [this](std::string what) { complain(std::move(what)); }),
          prices_(plan.prices()), folder_(std::string(folder_of_world))
    {
        for (const auto& one : plan.providers)
            specs_.push_back(one.spec);
    }

    world_end live()
    {
        prepare_disk();
        for (const auto& life : plan_.lives)
            live_once(life);
        provider_.reopen_accounts();
        std::string before;
        for (int i = 0; i < calm_lives_max; ++i) {
            const auto now = live_once({});
            if (now == before)
                break;
            before = now;
        }
        look_at_the_end();
        end_.requests = provider_.requests();
        end_.charged = provider_.charged();
        return std::move(end_);
    }

private:
    // A process while it lives: what the accidents need to get hold of.
    struct process {
        asio::io_context loop{1};
        std::list<asio::cancellation_signal> timers;
        int timers_left = 0;
        run::batch* batch = nullptr;
    };

    void complain(std::string what)
    {
        tell("!! " + what);
        if (end_.complaints.size() < complaints_max)
            end_.complaints.push_back("life " + std::to_string(end_.lives) + ": " +
                                      std::move(what));
    }
    void tell(const std::string& what) const
    {
        if (how_.trace)
            std::printf("%10.3f %s\n",
                        std::chrono::duration<double>(time_.now().time_since_epoch() - 1h).count(),
                        what.c_str());
    }

    void prepare_disk()
    {
        disk_ = std::make_unique<sim::memory_files>();
        for (const auto& [path, bytes] : plan_.files) {
            (void)disk_->make_directories(sim::folder_of(path));
            (void)runtime::write_whole(*disk_, path, base::as_bytes(bytes));
        }
    }

    void die(const life_plan& life, process& dying, const std::string& where)
    {
        if (!alive_)
            return;
        alive_ = false;
        ++end_.deaths;
        tell("-- dies " + where + ", keeping " + std::to_string(life.kept));
        next_disk_ = disk_->crash(life.kept, life.seed);
        if (dying.batch != nullptr) // not here: we stand in the middle of what it does
            asio::post(dying.loop, [&dying] {
                if (dying.batch != nullptr)
                    dying.batch->cancel();
            });
    }

    // A process from its start to its end; what it left, in a text that two equal
    // ends share.
    std::string live_once(const life_plan& life)
    {
        alive_ = true;
        const auto requests_before = provider_.requests();
        provider_.serve(end_.lives, alive_);
        tell("-- life " + std::to_string(end_.lives));
        process own;
        disk_->at_point = [&, start = disk_->points()](const sim::disk_point& point) {
            if (how_.trace)
                tell("   " + std::to_string(point.number - start) + " " +
                     std::string(name_of(point.change)) + " " + std::string(point.path));
            if (life.crash_at_point && point.number - start == *life.crash_at_point)
                die(life, own, "before " + std::string(name_of(point.change)));
        };
        if (life.full_after)
            disk_->fill_after(*life.full_after, life.full_for_ever);
        if (life.fails_at)
            disk_->fail_from(*life.fails_at, life.error, life.fails_for_ever);
        const auto points_before = disk_->points();
        std::string left;
        try {
            left = run_process(life, own);
        } catch (const std::exception& error) {
            complain(std::string("the process threw: ") + error.what());
        }
        if (end_.lives == 0)
            end_.points = disk_->points() - points_before;
        end_.failed = end_.failed || disk_->failed();
        if (provider_.in_flight() != 0)
            complain(std::to_string(provider_.in_flight()) + " requests are still in flight");
        if (alive_ && disk_->open_files() != 0)
            complain(std::to_string(disk_->open_files()) + " files are still open");
        disk_->at_point = nullptr;
        if (alive_)
            disk_->repair();
        else
            std::swap(disk_, next_disk_);
        next_disk_.reset();
        ++end_.lives;
        return left + " " + std::to_string(provider_.requests() - requests_before);
    }

    // What the command line does, in its order.
    std::string run_process(const life_plan& life, process& own)
    {
        for (const auto& path : {folder_.root(), folder_.received_folder()})
            if (!disk_->make_directories(path))
                return "no folder";
        const auto lock = disk_->lock(folder_.lock());
        if (!lock)
            return "no lock";
        auto history = ledger::history::read(*disk_, folder_.ledger());
        if (!history) {
            if (alive_)
                complain("the ledger cannot be read: " + history.error().message());
            return "no history";
        }
        plan::planner planner(*history, *disk_, folder_, prices_, specs_);
        std::vector<std::pair<std::string, std::string>> moving;
        for (const auto& wanted : plan_.items)
            if (const auto planned = planner.add(wanted); plan::moves_original(planned, folder_))
                moving.emplace_back(wanted.key, planned.decision.source);
        const bool idle = planner.totals().idle();

        ledger::journal_options direct;
        direct.own_thread = false;
        direct.flush_after = {};
        auto journal = ledger::journal::open(*disk_, folder_.ledger(), direct);
        if (!journal)
            return "no journal";
        for (const auto& [key, source] : moving)
            if (!run::preserve_original(*disk_, folder_, key, source))
                return "no original";

        runtime::worker_pool pool(0, 4);
        witness watcher(
            plan_.cap, history->totals().spent(), alive_,
            [this](std::string what) { complain(std::move(what)); },
            [this](const job::event& happened) { tell(one_line(happened)); });
        run::batch_options options;
        options.run_id = "r-" + std::to_string(end_.lives);
        options.folder = folder_;
        options.providers = specs_;
        options.prices = prices_;
        options.cap = plan_.cap;
        options.spent_before = history->totals().spent();
        options.concurrency = plan_.concurrency;
        options.keep_pictures = plan_.keep_pictures;
        options.seed = life.seed;
        options.opening.items_total = static_cast<std::int64_t>(plan_.items.size());
        std::size_t next = 0;
        std::size_t next_lost = 0;
        run::item_source recoveries;
        if (planner.totals().count(plan::verdict::recover) > 0)
            recoveries = [&]() -> std::optional<job::item> {
                if (next_lost == plan_.items.size())
                    return std::nullopt;
                return plan_.items[next_lost++];
            };
        run::batch batch(
            {clock_, *disk_, pool, **journal, *history, planner, watcher, provider_.apis(),
             provider_.texts()},
            options,
            [&]() -> std::optional<job::item> {
                if (next == plan_.items.size())
                    return std::nullopt;
                return plan_.items[next++];
            },
            std::move(recoveries));
        own.batch = &batch;
        set_timers(life, own);
        const auto requests_before = provider_.requests();
        const auto result = time_.run(own.loop, batch.run());
        own.batch = nullptr;
        end_timers(own);
        journal->reset();
        sweep(result);
        if (!alive_)
            return "dead";
        watcher.on_end();
        if (idle && provider_.requests() != requests_before)
            complain("nothing was to be bought, and something was sent");
        std::string left;
        std::int64_t sum = 0;
        for (const auto count : result.items) {
            left += std::to_string(count) + " ";
            sum += count;
            if (count < 0)
                complain("the run counts items below zero: " + left);
        }
        if (sum != static_cast<std::int64_t>(plan_.items.size()))
            complain("the run counts " + std::to_string(sum) + " items");
        if (result.local_failure && life.calm())
            complain("a calm disk failed: " + result.local_failure->message());
        return left;
    }

    // As the command line does: what was kept only while others of this run
    // needed it.
    void sweep(const run::batch_result& result)
    {
        if (run::kept_for_a_while(*disk_, folder_).empty())
            return;
        const bool all_done =
            result.count(item_state::done) == static_cast<std::int64_t>(plan_.items.size());
        if (const auto history = ledger::history::read(*disk_, folder_.ledger()))
            run::sweep_kept(*disk_, folder_, *history, all_done && !plan_.keep_pictures);
    }

    void at(process& own, std::optional<milliseconds> when, std::function<void()> what)
    {
        if (!when)
            return;
        auto& stop = own.timers.emplace_back();
        ++own.timers_left;
        asio::co_spawn(own.loop, sleep_and_do(time_, time_.now() + *when, std::move(what)),
                       asio::bind_cancellation_slot(
                           stop.slot(), [&own](std::exception_ptr) { --own.timers_left; }));
    }
    static runtime::task<> sleep_and_do(sim::virtual_clock& time, runtime::steady_time when,
                                        std::function<void()> what)
    {
        co_await time.sleep_until(when);
        what();
    }
    void set_timers(const life_plan& life, process& own)
    {
        at(own, life.crash_at, [this, &life, &own] { die(life, own, "at its time"); });
        at(own, life.stop_at, [&own] { own.batch->stop(130); });
        at(own, life.cancel_at, [&own] { own.batch->cancel(); });
        at(own, life.wall_jump_at, [this, &life] { clock_.ahead += life.wall_jump; });
    }
    void end_timers(process& own)
    {
        for (auto& stop : own.timers)
            stop.emit(asio::cancellation_type::terminal);
        own.loop.restart();
        own.loop.poll();
        own.loop.restart();
        if (own.timers_left != 0 || own.loop.poll() != 0 || time_.jump())
            complain("the loop is not idle after the run");
    }

    // --- the end ---

    void look_at_the_end()
    {
        std::vector<job::event> events;
        const auto read = ledger::read_events(
            *disk_, folder_.ledger(),
            [&](job::event&& one, ledger::line_place) { events.push_back(std::move(one)); });
        if (!read)
            return complain("the ledger cannot be read at the end: " + read.error().message());
        const auto complaining = [this](std::string what) { complain(std::move(what)); };
        hold_against_bill(events, provider_.bill(), complaining);
        look_for_what_could_be_fetched(events);
        end_.ledger = disk_->read(folder_.ledger(), 1u << 28).value_or("");
        cut_the_ledger();

        const auto history = ledger::history::read(*disk_, folder_.ledger()).value();
        end_.declared = history.totals().spent();
        plan::planner planner(history, *disk_, folder_, prices_, specs_);
        std::vector<std::string> known = plan_files();
        for (const auto& wanted : plan_.items)
            look_at(planner.add(wanted), history.find(wanted.key), known);
        look_for_strays(known);
    }

    // With `recover`, no doubt is left whose answer the provider still has where
    // the intent says.
    void look_for_what_could_be_fetched(const std::vector<job::event>& events)
    {
        std::map<std::string, job::attempt_ended> last;
        for (const auto& one : events)
            if (const auto* line = std::get_if<job::attempt_ended>(&one.body))
                last[line->key.substr(0, 16) + "." + std::to_string(line->attempt)] = *line;
        for (const auto& [id, one] : provider_.bill()) {
            const auto wanted = std::ranges::find(
                plan_.items, one.prompt, [](const auto& item) { return item.request.prompt; });
            const auto line = last.find(id.substr(id.find('.') + 1));
            if (wanted != plan_.items.end() && line != last.end() && one.kept &&
                static_cast<int>(wanted->retry.on_unknown) > 1 && provider_.still_has(one) &&
                line->second.outcome == job::outcome::unknown)
                complain("attempt " + id + " is still in doubt, and its answer could be fetched");
        }
    }

    std::vector<std::string> plan_files() const
    {
        std::vector<std::string> known = {folder_.ledger(), folder_.ledger() + ".torn",
                                          folder_.lock()};
        for (const auto& [path, bytes] : plan_.files)
            known.push_back(path);
        return known;
    }

    void look_at(const plan::planned_item& planned, const std::optional<ledger::key_record>& record,
                 std::vector<std::string>& known)
    {
        const auto& wanted = planned.wanted;
        auto& end = end_.items[wanted.id];
        if (record) {
            end.doubtful = !record->unknown_attempts.empty() || !record->open_intents.empty();
            if (!record->open_intents.empty())
                complain(wanted.id + " has an intent that nobody closed");
        }
        switch (planned.decision.verdict) {
        case plan::verdict::done:
            end.state = item_state::done;
            break;
        case plan::verdict::failed:
            end.state = item_state::failed;
            break;
        case plan::verdict::recover: // asked for in vain; look_for_what_could_be_fetched() judges
            fetched_in_vain_.insert(wanted.id);
            [[fallthrough]];
        case plan::verdict::held:
            end.state = item_state::held;
            break;
        default:
            end.state = item_state::open;
        }
        // The plan calls a child new, and a twin reused, whose picture is still to be fetched; when
        // there is nothing, both wait.
        const auto not_done = [&](const std::string& other) {
            return end_.items[other].state != item_state::done;
        };
        const auto& same_as = planned.decision.same_as;
        const bool waits = (wanted.after && not_done(wanted.after->id)) ||
                           (fetched_in_vain_.contains(same_as) && not_done(same_as));
        if (end.state == item_state::open && plan_.comparable && !waits)
            complain(wanted.id +
                     " was left open, and nothing is in its way: " + planned.decision.reason);
        if (end.state != item_state::done)
            return;
        for (const auto& output : wanted.outputs) {
            const auto stored =
                std::ranges::find(record->outputs, output.path, &job::stored_output::path);
            const auto bytes = disk_->read(folder_.file(output.path), 1u << 24);
            known.push_back(folder_.file(output.path));
            if (stored == record->outputs.end() || !bytes ||
                base::sha256_hex(*bytes) != stored->sha256) {
                complain(wanted.id + " is done, and its file " + output.path + " is not whole");
                continue;
            }
            if (output.name == "master" &&
                *bytes !=
                    modelled_provider::picture_of(wanted.request.prompt, *wanted.request.size))
                complain(wanted.id + " has another picture than was drawn");
            end.files[output.name] = stored->sha256;
        }
    }

    // Every file belongs to something: nothing half, nothing forgotten.
    void look_for_strays(const std::vector<std::string>& known)
    {
        for (const auto& path : disk_->paths()) {
            // Of thumbnails, which the report can do without, a half one may stay.
            const bool half =
                path.ends_with(".part") && !path.starts_with(folder_.thumbs_folder() + "/");
            const bool own = path.starts_with(folder_.kept_folder() + "/") ||
                             path.starts_with(folder_.enriched_folder() + "/") ||
                             path.starts_with(folder_.thumbs_folder() + "/") ||
                             path.starts_with(folder_.quarantine_folder() + "/") ||
                             path.starts_with(folder_.file("partials/"));
            if (half || !(own || std::ranges::find(known, path) != known.end()))
                complain("nobody needs the file " + path);
        }
    }

    // Wherever a ledger is cut, the rest is read, and the next journal mends it.
    void cut_the_ledger()
    {
        base::random dice(plan_.seed);
        const auto size = end_.ledger.size();
        const std::size_t cuts = how_.every_cut ? size : std::min<std::size_t>(size, 1);
        for (std::size_t i = 0; i < cuts; ++i) {
            const auto cut = how_.every_cut ? i : dice.below(size);
            sim::memory_files disk(false);
            auto file = disk.create("./ledger").value();
            (void)file->append(base::as_bytes(std::string_view(end_.ledger).substr(0, cut)));
            file.reset();
            const auto read = ledger::history::read(disk, "./ledger");
            const auto opened = ledger::journal::open(disk, "./ledger", {.own_thread = false});
            if (!read || !opened)
                complain("the ledger cut at byte " + std::to_string(cut) + " cannot be read");
        }
    }

    const world_plan& plan_;
    const watching how_;
    sim::virtual_clock time_;
    set_clock clock_;
    world_end end_;
    std::set<std::string> fetched_in_vain_; // ids, as the last plan says
    modelled_provider provider_;
    job::price_table prices_;
    job::output_folder folder_;
    std::vector<job::provider_spec> specs_;
    std::unique_ptr<sim::memory_files> disk_, next_disk_;
    bool alive_ = false;
};

} // namespace

std::string world_end::text() const
{
    std::string all;
    for (const auto& one : complaints)
        all += one + "\n";
    return all;
}

world_end live_through(const world_plan& plan, watching how)
{
    return world(plan, how).live();
}

std::vector<std::string> compare(const world_plan& plan, const world_end& calm,
                                 const world_end& real)
{
    std::vector<std::string> complaints;
    std::map<std::string, bool> excused; // by id: in doubt, or continues what is
    for (const auto& wanted : plan.items) {
        const auto& should = calm.items.at(wanted.id);
        const auto& is = real.items.at(wanted.id);
        excused[wanted.id] =
            (is.doubtful && wanted.retry.on_unknown != job::unknown_policy::retry) ||
            (wanted.after && excused[wanted.after->id]);
        if (is.state != should.state && !(excused[wanted.id] && is.state != item_state::done))
            complaints.push_back(wanted.id + " is " + std::string(job::name_of(is.state)) +
                                 "; without accidents it is " +
                                 std::string(job::name_of(should.state)));
        else if (is.state == item_state::done && is.files != should.files)
            complaints.push_back(wanted.id + " has other files than without accidents");
    }
    return complaints;
}

} // namespace proof
