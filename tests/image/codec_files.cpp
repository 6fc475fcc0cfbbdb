#include "codec_files.hpp"

#include "engine/base/assert.hpp"
#include "engine/base/random.hpp"
#include "engine/image/byte_order.hpp"
#include "engine/image/png_chunks.hpp"
#include "engine/image/srgb.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <libdeflate.h>
#include <png.h>

#include <jpeglib.h>

namespace support {

namespace {

using engine::image::append_big32;
using engine::image::append_bytes;

void append_to(png_structp png, png_bytep data, std::size_t size)
{
    append_bytes(*static_cast<byte_buffer*>(png_get_io_ptr(png)), {data, size});
}

struct read_position {
    byte_view rest;
};
void take_from(png_structp png, png_bytep to, std::size_t size)
{
    auto* position = static_cast<read_position*>(png_get_io_ptr(png));
    if (size > position->rest.size())
        png_error(png, "end");
    std::memcpy(to, position->rest.data(), size);
    position->rest = position->rest.subspan(size);
}

byte_buffer zlib_of(byte_view plain, int level = 6)
{
    auto* compressor = libdeflate_alloc_compressor(level);
    byte_buffer out(libdeflate_zlib_compress_bound(compressor, plain.size()));
    out.resize(
        libdeflate_zlib_compress(compressor, plain.data(), plain.size(), out.data(), out.size()));
    libdeflate_free_compressor(compressor);
    return out;
}

std::uint8_t to_8_bits(int value, int bit_depth)
{
    const double value_max = (1 << bit_depth) - 1;
    return static_cast<std::uint8_t>(std::lround(value * 255 / value_max));
}

void append_big16(byte_buffer& out, std::uint32_t value)
{
    out.push_back(static_cast<std::uint8_t>(value >> 8));
    out.push_back(static_cast<std::uint8_t>(value));
}

} // namespace

png_and_truth make_odd_png(const odd_png& wanted, std::uint64_t seed)
{
    engine::base::random dice(seed);
    const int values = 1 << wanted.bit_depth;
    const int samples_per_pixel =
        std::array{1, 0, 3, 1, 2, 0, 4}[static_cast<std::size_t>(wanted.color_type)];
    const auto width = static_cast<std::size_t>(wanted.size.width);
    const auto height = static_cast<std::size_t>(wanted.size.height);

    std::array<png_color, 256> palette{};
    std::array<std::uint8_t, 256> palette_alpha{};
    const int palette_size = wanted.color_type == 3 ? values : 0;
    for (auto& entry : palette)
        entry = {static_cast<std::uint8_t>(dice()), static_cast<std::uint8_t>(dice()),
                 static_cast<std::uint8_t>(dice())};
    palette_alpha.fill(255);
    const int transparent_entries = wanted.transparent ? (palette_size + 1) / 2 : 0;
    for (int i = 0; i < transparent_entries; ++i)
        palette_alpha[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(dice());

    // Few different values, so that the transparent colour occurs.
    std::vector<int> samples(width * height * static_cast<std::size_t>(samples_per_pixel));
    const int steps = wanted.color_type == 2 && wanted.transparent ? 2 : values;
    for (auto& sample : samples)
        sample = static_cast<int>(dice.below(static_cast<std::uint64_t>(steps))) *
                 ((values - 1) / (steps - 1));
    const std::vector<int> keyed(samples.begin(), samples.begin() + samples_per_pixel);

    // Packed rows as the file holds them.
    const std::size_t row_bytes =
        (width * static_cast<std::size_t>(samples_per_pixel * wanted.bit_depth) + 7) / 8;
    std::vector<byte_buffer> rows(height, byte_buffer(row_bytes));
    for (std::size_t y = 0; y < height; ++y)
        for (std::size_t i = 0; i < width * static_cast<std::size_t>(samples_per_pixel); ++i) {
            const int value = samples[y * width * static_cast<std::size_t>(samples_per_pixel) + i];
            if (wanted.bit_depth == 16) {
                rows[y][2 * i] = static_cast<std::uint8_t>(value >> 8);
                rows[y][2 * i + 1] = static_cast<std::uint8_t>(value);
            } else {
                const std::size_t bit = i * static_cast<std::size_t>(wanted.bit_depth);
                const int shift = 8 - wanted.bit_depth - static_cast<int>(bit % 8);
                rows[y][bit / 8] = static_cast<std::uint8_t>(rows[y][bit / 8] | value << shift);
            }
        }

    png_and_truth made;
    auto* png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
    auto* info = png_create_info_struct(png);
    png_set_write_fn(png, &made.file, append_to, nullptr);
    png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height),
                 wanted.bit_depth, wanted.color_type,
                 wanted.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (palette_size > 0)
        png_set_PLTE(png, info, palette.data(), palette_size);
    if (wanted.transparent) {
        png_color_16 key{};
        key.gray = static_cast<png_uint_16>(keyed[0]);
        if (samples_per_pixel == 3) {
            key.red = static_cast<png_uint_16>(keyed[0]);
            key.green = static_cast<png_uint_16>(keyed[1]);
            key.blue = static_cast<png_uint_16>(keyed[2]);
        }
        png_set_tRNS(png, info, palette_size > 0 ? palette_alpha.data() : nullptr,
                     transparent_entries, &key);
    }
    png_write_info(png, info);
    std::vector<png_bytep> row_pointers;
    for (auto& row : rows)
        row_pointers.push_back(row.data());
    png_write_image(png, row_pointers.data());
    png_write_end(png, nullptr);
    png_destroy_write_struct(&png, &info);

    const bool has_alpha = (wanted.color_type & 4) != 0 || wanted.transparent;
    made.truth = engine::image::blank(wanted.size, has_alpha);
    const int colors = samples_per_pixel >= 3 ? 3 : 1;
    for (std::size_t i = 0; i < width * height; ++i) {
        const int* sample = &samples[i * static_cast<std::size_t>(samples_per_pixel)];
        std::uint8_t* to = &made.truth.samples[i * made.truth.channels()];
        std::uint8_t alpha = 255;
        if (palette_size > 0) {
            const auto entry = static_cast<std::size_t>(sample[0]);
            to[0] = palette[entry].red;
            to[1] = palette[entry].green;
            to[2] = palette[entry].blue;
            alpha = palette_alpha[entry];
        } else {
            for (int c = 0; c < 3; ++c)
                to[c] = to_8_bits(sample[colors == 3 ? c : 0], wanted.bit_depth);
            if ((wanted.color_type & 4) != 0)
                alpha = to_8_bits(sample[colors], wanted.bit_depth);
            else if (wanted.transparent && std::equal(keyed.begin(), keyed.end(), sample))
                alpha = 0;
        }
        if (has_alpha)
            to[3] = alpha;
    }
    return made;
}

byte_buffer make_random_filters_png(engine::job::image_size size, bool has_alpha,
                                    std::uint64_t seed, std::size_t idat_bytes_max)
{
    engine::base::random dice(seed);
    byte_buffer filtered;
    for (int y = 0; y < size.height; ++y) {
        filtered.push_back(static_cast<std::uint8_t>(dice.below(5)));
        for (int i = 0; i < size.width * (has_alpha ? 4 : 3); ++i)
            filtered.push_back(static_cast<std::uint8_t>(dice()));
    }
    return pack_png(size, has_alpha, filtered, idat_bytes_max);
}

byte_buffer pack_png(engine::job::image_size size, bool has_alpha, byte_view filtered,
                     std::size_t idat_bytes_max)
{
    const byte_buffer packed = zlib_of(filtered);
    std::vector<raw_chunk> chunks;
    chunks.push_back({"IHDR", ihdr(static_cast<std::uint32_t>(size.width),
                                   static_cast<std::uint32_t>(size.height), 8, has_alpha ? 6 : 2)});
    for (byte_view rest = packed; !rest.empty();) {
        const byte_view piece = rest.first(std::min(rest.size(), idat_bytes_max));
        chunks.push_back({"IDAT", byte_buffer(piece.begin(), piece.end())});
        rest = rest.subspan(piece.size());
    }
    chunks.push_back({"IEND", {}});
    return png_of(chunks);
}

engine::image::pixels read_with_libpng(byte_view file)
{
    read_position position{file};
    auto* png = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
    auto* info = png_create_info_struct(png);
    png_set_read_fn(png, &position, take_from);
    png_read_info(png, info);
    auto picture = engine::image::blank({static_cast<int>(png_get_image_width(png, info)),
                                         static_cast<int>(png_get_image_height(png, info))},
                                        png_get_channels(png, info) == 4);
    for (int y = 0; y < picture.size.height; ++y)
        png_read_row(png, picture.row(y), nullptr);
    png_destroy_read_struct(&png, &info, nullptr);
    return picture;
}

byte_buffer write_with_libpng(const engine::image::pixels& picture, int level)
{
    byte_buffer out;
    auto* png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
    auto* info = png_create_info_struct(png);
    png_set_write_fn(png, &out, append_to, nullptr);
    png_set_compression_level(png, level);
    png_set_IHDR(png, info, static_cast<png_uint_32>(picture.size.width),
                 static_cast<png_uint_32>(picture.size.height), 8,
                 picture.has_alpha ? PNG_COLOR_TYPE_RGBA : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (int y = 0; y < picture.size.height; ++y)
        png_write_row(png, picture.row(y));
    png_write_end(png, nullptr);
    png_destroy_write_struct(&png, &info);
    return out;
}

byte_buffer with_png_chunk(byte_view file, std::string_view type, byte_view data,
                           std::string_view before)
{
    std::size_t at = 8;
    while (engine::base::as_text(file.subspan(at + 4, 4)) != before)
        at += 12 + engine::image::big32(&file[at]);
    byte_buffer out(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(at));
    engine::image::append_png_chunk(out, type, data);
    append_bytes(out, file.subspan(at));
    return out;
}

byte_buffer png_of(const std::vector<raw_chunk>& chunks)
{
    byte_buffer out;
    append_bytes(out, engine::base::as_bytes(engine::image::png_signature));
    for (const auto& chunk : chunks)
        engine::image::append_png_chunk(out, chunk.type, chunk.data);
    return out;
}

byte_buffer ihdr(std::uint32_t width, std::uint32_t height, int bit_depth, int color_type,
                 int interlace)
{
    byte_buffer out;
    append_big32(out, width);
    append_big32(out, height);
    for (const int value : {bit_depth, color_type, 0, 0, interlace})
        out.push_back(static_cast<std::uint8_t>(value));
    return out;
}

byte_buffer make_jpeg(const engine::image::pixels& picture, jpeg_kind kind, int quality)
{
    ENGINE_ASSERT(!picture.has_alpha);
    jpeg_compress_struct info{};
    jpeg_error_mgr errors{};
    info.err = jpeg_std_error(&errors);
    jpeg_create_compress(&info);
    unsigned char* out = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&info, &out, &size);
    const int components = kind == jpeg_kind::grey ? 1 : kind == jpeg_kind::cmyk ? 4 : 3;
    info.image_width = static_cast<JDIMENSION>(picture.size.width);
    info.image_height = static_cast<JDIMENSION>(picture.size.height);
    info.input_components = components;
    info.in_color_space = components == 1 ? JCS_GRAYSCALE : components == 4 ? JCS_CMYK : JCS_RGB;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, quality, TRUE);
    if (kind == jpeg_kind::progressive)
        jpeg_simple_progression(&info);
    static constexpr jpeg_scan_info unrefined[] = {{3, {0, 1, 2}, 0, 0, 0, 0},
                                                   {1, {0}, 1, 63, 0, 0},
                                                   {1, {1}, 1, 63, 0, 0},
                                                   {1, {2}, 1, 63, 0, 0}};
    if (kind == jpeg_kind::progressive_unrefined) {
        info.scan_info = unrefined;
        info.num_scans = 4;
    }
    jpeg_start_compress(&info, TRUE);
    for (int y = 0; y < picture.size.height; ++y) {
        byte_buffer row;
        for (int x = 0; x < picture.size.width; ++x)
            for (int c = 0; c < components; ++c)
                row.push_back(c < 3 ? picture.row(y)[3 * x + c] : 0);
        JSAMPROW pointer = row.data();
        jpeg_write_scanlines(&info, &pointer, 1);
    }
    jpeg_finish_compress(&info);
    byte_buffer file(out, out + size);
    jpeg_destroy_compress(&info);
    std::free(out);
    return file;
}

