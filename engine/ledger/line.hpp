// line: one event as one line of the ledger, and back. docs/ledger.md lists the fields,
// schemas/ledger.schema.json holds them.
//
// Pure. Every field of a type is always there; null means "not known" or "does not apply", and
// reads back as an empty string, an empty optional or a zero. Money is a number of USD with at most
// six decimals, times are milliseconds. Writing then reading gives the same event back, except for
// what was taken out on purpose: secrets, and what is over the bounds below.
#pragma once

#include "engine/base/result.hpp"
#include "engine/job/event.hpp"
#include "engine/ledger/errc.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace engine::ledger {

inline constexpr int schema_version = 1;

// Without the newline. A line that reads longer is refused before it is parsed.
inline constexpr std::size_t line_bytes_max = 1u << 20;
// Texts from outside are cut at a character, so that one talkative gateway cannot fill the disk.
inline constexpr std::size_t message_bytes_max = 2'000; // error_message, reason, warnings
inline constexpr std::size_t prompt_bytes_max =
    200'000; // prompt, revised_prompt: 32,000 characters
inline constexpr std::size_t variables_bytes_max = 200'000; // above it, `variables` is left empty

// One line of JSON, no newline, never a newline inside. Keys of this process and whatever is shaped
// like a key are replaced; names that recovery goes by (item, key, paths, hashes) lose only the
// keys of this process, because a product number may look like a key.
[[nodiscard]] std::string to_line(const job::event& happened);

// errc::malformed_line, errc::unknown_type, errc::unknown_version, errc::line_too_long, with a
// sentence. Members that this engine does not know are skipped: a later version may add some.
[[nodiscard]] base::result<job::event> from_line(std::string_view line);

} // namespace engine::ledger
