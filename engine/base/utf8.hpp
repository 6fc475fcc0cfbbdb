// utf8: validity and cutting of UTF-8 text. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace engine::base {

// The offset of the first byte that is not valid UTF-8 (RFC 3629: no overlongs, no surrogates), or
// nothing.
[[nodiscard]] std::optional<std::size_t> find_invalid_utf8(std::string_view text);

// The longest prefix of at most `bytes_max` bytes that does not cut a character. `text` should be
// valid.
[[nodiscard]] std::size_t utf8_prefix(std::string_view text, std::size_t bytes_max);

// Characters (code points), counting each invalid byte as one.
[[nodiscard]] std::size_t utf8_length(std::string_view text);

// Appends the code point (<= 0x10FFFF, not a surrogate) as UTF-8.
void append_utf8(std::string& text, char32_t code_point);

// The text with control bytes (C0, DEL, C1, bidirectional overrides) and invalid bytes replaced by
// '?', newline and tab by a space: safe on a terminal and on one line.
[[nodiscard]] std::string printable(std::string_view outside);

} // namespace engine::base
