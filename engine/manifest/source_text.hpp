// source_text: the text of a manifest under its name, and the way from a byte to a line and column.
#pragma once

#include "engine/manifest/problem.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace engine::manifest {

class source_text {
public:
    // `name` is what the user calls the file; `text` should be UTF-8.
    source_text(std::string name, std::string text);

    [[nodiscard]] const std::string& name() const { return name_; }
    // Without the byte order mark, if the file had one.
    [[nodiscard]] const std::string& text() const { return text_; }
    // Offsets beyond the end give the end. Takes the time of 4 KiB, however long the line is.
    [[nodiscard]] mark mark_at(std::size_t offset) const;
    // The first byte of the line that holds `offset`.
    [[nodiscard]] std::size_t line_start(std::size_t offset) const;

private:
    [[nodiscard]] std::size_t characters_before(std::size_t offset) const;

    std::string name_;
    std::string text_;
    std::vector<std::size_t> line_starts_;  // offset of each line's first byte; never empty
    std::vector<std::size_t> block_starts_; // characters before each block of 4 KiB
};

} // namespace engine::manifest
