// job_items: see the header.
#include "engine/manifest/job_items.hpp"

#include "engine/manifest/expansion.hpp"

namespace engine::manifest {

namespace {

const std::string& rows_file(const manifest& from, const job_plan& job)
{
    return job.rows.path.empty() ? from.path : job.rows.path;
}

} // namespace

std::unique_ptr<job_items> job_items::open(const shared_names& shared, std::size_t job,
                                           problems& found)
{
    const auto& plan = shared.from.jobs[job];
    auto opened = open_rows(shared.disk, plan.rows);
    if (opened.header)
        found.error(rows_file(shared.from, plan), opened.header->at, opened.header->message);
    else if (!opened.source)
        found.error(shared.from.path, shared.from.source->mark_at(plan.rows.offset),
                    "rows: " + plan.rows.file + ": " + opened.failure);
    if (!opened.source)
        return nullptr;
    std::unique_ptr<job_items> items(new job_items(shared, job, std::move(opened.source)));
    return items->check_columns(found) ? std::move(items) : nullptr;
}

job_items::job_items(const shared_names& shared, std::size_t job, std::unique_ptr<row_source> rows)
    : shared_(shared), job_(shared.from.jobs[job]), rows_(std::move(rows)),
      row_found_(item_source::row_problems_max),
      builder_(shared.from, job_, shared.references, shared.fonts, shared.taken, row_found_,
               rows_->columns() != nullptr),
      cell_(job_.cells.size() - 1), copy_(job_.count) // so that the first advance() reads a row
{}

// A column and a matrix key of one name: no template could say which it means.
bool job_items::check_columns(problems& found) const
{
    bool good = true;
    if (rows_->columns())
        for (const auto& name : *rows_->columns())
            for (const auto& cell : job_.cells)
                for (const auto& one : cell)
                    if (one.name == name) {
                        good = false;
                        found.error(shared_.from.path,
                                    shared_.from.source->mark_at(job_.place_of("matrix")),
                                    "matrix: '" + name + "' is a column of " + job_.rows.file +
                                        " too; give one of them another "
                                        "name");
                    }
    return good;
}

bool job_items::advance(problems& found)
{
    if (copy_ < job_.count) {
        ++copy_;
        return true;
    }
    copy_ = 1;
    if (cell_ + 1 < job_.cells.size()) {
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
        row_found_.note(found, rows_file(shared_.from, job_), rows_->complaint().at,
                        rows_->complaint().message);
    }
}

std::optional<job::item> job_items::build(problems& found)
{
    auto item = builder_.build(row_, job_.cells[cell_], copy_, ++index_, found);
    return job_.broken ? std::nullopt : std::move(item);
}

void job_items::close(problems& found)
{
    if (const auto more = row_found_.unlisted(); more > 0)
        found.error(shared_.from.path, shared_.from.source->mark_at(job_.offset),
                    "and " + std::to_string(more) + " more problems in the rows of this job");
    if (rows_seen_ == 0 && job_.rows.type != rows_spec::kind::inline_list)
        found.warn(shared_.from.path, shared_.from.source->mark_at(job_.rows.offset),
                   "rows: " + job_.rows.file + " has no rows, so this job makes nothing");
}

} // namespace engine::manifest
