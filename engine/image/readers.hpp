// readers: the decoder of each format, behind decode(), which has read the header and checked it
// against the limits. Private to the room.
#pragma once

#include "engine/image/decode.hpp"
#include "engine/image/sniff.hpp"

namespace engine::image {

// Pixels as stored: decode() turns them upright afterwards.
[[nodiscard]] base::result<pixels> read_png(base::byte_view file, const decode_limits& limits);
[[nodiscard]] base::result<pixels> read_jpeg(base::byte_view file, const decode_limits& limits);
[[nodiscard]] base::result<pixels> read_webp(base::byte_view file, const decode_limits& limits);

// too_large, with the figures.
[[nodiscard]] base::result<void> check_limits(job::image_size size, const decode_limits& limits);

// Takes the block into `target` if it is within the limit, else leaves a note.
void take_metadata(base::byte_buffer& target, base::byte_view block, const char* name,
                   std::vector<std::string>& notes, const decode_limits& limits);

} // namespace engine::image
