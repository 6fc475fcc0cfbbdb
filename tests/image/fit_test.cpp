#include "engine/image/fit.hpp"

#include "codec_files.hpp"
#include "engine/image/srgb.hpp"
#include "pictures.hpp"

#include <doctest/doctest.h>

using namespace engine::image;
using namespace support;
using engine::job::fit_mode;
using engine::job::fit_spec;
using engine::job::image_size;

namespace {

pixels fitted(const pixels& source, const fit_spec& spec)
{
    auto made = fit(source, spec);
    REQUIRE(made);
    return std::move(*made);
}

const std::uint8_t* at(const pixels& picture, int x, int y)
{
    return picture.row(y) + static_cast<std::size_t>(x) * picture.channels();
}

// A photo that changes slowly enough to survive scaling down and up.
pixels soft_photo(image_size size)
{
    pixels made = blank(size, false);
    for (int y = 0; y < size.height; ++y)
        for (int x = 0; x < size.width; ++x)
            for (int c = 0; c < 3; ++c)
                made.row(y)[3 * x + c] = static_cast<std::uint8_t>(
                    128 + 80 * std::sin(6.28 * (x + 20.0 * c) / size.width) *
                              std::cos(6.28 * y / size.height));
    return made;
}

} // namespace

TEST_CASE("geometry of contain, cover and pad")
{
    struct row {
        image_size source;
        fit_spec spec;
        window part;
        image_size scaled, canvas;
        int left, top;
    };
    constexpr auto contain = fit_mode::contain;
    constexpr auto cover = fit_mode::cover;
    constexpr auto pad = fit_mode::pad;
    const row rows[] = {
        // one edge: the other follows
        {{1536, 1024}, {.width = 768}, {0, 0, 1536, 1024}, {768, 512}, {768, 512}, 0, 0},
        {{1536, 1024}, {.height = 256}, {0, 0, 1536, 1024}, {384, 256}, {384, 256}, 0, 0},
        {{1536, 1024},
         {.width = 768, .mode = pad},
         {0, 0, 1536, 1024},
         {768, 512},
         {768, 512},
         0,
         0},
        {{1536, 1024},
         {.width = 768, .mode = cover},
         {0, 0, 1536, 1024},
         {768, 512},
         {768, 512},
         0,
         0},
        // not enlarged unless asked
        {{640, 480}, {.width = 1600}, {0, 0, 640, 480}, {640, 480}, {640, 480}, 0, 0},
        {{640, 480},
         {.width = 1600, .enlarge = true},
         {0, 0, 640, 480},
         {1600, 1200},
         {1600, 1200},
         0,
         0},
        // both edges
        {{1536, 1024},
         {.width = 320, .height = 320, .mode = contain},
         {0, 0, 1536, 1024},
         {320, 213},
         {320, 213},
         0,
         0},
        {{1024, 1536},
         {.width = 320, .height = 320, .mode = contain},
         {0, 0, 1024, 1536},
         {213, 320},
         {213, 320},
         0,
         0},
        {{1536, 1024},
         {.width = 320, .height = 320, .mode = cover},
         {256, 0, 1024, 1024},
         {320, 320},
         {320, 320},
         0,
         0},
        {{1024, 1536},
         {.width = 320, .height = 320, .mode = cover},
         {0, 256, 1024, 1024},
         {320, 320},
         {320, 320},
         0,
         0},
        {{1536, 1024},
         {.width = 320, .height = 320, .mode = pad},
         {0, 0, 1536, 1024},
         {320, 213},
         {320, 320},
         0,
         53},
        {{1024, 1536},
         {.width = 320, .height = 320, .mode = pad},
         {0, 0, 1024, 1536},
         {213, 320},
         {320, 320},
         53,
         0},
        // boxes larger than the picture
        {{200, 100},
         {.width = 320, .height = 320, .mode = contain},
         {0, 0, 200, 100},
         {200, 100},
         {200, 100},
         0,
         0},
        {{200, 100},
         {.width = 320, .height = 320, .mode = cover},
         {50, 0, 100, 100},
         {100, 100},
         {100, 100},
         0,
         0},
        {{200, 100},
         {.width = 400, .height = 100, .mode = cover},
         {0, 25, 200, 50},
         {200, 50},
         {200, 50},
         0,
         0},
        {{200, 100},
         {.width = 320, .height = 320, .mode = pad},
         {0, 0, 200, 100},
         {200, 100},
         {320, 320},
         60,
         110},
        {{200, 100},
         {.width = 320, .height = 320, .mode = cover, .enlarge = true},
         {50, 0, 100, 100},
         {320, 320},
         {320, 320},
         0,
         0},
        {{200, 100},
         {.width = 320, .height = 320, .mode = pad, .enlarge = true},
         {0, 0, 200, 100},
         {320, 160},
         {320, 320},
         0,
         80},
        // a plain cut lands on whole pixels
        {{101, 100},
         {.width = 100, .height = 100, .mode = cover},
         {0, 0, 100, 100},
         {100, 100},
         {100, 100},
         0,
         0},
        // never thinner than a pixel
        {{10000, 2}, {.width = 100}, {0, 0, 10000, 2}, {100, 1}, {100, 1}, 0, 0},
        {{1, 1}, {.width = 3, .height = 3, .mode = pad}, {0, 0, 1, 1}, {1, 1}, {3, 3}, 1, 1},
        {{7, 5}, {}, {0, 0, 7, 5}, {7, 5}, {7, 5}, 0, 0},
    };
    for (const row& r : rows) {
        CAPTURE(r.source.width);
        CAPTURE(r.source.height);
        CAPTURE(static_cast<int>(r.spec.mode));
        CAPTURE(r.spec.width.value_or(0));
        const auto plan = plan_fit(r.source, r.spec);
        CHECK(plan.part.left == doctest::Approx(r.part.left));
        CHECK(plan.part.top == doctest::Approx(r.part.top));
        CHECK(plan.part.width == doctest::Approx(r.part.width));
        CHECK(plan.part.height == doctest::Approx(r.part.height));
        CHECK(plan.scaled == r.scaled);
        CHECK(plan.canvas == r.canvas);
        CHECK(plan.left == r.left);
        CHECK(plan.top == r.top);
    }
}

