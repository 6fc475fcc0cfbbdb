#include "engine/image/key_background.hpp"

#include "engine/image/derive.hpp"
#include "engine/image/encode.hpp"
#include "engine/image/key_distance.hpp"
#include "pictures.hpp"

#include <doctest/doctest.h>

using namespace engine::image;
using namespace support;
using engine::job::image_size;
using engine::job::key_spec;
using engine::job::rgba_color;

namespace {

constexpr rgba_color green{0, 255, 0, 255};

// A ring, drawn with soft edges: how much of each pixel it covers.
double ring_coverage(double x, double y, image_size size, double softness)
{
    const double r = std::hypot(x - size.width * 0.5, y - size.height * 0.5);
    const double outer = size.short_edge() * 0.38, inner = size.short_edge() * 0.17;
    const auto edge = [&](double distance) {
        return std::clamp(distance / softness + 0.5, 0.0, 1.0);
    };
    return edge(outer - r) * edge(r - inner);
}

// The ring has four colours, as a beach ball; its alpha is known.
pixels ring(image_size size, double softness = 2)
{
    constexpr int colors[4][3] = {{200, 40, 40}, {245, 245, 240}, {30, 34, 60}, {225, 170, 60}};
    auto made = blank(size, true);
    for (int y = 0; y < size.height; ++y)
        for (int x = 0; x < size.width; ++x) {
            const int quarter = (x < size.width / 2 ? 0 : 1) + (y < size.height / 2 ? 0 : 2);
            for (int c = 0; c < 3; ++c)
                made.row(y)[4 * x + c] = static_cast<std::uint8_t>(colors[quarter][c]);
            made.row(y)[4 * x + 3] = static_cast<std::uint8_t>(
                std::lround(255 * ring_coverage(x + 0.5, y + 0.5, size, softness)));
        }
    return made;
}

// Mixed as browsers mix, with some noise as generated pictures have it.
pixels before(const pixels& cutout, rgba_color ground, int noise = 0)
{
    engine::base::random dice(5);
    auto made = blank(cutout.size, false);
    const double below[3] = {double(ground.red), double(ground.green), double(ground.blue)};
    for (int y = 0; y < cutout.size.height; ++y)
        for (int x = 0; x < cutout.size.width; ++x) {
            const auto* from = cutout.row(y) + 4 * x;
            for (int c = 0; c < 3; ++c) {
                const double share = from[3] / 255.0;
                const double value = from[c] * share + below[c] * (1 - share) +
                                     (noise > 0 ? dice.between(-noise, noise) : 0.0);
                made.row(y)[3 * x + c] =
                    static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0, 255.0)));
            }
        }
    return made;
}

struct error_of_alpha {
    double mean = 0;    // over the pixels of edges, in shares of 1
    double outside = 0; // largest where nothing is
    double inside = 0;  // largest loss where the subject is opaque
    double color = 0;   // mean over visible edges, in samples, weighted by alpha
};

error_of_alpha compare(const pixels& made, const pixels& truth)
{
    error_of_alpha found;
    double edges = 0, weight = 0;
    for (int y = 0; y < truth.size.height; ++y)
        for (int x = 0; x < truth.size.width; ++x) {
            const auto* a = made.row(y) + 4 * x;
            const auto* b = truth.row(y) + 4 * x;
            const double error = std::abs(a[3] - b[3]) / 255.0;
            if (b[3] == 0)
                found.outside = std::max(found.outside, error);
            else if (b[3] == 255)
                found.inside = std::max(found.inside, error);
            else {
                found.mean += error;
                ++edges;
                for (int c = 0; c < 3; ++c)
                    found.color += std::abs(a[c] - b[c]) * (b[3] / 255.0) / 3;
                weight += b[3] / 255.0;
            }
        }
    found.mean /= std::max(edges, 1.0);
    found.color /= std::max(weight, 1.0);
    return found;
}

pixels keyed(const pixels& picture, const key_spec& spec)
{
    auto made = key_background(picture, spec);
    REQUIRE_MESSAGE(made, made.error().message());
    return std::move(made->picture);
}

} // namespace

