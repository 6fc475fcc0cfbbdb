// overlay_reader: what else may be done to an output: `key_background` and `text`.
#pragma once

#include "engine/manifest/field_reader.hpp"
#include "engine/manifest/job_plan.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace engine::manifest {

// Colors are written alike everywhere. Nothing after noting what is wrong.
[[nodiscard]] std::optional<job::rgba_color>
read_color(const yaml_node& node, std::string_view name, const field_reader& fields);

[[nodiscard]] std::optional<job::key_spec> read_key_background(const yaml_node& node,
                                                               const field_reader& fields);

// One mapping, or a list of them.
[[nodiscard]] std::vector<text_plan> read_texts(const yaml_node& node, const field_reader& fields);

} // namespace engine::manifest
