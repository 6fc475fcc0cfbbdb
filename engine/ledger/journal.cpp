#include "engine/ledger/journal.hpp"

#include "engine/ledger/journal_file.hpp"
#include "engine/ledger/line.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace engine::ledger {

namespace {

namespace asio = runtime::asio;

using outcome = base::result<void>;

// Lines that the disk has not taken yet. Whoever gives more waits, loop or not: a disk this far
// behind has stopped, and memory must not grow for ever. 64 MiB are some 50,000 attempts.
constexpr std::size_t pending_bytes_max = 64u << 20;

// One promise to say how a durable line fared: kept by the writer, redeemed by the coroutine that
// waits, whichever comes first.
class ticket {
public:
    // Hands the outcome to the one who waits, or keeps it.
    void answer(outcome how)
    {
        std::unique_lock guard(lock_);
        how_ = std::move(how);
        auto resume = std::move(resume_);
        guard.unlock();
        if (resume)
            resume(*how_);
    }

    // Once only. `resume` is called with the outcome, now or when it is there.
    void when_answered(std::move_only_function<void(outcome)> resume)
    {
        std::unique_lock guard(lock_);
        if (!how_) {
            resume_ = std::move(resume);
            return;
        }
        guard.unlock();
        resume(*how_);
    }

private:
    std::mutex lock_;
    std::optional<outcome> how_;
    std::move_only_function<void(outcome)> resume_;
};

// The handler's cancellation slot is left alone on purpose: see append_durable().
runtime::task<outcome> redeem(std::shared_ptr<ticket> waiting)
{
    auto initiate = [](auto handler, std::shared_ptr<ticket> promise) {
        const auto home = asio::get_associated_executor(handler);
        // Tracked, or the loop would think that nothing is left to do and end.
        auto busy = asio::prefer(home, asio::execution::outstanding_work.tracked);
        promise->when_answered(
            [handler = std::move(handler), busy = std::move(busy)](outcome how) mutable {
                asio::post(busy, [handler = std::move(handler), how = std::move(how)]() mutable {
                    std::move(handler)(std::move(how));
                });
            });
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(outcome)>(
        initiate, asio::use_awaitable, std::move(waiting));
}

} // namespace

class journal::writer {
public:
    writer(std::unique_ptr<runtime::output_file> file, std::string path, journal_options options)
        : file_(std::move(file)), path_(std::move(path)), options_(options)
    {
        if (options_.own_thread)
            thread_ = std::thread([this] { run(); });
    }

    ~writer()
    {
        {
            const std::scoped_lock guard(lock_);
            closing_ = true;
        }
        work_.notify_one();
        if (thread_.joinable())
            thread_.join();
        else
            sync_inline();
        (void)file_->close(); // what matters is synced; a failure of close() has no one to tell
    }

    void give(std::string line)
    {
        std::unique_lock guard(lock_);
        if (line.size() > line_bytes_max && !failed_)
            failed_ = too_long(line).error(); // a line that is missing must not go unnoticed
        if (failed_)
            return;
        take(std::move(line), guard);
        if (!options_.own_thread)
            remember(write(std::exchange(pending_, {})));
        else
            work_.notify_one();
    }

    // An empty line is none: only what is there already must be on the disk.
    std::shared_ptr<ticket> give_durable(std::string line)
    {
        auto promise = std::make_shared<ticket>();
        std::unique_lock guard(lock_);
        if (failed_) {
            promise->answer(std::unexpected(*failed_));
        } else if (line.size() > line_bytes_max) {
            promise->answer(
                too_long(line)); // nothing was written, the journal is as good as before
        } else {
            if (!line.empty())
                take(std::move(line), guard);
            if (options_.own_thread) {
                tickets_.push_back(promise);
                work_.notify_one();
            } else {
                remember(write(std::exchange(pending_, {})));
                remember(sync());
                promise->answer(failed_ ? outcome(std::unexpected(*failed_)) : outcome());
            }
        }
        return promise;
    }

    outcome state() const
    {
        const std::scoped_lock guard(lock_);
        return failed_ ? outcome(std::unexpected(*failed_)) : outcome();
    }

    journal_counts counts() const
    {
        const std::scoped_lock guard(lock_);
        return counts_;
    }

private:
    outcome too_long(const std::string& line) const
    {
        return base::fail(errc::line_too_long, "append to " + path_,
                          std::to_string(line.size()) + " bytes, at most " +
                              std::to_string(line_bytes_max));
    }

