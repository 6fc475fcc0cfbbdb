// item_complaints: where a complaint about an item belongs, and how it says which row it means.
//
// What is the same for every row stands at its place in the manifest, once. What comes out of a row
// stands at that row, with the place in the manifest behind it; what a row makes of an entry (a
// reference file) stands at the entry, with the row behind it.
#pragma once

#include "engine/job/capability.hpp"
#include "engine/manifest/document.hpp"
#include "engine/manifest/row_source.hpp"
#include "engine/manifest/seen_names.hpp"
#include "engine/manifest/variables.hpp"

#include <string>
#include <string_view>
#include <unordered_set>

namespace engine::manifest {

// The problems of one job's rows, at most so many of them.
class row_problems {
public:
    explicit row_problems(std::size_t listed_max) : listed_max_(listed_max) {}
    void note(problems& found, const std::string& file, mark at, std::string message);
    [[nodiscard]] std::size_t unlisted() const { return unlisted_; }

private:
    std::size_t listed_max_;
    std::size_t listed_ = 0;
    std::size_t unlisted_ = 0;
    std::unordered_set<std::uint64_t> counted_; // hashes of the first 10,000 unlisted ones
};

// What a text can differ by, from item to item.
struct spread {
    bool row = false;
    bool cell = false;
    [[nodiscard]] spread with(spread other) const { return {row || other.row, cell || other.cell}; }
};

class item_complaints {
public:
    // All must outlive it. `names_known`: every row has the same columns, so a missing one is the
    // template's fault, not the row's.
    item_complaints(const manifest& from, const job_plan& plan, row_problems& row_found,
                    bool names_known);

    // The item that the complaints from now on are about.
    void begin(const row& values, const matrix_cell& cell, problems& found);
    [[nodiscard]] bool good() const { return good_; } // nothing was wrong since begin()
    void spoil() { good_ = false; }                   // something is, and was said before

    [[nodiscard]] spread spread_of(const std::optional<text_field>& field) const;

    void at_row(std::uint32_t offset, std::string message, spread by);
    void at_entry(std::uint32_t offset, std::string message, spread by);
    void about_template(const text_field& field, std::string_view name,
                        const template_text::failure& why, const scope& names);
    // `model_offset`: where the model is written that the request was checked for.
    void about_request(const job::complaint& one, std::uint32_t model_offset);

    [[nodiscard]] seen_names::place here() const;
    // "products.csv:17".
    [[nodiscard]] std::string name_of(seen_names::place where) const;

private:
    void at_manifest(std::uint32_t offset, std::string message);
    [[nodiscard]] spread spread_of_request(std::string_view field) const;
    [[nodiscard]] std::string cell_name() const; // " (scene=beach)", or empty
    [[nodiscard]] const std::string& row_file() const;

    const manifest& from_;
    const job_plan& plan_;
    row_problems& row_found_;
    bool names_known_;

    const row* row_ = nullptr;
    const matrix_cell* cell_ = nullptr;
    problems* found_ = nullptr;
    bool good_ = true;
};

} // namespace engine::manifest
