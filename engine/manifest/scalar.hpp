// scalar: what a piece of YAML text means under the YAML 1.2 core schema. Pure.
//
// Only plain (unquoted) text can be anything but text: "12" in quotes is not a number. YAML 1.1's
// yes, no, on and off are text here; whoever expects a bool says so in its complaint.
#pragma once

#include "engine/base/json.hpp"
#include "engine/base/money.hpp"
#include "engine/manifest/yaml_tree.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace engine::manifest {

enum class scalar_kind { null, boolean, integer, real, text };

// Of a plain scalar's text. `0o17` and `0x1F` are integers, `012` is the integer 12, `1_000` is
// text. Integers beyond 64 bits are real.
[[nodiscard]] scalar_kind scalar_kind_of(std::string_view plain_text);
// The same for a node; null and text for what is no scalar or quoted.
[[nodiscard]] scalar_kind scalar_kind_of(const yaml_node& node);

[[nodiscard]] std::optional<std::int64_t> scalar_integer(std::string_view plain_text);
[[nodiscard]] std::optional<double> scalar_real(std::string_view plain_text); // integers too

// "300s", "5m", "1500ms", "0.5h": a number and its unit. Nothing for anything else.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

// For complaints: "the text 'abc'", "the number 12", "true", "nothing", "a list", "a mapping".
// Long texts are cut.
[[nodiscard]] std::string describe(const yaml_node& node);

// The whole subtree as JSON: plain scalars by their kind, everything else text.
[[nodiscard]] base::json to_json(const yaml_node& node);

// A row's or cell's value as the ledger keeps it: a number if it was written as one (`number`) and
// JSON writes it the same way, else the text: "012" stays what it is.
[[nodiscard]] base::json variable_json(std::string_view text, bool number);

} // namespace engine::manifest
