// errc: what may be wrong with the file of a saved plan.
#pragma once

#include <system_error>

namespace engine::plan {

enum class errc {
    not_a_plan = 1,  // something else, or nothing
    unknown_version, // written by a later darkroom
    damaged,         // cut, changed or not whole
    line_too_long,
};
[[nodiscard]] std::error_code make_error_code(errc code);

} // namespace engine::plan

template <>
struct std::is_error_code_enum<engine::plan::errc> : std::true_type {};
