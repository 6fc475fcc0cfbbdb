#include "engine/image/decode.hpp"

#include "codec_files.hpp"
#include "engine/base/random.hpp"
#include "engine/image/encode.hpp"
#include "engine/image/icc.hpp"
#include "engine/image/png_chunks.hpp"
#include "pictures.hpp"

#include <doctest/doctest.h>

using namespace engine::image;
using namespace support;
using engine::base::as_bytes;
using engine::job::image_format;
using engine::job::image_size;

namespace {

byte_buffer file_of(const pixels& picture, const encode_options& options)
{
    auto made = encode(picture, options);
    REQUIRE(made);
    return made->bytes;
}

errc error_of(byte_view file, const decode_limits& limits = {})
{
    const auto picture = decode(file, limits);
    REQUIRE(!picture);
    CHECK(!picture.error().message().empty());
    return static_cast<errc>(picture.error().code.value());
}

byte_buffer exif_segment(int orientation)
{
    byte_buffer block = {'E', 'x', 'i', 'f', 0, 0};
    const auto exif = make_exif(orientation, true);
    block.insert(block.end(), exif.begin(), exif.end());
    return block;
}

// One small file of each kind.
std::vector<byte_buffer> small_files()
{
    const auto opaque = photo({9, 7});
    const auto faded = faded_photo({9, 7});
    auto described = opaque;
    described.meta.icc = make_icc(profile_kind::srgb);
    described.meta.exif = make_exif(1, true);
    described.meta.xmp = {'<', 'x', '/', '>'};
    return {
        file_of(opaque, {.format = image_format::png}),
        file_of(faded, {.format = image_format::png}),
        file_of(described, {.format = image_format::png}),
        make_odd_png({.size = {9, 7},
                      .bit_depth = 4,
                      .color_type = 3,
                      .interlaced = true,
                      .transparent = true},
                     1)
            .file,
        make_random_filters_png({9, 7}, false, 1, 50),
        file_of(opaque, {.format = image_format::jpeg}),
        file_of(described, {.format = image_format::jpeg}),
        make_jpeg(opaque, jpeg_kind::progressive),
        make_jpeg(opaque, jpeg_kind::grey),
        file_of(opaque, {.format = image_format::webp}),
        file_of(faded, {.format = image_format::webp}),
        file_of(described, {.format = image_format::webp}),
        file_of(faded, {.format = image_format::webp, .lossless = true}),
    };
}

} // namespace

TEST_CASE("PNG: every colour type, depth and interlacing gives the pixels the standard says")
{
    struct kind {
        int color_type, bit_depth;
    };
    for (const kind& k : {kind{0, 1}, kind{0, 2}, kind{0, 4}, kind{0, 8}, kind{0, 16}, kind{2, 8},
                          kind{2, 16}, kind{3, 1}, kind{3, 2}, kind{3, 4}, kind{3, 8}, kind{4, 8},
                          kind{4, 16}, kind{6, 8}, kind{6, 16}})
        for (const bool interlaced : {false, true})
            for (const bool transparent : {false, true})
                for (const image_size size : {image_size{1, 1}, {5, 7}, {33, 9}}) {
                    if (transparent && (k.color_type & 4) != 0)
                        continue; // tRNS is not allowed beside an alpha channel
                    CAPTURE(k.color_type);
                    CAPTURE(k.bit_depth);
                    CAPTURE(interlaced);
                    CAPTURE(transparent);
                    CAPTURE(size.width);
                    const auto made = make_odd_png({.size = size,
                                                    .bit_depth = k.bit_depth,
                                                    .color_type = k.color_type,
                                                    .interlaced = interlaced,
                                                    .transparent = transparent},
                                                   42);
                    const auto picture = decode(made.file);
                    REQUIRE(picture);
                    REQUIRE(picture->size == size);
                    REQUIRE(picture->has_alpha == made.truth.has_alpha);
                    CHECK(picture->samples == made.truth.samples);
                    CHECK(picture->meta.notes.size() == (k.bit_depth == 16 ? 1 : 0));
                }
}

