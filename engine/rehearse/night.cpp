#include "engine/rehearse/night.hpp"

#include "engine/ledger/journal.hpp"
#include "engine/rehearse/ledger_tape.hpp"
#include "engine/rehearse/outlines.hpp"
#include "engine/sim/virtual_clock.hpp"

#include <boost/asio/io_context.hpp>

#include <stdexcept>
#include <system_error>
#include <utility>

namespace engine::rehearse {

namespace {

// What the night shows to whoever watches.
class watcher final : public job::observer {
public:
    void on_event(const job::event& happened) override
    {
        if (const auto* ended = std::get_if<job::attempt_ended>(&happened.body))
            ++attempts[static_cast<std::size_t>(ended->outcome)];
    }
    // What binds now is taken to have bound since the last look, a quarter of a second ago.
    void on_progress(const job::progress& now) override
    {
        bound_by[now.binding] += now.elapsed - seen_;
        seen_ = now.elapsed;
    }

    std::array<std::int64_t, job::outcome_names.size()> attempts{};
    std::map<std::string, std::chrono::milliseconds> bound_by;

private:
    std::chrono::milliseconds seen_{0};
};

// On the way out, however the night ends.
struct forgetting {
    scratch_files& disk;
    ~forgetting() { disk.forget(); }
};

} // namespace

base::result<night_result> rehearse_night(const night_ground& ground, night_options options)
{
    const forgetting at_the_end{ground.disk};
    night_result result;
    result.seed = options.models.seed;
    auto& batch = options.batch;
    batch.run_id = "rehearsal-" + std::to_string(result.seed);
    batch.opening.host = "rehearsal";
    batch.seed = result.seed;
    // Of what nobody in this night asks for, nothing is held in memory.
    batch.keep_pictures = false;
    batch.cache.clear();

    sim::virtual_clock time(options.start);
    boost::asio::io_context loop(1);
    runtime::worker_pool pool(0, 4); // no threads: idle must mean idle
    ledger_tape tape(options.ledger_copy);
    const ledger::journal_options direct{.flush_after = {}, .own_thread = false};
    auto journal = ledger::journal::open(tape, batch.folder.ledger(), direct);
    if (!journal)
        return std::unexpected(journal.error());
    modelled_providers providers(batch.providers, options.models, time);
    watcher seen;
    if (auto made = ground.disk.make_directories(batch.folder.received_folder()); !made)
        return std::unexpected(made.error());
    try {
        run::world around{time,      ground.disk,      pool,
                          **journal, ground.history,   ground.planner,
                          seen,      providers.apis(), providers.texts()};
        around.pictures = outline_work(ground.disk);
        run::batch whole(std::move(around), std::move(batch), ground.items());
        result.run = time.run(loop, whole.run());
    } catch (const std::logic_error& stuck) { // of the clock
        return base::fail(std::make_error_code(std::errc::resource_deadlock_would_occur),
                          "rehearse the night", stuck.what());
    }
    if (result.run.local_failure)
        return std::unexpected(*result.run.local_failure);
    result.ledger_lines = (*journal)->counts().lines;
    journal->reset();
    result.ledger_bytes = tape.bytes();
    result.ledger_sha256 = tape.sha256();
    result.charged = providers.charged();
    result.bound_by = std::move(seen.bound_by);
    for (std::size_t i = 0; i < seen.attempts.size(); ++i)
        if (seen.attempts[i] > 0)
            result.attempts_by_outcome[std::string(job::outcome_names[i])] = seen.attempts[i];
    return result;
}

} // namespace engine::rehearse
