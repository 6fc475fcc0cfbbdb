// field_reader: takes values out of the tree by type, and says what was expected where one does not
// fit.
//
// Every reader answers with nothing after noting exactly one error, so the caller goes on with the
// next field. `name` is the key as the user writes it, and starts the message.
#pragma once

#include "engine/base/money.hpp"
#include "engine/manifest/problem.hpp"
#include "engine/manifest/source_text.hpp"
#include "engine/manifest/template_text.hpp"
#include "engine/manifest/yaml_tree.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace engine::manifest {

class field_reader {
public:
    // Both must outlive the reader.
    field_reader(const source_text& source, problems& found) : source_(source), found_(found) {}

    void error(std::uint32_t offset, std::string message) const;
    void warn(std::uint32_t offset, std::string message) const;
    [[nodiscard]] problems& found() const { return found_; }
    [[nodiscard]] const source_text& source() const { return source_; }

    // A mapping with no other keys than `known` (and x-...). False when it is no mapping; unknown
    // keys are errors of their own.
    bool mapping(const yaml_node& node, std::string_view name,
                 std::span<const std::string_view> known) const;
    // A mapping whose keys are names that the user chose.
    bool named_mapping(const yaml_node& node, std::string_view name) const;
    bool list(const yaml_node& node, std::string_view name) const;

    std::optional<bool> flag(const yaml_node& node, std::string_view name) const;
    // A whole number, written as 5 or 5.0.
    std::optional<std::int64_t> whole(const yaml_node& node, std::string_view name,
                                      std::int64_t low, std::int64_t high) const;
    // `open_low`: the bound itself is refused.
    std::optional<double> number(const yaml_node& node, std::string_view name, double low,
                                 double high, bool open_low = false) const;
    // Dollars from 0 to `high`, at most six decimals.
    std::optional<base::microusd> usd(const yaml_node& node, std::string_view name,
                                      double high) const;
    // Not empty, and not a number or bool that lost its quotes.
    std::optional<std::string> text(const yaml_node& node, std::string_view name) const;
    std::optional<std::chrono::milliseconds> duration(const yaml_node& node, std::string_view name,
                                                      std::chrono::milliseconds low,
                                                      std::chrono::milliseconds high) const;
    // One of a closed set of words: its position.
    std::optional<std::size_t> word(const yaml_node& node, std::string_view name,
                                    std::span<const std::string_view> words) const;
    // Text with templates; errors inside it point at their "{{".
    std::optional<text_field> templated(const yaml_node& node, std::string_view name) const;

private:
    const source_text& source_;
    problems& found_;
};

// Keys that start so are the user's own everywhere: notes, anchors to be merged.
[[nodiscard]] inline bool is_private_key(std::string_view key)
{
    return key.starts_with("x-");
}

// "a, b or c".
[[nodiscard]] std::string alternatives(std::span<const std::string_view> words);

} // namespace engine::manifest
