// job_order: which of the jobs is read when: higher priorities first, those of one priority in
// turns, and a job that continues items of others after those.
//
// Which job continues which is decided by the patterns of their names, before any row is read:
// `after: "{{sku}}-studio"` may mean an item of `id: "{{sku}}-{{scene}}"` and none of
// `id: "{{sku}}-cutout"`. A pair that fits by its pattern alone costs nothing but order.
#pragma once

#include "engine/manifest/job_plan.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

namespace engine::manifest {

// Fills in job_plan::continues, raises a job's priority to that of the jobs that continue it, and
// makes the names of jobs (id_text) different from each other.
void settle_order(std::vector<job_plan>& jobs);

// Whose turn it is. Several jobs of one priority are open at once, at most open_max: each has a
// file or a part of one in memory.
class job_turns {
public:
    static constexpr std::size_t open_max = 32;

    explicit job_turns(const std::vector<job_plan>& jobs);

    // The job whose next item is wanted; nothing when all have ended.
    [[nodiscard]] std::optional<std::size_t> next();
    // That job has no more items.
    void ended(std::size_t job);

private:
    void open_some();
    [[nodiscard]] bool may_open(std::size_t job) const;

    const std::vector<job_plan>* jobs_;
    std::deque<std::size_t> waiting_; // by priority, then as in the manifest
    std::vector<std::size_t> open_;
    std::vector<bool> ended_;
    std::size_t all_ended_before_ = 0; // every job before it has ended
    std::size_t turn_ = 0;             // index into open_
};

} // namespace engine::manifest
