// unsynced: what a disk has been told and has not promised to keep: the bytes of a file and the
// names of files, each with what a crash leaves of it. Pure; memory_files makes a disk of them.
#pragma once

#include "engine/base/random.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace engine::sim {

// The folder in which a path's name stands.
[[nodiscard]] std::string folder_of(const std::string& path);

// The bytes of one file, whatever names it has.
class file_bytes {
public:
    [[nodiscard]] const std::string& text() const { return bytes_; }
    void append(std::string_view more) { bytes_ += more; }
    void cut(std::uint64_t to); // to <= size, or zeros are added
    void sync();
    // After a crash: all, what was synced, or what was synced and a torn piece of the rest. `kept`:
    // the chance that something unsynced is there; 0 < kept < 1 throws the dice.
    [[nodiscard]] std::string after_crash(double kept, base::random& dice) const;

private:
    std::string bytes_;
    std::uint64_t synced_ = 0;              // the first so many of them survive
    std::optional<std::string> before_cut_; // what survives instead when a truncation is lost
};

using file_ptr = std::shared_ptr<file_bytes>;

// Paths and the files behind them.
class file_names {
public:
    using all = std::map<std::string, file_ptr>;
    // One change, done as a whole or not at all; null = the name is gone.
    using change = std::vector<std::pair<std::string, file_ptr>>;

    // False: nothing is remembered for a crash, which then keeps everything.
    explicit file_names(bool remembers = true) : remembers_(remembers) {}

    [[nodiscard]] const all& now() const { return now_; }
    [[nodiscard]] file_ptr find(const std::string& path) const; // null = not there
    void make(change what);
    // What happened to names in that folder is kept from now on, with all it builds on.
    void sync(const std::string& folder);
    // 0 <= kept < 1: what is left, all of it synced. 1: everything, still as unsynced as before.
    [[nodiscard]] file_names after_crash(double kept, base::random& dice) const;

private:
    [[nodiscard]] all names_after_crash(double kept, base::random& dice) const;

    bool remembers_;
    all now_;     // as the process sees them
    all platter_; // as they are after a crash for certain
    std::vector<change> unsynced_;
};

} // namespace engine::sim
