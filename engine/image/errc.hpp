// errc: the ways in which bytes fail to be a picture, or a picture fails to become a file.
#pragma once

#include <system_error>

namespace engine::image {

enum class errc {
    need_more = 1,  // sniff only: so far a picture, but its header is not complete yet
    not_an_image,   // none of PNG, JPEG, WebP; the detail says what it looks like
    unsupported,    // a picture we cannot turn into one still RGB image: animated, CMYK, 12 bit
    truncated,      // ends before its end
    corrupt,        // checksums, structure or compressed data are wrong
    too_large,      // beyond the limits that the caller set, seen before anything was allocated
    mismatch,       // a whole picture, but not the one that was asked for
    cannot_encode,  // the target format cannot hold it (WebP: 16383 pixels an edge)
    cannot_key,     // removing the background took nothing, or everything
    bad_font,       // not a font file that letters can be drawn from
    missing_glyph,  // no font has a character of the text
    text_too_large, // the text does not fit its box
};
[[nodiscard]] std::error_code make_error_code(errc code);

} // namespace engine::image

template <>
struct std::is_error_code_enum<engine::image::errc> : std::true_type {};
