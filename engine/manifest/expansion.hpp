// expansion: the items of a manifest, one after the other: of the jobs of the highest priority in
// turns, one each (job_order.hpp); in each job its rows, for each row the cells of the matrix, for
// each cell the copies.
//
// Streams: rows are read as they are needed, and what stays in memory per item is the hash of its
// name and of its paths (about 100 bytes an item with one output). Everything that can only be
// known with the rows is checked here: variables, ids, paths, reference files, and the request
// against the capability of its model.
#pragma once

#include "engine/job/item.hpp"
#include "engine/manifest/document.hpp"
#include "engine/manifest/problem.hpp"
#include "engine/runtime/files.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>

namespace engine::manifest {

class item_source {
public:
    // Of the problems in the rows of one job, so many are noted; then how many more there were.
    static constexpr std::size_t row_problems_max = 20;

    // Both must outlive the source, and the manifest must not move. After `items_max` items, good
    // or not, it is at its end.
    item_source(const manifest& from, runtime::files& disk,
                std::int64_t items_max = std::numeric_limits<std::int64_t>::max());
    ~item_source();
    item_source(item_source&&) noexcept;
    item_source& operator=(item_source&&) = delete;

    // The next good item; nothing after the last. Items with something wrong are noted in `found`
    // and passed over, so `found` must be looked at before what came is used.
    [[nodiscard]] std::optional<job::item> next(problems& found);
    // From the start again; what is known of reference files is kept.
    void rewind();

private:
    class state;
    std::unique_ptr<state> state_;
};

} // namespace engine::manifest
