#include "engine/image/encode.hpp"

#include "codec_files.hpp"
#include "engine/image/alpha.hpp"
#include "engine/image/decode.hpp"
#include "engine/image/sniff.hpp"
#include "pictures.hpp"

#include <doctest/doctest.h>

using namespace engine::image;
using namespace support;
using engine::job::image_format;
using engine::job::image_size;
using engine::job::metadata_policy;

namespace {

encoded encoded_as(const pixels& picture, const encode_options& options)
{
    auto made = encode(picture, options);
    REQUIRE(made);
    return std::move(*made);
}

pixels round_trip(const pixels& picture, const encode_options& options)
{
    auto read = decode(encoded_as(picture, options).bytes);
    REQUIRE(read);
    return std::move(*read);
}

int chroma_width_factor(byte_view jpeg) // horizontal sampling factor of the first component
{
    for (std::size_t i = 0; i + 12 < jpeg.size(); ++i)
        if (jpeg[i] == 0xff && jpeg[i + 1] == 0xc0)
            return jpeg[i + 11] >> 4;
    return 0;
}

} // namespace

TEST_CASE("PNG is exact, at every size and effort, with and without alpha")
{
    for (const image_size size : {image_size{1, 1}, {1, 9}, {9, 1}, {2, 3}, {64, 64}, {301, 203}})
        for (const auto effort : {png_effort::fast, png_effort::small})
            for (const auto& picture : {photo(size), faded_photo(size), noise(size, true),
                                        noise(size, false), plain(size, 7, 8, 9)}) {
                CAPTURE(size.width);
                const auto file = encoded_as(picture, {.effort = effort});
                const auto read = decode(file.bytes);
                REQUIRE(read);
                CHECK(read->samples == picture.samples);
                CHECK(read_with_libpng(file.bytes).samples == picture.samples); // a second opinion
                CHECK(file.notes.empty());
            }
}