TEST_CASE("PNG: the fast reader and libpng agree on every filter and size")
{
    std::uint64_t seed = 0;
    for (const bool has_alpha : {false, true})
        for (int width = 1; width <= 40; ++width)
            for (const int height : {1, 2, 9}) {
                const std::size_t idat_bytes_max = width % 3 == 0 ? 17 : 100'000;
                const auto file =
                    make_random_filters_png({width, height}, has_alpha, ++seed, idat_bytes_max);
                CAPTURE(seed);
                const auto picture = decode(file);
                REQUIRE(picture);
                REQUIRE(picture->samples == read_with_libpng(file).samples);
            }
    for (const auto& source : {photo({301, 203}), faded_photo({301, 203})}) {
        const auto picture = decode(write_with_libpng(source));
        REQUIRE(picture);
        CHECK(picture->samples == source.samples);
    }
}

TEST_CASE("every truncation of every kind of file is a clean failure")
{
    int kind = 0;
    for (const auto& file : small_files()) {
        CAPTURE(kind++);
        REQUIRE(decode(file));
        for (std::size_t size = 0; size < file.size(); ++size) {
            CAPTURE(size);
            // A copy of exactly that size, so that reading beyond it is seen by a sanitizer.
            const byte_buffer cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size));
            const auto picture = decode(cut);
            REQUIRE(!picture);
            const bool says_so = picture.error().code == errc::truncated;
            REQUIRE(says_so);
        }
    }
}

TEST_CASE("bytes behind the end of the picture do no harm")
{
    int kind = 0;
    for (auto file : small_files()) {
        CAPTURE(kind++);
        const auto alone = decode(file);
        for (const char c : std::string_view("\0\0 trailing", 11))
            file.push_back(static_cast<std::uint8_t>(c));
        const auto followed = decode(file);
        REQUIRE(followed);
        CHECK(followed->samples == alone->samples);
    }
}

TEST_CASE("no flipped bit crashes anything, and none gets past a PNG's checksums")
{
    int kind = 0;
    for (auto file : small_files()) {
        const bool png = file[0] == 0x89;
        CAPTURE(kind++);
        for (std::size_t i = 0; i < file.size(); ++i)
            for (int bit = 0; bit < 8; bit += 3) {
                file[i] ^= static_cast<std::uint8_t>(1 << bit);
                const auto picture = decode(file, {.pixels_max = 1'000'000});
                if (png)
                    REQUIRE(!picture);
                file[i] ^= static_cast<std::uint8_t>(1 << bit);
            }
    }
}

TEST_CASE("damage that a codec would paint over is a failure")
{
    engine::base::random dice(7);
    const auto whole = file_of(photo({64, 64}), {.format = image_format::jpeg});
    int refused = 0;
    for (int i = 0; i < 200; ++i) { // zeros over the second half: libjpeg would only warn
        auto file = whole;
        const std::size_t at = whole.size() / 2 + dice.below(whole.size() / 2 - 20);
        std::fill_n(file.begin() + static_cast<std::ptrdiff_t>(at), 12, 0xff);
        refused += decode(file) ? 0 : 1;
    }
    CHECK(refused == 200);
}

TEST_CASE("a declared size beyond the limits is refused before anything is allocated")
{
    const auto bomb =
        png_of({{"IHDR", ihdr(2'000'000'000, 2'000'000'000)}, {"IDAT", {}}, {"IEND", {}}});
    CHECK(error_of(bomb) == errc::too_large);
    CHECK(error_of(png_of({{"IHDR", ihdr(16385, 1)}, {"IDAT", {}}, {"IEND", {}}})) ==
          errc::too_large);

    for (const auto& file : small_files()) {
        CHECK(error_of(file, {.pixels_max = 62}) == errc::too_large); // 9 * 7 = 63
        CHECK(error_of(file, {.edge_max = 8}) == errc::too_large);
        CHECK(decode(file, {.pixels_max = 63, .edge_max = 9}));
    }
    // The same in a JPEG and a WebP whose own headers were changed.
    auto jpeg = file_of(photo({9, 7}), {.format = image_format::jpeg});
    const byte_buffer marker = {0xff, 0xc0};
    const auto sof = std::search(jpeg.begin(), jpeg.end(), marker.begin(), marker.end());
    REQUIRE(sof != jpeg.end());
    sof[5] = sof[6] = sof[7] = sof[8] = 0xf0;
    CHECK(error_of(jpeg) == errc::too_large);
}

