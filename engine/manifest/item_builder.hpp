// item_builder: one item from a job, a row, a cell and a copy number, with every complaint at its
// place.
#pragma once

#include "engine/job/item.hpp"
#include "engine/manifest/document.hpp"
#include "engine/manifest/font_files.hpp"
#include "engine/manifest/item_complaints.hpp"
#include "engine/manifest/reference_files.hpp"
#include "engine/manifest/row_source.hpp"
#include "engine/manifest/seen_names.hpp"

#include <memory>
#include <optional>
#include <string>

namespace engine::manifest {

// Names and paths of all items so far.
struct taken_names {
    seen_names ids, files, folders;
};

class item_builder {
public:
    // Everything given must outlive the builder. `names_known`: every row has the same columns, so
    // a missing one is the template's fault, not the row's.
    item_builder(const manifest& from, const job_plan& plan, reference_files& references,
                 font_files& fonts, taken_names& taken, row_problems& row_found, bool names_known);

    // `index`: the item's number in its job, from 1. Nothing when something is wrong with it.
    [[nodiscard]] std::optional<job::item> build(const row& values, const matrix_cell& cell,
                                                 int copy, std::int64_t index, problems& found);

private:
    void fill_cell();
    void build_variables();
    void build_id();
    void build_routes();
    void build_after();
    void build_policies();
    void build_prompt();
    void build_request();
    void build_references();
    void build_expectation();
    void build_outputs();
    [[nodiscard]] std::optional<job::image_size> size_of(const job::output_spec& spec) const;
    void build_text(const text_plan& wanted, job::output_spec& spec);
    void check_request();

    [[nodiscard]] std::optional<std::string>
    render(const text_field& field, std::string_view name,
           template_text::insertion how = template_text::insertion::verbatim);
    template <class Enum, std::size_t N>
    std::optional<Enum> word(const text_field& field, std::string_view name,
                             const std::array<std::string_view, N>& words);
    std::optional<job::reference_image> inspect(const text_field& field, std::string_view name,
                                                const std::string& rights);
    void claim_path(const std::string& path, const std::string& output, const text_field& field,
                    std::uint32_t offset);
    void refuse(const text_field& field, std::string message);
    // A text model where one is wanted: a model that draws is refused, with the way out.
    void check_mainline(const text_field& field, const std::string& model);

    const manifest& from_;
    const job_plan& plan_;
    reference_files& references_;
    font_files& fonts_;
    taken_names& taken_;
    item_complaints complaints_;
    bool names_its_copies_;                   // the id's template tells the copies apart by itself
    std::shared_ptr<const std::string> file_; // of the manifest, for origins
    mark origin_;

    // Of the item being built.
    const row* row_ = nullptr;
    const matrix_cell* cell_ = nullptr;
    matrix_cell filled_cell_; // *cell_ with the templates in it filled in
    scope scope_;
    job::item item_;
    std::vector<std::uint32_t> model_offsets_; // where the model of each route is written
    bool id_good_ = true;
    std::string last_folder_; // of the last path, noted already
};

} // namespace engine::manifest
