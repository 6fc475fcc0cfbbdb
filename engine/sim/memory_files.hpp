// memory_files: a disk in memory that forgets what was not synced, fills up, fails and dies when it
// is told to.
//
// What a crash may take, as POSIX allows it and no more:
// - bytes appended since the last sync of their file: all, none, or cut at any byte; a truncation
//   likewise, with what was appended behind it;
// - names given, taken or exchanged since the last sync of their folder: each change as a whole or
//   not at all, in any combination, except that a change is lost with an earlier one it builds on.
// Folders that were made stay: make_directories() promises that. Not modelled: blocks that reach
// the platter out of order (zeros in the middle of a file), bits that turn.
//
// A crash makes a new disk of what is left and kills this one: every later call on it, and on what
// was opened from it, fails with EIO and changes nothing. So whatever the dying world still does on
// its way out reaches no disk. Locks die with it. After a mere kill of the process the system still
// holds what was not synced, and the next crash may take it.
#pragma once

#include "engine/runtime/files.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace engine::sim {

enum class disk_change {
    append,
    sync,
    close,
    create,
    truncate,
    rename,
    link,
    remove,
    make_directories,
    sync_directory,
};
[[nodiscard]] std::string_view name_of(disk_change value);

// A place at which a world can be stopped: right before a change.
struct disk_point {
    std::uint64_t number = 0; // from 0, over the life of the disk
    disk_change change = disk_change::append;
    std::string_view path;
};

// Thread safe; the hook is called on the thread that makes the change, without a lock held.
class memory_files final : public runtime::files {
public:
    // `remembers`: false keeps no account of what is synced, for worlds that never crash; then
    // crash() keeps everything.
    explicit memory_files(bool remembers = true);
    ~memory_files() override;

    // --- what goes wrong ---

    // Called before every change; may crash(), and then the change does not happen. Empty = none.
    std::function<void(const disk_point&)> at_point;
    [[nodiscard]] std::uint64_t points() const; // how many have been passed

    // Change number `from` (0 = the next) fails with `error`; `for_ever`: and so does every later
    // one.
    void fail_from(std::uint64_t from, int error, bool for_ever);
    // After so many more bytes the disk is full: the append that does not fit leaves what does and
    // fails with ENOSPC. `for_ever`: from then on nothing can be made any more; else somebody makes
    // room right away.
    void fill_after(std::uint64_t bytes, bool for_ever);
    // Takes both orders back: there is room again, and nothing fails.
    void repair();
    // Whether something failed since the last repair().
    [[nodiscard]] bool failed() const;

    // The machine dies now. `kept`: the chance of each unsynced change to be there afterwards. 1 =
    // only the process was killed, the system writes everything out; 0 = nothing but what was
    // synced; between, by `seed`.
    [[nodiscard]] std::unique_ptr<memory_files> crash(double kept, std::uint64_t seed);
    [[nodiscard]] bool dead() const;

    // --- what a test looks at ---

    [[nodiscard]] std::vector<std::string> paths() const; // of all files, sorted
    [[nodiscard]] std::size_t open_files() const;         // and locks that are held

    // --- the disk ---

    [[nodiscard]] base::result<std::string> read(const std::string& path,
                                                 std::uint64_t bytes_max) override;
    [[nodiscard]] base::result<std::string> read_at(const std::string& path, std::uint64_t offset,
                                                    std::uint64_t bytes_max) override;
    [[nodiscard]] base::result<std::unique_ptr<runtime::output_file>>
    create(const std::string& path) override;
    [[nodiscard]] base::result<std::unique_ptr<runtime::output_file>>
    append_to(const std::string& path) override;
    [[nodiscard]] base::result<void> truncate(const std::string& path,
                                              std::uint64_t bytes) override;
    [[nodiscard]] base::result<void> rename(const std::string& from,
                                            const std::string& to) override;
    [[nodiscard]] base::result<void> link_or_copy(const std::string& from,
                                                  const std::string& to) override;
    [[nodiscard]] base::result<void> remove(const std::string& path) override;
    [[nodiscard]] base::result<void> make_directories(const std::string& path) override;
    [[nodiscard]] base::result<void> sync_directory(const std::string& path) override;
    [[nodiscard]] std::optional<runtime::file_info> info(const std::string& path) override;
    [[nodiscard]] base::result<std::vector<std::string>>
    list(const std::string& directory) override;
    [[nodiscard]] base::result<std::unique_ptr<runtime::file_lock>>
    lock(const std::string& path) override;

private:
    struct state;
    class open_file;
    class held_lock;
    explicit memory_files(std::shared_ptr<state> all);
    // Passes a point: tells the hook, then says whether the change may happen.
    [[nodiscard]] base::result<void> pass(disk_change change, const std::string& path);
    [[nodiscard]] base::result<std::unique_ptr<runtime::output_file>> open(const std::string& path,
                                                                           bool truncates);

    std::shared_ptr<state> all_; // shared with what was opened, which may outlive this
};

} // namespace engine::sim
