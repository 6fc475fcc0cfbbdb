// run_start: what every command that writes to an output folder begins with.
#pragma once

#include "engine/base/wall_time.hpp"
#include "engine/job/output_folder.hpp"
#include "engine/runtime/files.hpp"

#include <memory>
#include <string>

namespace engine::cli {

// "r-20261120-100005-4f2a".
[[nodiscard]] std::string new_run_id(base::wall_time now);
[[nodiscard]] std::string host_name();
// The folder, with its lock, ready for a run. Null, and said why, when it cannot be had.
[[nodiscard]] std::unique_ptr<runtime::file_lock> take_folder(runtime::files& disk,
                                                              const job::output_folder& folder);

} // namespace engine::cli
