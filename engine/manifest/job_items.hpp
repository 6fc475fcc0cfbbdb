// job_items: the items of one job: its rows, for each row the cells of the matrix, for each cell
// the copies, copies fastest.
#pragma once

#include "engine/manifest/item_builder.hpp"
#include "engine/manifest/item_complaints.hpp"
#include "engine/manifest/row_source.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace engine::manifest {

// What the items of all jobs share.
struct shared_names {
    const manifest& from;
    runtime::files& disk;
    reference_files& references;
    font_files& fonts;
    taken_names& taken;
};

class job_items {
public:
    // Null, and said why, when its rows cannot be read. What is given must outlive it.
    [[nodiscard]] static std::unique_ptr<job_items> open(const shared_names& shared,
                                                         std::size_t job, problems& found);
    job_items(const job_items&) = delete;
    job_items& operator=(const job_items&) = delete;

    // Goes to the next item; false after the last.
    [[nodiscard]] bool advance(problems& found);
    // The item it stands at; nothing when something is wrong with it.
    [[nodiscard]] std::optional<job::item> build(problems& found);
    // Notes what can only be said at the end.
    void close(problems& found);

private:
    job_items(const shared_names& shared, std::size_t job, std::unique_ptr<row_source> rows);
    [[nodiscard]] bool check_columns(problems& found) const;

    const shared_names shared_;
    const job_plan& job_;
    std::unique_ptr<row_source> rows_;
    row_problems row_found_;
    item_builder builder_;
    row row_;
    std::size_t cell_;
    int copy_;
    std::int64_t index_ = 0;
    std::int64_t rows_seen_ = 0;
};

} // namespace engine::manifest
