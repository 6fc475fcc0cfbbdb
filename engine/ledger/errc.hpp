// errc: how reading or writing a ledger fails. What the disk itself says stays a std::errc.
#pragma once

#include <system_error>

namespace engine::ledger {

enum class errc {
    malformed_line = 1, // not one JSON object with the fields that its type must have
    unknown_version,    // schema_version is not one that this engine reads
    unknown_type,       // `type` is not one of docs/ledger.md
    line_too_long,      // over line_bytes_max
    damaged,            // a ledger whose lines before the last are not all whole
};
[[nodiscard]] std::error_code make_error_code(errc code);

} // namespace engine::ledger

template <>
struct std::is_error_code_enum<engine::ledger::errc> : std::true_type {};
