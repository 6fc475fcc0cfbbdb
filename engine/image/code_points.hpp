// code_points: the characters of a text, and what Unicode says of them as far as setting it needs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace engine::image {

using code_points = std::vector<std::uint32_t>;
using code_point_view = std::basic_string_view<std::uint32_t>;

// Invalid bytes become U+FFFD; tabs become spaces, CR LF becomes LF, every other character that
// breaks a line becomes LF, and control characters are left out.
[[nodiscard]] code_points code_points_of(std::string_view utf8);

// Wants a glyph of its own: not blank, not invisible, not a mark on another.
[[nodiscard]] bool is_letterlike(std::uint32_t character);
// Belongs to the character before it, whatever that is.
[[nodiscard]] bool is_attached(std::uint32_t character);
// Blank and without ink at the end of a line.
[[nodiscard]] bool is_blank(std::uint32_t character);

// Of the first character with a direction (UAX #9, P2 and P3).
[[nodiscard]] bool is_right_to_left(const code_points& paragraph);

// For each character whether a line may end behind it (UAX #14). The last always may.
[[nodiscard]] std::vector<bool> break_opportunities(const code_points& paragraph);

} // namespace engine::image