TEST_CASE("PNG: structures that cannot be are corrupt")
{
    const byte_buffer some = {1, 2, 3};
    CHECK(error_of(png_of({{"IHDR", ihdr(1, 1)}, {"IEND", {}}})) == errc::corrupt);
    CHECK(error_of(png_of({{"IHDR", ihdr(1, 1)}, {"IDAT", some}, {"IEND", {}}})) == errc::corrupt);
    CHECK(error_of(png_of({{"IHDR", ihdr(1, 1)},
                           {"IDAT", some},
                           {"tEXt", some},
                           {"IDAT", some},
                           {"IEND", {}}})) == errc::corrupt);
    // A palette image without its palette; an unknown critical chunk.
    auto file = make_odd_png({.color_type = 3}, 3).file;
    const auto plte =
        file.begin() + static_cast<std::ptrdiff_t>(engine::base::as_text(file).find("PLTE"));
    file.erase(plte - 4, plte + 4 + 768 + 4);
    CHECK(error_of(file) == errc::corrupt);
    const auto good = file_of(photo({3, 3}), {.format = image_format::png});
    CHECK(error_of(with_png_chunk(good, "XXXX", some)) == errc::corrupt);
    CHECK(error_of(with_png_chunk(good, "IHDR", ihdr(3, 3))) == errc::corrupt);
    CHECK(decode(with_png_chunk(good, "xxXx", some)));
    // Too few rows, half a row, and a filter that does not exist.
    const auto packed = [](std::size_t bytes, std::uint8_t filter) {
        byte_buffer filtered(bytes);
        filtered[13] = filter; // of the second row; a row is 1 + 4 * 3 bytes
        return pack_png({4, 4}, false, filtered);
    };
    CHECK(decode(packed(52, 4)));
    CHECK(error_of(packed(39, 0)) == errc::corrupt);
    CHECK(error_of(packed(51, 0)) == errc::corrupt);
    CHECK(error_of(packed(52, 5)) == errc::corrupt);
}

TEST_CASE("PNG: more image data than rows is tolerated, as libpng does")
{
    const auto tall = make_random_filters_png({4, 4}, true, 5, 1000);
    byte_buffer file(tall.begin(), tall.begin() + 8);
    append_png_chunk(file, "IHDR", ihdr(4, 3, 8, 6));
    file.insert(file.end(), tall.begin() + 8 + 25, tall.end());
    const auto picture = decode(file);
    REQUIRE(picture);
    const auto all = decode(tall);
    CHECK(std::equal(picture->samples.begin(), picture->samples.end(), all->samples.begin()));
}

TEST_CASE("animations and CMYK are refused as unsupported")
{
    const auto png = file_of(photo({3, 3}), {.format = image_format::png});
    const byte_buffer frames = {0, 0, 0, 2, 0, 0, 0, 0};
    CHECK(error_of(with_png_chunk(png, "acTL", frames)) == errc::unsupported);
    CHECK(error_of(make_jpeg(photo({16, 16}), jpeg_kind::cmyk)) == errc::unsupported);
    auto animated = file_of(faded_photo({3, 3}), {.format = image_format::webp}); // has VP8X
    animated[20] |= 0x02;
    CHECK(error_of(animated) == errc::unsupported);
    const auto with_frame = with_webp_chunk(
        file_of(faded_photo({3, 3}), {.format = image_format::webp}), "ANMF", frames);
    CHECK(error_of(with_frame) == errc::unsupported);
}

TEST_CASE("JPEG: a file of more passes than any encoder writes is refused")
{
    const auto file = make_jpeg(photo({8, 8}), jpeg_kind::progressive_unrefined);
    const byte_buffer start_of_scan = {0xff, 0xda};
    const auto last =
        std::find_end(file.begin(), file.end(), start_of_scan.begin(), start_of_scan.end());
    const auto with_repeated_scan = [&](int times) {
        byte_buffer repeated(file.begin(), file.end() - 2);
        for (int i = 0; i < times; ++i)
            repeated.insert(repeated.end(), last, file.end() - 2);
        repeated.insert(repeated.end(), {0xff, 0xd9});
        return repeated;
    };
    CHECK(decode(with_repeated_scan(90)));
    const auto bomb = decode(with_repeated_scan(100));
    REQUIRE(!bomb);
    CHECK(bomb.error().code == errc::corrupt);
    CHECK(bomb.error().detail == "more than 100 scans");
}

TEST_CASE("JPEG: damage is a failure with the codec's own words")
{
    auto file = make_jpeg(photo({8, 8}), jpeg_kind::progressive);
    // The last scan refines what the one before it refined: a second time it makes no sense.
    const byte_buffer start_of_scan = {0xff, 0xda};
    const auto last =
        std::find_end(file.begin(), file.end(), start_of_scan.begin(), start_of_scan.end());
    const byte_buffer scan(last, file.end() - 2);
    file.insert(file.end() - 2, scan.begin(), scan.end());
    const auto picture = decode(file);
    REQUIRE(!picture);
    CHECK(picture.error().code == errc::corrupt);
    CHECK(picture.error().detail.find("progression") != std::string::npos);
}

