#include "engine/manifest/expansion.hpp"

#include "engine/manifest/job_items.hpp"
#include "engine/manifest/job_order.hpp"

#include <map>

namespace engine::manifest {

class item_source::state {
public:
    state(const manifest& from, runtime::files& disk, std::int64_t items_max)
        : from_(from), disk_(disk), items_max_(items_max), references_(disk), fonts_(disk),
          turns_(from.jobs)
    {}

    std::optional<job::item> next(problems& found)
    {
        while (made_ < items_max_) {
            const auto job = turns_.next();
            if (!job)
                return std::nullopt;
            auto& items = open_[*job];
            if (!items && from_.jobs[*job].variables_known)
                items = job_items::open({from_, disk_, references_, fonts_, taken_}, *job, found);
            if (!items || !items->advance(found)) {
                close(*job, found);
                continue;
            }
            ++made_;
            if (auto item = items->build(found))
                return item;
        }
        while (!open_.empty())
            close(open_.begin()->first, found);
        return std::nullopt;
    }

    void rewind()
    {
        open_.clear();
        turns_ = job_turns(from_.jobs);
        made_ = 0;
        taken_.ids.clear();
        taken_.files.clear();
        taken_.folders.clear();
    }

private:
    void close(std::size_t job, problems& found)
    {
        if (auto& items = open_[job])
            items->close(found);
        open_.erase(job);
        turns_.ended(job);
    }

    const manifest& from_;
    runtime::files& disk_;
    std::int64_t items_max_;
    std::int64_t made_ = 0;
    reference_files references_;
    font_files fonts_;
    taken_names taken_;
    job_turns turns_;
    std::map<std::size_t, std::unique_ptr<job_items>> open_; // by job
};

item_source::item_source(const manifest& from, runtime::files& disk, std::int64_t items_max)
    : state_(std::make_unique<state>(from, disk, items_max))
{}
item_source::~item_source() = default;
item_source::item_source(item_source&&) noexcept = default;

std::optional<job::item> item_source::next(problems& found)
{
    return state_->next(found);
}

void item_source::rewind()
{
    state_->rewind();
}

} // namespace engine::manifest
