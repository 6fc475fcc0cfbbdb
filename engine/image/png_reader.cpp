// png_reader: PNG to pixels. What the providers send (8-bit RGB or RGBA, not interlaced) takes a
// fast path: libdeflate inflates the whole picture at once and our own filters undo the rest, 9 ms
// against libpng's 27 for one megapixel. Everything else, and whatever the fast path does not like,
// goes to libpng, so that there is one judge of odd files. Both give the same pixels.
//
// libdeflate and not ISA-L, although ISA-L inflates as fast: hostile bytes go to the library that
// sanitizers and fuzzers see into.
#include "engine/image/readers.hpp"

#include "engine/image/byte_order.hpp"
#include "engine/image/exif.hpp"
#include "engine/image/icc.hpp"
#include "engine/image/png_chunks.hpp"
#include "engine/image/png_unfilter.hpp"

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <libdeflate.h>
#include <memory>
#include <optional>
#include <png.h>
#include <string>

namespace engine::image {

namespace {

struct decompressor_free {
    void operator()(libdeflate_decompressor* d) const { libdeflate_free_decompressor(d); }
};
using decompressor = std::unique_ptr<libdeflate_decompressor, decompressor_free>;

// The chunks that make the picture, as views into the file.
struct png_parts {
    png_header header;
    bool has_transparency = false;           // tRNS
    std::vector<base::byte_view> image_data; // of the IDATs
    std::vector<base::byte_view> for_libpng; // signature, critical chunks and tRNS, framed
    base::byte_view icc, exif, xmp;          // chunk data, still packed
    bool srgb = false;
    std::optional<std::uint32_t> gamma; // gAMA, 1/100000
    bool c2pa = false;
    bool animated = false;
};

base::result<png_parts> collect_parts(base::byte_view file)
{
    constexpr std::string_view xmp_keyword("XML:com.adobe.xmp\0", 18);
    png_parts parts;
    parts.for_libpng.push_back(file.first(png_signature.size()));
    std::size_t at = png_signature.size();
    bool data_ended = false;
    for (bool first = true;; first = false) {
        const auto chunk = next_png_chunk(file, at, png_crc::checked);
        if (!chunk)
            return std::unexpected(chunk.error());
        if (first) {
            const auto header = parse_png_header(*chunk);
            if (!header)
                return std::unexpected(header.error());
            parts.header = *header;
        }
        data_ended = data_ended || (!parts.image_data.empty() && chunk->type != "IDAT");
        if (chunk->type == "IDAT") {
            if (data_ended)
                return base::fail(errc::corrupt, "read PNG", "image data in two places");
            parts.image_data.push_back(chunk->data);
        } else if (chunk->type == "tRNS") {
            parts.has_transparency = true;
        } else if (chunk->type == "iCCP") {
            parts.icc = chunk->data;
        } else if (chunk->type == "eXIf") {
            parts.exif = chunk->data;
        } else if (chunk->type == "iTXt" && starts_with(chunk->data, xmp_keyword)) {
            parts.xmp = chunk->data.subspan(xmp_keyword.size());
        } else if (chunk->type == "sRGB") {
            parts.srgb = true;
        } else if (chunk->type == "gAMA" && chunk->data.size() == 4) {
            parts.gamma = big32(chunk->data.data());
        } else if (chunk->type == "caBX") {
            parts.c2pa = true;
        } else if (chunk->type == "acTL") {
            parts.animated = true;
        }
        const bool known = chunk->type == "IDAT" || chunk->type == "PLTE" ||
                           chunk->type == "IEND" || (chunk->type == "IHDR" && first);
        const bool critical = chunk->type[0] >= 'A' && chunk->type[0] <= 'Z';
        if (critical && !known) // the standard: then the picture cannot be shown
            return base::fail(errc::corrupt, "read PNG",
                              "unexpected chunk " + std::string(chunk->type));
        if (known || chunk->type == "tRNS")
            parts.for_libpng.push_back(chunk->framed);
        if (chunk->type == "IEND")
            return parts;
    }
}

// Inflates a zlib block of unknown size; nothing when it is broken or larger than the limit.
std::optional<base::byte_buffer> inflate_block(base::byte_view packed, std::size_t bytes_max)
{
    const decompressor inflater(libdeflate_alloc_decompressor());
    if (!inflater)
        throw std::bad_alloc();
    base::byte_buffer out;
    for (std::size_t size = std::min<std::size_t>(4096, bytes_max);;
         size = std::min(size * 4, bytes_max)) {
        out.resize(size);
        std::size_t made = 0;
        const auto status = libdeflate_zlib_decompress(inflater.get(), packed.data(), packed.size(),
                                                       out.data(), size, &made);
        if (status == LIBDEFLATE_SUCCESS) {
            out.resize(made);
            return out;
        }
        if (status != LIBDEFLATE_INSUFFICIENT_SPACE || size == bytes_max)
            return std::nullopt;
    }
}

// iCCP: name, 0, method 0, zlib data.
void read_icc(base::byte_view chunk, metadata& meta, const decode_limits& limits)
{
    const auto name_end = base::as_text(chunk).find('\0');
    if (name_end == std::string_view::npos || chunk.size() < name_end + 2 ||
        chunk[name_end + 1] != 0) {
        meta.notes.emplace_back("the PNG's colour profile is broken and was left out");
        return;
    }
    const auto profile = inflate_block(chunk.subspan(name_end + 2), limits.metadata_bytes_max);
    if (profile)
        take_rgb_profile(meta, *profile);
    else
        meta.notes.emplace_back("the PNG's colour profile is broken or too large; left out");
}

// iTXt behind its keyword: compressed flag, method, language, 0, translated keyword, 0, text.
void read_xmp(base::byte_view rest, metadata& meta, const decode_limits& limits)
{
    if (rest.size() < 2)
        return;
    const bool packed = rest[0] != 0;
    std::string_view text = base::as_text(rest.subspan(2));
    for (int field = 0; field < 2; ++field) {
        const auto end = text.find('\0');
        if (end == std::string_view::npos)
            return;
        text.remove_prefix(end + 1);
    }
    if (!packed) {
        take_metadata(meta.xmp, base::as_bytes(text), "XMP", meta.notes, limits);
        return;
    }
    if (auto unpacked = inflate_block(base::as_bytes(text), limits.metadata_bytes_max))
        meta.xmp = std::move(*unpacked);
    else
        meta.notes.emplace_back("the PNG's XMP is broken or too large; left out");
}

metadata read_png_metadata(const png_parts& parts, const decode_limits& limits)
{
    metadata meta;
    meta.c2pa_present = parts.c2pa;
    if (!parts.icc.empty())
        read_icc(parts.icc, meta, limits);
    if (!parts.exif.empty())
        take_metadata(meta.exif, without_exif_prefix(parts.exif), "EXIF", meta.notes, limits);
    if (!parts.xmp.empty())
        read_xmp(parts.xmp, meta, limits);
    // 45455 is the gamma of sRGB; some writers round it. Anything else we do not convert.
    const bool odd_gamma = parts.gamma && (*parts.gamma < 45000 || *parts.gamma > 46000);
    if (odd_gamma && parts.icc.empty() && !parts.srgb)
        meta.notes.emplace_back("the PNG's gamma (gAMA " + std::to_string(*parts.gamma) +
                                "/100000) is not that of sRGB and was ignored");
    return meta;
}

// Nothing when the fast path does not apply or the data are not exactly right.
std::optional<std::vector<std::uint8_t>> read_fast(const png_parts& parts)
{
    const png_header& header = parts.header;
    const bool applies = header.bit_depth == 8 && !header.interlaced && !parts.has_transparency &&
                         (header.color_type == 2 || header.color_type == 6);
    if (!applies)
        return std::nullopt;

    base::byte_buffer joined; // a copy only if the data come in pieces
    base::byte_view packed = parts.image_data.front();
    if (parts.image_data.size() > 1) {
        std::size_t total = 0;
        for (const auto piece : parts.image_data)
            total += piece.size();
        joined.reserve(total);
        for (const auto piece : parts.image_data)
            append_bytes(joined, piece);
        packed = joined;
    }

    const std::size_t pixel_bytes = header.color_type == 6 ? 4 : 3;
    const std::size_t rows = static_cast<std::size_t>(header.size.height);
    const std::size_t row_bytes = static_cast<std::size_t>(header.size.width) * pixel_bytes;
    const std::size_t filtered_bytes = rows * (row_bytes + 1);
    base::byte_buffer data(filtered_bytes + unfilter_slack);
    const decompressor inflater(libdeflate_alloc_decompressor());
    if (!inflater)
        throw std::bad_alloc();
    // No place for the size: then anything but exactly `filtered_bytes` is not a success.
    if (libdeflate_zlib_decompress(inflater.get(), packed.data(), packed.size(), data.data(),
                                   filtered_bytes, nullptr) != LIBDEFLATE_SUCCESS)
        return std::nullopt;
    if (!unfilter_png(data, rows, row_bytes, pixel_bytes))
        return std::nullopt;
    data.resize(rows * row_bytes);
    return data;
}

// One libpng reader over a list of views. libpng leaves through longjmp, so each step is a function
// of its own without anything to destroy.
class libpng_reader {
public:
    explicit libpng_reader(const std::vector<base::byte_view>& pieces) : pieces_(pieces)
    {
        png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, on_error, on_warning);
        info_ = png_ ? png_create_info_struct(png_) : nullptr;
        if (!info_) {
            png_destroy_read_struct(&png_, nullptr, nullptr);
            throw std::bad_alloc();
        }
        png_set_read_fn(png_, this, on_read);
    }
    ~libpng_reader() { png_destroy_read_struct(&png_, &info_, nullptr); }
    libpng_reader(const libpng_reader&) = delete;
    libpng_reader& operator=(const libpng_reader&) = delete;