TEST_CASE("JPEG: odd labels around good data are no damage")
{
    using namespace std::string_view_literals;
    const auto file = file_of(photo({8, 8}), {.format = image_format::jpeg});
    const auto good = decode(file);
    // An unknown Adobe transform, and a second JFIF header of version 9.
    const auto adobe = with_jpeg_segment(file, 0xee, as_bytes("Adobe\0\x64\0\0\0\0\x07"sv));
    const auto jfif = with_jpeg_segment(file, 0xe0, as_bytes("JFIF\0\x09\0\0\0\1\0\1\0\0"sv));
    for (const auto& odd : {adobe, jfif}) {
        const auto picture = decode(odd);
        REQUIRE(picture);
        CHECK(picture->samples == good->samples);
    }
    // A profile of which a piece is missing is left out, and that is said.
    const auto half = with_jpeg_segment(file, 0xe2, as_bytes("ICC_PROFILE\0\1\2half"sv));
    REQUIRE(decode(half));
    CHECK(decode(half)->meta.notes.size() == 1);
}

TEST_CASE("WebP: containers that cannot be are corrupt")
{
    const auto file = file_of(photo({8, 8}), {.format = image_format::webp});
    auto short_riff = file;
    short_riff[4] = 3, short_riff[5] = short_riff[6] = short_riff[7] = 0;
    CHECK(error_of(short_riff) == errc::corrupt);
    auto long_chunk = file;
    long_chunk[17] ^= 0x40; // the image chunk claims 16 KB more than its container
    CHECK(error_of(long_chunk) == errc::corrupt);
    auto cut_inside = file; // the container is whole, its image is not
    cut_inside.resize(file.size() - 12);
    cut_inside[4] = static_cast<std::uint8_t>(cut_inside[4] - 12);
    cut_inside[16] = static_cast<std::uint8_t>(cut_inside[16] - 12);
    CHECK(error_of(cut_inside) == errc::truncated);
}

TEST_CASE("JPEG: grey and progressive files become RGB near the original")
{
    auto grey = photo({40, 30});
    for (std::size_t i = 0; i < grey.samples.size(); i += 3)
        grey.samples[i + 1] = grey.samples[i + 2] = grey.samples[i];
    const auto from_grey = decode(make_jpeg(grey, jpeg_kind::grey));
    REQUIRE(from_grey);
    CHECK(psnr(*from_grey, grey) > 38);
    const auto source = photo({40, 30});
    const auto progressive = decode(make_jpeg(source, jpeg_kind::progressive));
    REQUIRE(progressive);
    CHECK(psnr(*progressive, source) > 32);
}

