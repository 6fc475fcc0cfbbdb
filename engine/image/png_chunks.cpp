#include "engine/image/png_chunks.hpp"

#include "engine/base/ascii.hpp"
#include "engine/image/byte_order.hpp"

#include <algorithm>
#include <libdeflate.h>

namespace engine::image {

namespace {

constexpr std::uint32_t length_max = 0x7fffffff; // the standard's own bound

bool depth_allowed(int color_type, int bit_depth)
{
    switch (color_type) {
    case 0:
        return bit_depth == 1 || bit_depth == 2 || bit_depth == 4 || bit_depth == 8 ||
               bit_depth == 16;
    case 3:
        return bit_depth == 1 || bit_depth == 2 || bit_depth == 4 || bit_depth == 8;
    case 2:
    case 4:
    case 6:
        return bit_depth == 8 || bit_depth == 16;
    default:
        return false;
    }
}

} // namespace

base::result<png_chunk> next_png_chunk(base::byte_view file, std::size_t& at, png_crc crc)
{
    if (file.size() - at < 8)
        return base::fail(errc::truncated, "read PNG chunk");
    const std::uint32_t length = big32(&file[at]);
    const std::string_view type = base::as_text(file.subspan(at + 4, 4));
    if (length > length_max || !std::ranges::all_of(type, base::is_letter))
        return base::fail(errc::corrupt, "read PNG chunk", "impossible chunk header");
    if (file.size() - at - 8 < std::size_t{length} + 4)
        return base::fail(errc::truncated, "read PNG chunk", std::string(type));
    const png_chunk chunk{type, file.subspan(at + 8, length),
                          file.subspan(at, std::size_t{length} + 12)};
    if (crc == png_crc::checked && libdeflate_crc32(0, &file[at + 4], std::size_t{length} + 4) !=
                                       big32(&file[at + 8 + length]))
        return base::fail(errc::corrupt, "read PNG chunk",
                          "wrong checksum of chunk " + std::string(type));
    at += std::size_t{length} + 12;
    return chunk;
}

base::result<png_header> parse_png_header(const png_chunk& chunk)
{
    if (chunk.type != "IHDR" || chunk.data.size() != 13)
        return base::fail(errc::corrupt, "read PNG header", "does not start with IHDR");
    const std::uint32_t width = big32(&chunk.data[0]);
    const std::uint32_t height = big32(&chunk.data[4]);
    const int bit_depth = chunk.data[8];
    const int color_type = chunk.data[9];
    const bool sizes = width > 0 && height > 0 && width <= length_max && height <= length_max;
    const bool methods = chunk.data[10] == 0 && chunk.data[11] == 0 && chunk.data[12] <= 1;
    if (!sizes || !methods || !depth_allowed(color_type, bit_depth))
        return base::fail(errc::corrupt, "read PNG header", "impossible values in IHDR");
    return png_header{{static_cast<int>(width), static_cast<int>(height)},
                      bit_depth,
                      color_type,
                      chunk.data[12] == 1};
}

void append_png_chunk(base::byte_buffer& out, std::string_view type, base::byte_view data)
{
    const std::size_t opened_at = open_png_chunk(out, type);
    append_bytes(out, data);
    close_png_chunk(out, opened_at);
}

std::size_t open_png_chunk(base::byte_buffer& out, std::string_view type)
{
    const std::size_t opened_at = out.size();
    append_big32(out, 0);
    append_bytes(out, base::as_bytes(type));
    return opened_at;
}

void close_png_chunk(base::byte_buffer& out, std::size_t opened_at)
{
    const std::size_t length = out.size() - opened_at - 8;
    for (std::size_t i = 0; i < 4; ++i)
        out[opened_at + i] = static_cast<std::uint8_t>(length >> (24 - 8 * i));
    append_big32(out, libdeflate_crc32(0, &out[opened_at + 4], length + 4));
}

} // namespace engine::image