TEST_CASE("a known cutout comes back from a flat ground, soft edges and colours included")
{
    struct row {
        rgba_color ground;
        double softness;
        int noise;
        double alpha_error_max, color_error_max;
    };
    const row rows[] = {
        {green, 2, 0, 0.03, 6},
        {green, 1, 0, 0.03, 8},
        {green, 3.5, 0, 0.04, 8},
        {green, 2, 3, 0.05, 12},
        {{255, 0, 255, 255}, 2, 0, 0.03, 6},
        {{0, 0, 255, 255}, 2, 0, 0.03, 6},
        {{18, 240, 40, 255}, 2, 2, 0.05, 10}, // nearly the colour that is asked for below
    };
    const auto truth_size = image_size{256, 240};
    for (const row& r : rows) {
        CAPTURE(int(r.ground.red));
        CAPTURE(r.softness);
        CAPTURE(r.noise);
        const auto truth = ring(truth_size, r.softness);
        const auto picture = before(truth, r.ground, r.noise);
        for (const bool automatic : {false, true}) {
            key_spec spec;
            if (!automatic)
                spec.color = r.ground.red == 18 ? green : r.ground;
            const auto found = compare(keyed(picture, spec), truth);
            CHECK(found.mean < r.alpha_error_max);
            CHECK(found.color < r.color_error_max);
            CHECK(found.outside == 0);
            CHECK(found.inside < 0.02);
        }
    }
}

TEST_CASE("the edge survives what JPEG does to it")
{
    const auto truth = ring({400, 400}, 2);
    const auto file =
        encode(before(truth, green), {.format = engine::job::image_format::jpeg, .quality = 92});
    REQUIRE(file);
    const auto picture = decode(file->bytes);
    REQUIRE(picture);
    const auto found = compare(keyed(*picture, {.color = green}), truth);
    CHECK(found.mean < 0.08);
    CHECK(found.color < 20);
    CHECK(found.inside < 0.2);
}

TEST_CASE("a hole in the subject goes too, unless only the border's background shall")
{
    const auto picture = before(ring({200, 200}), green);
    const auto alpha_of_middle = [](const pixels& made) { return made.row(100)[4 * 100 + 3]; };
    CHECK(alpha_of_middle(keyed(picture, {.color = green})) == 0);
    const auto whole = keyed(picture, {.color = green, .holes = false});
    CHECK(alpha_of_middle(whole) == 255);
    CHECK(whole.row(100)[4 * 100 + 1] == 255); // and stays as it is
    CHECK(whole.row(2)[4 * 2 + 3] == 0);
}

TEST_CASE("a white thing on white keeps its inside when holes stay")
{
    auto truth = ring({200, 200});
    for (std::size_t i = 0; i < truth.samples.size(); i += 4) // a dark rim, all else nearly white
        for (std::size_t c = 0; c < 3; ++c)
            truth.samples[i + c] = 60;
    const auto picture = before(truth, {255, 255, 255, 255});
    const auto made = keyed(picture, {.holes = false});
    CHECK(made.row(100)[4 * 100 + 3] == 255);
    CHECK(made.row(100)[4 * 20 + 3] == 0);
    CHECK(made.row(100)[4 * 40 + 3] == 255);
}

TEST_CASE("a key that takes nothing or everything is a failure that says so")
{
    const auto nothing = key_background(photo({64, 64}), {.color = green});
    REQUIRE(!nothing);
    CHECK(nothing.error().code == errc::cannot_key);
    CHECK(nothing.error().detail ==
          "nothing was keyed: less than 1 % is transparent (key #00ff00, tolerance 0.12)");
    const auto all = key_background(plain({64, 64}, 10, 200, 30), {});
    REQUIRE(!all);
    CHECK(all.error().detail ==
          "nothing left: less than 1 % is opaque (key #0ac81e, tolerance 0.12)");
}

TEST_CASE("a soft shadow on the background becomes thin and loses the key's hue")
{
    auto picture = plain({120, 60}, 0, 255, 0);
    for (int y = 0; y < 60; ++y)
        for (int x = 0; x < 120; ++x)
            if (x >= 30)
                picture.row(y)[3 * x + 1] = static_cast<std::uint8_t>(x < 70    ? 160
                                                                      : x < 100 ? 0
                                                                                : 255);
    for (int y = 0; y < 60; ++y)
        for (int x = 70; x < 100; ++x)
            picture.row(y)[3 * x] = 200;
    const auto made = keyed(picture, {.color = green});
    const auto* shadow = made.row(30) + 4 * 50;
    CHECK(shadow[3] > 0);
    CHECK(shadow[3] < 255);
    CHECK(shadow[1] < 140); // darker than it was, and not far from grey
    CHECK(made.row(30)[4 * 85 + 3] == 255);
}