TEST_CASE("the EXIF orientation is applied, in each of its eight values, and reset")
{
    // Red top left, green top right, blue bottom left, white bottom right, as it should be seen.
    pixels seen = blank({48, 32}, false);
    const std::uint8_t corners[4][3] = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}};
    for (int y = 0; y < 32; ++y)
        for (int x = 0; x < 48; ++x)
            std::copy_n(corners[(y >= 16 ? 2 : 0) + (x >= 24 ? 1 : 0)], 3, seen.row(y) + 3 * x);
    // Where the row 0 and column 0 of the stored file are seen (EXIF 2.32, table of tag 0x0112).
    struct rule {
        bool swapped, right, bottom; // axes swapped; then stored x runs to the left, y upwards
    };
    const rule rules[9] = {{},
                           {false, false, false},
                           {false, true, false},
                           {false, true, true},
                           {false, false, true},
                           {true, false, false},
                           {true, true, false},
                           {true, true, true},
                           {true, false, true}};
    for (int orientation = 1; orientation <= 8; ++orientation) {
        CAPTURE(orientation);
        const rule r = rules[orientation];
        const image_size stored_size =
            r.swapped ? image_size{seen.size.height, seen.size.width} : seen.size;
        pixels stored = blank(stored_size, false);
        for (int y = 0; y < stored_size.height; ++y)
            for (int x = 0; x < stored_size.width; ++x) {
                int seen_x = r.swapped ? y : x; // row 0 of a swapped file is a column that is seen
                int seen_y = r.swapped ? x : y;
                if (r.right)
                    seen_x = seen.size.width - 1 - seen_x;
                if (r.bottom)
                    seen_y = seen.size.height - 1 - seen_y;
                std::copy_n(seen.row(seen_y) + 3 * seen_x, 3, stored.row(y) + 3 * x);
            }
        auto jpeg =
            with_jpeg_segment(make_jpeg(stored, jpeg_kind::color), 0xe1, exif_segment(orientation));
        const auto from_jpeg = decode(jpeg);
        REQUIRE(from_jpeg);
        CHECK(psnr(*from_jpeg, seen) > 25); // halved colours smear at the seams
        CHECK(from_jpeg->meta.exif == make_exif(1, true));

        auto stored_glass = blank(stored_size, true); // the same with an alpha channel
        for (std::size_t i = 0, pixel = 0; i < stored.samples.size(); i += 3, pixel += 4) {
            std::copy_n(&stored.samples[i], 3, &stored_glass.samples[pixel]);
            stored_glass.samples[pixel + 3] = static_cast<std::uint8_t>(200 + pixel % 7);
        }
        stored_glass.meta.exif = make_exif(orientation, false);
        const auto glass = decode(file_of(stored_glass, {}));
        REQUIRE(glass);
        REQUIRE(glass->size == seen.size);
        for (std::size_t i = 0, pixel = 0; i < seen.samples.size(); i += 3, pixel += 4)
            REQUIRE(std::equal(&seen.samples[i], &seen.samples[i] + 3, &glass->samples[pixel]));

        stored.meta.exif = make_exif(orientation, false);
        for (const auto format : {image_format::png, image_format::webp}) {
            const auto exact = decode(file_of(stored, {.format = format, .lossless = true}));
            REQUIRE(exact);
            CHECK(exact->samples == seen.samples);
            CHECK(exact->meta.exif == make_exif(1, false));
        }
    }
}

TEST_CASE("profile, EXIF and XMP are taken from every format")
{
    auto picture = photo({16, 16});
    picture.meta.icc = make_icc(profile_kind::display_p3);
    picture.meta.exif = make_exif(1, true);
    const std::string_view xmp = "<x:xmpmeta xmlns:x='adobe:ns:meta/'/>";
    picture.meta.xmp.assign(xmp.begin(), xmp.end());
    for (const auto format : {image_format::png, image_format::jpeg, image_format::webp}) {
        CAPTURE(format);
        const auto file = file_of(picture, {.format = format});
        const auto read = decode(file);
        REQUIRE(read);
        CHECK(read->meta.icc == picture.meta.icc);
        CHECK(read->meta.exif == picture.meta.exif);
        CHECK(read->meta.xmp == picture.meta.xmp);
        CHECK(!read->meta.c2pa_present);
        CHECK(read->meta.notes.empty());

        const auto bounded = decode(file, {.metadata_bytes_max = 10});
        REQUIRE(bounded);
        CHECK(bounded->meta.icc.empty());
        CHECK(bounded->meta.exif.empty());
        CHECK(bounded->meta.xmp.empty());
        CHECK(bounded->meta.notes.size() == 3);
    }
}

TEST_CASE("PNG: packed XMP is unpacked, broken metadata leave a note and no more")
{
    const auto file = file_of(photo({4, 4}), {.format = image_format::png});
    const auto with = [&](std::string_view type, std::string_view data) {
        const auto picture = decode(with_png_chunk(file, type, as_bytes(data)));
        REQUIRE(picture);
        return picture->meta;
    };
    using namespace std::string_view_literals;
    // zlib, stored block: "<x/>"
    const auto packed = with("iTXt", "XML:com.adobe.xmp\0\1\0en\0title\0"
                                     "\x78\x01\x01\x04\x00\xfb\xff<x/>\x02\xf8\x01\x22"sv);
    const auto unpacked = with("iTXt", "XML:com.adobe.xmp\0\0\0en\0title\0<x/>"sv);
    CHECK(engine::base::as_text(unpacked.xmp) == "<x/>");
    CHECK(unpacked.notes.empty());
    CHECK(engine::base::as_text(packed.xmp) == "<x/>");
    CHECK(packed.notes.empty());
    CHECK(with("iTXt", "XML:com.adobe.xmp\0\1\0\0\0garbage"sv).notes.size() == 1);
    CHECK(with("iTXt", "XML:com.adobe.xmp\0\0"sv).xmp.empty());
    CHECK(with("iTXt", "XML:com.adobe.xmp\0\0\0no end"sv).xmp.empty());
    CHECK(with("iTXt", "Comment\0\0\0\0\0hello"sv).xmp.empty());
    CHECK(with("iCCP", "no zero").notes.size() == 1);
    CHECK(with("iCCP", "name\0\1garbage"sv).notes.size() == 1);
    CHECK(with("iCCP", "name\0\0garbage"sv).notes.size() == 1);
    CHECK(with("gAMA", "\0\1\x86\xa0"sv).notes.size() == 1); // 100000: linear
    CHECK(with("gAMA", "\0\0\xb1\x8f"sv).notes.empty());     // 45455: sRGB's
    const auto linear = with_png_chunk(file, "gAMA", as_bytes("\0\1\x86\xa0"sv));
    CHECK(decode(with_png_chunk(linear, "sRGB", as_bytes("\0"sv)))->meta.notes.empty());
}

