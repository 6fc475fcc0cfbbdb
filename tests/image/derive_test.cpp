#include "engine/image/derive.hpp"

#include "codec_files.hpp"
#include "pictures.hpp"

#include <doctest/doctest.h>

using namespace engine::image;
using namespace support;
using engine::job::image_format;
using engine::job::image_size;
using engine::job::output_format;
using engine::job::output_spec;

namespace {

checked_image received(const byte_buffer& file)
{
    auto image = check_image(file, {});
    REQUIRE(image);
    return std::move(*image);
}

derived made_from(const checked_image& image, const output_spec& spec)
{
    auto result = derive(image, spec);
    REQUIRE(result);
    return std::move(*result);
}

byte_buffer file_of(const pixels& picture, const encode_options& options = {})
{
    auto made = encode(picture, options);
    REQUIRE(made);
    return made->bytes;
}

} // namespace

TEST_CASE("the check says everything that is wrong, in figures")
{
    const auto file = file_of(photo({102, 102}));
    CHECK(check_image(file, {}));
    CHECK(check_image(file, {.size = image_size{102, 102},
                             .format = image_format::png,
                             .alpha = alpha_need::forbidden}));
    const auto wrong = check_image(file, {.size = image_size{153, 102},
                                          .format = image_format::webp,
                                          .alpha = alpha_need::required});
    REQUIRE(!wrong);
    CHECK(wrong.error().code == errc::mismatch);
    CHECK(wrong.error().detail == "expected webp, got png; expected 153x102, got 102x102; "
                                  "expected transparency, got no alpha channel");
}

TEST_CASE("transparency is believed only when a pixel is transparent")
{
    const expectation transparent{.alpha = alpha_need::required};
    const expectation opaque{.alpha = alpha_need::forbidden};
    // Written by libpng, as our own encoder leaves an opaque alpha channel out.
    const auto claimed = write_with_libpng(plain({8, 8}, 1, 2, 3, 255));
    const auto result = check_image(claimed, transparent);
    REQUIRE(!result);
    CHECK(result.error().detail ==
          "expected transparency, got an alpha channel that is opaque everywhere");
    CHECK(check_image(claimed, opaque));
    const auto real = file_of(faded_photo({8, 8}));
    CHECK(check_image(real, transparent));
    CHECK(!check_image(real, opaque));
}

TEST_CASE("a file that is no whole image fails the check with its own reason")
{
    auto file = file_of(photo({8, 8}));
    file.pop_back();
    CHECK(check_image(file, {}).error().code == errc::truncated);
    CHECK(check_image(engine::base::as_bytes("<html>"), {}).error().code == errc::not_an_image);
}

TEST_CASE("the size that is checked is the one that is seen")
{
    byte_buffer block = {'E', 'x', 'i', 'f', 0, 0};
    const auto exif = make_exif(6, true);
    block.insert(block.end(), exif.begin(), exif.end());
    const auto jpeg =
        with_jpeg_segment(file_of(photo({32, 16}), {.format = image_format::jpeg}), 0xe1, block);
    CHECK(check_image(jpeg, {.size = image_size{16, 32}}));
}

TEST_CASE("one image becomes every output that a catalogue wants")
{
    const auto image = received(file_of(faded_photo({153, 102})));
    struct row {
        output_spec spec;
        bool as_received;
        image_format format;
        image_size size;
        std::size_t notes;
    };
    using engine::job::fit_mode;
    using engine::job::fit_spec;
    const row rows[] = {
        {{.name = "master"}, true, image_format::png, {153, 102}, 0},
        {{.name = "same", .format = output_format::png}, true, image_format::png, {153, 102}, 0},
        {{.name = "web",
          .format = output_format::webp,
          .quality = 82,
          .fit = fit_spec{.width = 80}},
         false,
         image_format::webp,
         {80, 53},
         0},
        {{.name = "thumb",
          .format = output_format::jpeg,
          .fit = fit_spec{.width = 32, .height = 32, .mode = fit_mode::cover}},
         false,
         image_format::jpeg,
         {32, 32},
         1},
        {{.name = "square",
          .format = output_format::png,
          .fit = fit_spec{.width = 64, .height = 64, .mode = fit_mode::pad}},
         false,
         image_format::png,
         {64, 64},
         0},
        {{.name = "exact", .format = output_format::webp, .lossless = true},
         false,
         image_format::webp,
         {153, 102},
         0},
        {{.name = "bare",
          .format = output_format::png,
          .metadata = engine::job::metadata_policy::strip},
         false,
         image_format::png,
         {153, 102},
         0},
    };
    deriver outputs(image);
    for (const row& r : rows) {
        CAPTURE(r.spec.name);
        const auto result = outputs.make(r.spec);
        REQUIRE(result);
        CHECK(result->as_received == r.as_received);
        CHECK(result->format == r.format);
        CHECK(result->size == r.size);
        CHECK(result->notes.size() == r.notes);
        CHECK(result->bytes.empty() == r.as_received);
        if (r.as_received)
            continue;
        const auto again = check_image(result->bytes, {.size = r.size, .format = r.format});
        REQUIRE(again);
    }
}

TEST_CASE("outputs of one box share the fitted picture and come out as if made alone")
{
    const auto image = received(file_of(photo({100, 80})));
    const engine::job::fit_spec small{.width = 40};
    const engine::job::fit_spec smaller{.width = 20};
    deriver outputs(image);
    for (const auto& box : {small, small, smaller, small}) {
        for (const auto format : {output_format::png, output_format::jpeg, output_format::webp}) {
            const output_spec spec{.format = format, .fit = box};
            CHECK(outputs.make(spec)->bytes == made_from(image, spec).bytes);
        }
    }
    CHECK(
        !outputs.make({.format = output_format::png,
                       .fit = engine::job::fit_spec{
                           .width = 16384, .height = 16384, .mode = engine::job::fit_mode::pad}}));
    CHECK(outputs.make({.format = output_format::png, .fit = small})->size == image_size{40, 32});
}

TEST_CASE("a C2PA manifest stays with the received bytes and goes nowhere else")
{
    const byte_buffer manifest = {'j', 'u', 'm', 'b', 1, 2, 3};
    const auto file = with_png_chunk(file_of(photo({16, 16})), "caBX", manifest);
    const auto image = received(file);
    CHECK(made_from(image, {}).c2pa == c2pa_state::kept);
    CHECK(made_from(image, {.format = output_format::png}).c2pa == c2pa_state::kept);
    for (const auto format : {output_format::png, output_format::jpeg, output_format::webp}) {
        const auto result =
            made_from(image, {.format = format, .fit = engine::job::fit_spec{.width = 8}});
        CHECK(result.c2pa == c2pa_state::dropped);
        const auto read = check_image(result.bytes, {});
        REQUIRE(read);
        CHECK(!read->picture.meta.c2pa_present);
        CHECK(engine::base::as_text(result.bytes).find("jumb") == std::string_view::npos);
    }
    const auto without = received(file_of(photo({16, 16})));
    CHECK(made_from(without, {.format = output_format::jpeg}).c2pa == c2pa_state::absent);
    CHECK(made_from(without, {}).c2pa == c2pa_state::absent);
}

TEST_CASE("what decoding could not carry is said with every file made from it")
{
    const auto deep = make_odd_png({.bit_depth = 16, .color_type = 2}, 1);
    const auto image = received(deep.file);
    CHECK(made_from(image, {}).notes.empty()); // the received bytes still have their 16 bits
    CHECK(made_from(image, {.format = output_format::jpeg}).notes.size() == 1);
}
