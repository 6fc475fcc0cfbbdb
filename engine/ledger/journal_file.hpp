// journal_file: gets a ledger's file ready to be appended to, whatever a crash left of it.
#pragma once

#include "engine/base/result.hpp"
#include "engine/ledger/journal.hpp"
#include "engine/runtime/files.hpp"

#include <memory>
#include <optional>
#include <string>

namespace engine::ledger {

struct journal_file {
    std::unique_ptr<runtime::output_file> file;
    std::optional<torn_tail> torn;
};

// Afterwards the file is there, its name is synced, and it ends with a newline or is empty. A torn
// end goes to `path`.torn first, so that no byte is lost even if this is cut short.
[[nodiscard]] base::result<journal_file> open_journal_file(runtime::files& disk,
                                                           const std::string& path);

} // namespace engine::ledger
