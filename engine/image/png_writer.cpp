// png_writer: 8-bit RGB or RGBA to PNG, not interlaced, in one IDAT chunk.
//
// Fast: ISA-L level 1 takes filtered rows as they come, so that beside the file itself only some
// rows are held. Small: libdeflate level 10 over all filtered rows at once.
#include "engine/image/writers.hpp"

#include "engine/base/assert.hpp"
#include "engine/image/byte_order.hpp"
#include "engine/image/png_chunks.hpp"
#include "engine/image/png_filter.hpp"

#include <algorithm>
#include <isa-l/igzip_lib.h>
#include <libdeflate.h>
#include <memory>

namespace engine::image {

namespace {

constexpr std::size_t batch_bytes = 128 * 1024; // filtered rows per call: fits the second cache
constexpr int small_level = 10; // the first of libdeflate's near-optimal ones; 9 gains nothing
                                // over 3 on filtered photographs, 12 nothing over 10

base::byte_buffer header_of(const pixels& picture)
{
    base::byte_buffer header;
    append_big32(header, static_cast<std::uint32_t>(picture.size.width));
    append_big32(header, static_cast<std::uint32_t>(picture.size.height));
    const std::uint8_t color_type = picture.has_alpha ? 6 : 2;
    for (const std::uint8_t value :
         {std::uint8_t{8}, color_type, std::uint8_t{0}, std::uint8_t{0},
          std::uint8_t{0}}) // depth, colours, deflate, filters, no interlace
        header.push_back(value);
    return header;
}

struct compressor_free {
    void operator()(libdeflate_compressor* c) const { libdeflate_free_compressor(c); }
};

// Appends `plain` as a zlib stream.
void deflate_whole(base::byte_buffer& out, base::byte_view plain, int level)
{
    const std::unique_ptr<libdeflate_compressor, compressor_free> compressor(
        libdeflate_alloc_compressor(level));
    if (!compressor)
        throw std::bad_alloc();
    const std::size_t at = out.size();
    out.resize(at + libdeflate_zlib_compress_bound(compressor.get(), plain.size()));
    const std::size_t made = libdeflate_zlib_compress(compressor.get(), plain.data(), plain.size(),
                                                      out.data() + at, out.size() - at);
    ENGINE_ASSERT(made > 0); // the bound is enough by its definition
    out.resize(at + made);
}

// ISA-L 2.30 returns with the upper halves of the vector registers in use. On Intel that makes
// every SSE instruction that follows on this thread slower (our filter took 3.9 ms instead of 1.2
// for a megapixel), up to the next vzeroupper; so here is one.
#if defined(__x86_64__)
[[gnu::target("avx")]] void clear_upper_halves()
{
    __builtin_ia32_vzeroupper();
}
void tidy_vector_registers()
{
    static const bool has_avx = __builtin_cpu_supports("avx");
    if (has_avx)
        clear_upper_halves();
}
#else
void tidy_vector_registers()
{}
#endif

// A zlib stream by ISA-L, appended to a buffer that grows with it.
class fast_deflate {
public:
    explicit fast_deflate(base::byte_buffer& out)
        : out_(out), level_memory_(ISAL_DEF_LVL1_DEFAULT), stream_(std::make_unique<isal_zstream>())
    {
        isal_deflate_init(stream_.get());
        stream_->level = 1;
        stream_->level_buf = level_memory_.data();
        stream_->level_buf_size = static_cast<std::uint32_t>(level_memory_.size());
        stream_->gzip_flag = IGZIP_ZLIB;
    }

    // `plain` is read as a whole before this returns.
    void put(base::byte_buffer& plain, std::size_t count, bool last)
    {
        stream_->next_in = plain.data();
        stream_->avail_in = static_cast<std::uint32_t>(count);
        stream_->end_of_stream = last ? 1 : 0;
        do {
            const std::size_t at = out_.size();
            out_.resize(at + batch_bytes);
            stream_->next_out = out_.data() + at;
            stream_->avail_out = batch_bytes;
            const int status = isal_deflate(stream_.get());
            tidy_vector_registers();
            ENGINE_ASSERT(status == COMP_OK); // the others mean that the stream was set up wrongly
            out_.resize(out_.size() - stream_->avail_out);
        } while (stream_->avail_out == 0);
        ENGINE_ASSERT(stream_->avail_in == 0);
    }

private:
    base::byte_buffer& out_;
    base::byte_buffer level_memory_;
    std::unique_ptr<isal_zstream> stream_; // 100 KB: not for a stack
};

void write_rows_fast(base::byte_buffer& out, const pixels& picture)
{
    const std::size_t filtered_bytes = picture.row_bytes() + 1;
    const std::size_t rows_at_once = std::max<std::size_t>(1, batch_bytes / filtered_bytes);
    const std::size_t batch_full = filtered_bytes * rows_at_once;
    base::byte_buffer batch(batch_full + png_filter::slack);
    png_filter filter(picture.row_bytes(), picture.channels());
    fast_deflate deflate(out);
    std::size_t filled = 0;
    for (int y = 0; y < picture.size.height; ++y) {
        filter.apply(picture.row(y), batch.data() + filled);
        filled += filtered_bytes;
        const bool last = y + 1 == picture.size.height;
        if (last || filled == batch_full) {
            deflate.put(batch, filled, last);
            filled = 0;
        }
    }
}

void write_rows_small(base::byte_buffer& out, const pixels& picture)
{
    const std::size_t filtered_bytes = picture.row_bytes() + 1;
    const std::size_t all_bytes = filtered_bytes * static_cast<std::size_t>(picture.size.height);
    base::byte_buffer all(all_bytes + png_filter::slack);
    png_filter filter(picture.row_bytes(), picture.channels());
    for (int y = 0; y < picture.size.height; ++y)
        filter.apply(picture.row(y), all.data() + static_cast<std::size_t>(y) * filtered_bytes);
    deflate_whole(out, base::byte_view(all).first(all_bytes), small_level);
}

void append_profile(base::byte_buffer& out, base::byte_view icc)
{
    const std::size_t opened_at = open_png_chunk(out, "iCCP");
    append_bytes(out, base::as_bytes(std::string_view("ICC Profile\0\0", 13))); // name, 0, deflate
    deflate_whole(out, icc, 6);
    close_png_chunk(out, opened_at);
}

void append_xmp(base::byte_buffer& out, base::byte_view xmp)
{
    const std::size_t opened_at = open_png_chunk(out, "iTXt");
    // Keyword, 0, not packed, method 0, no language, 0, no translated keyword, 0.
    append_bytes(out, base::as_bytes(std::string_view("XML:com.adobe.xmp\0\0\0\0\0", 22)));
    append_bytes(out, xmp);
    close_png_chunk(out, opened_at);
}

} // namespace

base::byte_buffer write_png(const pixels& picture, const carried_metadata& meta, png_effort effort)
{
    base::byte_buffer out;
    out.reserve(picture.samples.size() / 2); // photographs come out at about half
    append_bytes(out, base::as_bytes(png_signature));
    append_png_chunk(out, "IHDR", header_of(picture));
    if (!meta.icc.empty())
        append_profile(out, meta.icc);
    if (!meta.exif.empty())
        append_png_chunk(out, "eXIf", meta.exif);
    if (!meta.xmp.empty())
        append_xmp(out, meta.xmp);
    const std::size_t opened_at = open_png_chunk(out, "IDAT");
    if (effort == png_effort::fast)
        write_rows_fast(out, picture);
    else
        write_rows_small(out, picture);
    close_png_chunk(out, opened_at);
    append_png_chunk(out, "IEND", {});
    return out;
}

} // namespace engine::image
