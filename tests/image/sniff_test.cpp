#include "engine/image/sniff.hpp"

#include "codec_files.hpp"
#include "engine/image/encode.hpp"
#include "engine/image/exif.hpp"
#include "pictures.hpp"

#include <doctest/doctest.h>

using namespace engine::image;
using namespace support;
using engine::base::as_bytes;
using engine::job::image_format;

namespace {

byte_buffer file_of(const pixels& picture, image_format format, bool lossless = false)
{
    auto made = encode(picture, {.format = format, .lossless = lossless});
    REQUIRE(made);
    return made->bytes;
}

// Every prefix is need_more, until the header is known and stays known.
void check_prefixes(byte_view file, const image_header& whole)
{
    bool known = false;
    for (std::size_t size = 0; size <= file.size(); ++size) {
        CAPTURE(size);
        const auto header = sniff(file.first(size));
        if (header) {
            known = true;
            REQUIRE(header->size == whole.size);
            REQUIRE(header->has_alpha == whole.has_alpha);
            REQUIRE(header->orientation == whole.orientation);
        } else {
            REQUIRE(header.error().code == errc::need_more);
            REQUIRE(!known);
        }
    }
    CHECK(known);
}

} // namespace

TEST_CASE("format, size and alpha are read from the header of every kind of file")
{
    struct row {
        image_format format;
        bool lossless, alpha;
    };
    for (const row& r :
         {row{image_format::png, false, false}, row{image_format::png, false, true},
          row{image_format::jpeg, false, false}, row{image_format::webp, false, false},
          row{image_format::webp, false, true}, row{image_format::webp, true, false},
          row{image_format::webp, true, true}}) {
        CAPTURE(r.format);
        CAPTURE(r.lossless);
        CAPTURE(r.alpha);
        const auto picture = r.alpha ? faded_photo({31, 17}) : photo({31, 17});
        const auto file = file_of(picture, r.format, r.lossless);
        const auto header = sniff(file);
        REQUIRE(header);
        CHECK(header->format == r.format);
        CHECK(header->size == engine::job::image_size{31, 17});
        CHECK(header->has_alpha == r.alpha);
        CHECK(!header->animated);
        check_prefixes(file, *header);
    }
}

TEST_CASE("a WebP of one pixel is known although its file is shorter than most headers")
{
    const auto file = file_of(plain({1, 1}, 0, 0, 0), image_format::webp, true);
    REQUIRE(sniff(file));
    CHECK(sniff(file)->size == engine::job::image_size{1, 1});
}

TEST_CASE("PNG: transparency of a palette and animation are seen before the image data")
{
    const auto palette = make_odd_png({.color_type = 3, .transparent = true}, 1);
    REQUIRE(sniff(palette.file));
    CHECK(sniff(palette.file)->has_alpha);
    check_prefixes(palette.file, *sniff(palette.file));

    const byte_buffer frames = {0, 0, 0, 2, 0, 0, 0, 0};
    const auto animated = with_png_chunk(file_of(photo({4, 4}), image_format::png), "acTL", frames);
    REQUIRE(sniff(animated));
    CHECK(sniff(animated)->animated);

    const auto deep = make_odd_png({.bit_depth = 16, .color_type = 6}, 1);
    CHECK(sniff(deep.file)->bit_depth == 16);
}

TEST_CASE("JPEG: the size is the one that is seen, after the EXIF orientation")
{
    const auto file = file_of(photo({31, 17}), image_format::jpeg);
    for (const bool big_endian : {false, true})
        for (int orientation = 1; orientation <= 8; ++orientation) {
            byte_buffer block = {'E', 'x', 'i', 'f', 0, 0};
            const auto exif = make_exif(orientation, big_endian);
            block.insert(block.end(), exif.begin(), exif.end());
            const auto header = sniff(with_jpeg_segment(file, 0xe1, block));
            REQUIRE(header);
            CHECK(header->orientation == orientation);
            const bool swapped = orientation >= 5;
            CHECK(header->size == engine::job::image_size{swapped ? 17 : 31, swapped ? 31 : 17});
        }
}

TEST_CASE("EXIF: a broken block is upright and stays as it is")
{
    const auto whole = make_exif(6, true);
    for (std::size_t size = 0; size + 6 < whole.size(); ++size) { // without the second entry's end
        byte_buffer cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        const byte_buffer before = cut;
        CHECK(exif_orientation(cut) == 1);
        reset_exif_orientation(cut);
        CHECK(cut == before);
    }
    CHECK(exif_orientation(make_exif(9, false)) == 1);
    CHECK(exif_orientation(make_exif(0, false)) == 1);
    auto turned = make_exif(6, false);
    reset_exif_orientation(turned);
    CHECK(turned == make_exif(1, false));
}

