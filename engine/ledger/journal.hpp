// journal: the append-only writer of a ledger, with group commit.
//
// One thread of its own does write and fdatasync for whatever has gathered since the last time: a
// thousand waiting lines cost one sync (0.4 ms where one line costs 0.13 ms). Lines keep the order
// of the calls. A failure of the disk is for ever: the line on which it happened may be torn, so
// this and every later call fails with it, and nothing after it is trusted. The next open() cuts
// the torn end off. One journal per file: the caller holds the folder's lock.
#pragma once

#include "engine/base/result.hpp"
#include "engine/job/event.hpp"
#include "engine/runtime/files.hpp"
#include "engine/runtime/task.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace engine::ledger {

struct journal_options {
    // How long a line of append() may stay in memory when no durable one comes. 0 = written at
    // once.
    std::chrono::milliseconds flush_after{50};
    // False: no thread; every call writes (and a durable one syncs) before it returns. For worlds
    // with a virtual clock, where "idle" must mean idle.
    bool own_thread = true;
};

// Bytes behind the last newline, left by a crash or a full disk: cut from the ledger, kept beside
// it.
struct torn_tail {
    std::uint64_t bytes = 0;
    std::string kept_in; // path of the file they were appended to
};

struct journal_counts {
    std::uint64_t lines = 0; // given to append() and append_durable()
    std::uint64_t bytes = 0; // written
    std::uint64_t writes = 0;
    std::uint64_t syncs = 0;
};

class journal {
public:
    // Makes the file if it is not there (then also syncs its folder, so that the name survives a
    // crash) and cuts a torn end. Blocks. `disk` must outlive the journal.
    [[nodiscard]] static base::result<std::unique_ptr<journal>>
    open(runtime::files& disk, std::string path, journal_options options = {});

    // Writes and syncs what is left, then answers everyone who waits: their loops must still be
    // there.
    ~journal();
    journal(const journal&) = delete;
    journal& operator=(const journal&) = delete;

    // What open() had to cut; worth a warning.
    [[nodiscard]] const std::optional<torn_tail>& torn() const;

    // In order and soon, without waiting; a failure shows in the next call that can tell.
    void append(const job::event& happened);

    // The line is taken when this is called, not when the task is awaited. The task ends when the
    // line and all before it are on the disk, or with the failure. It does not end early when it is
    // cancelled (the wait is one sync long), so a line is never lost and its fate always known; a
    // caller who is cancelled already gets operation_aborted from his own co_await, and the line is
    // written all the same. Comes home to the executor of the one who waits.
    [[nodiscard]] runtime::task<base::result<void>> append_durable(const job::event& happened);

    // Ends when everything given so far is on the disk.
    [[nodiscard]] runtime::task<base::result<void>> flush();

    // The failure that ended this journal, if there was one.
    [[nodiscard]] base::result<void> state() const;
    [[nodiscard]] journal_counts counts() const;

private:
    class writer;
    explicit journal(std::unique_ptr<writer> work, std::optional<torn_tail> torn);

    std::unique_ptr<writer> writer_;
    std::optional<torn_tail> torn_;
};

} // namespace engine::ledger