TEST_CASE("geometry holds for any sizes: inside the source, inside the box, proportions kept")
{
    engine::base::random dice(11);
    for (int i = 0; i < 20'000; ++i) {
        CAPTURE(i);
        const auto edge = [&] {
            return 1 + static_cast<int>(dice.below(dice.chance(0.3) ? 8 : 4000));
        };
        const image_size source{edge(), edge()};
        const fit_spec spec{.width = edge(),
                            .height = edge(),
                            .mode = static_cast<fit_mode>(dice.below(3)),
                            .enlarge = dice.chance(0.5)};
        const auto plan = plan_fit(source, spec);
        REQUIRE(plan.part.left >= 0);
        REQUIRE(plan.part.top >= 0);
        REQUIRE(plan.part.left + plan.part.width <= source.width + 1e-6);
        REQUIRE(plan.part.top + plan.part.height <= source.height + 1e-6);
        REQUIRE(plan.scaled.width >= 1);
        REQUIRE(plan.scaled.height >= 1);
        REQUIRE(plan.canvas.width <= *spec.width);
        REQUIRE(plan.canvas.height <= *spec.height);
        REQUIRE(plan.left + plan.scaled.width <= plan.canvas.width);
        REQUIRE(plan.top + plan.scaled.height <= plan.canvas.height);
        if (spec.mode == fit_mode::pad || (spec.mode == fit_mode::cover && spec.enlarge))
            REQUIRE(plan.canvas == image_size{*spec.width, *spec.height});
        if (!spec.enlarge) {
            REQUIRE(plan.scaled.width <= source.width);
            REQUIRE(plan.scaled.height <= source.height);
        }
    }
}

TEST_CASE("the curve of sRGB: every sample survives the way to linear light and back")
{
    const auto& tables = tables_of_srgb();
    for (std::size_t i = 0; i < 256; ++i)
        CHECK(tables.encode(tables.to_linear[i]) == i);
    CHECK(tables.encode(-1.0f) == 0);
    CHECK(tables.encode(2.0f) == 255);
    CHECK(tables.encode(std::numeric_limits<float>::quiet_NaN()) == 0);
    CHECK(tables.to_linear[188] == doctest::Approx(0.5029).epsilon(0.001));
}

TEST_CASE("one colour stays exactly that colour, smaller and larger")
{
    for (const int alpha : {-1, 255, 128, 1, 0})
        for (const image_size target : {image_size{1, 1}, {7, 5}, {64, 64}, {100, 90}, {50, 200}}) {
            const auto source = plain({64, 64}, 200, 30, 7, alpha);
            const auto made = resample(source, {0, 0, 64, 64}, target);
            const auto wanted = alpha == 0 && target != source.size
                                    ? plain(target, 0, 0, 0, 0)
                                    : plain(target, 200, 30, 7, alpha);
            CHECK(made.samples == wanted.samples);
        }
}

TEST_CASE("averages are made in linear light")
{
    // Fine black and white stripes are grey 188 from afar, not 128.
    pixels stripes = blank({256, 256}, false);
    for (int y = 0; y < 256; y += 2)
        std::fill_n(stripes.row(y), stripes.row_bytes(), std::uint8_t{255});
    const auto small = resample(stripes, {0, 0, 256, 256}, {16, 16});
    for (int y = 2; y < 14; ++y)
        for (int x = 2; x < 14; ++x)
            CHECK(std::abs(at(small, x, y)[0] - 188) <= 1);
}