    void take(std::string line, std::unique_lock<std::mutex>& guard)
    {
        if (options_.own_thread)
            room_.wait(guard, [this] { return pending_.size() < pending_bytes_max || failed_; });
        if (pending_.empty())
            oldest_ = std::chrono::steady_clock::now();
        pending_ += line;
        pending_ += '\n';
        ++counts_.lines;
    }

    // The next two without the lock when a thread of our own calls them: only it touches the file.
    outcome write(const std::string& lines)
    {
        if (lines.empty())
            return {};
        ++writes_;
        bytes_ += lines.size();
        return file_->append(base::as_bytes(lines));
    }
    outcome sync()
    {
        ++syncs_;
        return file_->sync();
    }

    // Under the lock.
    void remember(const outcome& how)
    {
        if (!how && !failed_)
            failed_ = how.error();
        disk_failed_ = disk_failed_ || !how;
        counts_.writes = writes_;
        counts_.syncs = syncs_;
        counts_.bytes = bytes_;
    }

    void sync_inline()
    {
        const std::scoped_lock guard(lock_);
        if (!disk_failed_)
            remember(sync());
    }

    // True when there is something that must be written now; waits until there is, or the end.
    bool wait_for_work(std::unique_lock<std::mutex>& guard)
    {
        for (;;) {
            if (!tickets_.empty() || (closing_ && !pending_.empty()))
                return true;
            if (closing_)
                return false;
            if (pending_.empty()) {
                work_.wait(guard);
                continue;
            }
            const auto due = oldest_ + options_.flush_after;
            if (std::chrono::steady_clock::now() >= due)
                return true;
            work_.wait_until(guard, due);
        }
    }

    void run()
    {
        std::unique_lock guard(lock_);
        while (wait_for_work(guard)) {
            const auto lines = std::exchange(pending_, {});
            const auto promises = std::exchange(tickets_, {});
            const bool was_failed = disk_failed_;
            guard.unlock();
            outcome how;
            if (!was_failed) {
                how = write(lines);
                if (how)
                    how = sync();
            }
            guard.lock();
            remember(how);
            how = disk_failed_ ? outcome(std::unexpected(*failed_)) : outcome();
            guard.unlock();
            room_.notify_all();
            for (const auto& promise : promises)
                promise->answer(how);
            guard.lock();
        }
    }

    std::unique_ptr<runtime::output_file> file_;
    const std::string path_;
    const journal_options options_;
    std::uint64_t writes_ = 0, syncs_ = 0, bytes_ = 0; // of whoever writes

    mutable std::mutex lock_; // everything below
    std::condition_variable work_, room_;
    std::string pending_; // whole lines
    std::chrono::steady_clock::time_point oldest_;
    std::vector<std::shared_ptr<ticket>> tickets_; // of lines in `pending_` or before
    std::optional<base::failure> failed_;          // no line is taken any more
    bool disk_failed_ = false;                     // and none that was taken is written any more
    journal_counts counts_;
    bool closing_ = false;

    std::thread thread_; // last: it starts when the rest is there
};

base::result<std::unique_ptr<journal>> journal::open(runtime::files& disk, std::string path,
                                                     journal_options options)
{
    auto opened = open_journal_file(disk, path);
    if (!opened)
        return std::unexpected(opened.error());
    auto work = std::make_unique<writer>(std::move(opened->file), std::move(path), options);
    return std::unique_ptr<journal>(new journal(std::move(work), std::move(opened->torn)));
}

journal::journal(std::unique_ptr<writer> work, std::optional<torn_tail> torn)
    : writer_(std::move(work)), torn_(std::move(torn))
{}

journal::~journal() = default;

const std::optional<torn_tail>& journal::torn() const
{
    return torn_;
}

void journal::append(const job::event& happened)
{
    writer_->give(to_line(happened));
}

runtime::task<base::result<void>> journal::append_durable(const job::event& happened)
{
    return redeem(writer_->give_durable(to_line(happened)));
}

runtime::task<base::result<void>> journal::flush()
{
    return redeem(writer_->give_durable({}));
}

base::result<void> journal::state() const
{
    return writer_->state();
}

journal_counts journal::counts() const
{
    return writer_->counts();
}

} // namespace engine::ledger