TEST_CASE("green light on an edge goes, green that belongs to the subject stays")
{
    // A grey square with a greenish rim of two pixels, and one that is olive through and through.
    const auto square = [](int red, int middle_green, int rim_green, int blue) {
        auto picture = plain({120, 120}, 0, 255, 0);
        for (int y = 30; y < 90; ++y)
            for (int x = 30; x < 90; ++x) {
                const bool rim = std::min({x - 30, 89 - x, y - 30, 89 - y}) < 2;
                auto* p = picture.row(y) + 3 * x;
                p[0] = static_cast<std::uint8_t>(red);
                p[1] = static_cast<std::uint8_t>(rim ? rim_green : middle_green);
                p[2] = static_cast<std::uint8_t>(blue);
            }
        return keyed(picture, {.color = green});
    };
    const auto grey = square(128, 128, 150, 128);
    const auto* rim = grey.row(60) + 4 * 30;
    CHECK(rim[1] - std::max(rim[0], rim[2]) <= 4);
    const auto olive = square(110, 130, 130, 60);
    const auto* own = olive.row(60) + 4 * 30;
    CHECK(std::abs(own[1] - 130) <= 4);
    CHECK(std::abs(own[2] - 60) <= 4);
}

TEST_CASE("distances are those of OKLab, lightness counting half for a strong colour")
{
    const auto distance = [](rgba_color a, rgba_color b) {
        return double(distances_from(plain({1, 1}, a.red, a.green, a.blue), b)[0]);
    };
    const auto red = to_oklab({255, 0, 0, 255}); // values of the source
    CHECK(double(red.lightness) == doctest::Approx(0.62796).epsilon(0.001));
    CHECK(double(red.a) == doctest::Approx(0.22486).epsilon(0.002));
    CHECK(double(red.b) == doctest::Approx(0.12585).epsilon(0.002));
    CHECK(distance({0, 0, 0, 255}, {255, 255, 255, 255}) == doctest::Approx(1).epsilon(0.001));
    CHECK(distance(green, green) < 1e-4);
    const auto dark = to_oklab({0, 180, 0, 255});
    const auto strong = to_oklab(green);
    const double lightness = double(strong.lightness - dark.lightness) / 2;
    const double chroma = double(chroma_of(strong) - chroma_of(dark));
    CHECK(distance({0, 180, 0, 255}, green) ==
          doctest::Approx(std::hypot(lightness, chroma)).epsilon(0.01));
}

TEST_CASE("transparency that was there stays, and keying happens before fitting")
{
    auto picture = before(ring({200, 200}), green);
    pixels with_alpha = blank(picture.size, true);
    for (std::size_t i = 0; i < static_cast<std::size_t>(picture.size.area()); ++i) {
        std::copy_n(&picture.samples[3 * i], 3, &with_alpha.samples[4 * i]);
        with_alpha.samples[4 * i + 3] = 128;
    }
    const auto made = keyed(with_alpha, {.color = green});
    CHECK(made.row(100)[4 * 45 + 3] == 128);
    CHECK(made.row(1)[4 * 1 + 3] == 0);

    const auto file = encode(picture, {});
    REQUIRE(file);
    const auto received = check_image(file->bytes, {});
    REQUIRE(received);
    deriver outputs(*received);
    using engine::job::output_format;
    for (const auto format : {output_format::png, output_format::webp}) {
        const auto small = outputs.make({.format = format,
                                         .lossless = format == output_format::webp,
                                         .key_background = key_spec{.color = green},
                                         .fit = engine::job::fit_spec{.width = 50}});
        REQUIRE(small);
        CHECK(!small->as_received);
        const auto read =
            check_image(small->bytes, {.size = image_size{50, 50}, .alpha = alpha_need::required});
        REQUIRE(read);
        for (int y = 0; y < 50; ++y) // not a trace of green left anywhere
            for (int x = 0; x < 50; ++x) {
                const auto* p = read->picture.row(y) + 4 * x;
                if (p[3] > 20)
                    CHECK(p[1] - std::max(p[0], p[2]) < 40);
            }
    }
    // With JPEG the ground takes the background's place, and that is no loss to be noted.
    const auto grounded = outputs.make({.format = output_format::jpeg,
                                        .quality = 95,
                                        .key_background = key_spec{.color = green},
                                        .background = rgba_color{10, 20, 200, 255}});
    REQUIRE(grounded);
    CHECK(grounded->notes.empty());
    const auto on_blue = decode(grounded->bytes);
    REQUIRE(on_blue);
    CHECK(std::abs(on_blue->row(2)[3 * 2 + 2] - 200) < 4);
    CHECK(on_blue->row(2)[3 * 2 + 1] < 30);
    // A PNG of which nothing is changed is still the received file.
    CHECK(outputs.make({.format = output_format::png})->as_received);
    const auto failed = outputs.make(
        {.format = output_format::png,
         .key_background = key_spec{.color = rgba_color{9, 9, 9, 255}, .tolerance = 0.02}});
    REQUIRE(!failed);
    CHECK(failed.error().code == errc::cannot_key);
    CHECK(outputs.make({.format = output_format::png, .key_background = key_spec{.color = green}}));
}