    // Reads the header and asks for 8-bit RGB, or RGBA if there is any transparency.
    [[nodiscard]] bool start(const decode_limits& limits)
    {
        if (setjmp(jump_))
            return false;
        const auto edge_max = static_cast<png_uint_32>(limits.edge_max);
        png_set_user_limits(png_, edge_max, edge_max);
        png_read_info(png_, info_);
        png_set_expand(png_); // palette to RGB, small greys to 8 bits, tRNS to alpha
        png_set_gray_to_rgb(png_);
        png_set_scale_16(png_); // rounds, where strip_16 cuts
        passes_ = png_set_interlace_handling(png_);
        png_read_update_info(png_, info_);
        return true;
    }
    [[nodiscard]] std::size_t channels() const { return png_get_channels(png_, info_); }
    [[nodiscard]] std::size_t row_bytes() const { return png_get_rowbytes(png_, info_); }

    // `out` has place for all rows.
    [[nodiscard]] bool read_rows(std::uint8_t* out, int rows)
    {
        if (setjmp(jump_))
            return false;
        for (int pass = 0; pass < passes_; ++pass)
            for (int y = 0; y < rows; ++y)
                png_read_row(png_, out + static_cast<std::size_t>(y) * row_bytes(), nullptr);
        png_read_end(png_, nullptr);
        return true;
    }
    [[nodiscard]] const char* message() const { return message_; }

private:
    [[noreturn]] static void on_error(png_structp png, png_const_charp message)
    {
        auto* self = static_cast<libpng_reader*>(png_get_error_ptr(png));
        std::strncpy(self->message_, message, sizeof self->message_ - 1);
        std::longjmp(self->jump_, 1);
    }
    static void on_warning(png_structp, png_const_charp) {} // too much data, odd ancillary values