TEST_CASE("PNG: a picture larger than any batch of rows is exact")
{
    const auto wide = noise({60'000, 3}, true); // one row is more than a batch
    const auto read = decode(encoded_as(wide, {}).bytes, {.edge_max = 60'000});
    REQUIRE(read);
    CHECK(read->samples == wide.samples);
    const auto tall = photo({64, 5000});
    CHECK(round_trip(tall, {}).samples == tall.samples);
}

TEST_CASE("WebP lossless is exact where anything can be seen")
{
    const auto opaque = photo({61, 47});
    CHECK(round_trip(opaque, {.format = image_format::webp, .lossless = true}).samples ==
          opaque.samples);
    const auto faded = faded_photo({61, 47});
    const auto read = round_trip(faded, {.format = image_format::webp, .lossless = true});
    for (std::size_t i = 0; i < faded.samples.size(); i += 4) {
        REQUIRE(read.samples[i + 3] == faded.samples[i + 3]);
        if (faded.samples[i + 3] > 0)
            REQUIRE(std::equal(&read.samples[i], &read.samples[i] + 3, &faded.samples[i]));
    }
}

TEST_CASE("lossy formats come near, and nearer with quality")
{
    const auto picture = photo({200, 150});
    for (const auto format : {image_format::jpeg, image_format::webp}) {
        CAPTURE(format);
        double before = 20;
        std::size_t bytes_before = 0;
        for (const int quality : {10, 50, 85, 95}) {
            CAPTURE(quality);
            const auto file = encoded_as(picture, {.format = format, .quality = quality});
            const double now = psnr(*decode(file.bytes), picture);
            CHECK(now > before);
            CHECK(file.bytes.size() > bytes_before);
            before = now;
            bytes_before = file.bytes.size();
        }
        CHECK(before > 35);
    }
    // Out of range is the nearest in range, not an accident.
    CHECK(encoded_as(picture, {.format = image_format::jpeg, .quality = 1000}).bytes ==
          encoded_as(picture, {.format = image_format::jpeg, .quality = 100}).bytes);
    CHECK(encoded_as(picture, {.format = image_format::webp, .quality = -5}).bytes ==
          encoded_as(picture, {.format = image_format::webp, .quality = 1}).bytes);
}

TEST_CASE("JPEG samples colours fully from quality 90 on")
{
    const auto picture = photo({64, 64});
    CHECK(chroma_width_factor(
              encoded_as(picture, {.format = image_format::jpeg, .quality = 89}).bytes) == 2);
    CHECK(chroma_width_factor(
              encoded_as(picture, {.format = image_format::jpeg, .quality = 90}).bytes) == 1);
}

TEST_CASE("transparency is flattened onto the named colour, and said")
{
    for (const int alpha : {0, 1, 127, 128, 254}) {
        CAPTURE(alpha);
        const auto picture = plain({16, 16}, 200, 100, 0, alpha);
        const auto file = encoded_as(picture, {.format = image_format::jpeg,
                                               .quality = 100,
                                               .background = {.red = 0, .green = 50, .blue = 250}});
        REQUIRE(file.notes.size() == 1);
        CHECK(file.notes[0] == "transparency flattened onto #0032fa");
        const auto read = decode(file.bytes);
        REQUIRE(read);
        const double part = alpha / 255.0;
        CHECK(std::abs(read->samples[0] - std::lround(200 * part)) <= 2);
        CHECK(std::abs(read->samples[1] - std::lround(100 * part + 50 * (1 - part))) <= 2);
        CHECK(std::abs(read->samples[2] - std::lround(250 * (1 - part))) <= 2);
    }
}

TEST_CASE("blending is the rounded exact value for every sample and alpha")
{
    for (int ground = 0; ground <= 255; ground += 51)
        for (int alpha = 0; alpha <= 255; ++alpha) {
            pixels column = blank({256, 1}, true);
            for (int value = 0; value < 256; ++value) {
                column.samples[static_cast<std::size_t>(4 * value)] =
                    static_cast<std::uint8_t>(value);
                column.samples[static_cast<std::size_t>(4 * value + 3)] =
                    static_cast<std::uint8_t>(alpha);
            }
            const auto flat = flattened(column, {.red = static_cast<std::uint8_t>(ground)});
            for (int value = 0; value < 256; ++value) {
                const auto exact = std::lround((value * alpha + ground * (255 - alpha)) / 255.0);
                REQUIRE(flat.samples[static_cast<std::size_t>(3 * value)] == exact);
            }
        }
}

TEST_CASE("an alpha channel that is opaque everywhere is left out, silently")
{
    const auto opaque = plain({8, 8}, 1, 2, 3, 255);
    CHECK(!has_transparency(opaque));
    for (const auto format : {image_format::png, image_format::jpeg, image_format::webp}) {
        const auto file = encoded_as(opaque, {.format = format});
        CHECK(file.notes.empty());
        CHECK(!sniff(file.bytes)->has_alpha);
    }
    auto one_hole = opaque;
    one_hole.samples[4 * 37 + 3] = 254;
    CHECK(has_transparency(one_hole));
    CHECK(sniff(encoded_as(one_hole, {}).bytes)->has_alpha);
}

TEST_CASE("strip drops EXIF and XMP, and a profile only if it is sRGB")
{
    auto picture = photo({16, 16});
    picture.meta.exif = make_exif(1, true);
    picture.meta.xmp = {'<', 'x', '/', '>'};
    for (const auto format : {image_format::png, image_format::jpeg, image_format::webp}) {
        CAPTURE(format);
        const encode_options strip{.format = format, .metadata = metadata_policy::strip};
        picture.meta.icc = make_icc(profile_kind::srgb);
        const auto plain_file = encoded_as(picture, strip);
        CHECK(plain_file.notes.empty());
        const auto bare = decode(plain_file.bytes);
        CHECK(bare->meta.icc.empty());
        CHECK(bare->meta.exif.empty());
        CHECK(bare->meta.xmp.empty());

        picture.meta.icc = make_icc(profile_kind::display_p3);
        const auto wide_file = encoded_as(picture, strip);
        REQUIRE(wide_file.notes.size() == 1);
        CHECK(wide_file.notes[0].find("\"Display P3\" kept") != std::string::npos);
        const auto wide = decode(wide_file.bytes);
        CHECK(wide->meta.icc == picture.meta.icc);
        CHECK(wide->meta.exif.empty());
        CHECK(wide->meta.xmp.empty());
    }
}

TEST_CASE("JPEG: a profile in several pieces survives; blocks that do not fit are noted")
{
    auto picture = photo({16, 16});
    picture.meta.icc = make_icc(profile_kind::display_p3);
    picture.meta.icc.resize(200'000); // three pieces
    picture.meta.exif.assign(70'000, 1);
    picture.meta.xmp.assign(70'000, 'x');
    const auto file = encoded_as(picture, {.format = image_format::jpeg});
    CHECK(file.notes.size() == 2);
    const auto read = decode(file.bytes);
    REQUIRE(read);
    CHECK(read->meta.icc == picture.meta.icc);

    picture.meta.icc.resize(255 * 65519 + 1);
    CHECK(encoded_as(picture, {.format = image_format::jpeg}).notes.size() == 3);
}

TEST_CASE("a picture too large for its format is refused")
{
    const auto wide = blank({16384, 1}, false);
    const auto webp = encode(wide, {.format = image_format::webp});
    REQUIRE(!webp);
    CHECK(webp.error().code == errc::cannot_encode);
    CHECK(encode(wide, {.format = image_format::jpeg}));
    CHECK(!encode(blank({65501, 1}, false), {.format = image_format::jpeg}));
}
