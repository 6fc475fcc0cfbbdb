// saved_plan: a plan as a file, so that what was looked at and said yes to is what is run.
//
// JSON lines: a header (what was planned, and on what grounds), a line for each item as `plan
// --json` prints it, and totals with the number of items and a SHA-256 of every byte before them.
// Written under a temporary name and renamed when it is whole; written and read a line at a time,
// so a million items take no memory. What others could have written is read with bounds: a line is
// at most `line_bytes_max`.
#pragma once

#include "engine/base/json.hpp"
#include "engine/base/result.hpp"
#include "engine/base/sha256.hpp"
#include "engine/plan/errc.hpp"
#include "engine/plan/plan_text.hpp"
#include "engine/runtime/files.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace engine::plan {

inline constexpr int saved_plan_version = 1;
inline constexpr std::size_t plan_line_bytes_max = 1u << 20;

// How far a ledger had come: its size, and a hash of its end (empty when there was none). A ledger
// is only ever appended to, so both together name its whole content.
struct ledger_position {
    std::uint64_t bytes = 0;
    std::string tail_sha256;
    friend bool operator==(const ledger_position&, const ledger_position&) = default;
};
[[nodiscard]] base::result<ledger_position> position_of_ledger(runtime::files& disk,
                                                               const std::string& path);

struct saved_plan_header {
    std::string engine_version;
    std::string manifest; // as the user named it
    std::string manifest_sha256;
    std::string folder;
    std::string price_table; // version
    ledger_position ledger;
    base::json selection; // what the command line chose; an object
    std::optional<int> concurrency;
    std::optional<base::microusd> max_cost;
};

// Whether the file begins like a saved plan, whatever comes behind.
[[nodiscard]] bool is_saved_plan(runtime::files& disk, const std::string& path);

class plan_writer {
public:
    [[nodiscard]] static base::result<plan_writer> create(runtime::files& disk, std::string path,
                                                          const saved_plan_header& header);
    ~plan_writer(); // without finish(): nothing is left
    plan_writer(plan_writer&&) noexcept = default;
    plan_writer& operator=(plan_writer&&) = delete;

    // The first failure is kept and said by finish().
    void add(const planned_item& item);
    // Synced and renamed: from now on the file is there, whole.
    [[nodiscard]] base::result<void> finish(const plan_totals& totals, const time_estimate& time,
                                            const money_facts& money);

private:
    plan_writer(runtime::files& disk, std::string path);
    void put(std::string line);
    void flush();

    runtime::files* disk_;
    std::string path_;
    std::unique_ptr<runtime::output_file> file_; // empty after a move and when finished
    std::string buffer_;
    base::sha256 hash_;
    std::int64_t items_ = 0;
    std::optional<base::failure> failed_;
};

class plan_reader {
public:
    // errc::not_a_plan, errc::unknown_version, errc::damaged, errc::line_too_long, or the disk's.
    // `disk` must outlive it.
    [[nodiscard]] static base::result<plan_reader> open(runtime::files& disk,
                                                        const std::string& path);

    [[nodiscard]] const saved_plan_header& header() const { return header_; }
    // The next item's line; nothing after the last, once the totals have shown that all is there.
    [[nodiscard]] base::result<std::optional<std::string>> next();

private:
    plan_reader(runtime::files& disk, std::string path);
    [[nodiscard]] base::result<std::optional<std::string>> line();
    [[nodiscard]] base::failure wrong(errc how, const std::string& what) const;

    runtime::files* disk_;
    std::string path_;
    saved_plan_header header_;
    std::string buffer_;
    std::size_t taken_ = 0; // of the buffer
    std::uint64_t offset_ = 0;
    base::sha256 hash_;
    std::int64_t items_ = 0;
    std::int64_t lines_ = 0;
};

} // namespace engine::plan