byte_buffer with_jpeg_segment(byte_view file, int marker, byte_view data)
{
    byte_buffer out(file.begin(), file.begin() + 2);
    out.push_back(0xff);
    out.push_back(static_cast<std::uint8_t>(marker));
    append_big16(out, static_cast<std::uint32_t>(data.size() + 2));
    append_bytes(out, data);
    append_bytes(out, file.subspan(2));
    return out;
}

byte_buffer with_webp_chunk(byte_view file, std::string_view type, byte_view data)
{
    byte_buffer out(file.begin(), file.end());
    append_bytes(out, engine::base::as_bytes(type));
    for (const int shift : {0, 8, 16, 24})
        out.push_back(static_cast<std::uint8_t>(data.size() >> shift));
    append_bytes(out, data);
    if (data.size() % 2 != 0)
        out.push_back(0);
    for (std::size_t i = 0; i < 4; ++i)
        out[4 + i] = static_cast<std::uint8_t>((out.size() - 8) >> (8 * i));
    return out;
}

byte_buffer make_exif(int orientation, bool big_endian)
{
    byte_buffer out;
    const auto u16 = [&](int value) {
        const auto high = static_cast<std::uint8_t>(value >> 8);
        const auto low = static_cast<std::uint8_t>(value);
        out.push_back(big_endian ? high : low);
        out.push_back(big_endian ? low : high);
    };
    const auto u32 = [&](int value) { // below 65536 here
        if (big_endian)
            u16(0);
        u16(value);
        if (!big_endian)
            u16(0);
    };
    append_bytes(out, engine::base::as_bytes(big_endian ? std::string_view("MM\0*", 4)
                                                        : std::string_view("II*\0", 4)));
    u32(8);
    u16(2);
    u16(0x0100), u16(4), u32(1), u32(640); // width, as some cameras say
    u16(0x0112), u16(3), u32(1), u16(orientation), u16(0);
    u32(0);
    return out;
}

