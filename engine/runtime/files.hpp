// files: the disk behind an interface, so that a test can fill it, fail it or keep it in memory.
//
// All calls block: make them on a pool thread where the file is large or the call syncs. Thread
// safe as far as two calls do not touch the same file. Failures carry the errno of the call and the
// path.
#pragma once

#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace engine::runtime {

// A file being written. Destroying it closes it without a sync.
class output_file {
public:
    virtual ~output_file() = default;
    [[nodiscard]] virtual base::result<void>
    append(base::byte_view bytes) = 0;                   // all of it, or a failure
    [[nodiscard]] virtual base::result<void> sync() = 0; // fdatasync
    [[nodiscard]] virtual base::result<void> close() = 0;
};

// Held as long as the object lives; the system drops it when the process dies, however it dies.
class file_lock {
public:
    virtual ~file_lock() = default;
};

struct file_info {
    std::uint64_t bytes = 0;
    bool directory = false;
};

class files {
public:
    virtual ~files() = default;
    // Whole file; over `bytes_max` is std::errc::file_too_large, a directory
    // std::errc::is_a_directory.
    [[nodiscard]] virtual base::result<std::string> read(const std::string& path,
                                                         std::uint64_t bytes_max) = 0;
    // Up to `bytes_max` bytes from `offset`; fewer at the end of the file.
    [[nodiscard]] virtual base::result<std::string>
    read_at(const std::string& path, std::uint64_t offset, std::uint64_t bytes_max) = 0;
    [[nodiscard]] virtual base::result<std::unique_ptr<output_file>>
    create(const std::string& path) = 0; // truncates
    [[nodiscard]] virtual base::result<std::unique_ptr<output_file>>
    append_to(const std::string& path) = 0; // O_APPEND
    [[nodiscard]] virtual base::result<void> truncate(const std::string& path,
                                                      std::uint64_t bytes) = 0;
    [[nodiscard]] virtual base::result<void> rename(const std::string& from,
                                                    const std::string& to) = 0; // replaces `to`
    // A second name for the same bytes, replacing `to`; falls back to a synced copy where links are
    // not possible.
    [[nodiscard]] virtual base::result<void> link_or_copy(const std::string& from,
                                                          const std::string& to) = 0;
    [[nodiscard]] virtual base::result<void>
    remove(const std::string& path) = 0; // no failure if it is not there
    // Those that are missing on the way too. What it made survives a crash.
    [[nodiscard]] virtual base::result<void> make_directories(const std::string& path) = 0;
    [[nodiscard]] virtual base::result<void> sync_directory(const std::string& path) = 0;
    [[nodiscard]] virtual std::optional<file_info>
    info(const std::string& path) = 0; // nothing = not there
    [[nodiscard]] virtual base::result<std::vector<std::string>>
    list(const std::string& directory) = 0; // names, sorted
    // Takes an exclusive lock without waiting. std::errc::resource_unavailable_try_again when
    // another holds it.
    [[nodiscard]] virtual base::result<std::unique_ptr<file_lock>>
    lock(const std::string& path) = 0;
};

// The file system of this machine. Stateless.
[[nodiscard]] std::unique_ptr<files> make_posix_files();

// Temporary name in the same folder, content, sync, rename, folder sync: whole under its final name
// or not there.
[[nodiscard]] base::result<void> write_whole(files& disk, const std::string& path,
                                             base::byte_view content);

} // namespace engine::runtime
