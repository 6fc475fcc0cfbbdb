#include "engine/manifest/item_complaints.hpp"

#include "engine/base/nearest_name.hpp"
#include "engine/base/random.hpp"
#include "engine/base/utf8.hpp"
#include "engine/manifest/scalar.hpp"

#include <algorithm>

namespace engine::manifest {

void row_problems::note(problems& found, const std::string& file, mark at, std::string message)
{
    if (listed_ < listed_max_) {
        listed_ += found.error(file, at, std::move(message)) ? 1 : 0;
        return;
    }
    // The cells of one row say the same thing over and over.
    constexpr std::size_t remembered_max = 10'000;
    const auto identity = base::stable_hash(to_string({file, at.line, at.column, message, false}));
    if (counted_.contains(identity))
        return;
    if (counted_.size() < remembered_max)
        counted_.insert(identity);
    ++unlisted_;
}

item_complaints::item_complaints(const manifest& from, const job_plan& plan,
                                 row_problems& row_found, bool names_known)
    : from_(from), plan_(plan), row_found_(row_found), names_known_(names_known)
{}

void item_complaints::begin(const row& values, const matrix_cell& cell, problems& found)
{
    row_ = &values;
    cell_ = &cell;
    found_ = &found;
    good_ = true;
}

spread item_complaints::spread_of(const std::optional<text_field>& field) const
{
    spread all;
    if (!field)
        return all;
    for (const auto& expression : field->text.expressions()) {
        const std::string_view name = expression.name;
        const auto in_cell = std::ranges::find(*cell_, name, &variable::name);
        if (in_cell != cell_->end())
            all = all.with({in_cell->pattern != nullptr, true});
        else if (name == "output" || name == "ext" || name == "job" || name.empty())
            continue;
        else if (std::ranges::find(builtin_names, name) != builtin_names.end() ||
                 name.starts_with("item."))
            all = {true, true};
        else
            all.row = true;
    }
    return all;
}

void item_complaints::at_manifest(std::uint32_t offset, std::string message)
{
    good_ = false;
    found_->error(from_.path, from_.source->mark_at(offset), std::move(message));
}

const std::string& item_complaints::row_file() const
{
    return plan_.rows.type == rows_spec::kind::inline_list ? from_.path : plan_.rows.path;
}

void item_complaints::at_row(std::uint32_t offset, std::string message, spread by)
{
    good_ = false;
    const mark in_manifest = from_.source->mark_at(offset);
    if (by.cell)
        message += cell_name();
    if (plan_.rows.type == rows_spec::kind::none || !by.row) {
        row_found_.note(*found_, from_.path, in_manifest, std::move(message));
        return;
    }
    message += " [" + from_.path + ":" + std::to_string(in_manifest.line) + ":" +
               std::to_string(in_manifest.column) + "]";
    row_found_.note(*found_, row_file(), row_->at, std::move(message));
}

void item_complaints::at_entry(std::uint32_t offset, std::string message, spread by)
{
    good_ = false;
    if (by.cell)
        message += cell_name();
    if (by.row && plan_.rows.type != rows_spec::kind::none)
        message += " [row " + row_file() + ":" + std::to_string(row_->at.line) + "]";
    row_found_.note(*found_, from_.path, from_.source->mark_at(offset), std::move(message));
}

void item_complaints::about_template(const text_field& field, std::string_view name,
                                     const template_text::failure& why, const scope& names)
{
    const auto& wanted = why.where->name;
    const auto in_manifest = [&](const std::string& message) {
        const mark at = mark_of(*from_.source, field.offset, why.where->occurrence);
        good_ = false;
        found_->error(from_.path, at, std::string(name) + ": " + message);
    };
    if (why.why == scope::answer::ambiguous) {
        in_manifest("'" + wanted + "' is a column and the engine's own; write {{row." + wanted +
                    "}} or {{item." + wanted + "}}");
        return;
    }
    const auto known = names.names();
    auto hint = base::did_you_mean(wanted, known);
    if (std::ranges::find(builtin_names, wanted) != builtin_names.end())
        hint = wanted == "id" ? "; the id cannot be part of itself" : "; it exists in paths only";
    else if (hint.empty() && !known.empty() && known.size() <= 12)
        hint = "; known are " + alternatives(known);
    // With a matrix whose cells differ, the name may be missing in this cell only.
    const bool cells_differ =
        plan_.cells.size() > 1 && std::ranges::any_of(plan_.cells, [&](const matrix_cell& cell) {
            return cell.size() != cell_->size();
        });
    const auto& listed = plan_.rows.inline_rows;
    const bool in_no_row =
        plan_.rows.type == rows_spec::kind::inline_list &&
        std::ranges::none_of(listed, [&](const row& one) {
            return std::ranges::find(one.values, wanted, &variable::name) != one.values.end();
        });
    if (names_known_ || in_no_row)
        in_manifest("'" + wanted + "' is not defined" + (cells_differ ? cell_name() : "") + hint);
    else
        at_row(field.offset, std::string(name) + ": this row has no '" + wanted + "'" + hint,
               {true, cells_differ});
}

// What a complaint about that field of the request can differ by.
spread item_complaints::spread_of_request(std::string_view field) const
{
    spread all;
    if (field == "prompt") {
        all = spread_of(plan_.prompt.whole);
        for (const auto& part : plan_.prompt.parts)
            all = all.with(spread_of(part));
        return all;
    }
    if (field == "mask" || field.starts_with("references[")) {
        all = spread_of(plan_.mask);
        for (const auto& one : plan_.references)
            all = all.with(spread_of(one.file));
        return all;
    }
    for (const auto* text : {&plan_.model, &plan_.size, &plan_.quality, &plan_.background,
                             &plan_.format, &plan_.input_fidelity})
        all = all.with(spread_of(*text));
    for (const auto& route : plan_.routes)
        all = all.with(spread_of(route.drawing_model()));
    return all;
}

void item_complaints::about_request(const job::complaint& one, std::uint32_t model_offset)
{
    std::uint32_t offset = one.field == "model" ? model_offset : plan_.place_of(one.field);
    const bool is_reference = one.field.starts_with("references[");
    if (is_reference) {
        const auto index = static_cast<std::size_t>(
            scalar_integer(one.field.substr(11, one.field.find(']') - 11)).value_or(0));
        if (index < plan_.references.size())
            offset = plan_.references[index].file.offset;
    }
    if (one.warning)
        found_->warn(from_.path, from_.source->mark_at(offset), one.message);
    else if (const auto by = spread_of_request(one.field); !by.row && !by.cell)
        at_manifest(offset, one.message);
    else if (is_reference || one.field == "mask")
        at_entry(offset, one.message, by);
    else
        at_row(offset, one.message, by);
}

std::string item_complaints::cell_name() const
{
    constexpr std::size_t shown_max = 40; // bytes of a value
    std::string text;
    for (const auto& one : *cell_) {
        const auto shown = base::utf8_prefix(one.text, shown_max);
        text += (text.empty() ? " (" : ", ") + one.name + "=" + one.text.substr(0, shown) +
                (shown < one.text.size() ? "..." : "");
    }
    return text.empty() ? text : text + ")";
}

seen_names::place item_complaints::here() const
{
    const int line = plan_.rows.type == rows_spec::kind::none
                         ? from_.source->mark_at(plan_.offset).line
                         : row_->at.line;
    return {static_cast<std::uint32_t>(plan_.number), static_cast<std::uint32_t>(line)};
}

std::string item_complaints::name_of(seen_names::place where) const
{
    const auto plan = std::ranges::find(from_.jobs, static_cast<int>(where.job), &job_plan::number);
    const bool in_file = plan != from_.jobs.end() && (plan->rows.type == rows_spec::kind::csv ||
                                                      plan->rows.type == rows_spec::kind::jsonl);
    return (in_file ? plan->rows.path : from_.path) + ":" + std::to_string(where.line);
}

} // namespace engine::manifest
