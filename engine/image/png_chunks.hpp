// png_chunks: walks the chunks of a PNG file, with their checksums. Knows the outer structure only;
// png_reader turns the insides into pixels.
#pragma once

#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"
#include "engine/image/errc.hpp"
#include "engine/job/image_size.hpp"

#include <cstdint>
#include <string_view>

namespace engine::image {

inline constexpr std::string_view png_signature("\x89PNG\r\n\x1a\n", 8);

struct png_chunk {
    std::string_view type;  // four letters
    base::byte_view data;   // without length, type and checksum
    base::byte_view framed; // the whole chunk as it stands in the file
};

enum class png_crc { checked, ignored };

// The chunk at `at`, which moves behind it. truncated: the file ends inside it; corrupt: impossible
// length, a type that is not four letters, a wrong checksum.
[[nodiscard]] base::result<png_chunk> next_png_chunk(base::byte_view file, std::size_t& at,
                                                     png_crc crc);

struct png_header {
    job::image_size size;
    int bit_depth = 8;  // 1, 2, 4, 8, 16
    int color_type = 2; // 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGBA
    bool interlaced = false;

    [[nodiscard]] bool has_alpha_channel() const { return (color_type & 4) != 0; }
};

// corrupt: not an IHDR, or values that the standard does not allow.
[[nodiscard]] base::result<png_header> parse_png_header(const png_chunk& chunk);

// Appends a chunk with its length and checksum.
void append_png_chunk(base::byte_buffer& out, std::string_view type, base::byte_view data);
// For a chunk written in place: opens it (length still 0), and closes it once its data are
// appended.
[[nodiscard]] std::size_t open_png_chunk(base::byte_buffer& out, std::string_view type);
void close_png_chunk(base::byte_buffer& out, std::size_t opened_at);

} // namespace engine::image
