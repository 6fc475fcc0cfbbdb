// yaml_complaint: what is wrong with a text that is not YAML, in words that say what to do, and
// where: yaml-cpp names the rule that was broken, often far from the cause.
#pragma once

#include "engine/manifest/source_text.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace engine::manifest {

// Why a text is refused. Thrown out of yaml-cpp's callbacks, and never out of parse_yaml().
struct refusal {
    std::size_t offset = 0;
    std::string message;
};

// What yaml-cpp said, and what was known when it said it.
struct yaml_failure {
    std::string_view message;                // of its exception
    std::ptrdiff_t offset = 0;               // as it says; at or below 0 when it does not know
    std::optional<std::size_t> open_bracket; // the innermost one
    std::size_t last_scalar = std::string_view::npos; // offset of the last one that was whole
};
[[nodiscard]] refusal explain(const yaml_failure& failure, const source_text& source);

// Everything that can be said before a parser sees a byte: UTF-8, control characters.
[[nodiscard]] std::optional<refusal> check_bytes(std::string_view text, std::size_t bytes_max);

// Where the quoted scalar that starts at `offset` ends (behind its quote), or npos.
[[nodiscard]] std::size_t end_of_quoted(std::string_view text, std::size_t offset);
// Whether the bracket at `offset` has its closing one; brackets in quotes are counted as well.
[[nodiscard]] bool is_bracket_closed(std::string_view text, std::size_t offset);

} // namespace engine::manifest
