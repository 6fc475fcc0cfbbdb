// A picture goes on from an earlier one: what the words change is to be seen, the rest stays.
#include "engine/sim/art/change.hpp"
#include "engine/sim/art/matte.hpp"
#include "engine/sim/art/scene.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace engine;
using namespace engine::sim::art;

namespace {

constexpr job::image_size small{256, 192};

shared_pixels draw(const std::string& prompt, job::image_size size = small)
{
    return std::make_shared<const image::pixels>(
        scene(wish{.prompt = prompt, .size = size}).draw());
}

shared_pixels next(const shared_pixels& base, const std::string& prompt, std::uint64_t seed = 1)
{
    return std::make_shared<const image::pixels>(
        scene(wish{.prompt = prompt, .size = small, .seed = seed, .base = base}).draw());
}

struct tint {
    double r = 0, g = 0, b = 0;
};

// Mean colour of a part of a picture, in shares of its edges.
tint mean_of(const image::pixels& picture, double left = 0, double top = 0, double right = 1,
             double bottom = 1)
{
    tint sum;
    double count = 0;
    const auto channels = picture.channels();
    for (int y = static_cast<int>(top * picture.size.height);
         y < static_cast<int>(bottom * picture.size.height); ++y)
        for (int x = static_cast<int>(left * picture.size.width);
             x < static_cast<int>(right * picture.size.width); ++x) {
            const auto* sample = picture.row(y) + static_cast<std::size_t>(x) * channels;
            sum.r += sample[0];
            sum.g += sample[1];
            sum.b += sample[2];
            ++count;
        }
    return {sum.r / count, sum.g / count, sum.b / count};
}

double brightness(const tint& c)
{
    return (c.r + c.g + c.b) / 3;
}

double difference(const image::pixels& a, const image::pixels& b)
{
    REQUIRE(a.samples.size() == b.samples.size());
    double sum = 0;
    for (std::size_t i = 0; i < a.samples.size(); ++i)
        sum += std::abs(static_cast<int>(a.samples[i]) - static_cast<int>(b.samples[i]));
    return sum / static_cast<double>(a.samples.size());
}

change read(const std::string& prompt)
{
    return read_change(read_wording(prompt));
}

} // namespace

TEST_CASE("the words of a change are told from those that name the subject again")
{
    CHECK(read("the same desk lamp at night").when == light::night);
    CHECK_FALSE(read("the same desk lamp at night").elsewhere);
    CHECK(read("now put it on the beach").elsewhere);
    CHECK(read("in a sunny kitchen").elsewhere);
    CHECK_FALSE(read("in winter").elsewhere);
    CHECK(read("in winter").in == season::winter);
    CHECK_FALSE(read("in spring, with blossoms").elsewhere);
    CHECK(read("in a spring garden").elsewhere);
    CHECK(read("on a beach in winter").elsewhere);
    CHECK(read("on a beach in winter").in == season::winter);
    CHECK(read("wearing a red scarf").worn == garment::scarf);
    CHECK(read("wearing a red scarf").worn_colour.has_value());
    CHECK_FALSE(read("wearing a red scarf").subject.has_value());
    CHECK(read("make it blue").subject.has_value());
    CHECK(read("add a green plant").adds);
    CHECK_FALSE(read("add a green plant").subject.has_value());
    CHECK(read("with a yellow background").background.has_value());
    CHECK(read("in black and white").print == tone::grey);
    CHECK(read("on a plain white background").elsewhere);
    CHECK_FALSE(read("hello").any());
}

TEST_CASE("a chained picture is the same to the last sample for the same words and seed")
{
    const auto base = draw("a blue mug in a kitchen");
    for (const char* prompt : {"in winter", "on a beach", "hello"}) {
        const auto first = next(base, prompt);
        CHECK(first->size == small);
        CHECK(first->samples == next(base, prompt)->samples);
        CHECK(difference(*first, *base) > 1.5);
    }
    CHECK(next(base, "in winter", 2)->samples != next(base, "in winter", 1)->samples);
}

TEST_CASE("night is dark, sunset warm, fog pale, grey without colour")
{
    const auto base = draw("a mountain landscape with a lake");
    const auto before = mean_of(*base);
    const auto night = mean_of(*next(base, "at night"));
    CHECK(brightness(night) < brightness(before) * 0.7);
    CHECK(night.b / night.r > before.b / before.r * 0.95);
    const auto sunset = mean_of(*next(base, "at sunset"));
    CHECK(sunset.r / sunset.b > before.r / before.b * 1.2);
    const auto autumn = mean_of(*next(base, "in autumn"));
    CHECK(autumn.r / autumn.b > before.r / before.b);
    const auto grey = mean_of(*next(base, "in black and white"));
    CHECK(std::abs(grey.r - grey.b) < 1.5);
    CHECK(difference(*next(base, "in fog"), *base) > 2);
}

TEST_CASE("winter lies on the ground and on the subject, which stays what it was")
{
    const auto base = draw("a blue mug in a kitchen");
    const auto winter = next(base, "in winter, falling snow");
    CHECK(brightness(mean_of(*winter, 0, 0.85, 0.15, 1)) >
          brightness(mean_of(*base, 0, 0.85, 0.15, 1)) + 40);
    const auto blue = mean_of(*winter, 0.42, 0.45, 0.52, 0.6);
    CHECK(blue.b > blue.r + 30);
}