byte_buffer make_icc(profile_kind kind)
{
    struct tag {
        std::string_view name;
        byte_buffer data;
    };
    std::vector<tag> tags;
    const auto fixed = [](byte_buffer& out, double value) {
        append_big32(out, static_cast<std::uint32_t>(std::lround(value * 65536)));
    };
    const auto color = [&](std::string_view name, double x, double y, double z) {
        byte_buffer data;
        append_bytes(data, engine::base::as_bytes(std::string_view("XYZ \0\0\0\0", 8)));
        for (const double value : {x, y, z})
            fixed(data, value);
        tags.push_back({name, data});
    };

    std::string_view name = "sRGB test";
    if (kind == profile_kind::display_p3) {
        name = "Display P3";
        color("rXYZ", 0.51512, 0.24120, -0.00105);
        color("gXYZ", 0.29198, 0.69225, 0.04189);
        color("bXYZ", 0.15710, 0.06657, 0.78407);
    } else if (kind != profile_kind::grey) {
        color("rXYZ", 0.43607, 0.22249, 0.01392);
        color("gXYZ", 0.38515, 0.71687, 0.09708);
        color("bXYZ", 0.14307, 0.06061, 0.71410);
    }
    byte_buffer description;
    if (kind == profile_kind::srgb_table) { // version 4 text
        append_bytes(description, engine::base::as_bytes(std::string_view("mluc\0\0\0\0", 8)));
        append_big32(description, 1);
        append_big32(description, 12);
        append_bytes(description, engine::base::as_bytes("enUS"));
        append_big32(description, static_cast<std::uint32_t>(2 * name.size()));
        append_big32(description, 28);
        for (const char c : name)
            append_big16(description, static_cast<std::uint8_t>(c));
    } else {
        append_bytes(description, engine::base::as_bytes(std::string_view("desc\0\0\0\0", 8)));
        append_big32(description, static_cast<std::uint32_t>(name.size() + 1));
        append_bytes(description, engine::base::as_bytes(name));
        description.push_back(0);
    }
    tags.push_back({"desc", description});

    byte_buffer curve;
    if (kind == profile_kind::srgb_table) {
        append_bytes(curve, engine::base::as_bytes(std::string_view("curv\0\0\0\0", 8)));
        append_big32(curve, 1024);
        for (int i = 0; i < 1024; ++i)
            append_big16(curve, static_cast<std::uint32_t>(std::lround(
                                    65535 * engine::image::srgb_to_linear(i / 1023.0))));
    } else if (kind == profile_kind::gamma_22) {
        append_bytes(curve, engine::base::as_bytes(std::string_view("curv\0\0\0\0", 8)));
        append_big32(curve, 1);
        append_big16(curve, 563); // 2.2 * 256
    } else {
        append_bytes(curve, engine::base::as_bytes(std::string_view("para\0\0\0\0\0\3\0\0", 12)));
        for (const double value : {2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045})
            fixed(curve, value);
    }
    for (const std::string_view channel : {"rTRC", "gTRC", "bTRC"})
        tags.push_back({channel, curve});

    byte_buffer out(128);
    const auto put = [&](std::size_t at, std::string_view text) {
        std::memcpy(&out[at], text.data(), text.size());
    };
    put(8, std::string_view("\4\x20\0\0", 4));
    put(12, "mntr");
    put(16, kind == profile_kind::grey ? "GRAY" : "RGB ");
    put(20, "XYZ ");
    put(36, "acsp");
    append_big32(out, static_cast<std::uint32_t>(tags.size()));
    std::size_t at = out.size() + 12 * tags.size();
    for (const auto& entry : tags) {
        append_bytes(out, engine::base::as_bytes(entry.name));
        append_big32(out, static_cast<std::uint32_t>(at));
        append_big32(out, static_cast<std::uint32_t>(entry.data.size()));
        at += (entry.data.size() + 3) / 4 * 4;
    }
    for (const auto& entry : tags) {
        append_bytes(out, entry.data);
        out.resize((out.size() + 3) / 4 * 4);
    }
    for (std::size_t i = 0; i < 4; ++i)
        out[i] = static_cast<std::uint8_t>(out.size() >> (24 - 8 * i));
    return out;
}

} // namespace support
