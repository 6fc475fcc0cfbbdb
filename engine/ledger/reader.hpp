// reader: the events of a ledger file, one after the other, in bounded memory.
#pragma once

#include "engine/base/result.hpp"
#include "engine/job/event.hpp"
#include "engine/runtime/files.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace engine::ledger {

struct read_counts {
    std::int64_t lines = 0;
    std::uint64_t torn_bytes = 0; // behind the last newline: a line being written, or a torn one
};

// Where a line stands in its file, without its newline.
struct line_place {
    std::uint64_t offset = 0;
    std::uint32_t bytes = 0; // 0 = no line
};

// Calls `visit` for every whole line in order. No file = no lines. errc::damaged for a line that
// cannot be read, with its number and what to do; what was visited before it was right. Blocks;
// reads up to the size that the file had when it began, so it ends even while a run writes.
[[nodiscard]] base::result<read_counts>
read_events(runtime::files& disk, const std::string& path,
            const std::function<void(job::event&&, line_place)>& visit);

// One line again, later: the file must be the one that `place` came from.
[[nodiscard]] base::result<job::event> read_event(runtime::files& disk, const std::string& path,
                                                  line_place place);

} // namespace engine::ledger