    static void on_read(png_structp png, png_bytep to, std::size_t count)
    {
        auto* self = static_cast<libpng_reader*>(png_get_io_ptr(png));
        while (count > 0) {
            if (self->piece_ == self->pieces_.size())
                png_error(png, "unexpected end");
            const base::byte_view piece = self->pieces_[self->piece_];
            const std::size_t take = std::min(count, piece.size() - self->offset_);
            std::memcpy(to, piece.data() + self->offset_, take);
            to += take;
            count -= take;
            self->offset_ += take;
            if (self->offset_ == piece.size()) {
                ++self->piece_;
                self->offset_ = 0;
            }
        }
    }

    png_structp png_ = nullptr;
    png_infop info_ = nullptr;
    const std::vector<base::byte_view>& pieces_;
    std::size_t piece_ = 0, offset_ = 0;
    int passes_ = 1;
    char message_[80] = {};
    std::jmp_buf jump_;
};

base::result<pixels> read_with_libpng(const png_parts& parts, const decode_limits& limits)
{
    libpng_reader reader(parts.for_libpng);
    if (!reader.start(limits))
        return base::fail(errc::corrupt, "read PNG", reader.message());
    pixels picture = blank(parts.header.size, reader.channels() == 4);
    if (reader.row_bytes() != picture.row_bytes())
        return base::fail(errc::unsupported, "read PNG", "neither RGB nor RGBA");
    if (!reader.read_rows(picture.samples.data(), picture.size.height))
        return base::fail(errc::corrupt, "read PNG", reader.message());
    return picture;
}

} // namespace

base::result<pixels> read_png(base::byte_view file, const decode_limits& limits)
{
    const auto parts = collect_parts(file);
    if (!parts)
        return std::unexpected(parts.error());
    if (parts->image_data.empty())
        return base::fail(errc::corrupt, "read PNG", "no image data");
    if (parts->animated)
        return base::fail(errc::unsupported, "read PNG", "an animation");
    if (const auto ok = check_limits(parts->header.size, limits); !ok)
        return std::unexpected(ok.error());

    pixels picture;
    if (auto samples = read_fast(*parts)) {
        picture.size = parts->header.size;
        picture.has_alpha = parts->header.has_alpha_channel();
        picture.samples = std::move(*samples);
    } else {
        auto slow = read_with_libpng(*parts, limits);
        if (!slow)
            return slow;
        picture = std::move(*slow);
    }
    picture.meta = read_png_metadata(*parts, limits);
    if (parts->header.bit_depth == 16)
        picture.meta.notes.emplace_back("16 bits a sample were rounded to 8");
    return picture;
}

} // namespace engine::image
