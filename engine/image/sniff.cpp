#include "engine/image/sniff.hpp"

#include "engine/base/ascii.hpp"
#include "engine/image/byte_order.hpp"
#include "engine/image/exif.hpp"
#include "engine/image/png_chunks.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace engine::image {

namespace {

constexpr std::string_view jpeg_magic("\xff\xd8\xff", 3);

std::unexpected<base::failure> need_more()
{
    return base::fail(errc::need_more, "read image header");
}

base::result<image_header> sniff_png(base::byte_view bytes)
{
    std::size_t at = png_signature.size();
    const auto header_chunk = next_png_chunk(bytes, at, png_crc::ignored);
    if (!header_chunk)
        return header_chunk.error().code == errc::truncated ? need_more()
                                                            : std::unexpected(header_chunk.error());
    const auto ihdr = parse_png_header(*header_chunk);
    if (!ihdr)
        return std::unexpected(ihdr.error());

    image_header header{.format = job::image_format::png, .size = ihdr->size};
    header.bit_depth = ihdr->bit_depth;
    header.has_alpha = ihdr->has_alpha_channel();
    for (;;) { // tRNS and acTL, if there are any, come before the first IDAT
        if (bytes.size() - at < 8)
            return need_more();
        const std::string_view type = base::as_text(bytes.subspan(at + 4, 4));
        if (type == "IDAT" || type == "IEND")
            return header;
        if (type == "tRNS")
            header.has_alpha = true;
        if (type == "acTL")
            header.animated = true;
        const auto chunk = next_png_chunk(bytes, at, png_crc::ignored);
        if (!chunk)
            return chunk.error().code == errc::truncated ? need_more()
                                                         : std::unexpected(chunk.error());
    }
}

bool is_frame_marker(std::uint8_t marker) // SOF0 to SOF15, without DHT, JPG and DAC
{
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

base::result<image_header> parse_frame_header(base::byte_view segment, int orientation)
{
    if (segment.size() < 6)
        return base::fail(errc::corrupt, "read JPEG header", "frame header too short");
    const std::uint32_t components = segment[5];
    image_header header;
    header.format = job::image_format::jpeg;
    header.bit_depth = segment[0];
    header.size = {static_cast<int>(big16(&segment[3])), static_cast<int>(big16(&segment[1]))};
    header.orientation = orientation;
    if (orientation >= 5)
        std::swap(header.size.width, header.size.height);
    if (header.size.width == 0 || header.size.height == 0) // height 0 = "see DNL": nobody writes it
        return base::fail(errc::corrupt, "read JPEG header", "an edge is 0 pixels long");
    if (header.bit_depth != 8 || (components != 1 && components != 3))
        return base::fail(errc::unsupported, "read JPEG header",
                          components == 4 ? "CMYK colours" : "neither 8-bit grey nor colour");
    return header;
}

base::result<image_header> sniff_jpeg(base::byte_view bytes)
{
    int orientation = 1;
    std::size_t at = 2;
    for (;;) {
        if (at >= bytes.size())
            return need_more();
        if (bytes[at] != 0xff)
            return base::fail(errc::corrupt, "read JPEG header", "no marker where one must be");
        while (at < bytes.size() && bytes[at] == 0xff) // any number of fill bytes
            ++at;
        if (at >= bytes.size())
            return need_more();
        const std::uint8_t marker = bytes[at++];
        if (marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8)) // stand alone, without a length
            continue;
        if (marker == 0x00 || marker == 0xd9 || marker == 0xda)
            return base::fail(errc::corrupt, "read JPEG header", "image data before its header");
        if (bytes.size() - at < 2)
            return need_more();
        const std::size_t length = big16(&bytes[at]);
        if (length < 2)
            return base::fail(errc::corrupt, "read JPEG header", "impossible segment length");
        if (bytes.size() - at < length)
            return need_more();
        const base::byte_view segment = bytes.subspan(at + 2, length - 2);
        if (is_frame_marker(marker))
            return parse_frame_header(segment, orientation);
        const base::byte_view exif = without_exif_prefix(segment);
        if (marker == 0xe1 && exif.size() != segment.size() && orientation == 1)
            orientation = exif_orientation(exif);
        at += length;
    }
}

base::result<image_header> webp_header(job::image_size size, bool has_alpha, bool animated)
{
    if (size.width == 0 || size.height == 0)
        return base::fail(errc::corrupt, "read WebP header", "an edge is 0 pixels long");
    return image_header{.format = job::image_format::webp,
                        .size = size,
                        .has_alpha = has_alpha,
                        .animated = animated};
}

base::result<image_header> sniff_webp(base::byte_view bytes)
{
    constexpr std::size_t data_at = 20; // RIFF header 12, chunk header 8
    if (bytes.size() < data_at)
        return need_more();
    const std::string_view kind = base::as_text(bytes.subspan(12, 4));
    // What is read below; a whole lossless file of one pixel can be shorter than 30 bytes.
    if (bytes.size() < data_at + (kind == "VP8L" ? 5 : 10))
        return need_more();
    const std::uint8_t* data = &bytes[data_at];
    if (kind == "VP8X") {
        const bool animated = (data[0] & 0x02) != 0;
        const bool alpha = (data[0] & 0x10) != 0;
        return webp_header(
            {static_cast<int>(little24(data + 4)) + 1, static_cast<int>(little24(data + 7)) + 1},
            alpha, animated);
    }
    if (kind == "VP8L") {
        if (data[0] != 0x2f)
            return base::fail(errc::corrupt, "read WebP header", "bad lossless signature");
        const std::uint32_t bits = little32(data + 1); // 14 bits width - 1, 14 height - 1, 1 alpha
        return webp_header(
            {static_cast<int>(bits & 0x3fff) + 1, static_cast<int>(bits >> 14 & 0x3fff) + 1},
            (bits >> 28 & 1) != 0, false);
    }
    if (kind == "VP8 ") {
        const bool key_frame = (data[0] & 1) == 0;
        if (!key_frame || data[3] != 0x9d || data[4] != 0x01 || data[5] != 0x2a)
            return base::fail(errc::corrupt, "read WebP header", "bad key frame signature");
        return webp_header({static_cast<int>(little16(data + 6) & 0x3fff),
                            static_cast<int>(little16(data + 8) & 0x3fff)},
                           false, false);
    }
    return base::fail(errc::corrupt, "read WebP header", "unknown first chunk");
}

// Is what we have the beginning of that magic, or the other way round?
bool may_become(base::byte_view bytes, std::string_view magic)
{
    const std::size_t common = std::min(bytes.size(), magic.size());
    return base::as_text(bytes.first(common)) == magic.substr(0, common);
}

bool may_become_webp(base::byte_view bytes)
{
    if (bytes.size() <= 8)
        return may_become(bytes, "RIFF");
    return starts_with(bytes, "RIFF") && may_become(bytes.subspan(8), "WEBP");
}

struct known_magic {
    std::size_t offset;
    std::string_view magic;
    std::string_view name;
};
constexpr known_magic known_magics[] = {
    {0, png_signature, "a PNG image"},   {0, jpeg_magic, "a JPEG image"},
    {8, "WEBP", "a WebP image"},         {0, "GIF8", "a GIF image"},
    {4, "ftypavif", "an AVIF image"},    {4, "ftypavis", "an AVIF image"},
    {4, "ftyphei", "a HEIC image"},      {4, "ftypmif1", "a HEIF image"},
    {4, "ftyp", "an MP4 file"},          {0, {"II*\0", 4}, "a TIFF image"},
    {0, {"MM\0*", 4}, "a TIFF image"},   {0, {"\0\0\0\x0cJXL ", 8}, "a JPEG XL image"},
    {0, "\xff\x0a", "a JPEG XL image"},  {0, {"\0\0\1\0", 4}, "an icon"},
    {0, "8BPS", "a Photoshop file"},     {0, "%PDF", "a PDF document"},
    {0, {"PK\3\4", 4}, "a ZIP archive"}, {0, "\x1f\x8b", "gzip data"},
};

// Text is recognised after white space and a byte order mark, whatever the case.
std::string_view text_name(std::string_view text)
{
    if (text.starts_with("\xef\xbb\xbf"))
        text.remove_prefix(3);
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    const auto head = base::lowered(text.substr(0, 512));
    if (head.starts_with("<!doctype html") || head.starts_with("<html") ||
        head.starts_with("<head") || head.starts_with("<body"))
        return "an HTML page";
    if (head.starts_with("<svg") ||
        (head.starts_with("<?xml") && head.find("<svg") != std::string::npos))
        return "an SVG image";
    if (head.starts_with("<"))
        return "XML text";
    if (head.starts_with("{") || head.starts_with("["))
        return "JSON text";
    if (head.starts_with("data:image/"))
        return "a data URL";
    if (head.starts_with("data:") || head.starts_with("event:"))
        return "an event stream";
    if (head.starts_with("ivborw0kggo") || head.starts_with("/9j/") || head.starts_with("uklgr"))
        return "an image that is still base64";
    const bool plain = std::ranges::none_of(
        head, [](char c) { return (c >= 0 && c < ' ' && c != '\n' && c != '\r' && c != '\t'); });
    return plain ? "text" : "unknown binary data";
}

} // namespace

std::string_view content_name(base::byte_view prefix)
{
    if (prefix.empty())
        return "nothing (0 bytes)";
    for (const auto& known : known_magics)
        if (prefix.size() > known.offset && starts_with(prefix.subspan(known.offset), known.magic))
            return known.name;
    // "BM" alone is two letters that any text may start with; a bitmap has two zero words at 6.
    if (starts_with(prefix, "BM") && prefix.size() >= 10 && little32(&prefix[6]) == 0)
        return "a BMP image";
    return text_name(base::as_text(prefix.first(std::min<std::size_t>(prefix.size(), 1024))));
}

base::result<image_header> sniff(base::byte_view prefix)
{
    if (prefix.empty())
        return need_more();
    if (starts_with(prefix, png_signature))
        return sniff_png(prefix);
    if (starts_with(prefix, jpeg_magic))
        return sniff_jpeg(prefix);
    if (prefix.size() >= 12 && may_become_webp(prefix))
        return sniff_webp(prefix);
    if (may_become(prefix, png_signature) || may_become(prefix, jpeg_magic) ||
        may_become_webp(prefix))
        return need_more();
    return base::fail(errc::not_an_image, "read image header",
                      "looks like " + std::string(content_name(prefix)));
}

} // namespace engine::image