TEST_CASE("a C2PA manifest is seen in every format")
{
    const byte_buffer some = {'j', 'u', 'm', 'b'};
    const auto opaque = photo({8, 8});
    const auto png = with_png_chunk(file_of(opaque, {.format = image_format::png}), "caBX", some);
    CHECK(decode(png)->meta.c2pa_present);
    using namespace std::string_view_literals;
    const auto box = "JP\0\1\0\0\0\1\0\0\1\0jumb\0\0\0\x1ejumd"
                     "c2pa\0\x11\0\x10\x80\0\0\xaa\0\x38\x9b\x71\3c2pa\0rest"sv;
    const auto jpeg = file_of(opaque, {.format = image_format::jpeg});
    CHECK(decode(with_jpeg_segment(jpeg, 0xeb, as_bytes(box)))->meta.c2pa_present);
    CHECK(!decode(with_jpeg_segment(jpeg, 0xeb, as_bytes("JP other")))->meta.c2pa_present);
    const auto webp = file_of(faded_photo({8, 8}), {.format = image_format::webp});
    CHECK(decode(with_webp_chunk(webp, "C2PA", some))->meta.c2pa_present);
}

TEST_CASE("profiles: which are for RGB, which say no more than sRGB, and what they are called")
{
    struct row {
        profile_kind kind;
        bool for_rgb, srgb_like;
        std::string_view name;
    };
    for (const row& r : {row{profile_kind::srgb, true, true, "sRGB test"},
                         row{profile_kind::srgb_table, true, true, "sRGB test"},
                         row{profile_kind::display_p3, true, false, "Display P3"},
                         row{profile_kind::gamma_22, true, false, "sRGB test"},
                         row{profile_kind::grey, false, false, "sRGB test"}}) {
        CAPTURE(r.kind);
        auto profile = make_icc(r.kind);
        const auto summary = summarize_icc(profile);
        CHECK(summary.for_rgb == r.for_rgb);
        CHECK(summary.srgb_like == r.srgb_like);
        CHECK(summary.name == r.name);
        for (std::size_t size = 0; size < profile.size(); ++size) // must not read beyond
            CHECK(!summarize_icc(byte_buffer(profile.begin(),
                                             profile.begin() + static_cast<std::ptrdiff_t>(size)))
                       .srgb_like);
    }
    metadata meta;
    take_rgb_profile(meta, make_icc(profile_kind::grey));
    CHECK(meta.icc.empty());
    REQUIRE(meta.notes.size() == 1);
    CHECK(meta.notes[0].find("is not for RGB") != std::string::npos);
}

TEST_CASE("profiles: no flipped byte crashes the reader")
{
    engine::base::random dice(3);
    for (const auto kind : {profile_kind::srgb, profile_kind::srgb_table, profile_kind::gamma_22}) {
        const auto whole = make_icc(kind);
        for (int i = 0; i < 3000; ++i) {
            auto profile = whole;
            for (int n = 0; n < 3; ++n)
                profile[dice.below(std::min<std::size_t>(profile.size(), 500))] =
                    static_cast<std::uint8_t>(dice.chance(0.5) ? 0xff : dice());
            (void)summarize_icc(profile);
        }
    }
}

TEST_CASE("what is not an image is said to be what it is")
{
    const auto picture = decode(as_bytes("{\"error\":\"no\"}"));
    REQUIRE(!picture);
    CHECK(picture.error().code == errc::not_an_image);
    CHECK(picture.error().detail == "looks like JSON text");
    CHECK(error_of({}) == errc::truncated);
}
