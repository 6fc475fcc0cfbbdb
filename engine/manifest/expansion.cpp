#include "engine/manifest/expansion.hpp"

#include "engine/manifest/item_builder.hpp"

namespace engine::manifest {

class item_source::state {
public:
    state(const manifest& from, runtime::files& disk, std::int64_t items_max)
        : from_(from), disk_(disk), items_max_(items_max), references_(disk), fonts_(disk)
    {}

    std::optional<job::item> next(problems& found)
    {
        for (;;) {
            const bool enough = made_ == items_max_;
            if (!rows_ && (enough || !open_job(found)))
                return std::nullopt;
            if (enough || !advance(found)) {
                close_job(found);
                continue;
            }
            ++made_;
            auto item = builder_->build(row_, job().cells[cell_], copy_, ++index_, found);
            if (item && !job().broken)
                return item;
        }
    }

    void rewind()
    {
        rows_.reset();
        job_ = 0;
        made_ = 0;
        taken_.ids.clear();
        taken_.files.clear();
        taken_.folders.clear();
    }

private:
    [[nodiscard]] const job_plan& job() const { return from_.jobs[job_]; }
    [[nodiscard]] const std::string& rows_file() const
    {
        return job().rows.path.empty() ? from_.path : job().rows.path;
    }
    [[nodiscard]] mark mark_of_rows() const { return from_.source->mark_at(job().rows.offset); }

    // Makes rows_ the rows of the next job that has any; false after the last.
    bool open_job(problems& found)
    {
        for (; job_ < from_.jobs.size(); ++job_) {
            if (!job().variables_known)
                continue;
            auto opened = open_rows(disk_, job().rows);
            if (opened.header)
                found.error(rows_file(), opened.header->at, opened.header->message);
            else if (!opened.source)
                found.error(from_.path, mark_of_rows(),
                            "rows: " + job().rows.file + ": " + opened.failure);
            if (!opened.source)
                continue;
            rows_ = std::move(opened.source);
            if (!check_columns(found)) {
                rows_.reset();
                continue;
            }
            row_found_.emplace(row_problems_max);
            builder_.emplace(from_, job(), references_, fonts_, taken_, *row_found_,
                             rows_->columns() != nullptr);
            cell_ = job().cells.size() - 1;
            copy_ = job().count;
            index_ = 0;
            rows_seen_ = 0;
            return true;
        }
        return false;
    }

    // A column and a matrix key of one name: no template could say which it means.
    bool check_columns(problems& found) const
    {
        bool good = true;
        if (rows_->columns())
            for (const auto& name : *rows_->columns())
                for (const auto& cell : job().cells)
                    for (const auto& one : cell)
                        if (one.name == name) {
                            good = false;
                            found.error(from_.path, from_.source->mark_at(job().place_of("matrix")),
                                        "matrix: '" + name + "' is a column of " + job().rows.file +
                                            " too; give one of them another "
                                            "name");
                        }
        return good;
    }

    // Copies fastest, then cells, then rows.
    bool advance(problems& found)
    {
        if (copy_ < job().count) {
            ++copy_;
            return true;
        }
        copy_ = 1;
        if (cell_ + 1 < job().cells.size()) {
            ++cell_;
            return true;
        }
        cell_ = 0;
        for (;;) {
            const auto got = rows_->next(row_);
            if (got == row_source::outcome::end)
                return false;
            ++rows_seen_;
            if (got == row_source::outcome::row)
                return true;
            row_found_->note(found, rows_file(), rows_->complaint().at, rows_->complaint().message);
        }
    }

    void close_job(problems& found)
    {
        if (const auto more = row_found_->unlisted(); more > 0)
            found.error(from_.path, from_.source->mark_at(job().offset),
                        "and " + std::to_string(more) + " more problems in the rows of this job");
        if (rows_seen_ == 0 && job().rows.type != rows_spec::kind::inline_list)
            found.warn(from_.path, mark_of_rows(),
                       "rows: " + job().rows.file + " has no rows, so this job makes nothing");
        builder_.reset();
        rows_.reset();
        ++job_;
    }

    const manifest& from_;
    runtime::files& disk_;
    std::int64_t items_max_;
    std::int64_t made_ = 0;
    reference_files references_;
    font_files fonts_;
    taken_names taken_;
    std::size_t job_ = 0;
    std::unique_ptr<row_source> rows_; // of the open job
    std::optional<row_problems> row_found_;
    std::optional<item_builder> builder_;
    row row_;
    std::size_t cell_ = 0;
    int copy_ = 1;
    std::int64_t index_ = 0;
    std::int64_t rows_seen_ = 0;
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
