// display_width: how many cells of a terminal a text takes, and cutting it to a number of them.
#pragma once

#include <string>
#include <string_view>

namespace engine::report {

// Cells of printable UTF-8: 2 for East Asian wide characters and emoji, 0 for combining marks and
// joiners, 1 for the rest. By ranges of Unicode 15's EastAsianWidth.txt, coarse where scripts are
// rare.
[[nodiscard]] int display_width(std::string_view text);

// `text` if it fits, else its beginning and "…" in at most `cells` cells.
[[nodiscard]] std::string fit_to_width(std::string_view text, int cells);

} // namespace engine::report