TEST_CASE("what is no image is named")
{
    struct row {
        std::string_view bytes, name;
    };
    for (const row& r :
         {row{"{\"error\":{}}", "JSON text"}, row{"  [1]", "JSON text"},
          row{"\xef\xbb\xbf<!DOCTYPE html><p>", "an HTML page"}, row{"<HTML>", "an HTML page"},
          row{"<svg xmlns=''/>", "an SVG image"},
          row{"<?xml version='1.0'?>\n<svg>", "an SVG image"},
          row{"<?xml version='1.0'?><Error>", "XML text"}, row{"GIF89a...", "a GIF image"},
          row{{"BM\x10\0\0\0\0\0\0\0\x36", 11}, "a BMP image"}, row{"BMW is a car brand", "text"},
          row{{"\0\0\0\x1c"
               "ftypavif",
               12},
              "an AVIF image"},
          row{{"\0\0\0\x18"
               "ftypheic",
               12},
              "a HEIC image"},
          row{{"II*\0abcd", 8}, "a TIFF image"}, row{"data: {\"type\":\"x\"}", "an event stream"},
          row{"data:image/png;base64,iVBO", "a data URL"},
          row{"iVBORw0KGgoAAAANSUhEUg", "an image that is still base64"}, row{"I'm sorry", "text"},
          row{{"\1\2\3\4", 4}, "unknown binary data"}, row{"RIFF....WAVEfmt ", "text"}}) {
        CAPTURE(r.bytes);
        CHECK(content_name(as_bytes(r.bytes)) == r.name);
        const auto header = sniff(as_bytes(r.bytes));
        REQUIRE(!header);
        CHECK(header.error().code == errc::not_an_image);
        CHECK(header.error().detail == "looks like " + std::string(r.name));
    }
    CHECK(content_name({}) == "nothing (0 bytes)");
    CHECK(content_name(file_of(photo({3, 3}), image_format::webp)) == "a WebP image");
}

TEST_CASE("headers that cannot be are refused, not believed")
{
    const auto png_with = [](byte_buffer header) {
        return png_of({{"IHDR", std::move(header)}, {"IDAT", {}}, {"IEND", {}}});
    };
    for (const auto& header :
         {ihdr(0, 1), ihdr(1, 0), ihdr(0x80000000u, 1), ihdr(1, 1, 3), ihdr(1, 1, 16, 3),
          ihdr(1, 1, 4, 2), ihdr(1, 1, 8, 5), ihdr(1, 1, 8, 2, 2), byte_buffer{1, 2, 3}}) {
        const auto result = sniff(png_with(header));
        REQUIRE(!result);
        CHECK(result.error().code == errc::corrupt);
    }
    CHECK(sniff(png_of({{"IDAT", {}}})).error().code == errc::corrupt);
    auto bad_type = png_with(ihdr(1, 1));
    bad_type[8 + 25 + 4] = '1';
    CHECK(sniff(bad_type).error().code == errc::corrupt);

    const auto jpeg = [](std::string_view rest) {
        return sniff(as_bytes(std::string("\xff\xd8\xff") + std::string(rest))).error().code;
    };
    using namespace std::string_view_literals;
    CHECK(jpeg("\xda"sv) == errc::corrupt);                            // data first
    CHECK(jpeg("\xe0\0\1"sv) == errc::corrupt);                        // length 1
    CHECK(jpeg("\xe0\0\2x"sv) == errc::corrupt);                       // no marker
    CHECK(jpeg("\xc0\0\4xx"sv) == errc::corrupt);                      // short SOF
    CHECK(jpeg("\xc0\0\x0b\x08\0\0\0\5\3xxx"sv) == errc::corrupt);     // height 0
    CHECK(jpeg("\xc0\0\x0b\x0c\0\5\0\5\3xxx"sv) == errc::unsupported); // 12 bit
    CHECK(jpeg("\xc0\0\x0b\x08\0\5\0\5\4xxx"sv) == errc::unsupported); // CMYK
    CHECK(jpeg("\xff\xff\xd8\xff\xe0\0\2\xff"sv) == errc::need_more);  // fill bytes
    CHECK(jpeg("\xe0"sv) == errc::need_more);

    const auto webp = [](std::string_view rest) {
        return sniff(as_bytes(std::string("RIFF\x40\0\0\0WEBP", 12) + std::string(rest)))
            .error()
            .code;
    };
    CHECK(webp("JUNK\x10\0\0\0 0123456789"sv) == errc::corrupt);
    CHECK(webp("VP8L\x10\0\0\0 0123456789"sv) == errc::corrupt);
    CHECK(webp("VP8 \x10\0\0\0 0123456789"sv) == errc::corrupt);
    CHECK(webp("VP8 \x10\0\0\0\0\0\0\x9d\x01\x2a\0\0\0\0"sv) == errc::corrupt); // 0 by 0
    CHECK(webp("VP8 \x10"sv) == errc::need_more);
}

TEST_CASE("every error has words")
{
    for (int code = 1; code <= static_cast<int>(errc::cannot_encode); ++code)
        CHECK(make_error_code(static_cast<errc>(code)).message() != "unknown image error");
    CHECK(std::string(make_error_code(errc::corrupt).category().name()) == "image");
    CHECK(std::error_code(99, make_error_code(errc::corrupt).category()).message() ==
          "unknown image error");
}