TEST_CASE("colours that cannot be seen do not bleed into edges")
{
    // A red opaque half beside a green half that is fully transparent.
    pixels half = blank({64, 64}, true);
    for (int y = 0; y < 64; ++y)
        for (int x = 0; x < 64; ++x) {
            const bool red = x < 32;
            half.row(y)[4 * x + (red ? 0 : 1)] = 255;
            half.row(y)[4 * x + 3] = red ? 255 : 0;
        }
    for (const image_size target : {image_size{9, 9}, {33, 33}, {200, 200}}) {
        const auto made = resample(half, {0, 0, 64, 64}, target);
        bool edge_seen = false;
        for (std::size_t i = 0; i < made.samples.size(); i += 4) {
            CHECK(made.samples[i + 1] == 0);
            CHECK((made.samples[i] == 255 || made.samples[i + 3] == 0));
            edge_seen = edge_seen || (made.samples[i + 3] > 0 && made.samples[i + 3] < 255);
        }
        CHECK((edge_seen || target.width % 2 == 0));
    }
}

TEST_CASE("a soft picture survives being made larger and smaller again")
{
    const auto source = soft_photo({120, 90});
    const auto large = resample(source, {0, 0, 120, 90}, {311, 233});
    const auto back = resample(large, {0, 0, 311, 233}, {120, 90});
    CHECK(psnr(back, source) > 45);
    const auto small = resample(source, {0, 0, 120, 90}, {60, 45});
    const auto again = resample(small, {0, 0, 60, 45}, {120, 90});
    CHECK(psnr(again, source) > 40);
}

TEST_CASE("a mirrored picture gives the mirrored result: nothing drifts to one side")
{
    const auto source = photo({101, 67});
    pixels mirrored = blank(source.size, false);
    for (int y = 0; y < source.size.height; ++y)
        for (int x = 0; x < source.size.width; ++x)
            std::copy_n(at(source, source.size.width - 1 - x, source.size.height - 1 - y), 3,
                        mirrored.row(y) + 3 * x);
    for (const image_size target : {image_size{40, 40}, {33, 21}, {150, 99}}) {
        const auto a = resample(source, {0, 0, 101, 67}, target);
        const auto b = resample(mirrored, {0, 0, 101, 67}, target);
        int worst = 0;
        for (int y = 0; y < target.height; ++y)
            for (int x = 0; x < target.width; ++x)
                for (int c = 0; c < 3; ++c)
                    worst =
                        std::max(worst, std::abs(at(a, x, y)[c] - at(b, target.width - 1 - x,
                                                                     target.height - 1 - y)[c]));
        CHECK(worst <= 1);
    }
}

TEST_CASE("cover takes the middle, exactly, when nothing is scaled")
{
    const auto source = noise({30, 20}, true);
    const auto made = fitted(source, {.width = 10, .height = 20, .mode = fit_mode::cover});
    REQUIRE(made.size == image_size{10, 20});
    for (int y = 0; y < 20; ++y)
        CHECK(std::equal(made.row(y), made.row(y) + 40, source.row(y) + 40));
}

TEST_CASE("pad: the border has its colour, the picture keeps its alpha")
{
    const engine::job::rgba_color blue{.red = 0, .green = 0, .blue = 255};
    const engine::job::rgba_color glass{.red = 9, .green = 9, .blue = 9, .alpha = 0};
    const fit_spec box{.width = 20, .height = 30, .mode = fit_mode::pad, .pad_color = blue};
    const auto opaque = fitted(plain({10, 10}, 255, 0, 0), box);
    REQUIRE(!opaque.has_alpha);
    CHECK(at(opaque, 0, 0)[2] == 255);
    CHECK(at(opaque, 19, 29)[2] == 255);
    CHECK(at(opaque, 5, 10)[0] == 255);
    CHECK(at(opaque, 14, 19)[0] == 255);
    CHECK(at(opaque, 15, 19)[0] == 0);

    auto glass_box = box;
    glass_box.pad_color = glass;
    const auto over_glass = fitted(plain({10, 10}, 255, 0, 0), glass_box);
    REQUIRE(over_glass.has_alpha);
    CHECK(at(over_glass, 0, 0)[3] == 0);
    CHECK(at(over_glass, 5, 10)[3] == 255);

    const auto faded = fitted(plain({10, 10}, 255, 0, 0, 77), box);
    CHECK(at(faded, 0, 0)[3] == 255);
    CHECK(at(faded, 5, 10)[3] == 77);
}

TEST_CASE("metadata come along, and a result beyond the limits is refused")
{
    auto source = photo({20, 10});
    source.meta.icc = make_icc(profile_kind::display_p3);
    source.meta.c2pa_present = true;
    for (const auto mode : {fit_mode::contain, fit_mode::cover, fit_mode::pad}) {
        const auto made = fitted(source, {.width = 5, .height = 5, .mode = mode});
        CHECK(made.meta.icc == source.meta.icc);
        CHECK(made.meta.c2pa_present);
    }
    const auto huge = fit(source, {.width = 16384, .height = 16384, .mode = fit_mode::pad});
    REQUIRE(!huge);
    CHECK(huge.error().code == errc::too_large);
    const auto thin = fit(blank({1, 16384}, false), {.width = 16384, .enlarge = true});
    REQUIRE(!thin);
    CHECK(thin.error().code == errc::too_large);
}
