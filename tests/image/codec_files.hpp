// codec_files: image files that our own encoders do not write, made with the codec libraries or by
// hand.
#pragma once

#include "engine/base/bytes.hpp"
#include "engine/image/pixels.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace support {

using engine::base::byte_buffer;
using engine::base::byte_view;

struct odd_png {
    engine::job::image_size size = {5, 7};
    int bit_depth = 8;
    int color_type = 2; // 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGBA
    bool interlaced = false;
    bool transparent =
        false; // a tRNS chunk: for grey and RGB one colour, for palettes some entries
};
// Written by libpng from random samples, with what its decoder must make of them, worked out here
// from the standard and not by libpng.
struct png_and_truth {
    byte_buffer file;
    engine::image::pixels truth;
};
[[nodiscard]] png_and_truth make_odd_png(const odd_png& wanted, std::uint64_t seed);

// Random filter types over random bytes: every path of the unfilter code.
[[nodiscard]] byte_buffer make_random_filters_png(engine::job::image_size size, bool has_alpha,
                                                  std::uint64_t seed, std::size_t idat_bytes_max);
// The same from given bytes: per row a filter type and the filtered samples.
[[nodiscard]] byte_buffer pack_png(engine::job::image_size size, bool has_alpha, byte_view filtered,
                                   std::size_t idat_bytes_max = 100'000);
// The reference for 8-bit RGB and RGBA files.
[[nodiscard]] engine::image::pixels read_with_libpng(byte_view file);
// Written by libpng at its defaults.
[[nodiscard]] byte_buffer write_with_libpng(const engine::image::pixels& picture, int level = 6);

// The chunk, with a right checksum, before the first chunk of type `before`.
[[nodiscard]] byte_buffer with_png_chunk(byte_view file, std::string_view type, byte_view data,
                                         std::string_view before = "IDAT");
// A file of nothing but these chunks.
struct raw_chunk {
    std::string_view type;
    byte_buffer data;
};
[[nodiscard]] byte_buffer png_of(const std::vector<raw_chunk>& chunks);
[[nodiscard]] byte_buffer ihdr(std::uint32_t width, std::uint32_t height, int bit_depth = 8,
                               int color_type = 2, int interlace = 0);

enum class jpeg_kind {
    color,
    grey,
    cmyk,
    progressive,
    progressive_unrefined // each scan at full precision, so that one may come again and again
};
[[nodiscard]] byte_buffer make_jpeg(const engine::image::pixels& picture, jpeg_kind kind,
                                    int quality = 95);
// The segment (marker 0xe1 = APP1) right behind the start of the file.
[[nodiscard]] byte_buffer with_jpeg_segment(byte_view file, int marker, byte_view data);

// The chunk at the end of the container, whose length is put right.
[[nodiscard]] byte_buffer with_webp_chunk(byte_view file, std::string_view type, byte_view data);

// An EXIF block with an orientation, and another tag before it.
[[nodiscard]] byte_buffer make_exif(int orientation, bool big_endian);

enum class profile_kind { srgb, srgb_table, display_p3, gamma_22, grey };
[[nodiscard]] byte_buffer make_icc(profile_kind kind);

} // namespace support
