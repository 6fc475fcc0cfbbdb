// recorder: one place through which every event of a run goes, to the ledger and to whoever
// watches.
#pragma once

#include "engine/job/event.hpp"
#include "engine/job/observer.hpp"
#include "engine/ledger/journal.hpp"
#include "engine/runtime/clock.hpp"

#include <string>

namespace engine::run {

class recorder {
public:
    // All must outlive it.
    recorder(std::string run, const runtime::clock& time, ledger::journal& journal,
             job::observer& observer)
        : run_(std::move(run)), time_(time), journal_(journal), observer_(observer)
    {}

    // In order and soon.
    void note(job::event_body body)
    {
        const auto happened = stamp(std::move(body));
        journal_.append(happened);
        observer_.on_event(happened);
    }

    // On its way to the disk at once, and nobody waits for it; a failure shows in the next call
    // that can tell.
    void note_at_once(job::event_body body)
    {
        const auto happened = stamp(std::move(body));
        (void)journal_.append_durable(happened); // the line is taken here, and synced
        observer_.on_event(happened);
    }

    // On the disk when it returns; a failure means that nothing may be sent any more.
    [[nodiscard]] runtime::task<base::result<void>> note_durable(job::event_body body)
    {
        const auto happened = stamp(std::move(body));
        auto written = journal_.append_durable(happened); // the line is taken here
        observer_.on_event(happened);
        co_return co_await std::move(written);
    }

    // As the ledger would say it, without saying it.
    [[nodiscard]] job::event stamp(job::event_body body) const
    {
        return job::event{time_.wall_now(), run_, std::move(body)};
    }

    [[nodiscard]] const std::string& run() const { return run_; }

private:
    std::string run_;
    const runtime::clock& time_;
    ledger::journal& journal_;
    job::observer& observer_;
};

} // namespace engine::run