TEST_CASE("another place is behind the subject, which stands where it stood")
{
    const auto base = draw("a red shoe in a studio");
    const auto moved = next(base, "now on a beach");
    CHECK(difference(*moved, *base) > 12);
    const auto subject = find_subject(to_layer(*base));
    REQUIRE(subject.sure);
    const double x = (subject.around.left + subject.around.right) / 2 / small.width,
                 y = (subject.around.top + subject.around.bottom) / 2 / small.height;
    const auto was = mean_of(*base, x - 0.03, y - 0.03, x + 0.03, y + 0.03),
               is = mean_of(*moved, x - 0.03, y - 0.03, x + 0.03, y + 0.03);
    CHECK(std::abs(was.r - is.r) < 30);
    CHECK(std::abs(was.g - is.g) < 30);
    // A landscape has no subject: it goes there as a framed picture.
    const auto hills = draw("a mountain landscape");
    CHECK_FALSE(find_subject(to_layer(*hills)).sure);
    CHECK(difference(*next(hills, "on a desk in an office"), *hills) > 12);
}

TEST_CASE("what someone wears, a new colour and a thing beside it are to be seen")
{
    const auto woman = draw("portrait of a woman, studio");
    const auto scarf = next(woman, "wearing a red scarf");
    CHECK(difference(*scarf, *woman) > 0.8);
    // Not on the face, and not on the wall.
    CHECK(difference(*scarf, *woman) < 12);
    const auto wall = mean_of(*woman, 0, 0.1, 0.12, 0.4),
               after = mean_of(*scarf, 0, 0.1, 0.12, 0.4);
    CHECK(std::abs(wall.r - after.r) < 2);
    for (const char* what : {"wearing a green hat", "wearing sunglasses"})
        CHECK_MESSAGE(difference(*next(woman, what), *woman) > 0.4, what);
    const auto cat = draw("a cat on a sofa in a living room");
    CHECK(difference(*next(cat, "wearing a blue scarf"), *cat) > 0.3);

    const auto mug = draw("a blue mug in a kitchen");
    const auto red = mean_of(*next(mug, "make it red"), 0.42, 0.45, 0.52, 0.6);
    CHECK(red.r > red.b + 40);
    const auto with_vase = next(mug, "add a white vase");
    CHECK(difference(*with_vase, *mug) > 1);
    CHECK(difference(*with_vase, *mug) < 25);
}

TEST_CASE("further references lie on a continued picture as prints")
{
    auto cyan = image::blank({90, 120}, false);
    for (std::size_t i = 0; i < cyan.samples.size(); i += 3) {
        cyan.samples[i] = 10;
        cyan.samples[i + 1] = 220;
        cyan.samples[i + 2] = 230;
    }
    const auto base = draw("a mug in a kitchen");
    const auto made = scene(wish{.prompt = "at night",
                                 .size = small,
                                 .references = {std::make_shared<const image::pixels>(cyan)},
                                 .base = base})
                          .draw();
    std::size_t near = 0;
    for (std::size_t i = 0; i + 2 < made.samples.size(); i += 3)
        near += made.samples[i] < 70 && made.samples[i + 1] > 180 && made.samples[i + 2] > 180;
    CHECK(near > 200);
}

TEST_CASE("a mask in a chain holds the earlier picture outside its clear part")
{
    const auto base = draw("a living room interior");
    auto mask = image::blank(small, true);
    for (int y = 0; y < small.height; ++y)
        for (int x = 0; x < small.width; ++x)
            mask.row(y)[x * 4 + 3] = x < 128 ? 0 : 255;
    const auto made = scene(wish{.prompt = "add a vase",
                                 .size = small,
                                 .base = base,
                                 .mask = std::make_shared<const image::pixels>(mask)})
                          .draw();
    std::size_t left = 0, right = 0;
    for (int y = 0; y < small.height; ++y)
        for (int x = 0; x < small.width * 3; ++x)
            (x < 128 * 3 ? left : right) += made.row(y)[x] != base->row(y)[x] ? 1 : 0;
    CHECK(left > 1000);
    CHECK(right == 0);
}

TEST_CASE("any earlier picture can be continued, at any size")
{
    for (const job::image_size size : {job::image_size{1, 1}, {16, 300}, {300, 16}, {64, 64}})
        for (const char* prompt : {"in winter", "on a beach", "wearing a red scarf", "closer"})
            CHECK(scene(wish{.prompt = prompt, .size = small, .base = draw("a lamp", size)})
                      .draw()
                      .size == small);
    auto clear = image::blank({80, 80}, true); // nothing on it at all
    const auto nothing = std::make_shared<const image::pixels>(std::move(clear));
    for (const char* prompt : {"in winter", "on a beach", "make it red"}) {
        const auto made = scene(wish{.prompt = prompt, .size = {64, 48}, .base = nothing}).draw();
        CHECK(made.size == job::image_size{64, 48});
    }
    const auto large =
        scene(wish{.prompt = "at night", .size = {1600, 640}, .base = draw("a lamp", {320, 128})})
            .draw();
    CHECK(large.size == job::image_size{1600, 640});
}
