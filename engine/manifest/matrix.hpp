// matrix: the cells of a job's `matrix`, as GitHub Actions makes them.
//
// Keys in the order written, the last one running fastest. `exclude` takes out every cell that has
// all the values of an entry. Then each entry of `include` is added to every cell whose own values
// it does not contradict (it may replace what an earlier `include` added, never a value of the
// matrix itself); if it contradicts all of them, it becomes a cell of its own at the end. A value
// may hold templates over the columns of the row and the keys before it.
#pragma once

#include "engine/manifest/field_reader.hpp"
#include "engine/manifest/variables.hpp"

#include <vector>

namespace engine::manifest {

using matrix_cell = std::vector<variable>;

inline constexpr std::size_t matrix_cells_max = 10'000; // ours: more belongs into rows

// Always at least one cell; without a matrix it is one without variables. Errors are noted.
[[nodiscard]] std::vector<matrix_cell> read_matrix(const yaml_node& node,
                                                   const field_reader& fields);

// The scalar of a row (not of a matrix) as a variable; notes an error for a list or a mapping.
[[nodiscard]] std::optional<variable> read_variable(const yaml_entry& entry,
                                                    const field_reader& fields);

} // namespace engine::manifest
