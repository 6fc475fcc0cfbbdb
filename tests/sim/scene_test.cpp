#include "engine/sim/art/reference.hpp"
#include "engine/sim/art/scene.hpp"
#include "tests/sim/asking.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <set>

using namespace engine;
using namespace engine::sim::art;

namespace {

constexpr job::image_size small{192, 160};

image::pixels draw(const std::string& prompt, std::uint64_t seed = 1, job::image_size size = small)
{
    return scene(wish{.prompt = prompt, .size = size, .seed = seed}).draw();
}

shared_pixels shared(image::pixels picture)
{
    return std::make_shared<const image::pixels>(std::move(picture));
}

image::pixels edit(const std::string& prompt, std::vector<shared_pixels> references,
                   shared_pixels mask = nullptr)
{
    return scene(wish{.prompt = prompt,
                      .size = small,
                      .references = std::move(references),
                      .mask = std::move(mask)})
        .draw();
}

double mean_difference(const image::pixels& a, const image::pixels& b)
{
    REQUIRE(a.samples.size() == b.samples.size());
    double sum = 0;
    for (std::size_t i = 0; i < a.samples.size(); ++i)
        sum += std::abs(static_cast<int>(a.samples[i]) - static_cast<int>(b.samples[i]));
    return sum / static_cast<double>(a.samples.size());
}

// How many different colours a picture has, coarsely: a scene has hundreds.
std::size_t richness(const image::pixels& picture)
{
    std::set<int> found;
    for (std::size_t i = 0; i + 2 < picture.samples.size(); i += picture.channels())
        found.insert(picture.samples[i] / 16 * 256 + picture.samples[i + 1] / 16 * 16 +
                     picture.samples[i + 2] / 16);
    return found.size();
}

// Pixels that are near to a colour.
std::size_t count_near(const image::pixels& picture, std::array<int, 3> tint, int within = 24)
{
    std::size_t count = 0;
    for (std::size_t i = 0; i + 2 < picture.samples.size(); i += picture.channels()) {
        bool near = true;
        for (std::size_t c = 0; c < 3; ++c)
            near = near && std::abs(picture.samples[i + c] - tint[c]) <= within;
        count += near ? 1 : 0;
    }
    return count;
}

image::pixels filled(job::image_size size, std::array<int, 3> tint)
{
    auto made = image::blank(size, false);
    for (std::size_t i = 0; i < made.samples.size(); ++i)
        made.samples[i] = static_cast<std::uint8_t>(tint[i % 3]);
    return made;
}

// Alpha 0 in the rectangle: what may change.
image::pixels mask_of(job::image_size size, int left, int top, int right, int bottom)
{
    auto made = image::blank(size, true);
    for (int y = 0; y < size.height; ++y)
        for (int x = 0; x < size.width; ++x)
            made.row(y)[x * 4 + 3] = x >= left && x < right && y >= top && y < bottom ? 0 : 255;
    return made;
}

constexpr const char* things[] = {"lamp",
                                  "mug",
                                  "chair",
                                  "bottle",
                                  "shoe",
                                  "bag",
                                  "watch",
                                  "headphones",
                                  "teapot",
                                  "plant",
                                  "camera",
                                  "clock",
                                  "candle",
                                  "vase",
                                  "sunglasses",
                                  "phone",
                                  "laptop",
                                  "book",
                                  "sofa",
                                  "jar",
                                  "hat",
                                  "lighthouse",
                                  "house",
                                  "tree",
                                  "cat",
                                  "bowl",
                                  "ball",
                                  "backpack",
                                  "portrait of a woman",
                                  "portrait of a man",
                                  "blog cover",
                                  "abstract banner"};
constexpr const char* places[] = {"studio",    "beach", "snow", "city",   "kitchen",
                                  "forest",    "room",  "desk", "garden", "desert",
                                  "mountains", "space", "sea",  "cafe"};

} // namespace

TEST_CASE("every thing and every place can be drawn, in every light, and is worth looking at")
{
    constexpr const char* lights[] = {
        "", " at night", " at sunset", " in the morning, misty", ", falling snow", " in the rain"};
    std::size_t i = 0;
    for (const char* what : things)
        for (std::uint64_t seed = 1; seed <= 3; ++seed) {
            const std::string prompt = std::string("a ") + what + " in a " +
                                       places[i % std::size(places)] +
                                       lights[i % std::size(lights)];
            ++i;
            const auto picture = draw(prompt, seed);
            CHECK(picture.size == small);
            CHECK(!picture.has_alpha);
            CHECK_MESSAGE(richness(picture) > 30, prompt);
        }
    for (const char* where : places)
        CHECK_MESSAGE(richness(draw(std::string(where) + " landscape")) > 20, where);
}

TEST_CASE("the same wish is the same picture, another seed another variant of it")
{
    const auto first = draw("a blue mug in a kitchen");
    CHECK(draw("a blue mug in a kitchen").samples == first.samples);
    const auto variant = draw("a blue mug in a kitchen", 2);
    CHECK(mean_difference(first, variant) > 0.5);
    CHECK(mean_difference(first, draw("a red shoe on a beach")) > 15);
}

TEST_CASE("any size comes out as it was asked for")
{
    for (const job::image_size size :
         {job::image_size{16, 16}, {300, 100}, {100, 300}, {129, 257}, {1, 1}, {640, 214}})
        CHECK(draw("a lamp in a forest", 1, size).size == size);
}

TEST_CASE("words change what is seen: colours of the subject and the background")
{
    CHECK(count_near(draw("a red ball, studio"), {200, 50, 43}, 60) > 300);
    CHECK(count_near(draw("a blue ball, studio"), {53, 104, 176}, 60) > 300);
    const auto green = draw("a candle on a plain pure green background");
    CHECK(count_near(green, {0, 255, 0}, 0) > green.samples.size() / 3 / 2);
}

TEST_CASE("a transparent picture has nothing behind its subject")
{
    const auto picture =
        scene(wish{.prompt = "a green backpack", .size = small, .transparent = true}).draw();
    REQUIRE(picture.has_alpha);
    std::size_t clear = 0, solid = 0;
    for (std::size_t i = 3; i < picture.samples.size(); i += 4) {
        clear += picture.samples[i] == 0 ? 1 : 0;
        solid += picture.samples[i] == 255 ? 1 : 0;
    }
    CHECK(clear > picture.samples.size() / 4 / 3);
    CHECK(solid > picture.samples.size() / 4 / 20);
    CHECK(picture.row(0)[3] == 0);
    const auto landscape =
        scene(wish{.prompt = "mountains", .size = small, .transparent = true}).draw();
    CHECK(landscape.row(0)[3] == 0); // there is always a subject to cut out
}

TEST_CASE("outside its transparent part a masked edit is the base picture, to the last bit")
{
    const auto base = shared(draw("a living room interior"));
    const auto mask = shared(mask_of(small, 60, 40, 130, 120));
    for (const char* prompt : {"add a blue vase", "a mountain landscape at sunset instead",
                               "a portrait of a woman", "blog cover", "remove the picture"}) {
        const auto made = edit(prompt, {base}, mask);
        std::size_t inside_changed = 0;
        bool outside_same = true;
        for (int y = 0; y < small.height; ++y)
            for (int x = 0; x < small.width; ++x) {
                const bool same =
                    std::equal(made.row(y) + x * 3, made.row(y) + x * 3 + 3, base->row(y) + x * 3);
                const bool open = x >= 60 && x < 130 && y >= 40 && y < 120;
                if (open)
                    inside_changed += same ? 0 : 1;
                else
                    outside_same = outside_same && same;
            }
        CHECK_MESSAGE(outside_same, prompt);
        CHECK_MESSAGE(inside_changed > 70 * 80 / 2, prompt);
    }
}

TEST_CASE("a mask that protects everything changes nothing, one that opens everything repaints all")
{
    const auto base = shared(draw("a living room interior"));
    CHECK(edit("a lamp", {base}, shared(mask_of(small, 0, 0, 0, 0))).samples == base->samples);
    const auto all = edit("a mountain landscape", {base},
                          shared(mask_of(small, 0, 0, small.width, small.height)));
    CHECK(mean_difference(all, *base) > 15);
}

TEST_CASE("references are visible: cut out, as framed pictures or as prints")
{
    // A magenta disc on white is cut out and stands in the scene, without its white.
    auto product = filled({200, 200}, {255, 255, 255});
    for (int y = 0; y < 200; ++y)
        for (int x = 0; x < 200; ++x)
            if (std::hypot(x - 100, y - 100) < 60) {
                product.row(y)[x * 3 + 1] = 0;
            }
    const auto cut = edit("on a beach at night", {shared(product)});
    CHECK(count_near(cut, {255, 0, 255}, 70) > 500);
    CHECK(count_near(cut, {255, 255, 255}, 6) < 200);

    // A picture without a quiet background is shown as it is.
    const auto magenta = shared(filled({120, 90}, {230, 20, 220}));
    CHECK(count_near(edit("a lamp in a kitchen", {magenta}), {230, 20, 220}, 40) > 2000);
    // Further ones lie beside it, each of them.
    const auto cyan = shared(filled({90, 120}, {10, 220, 230}));
    const auto both = edit("a lamp in a kitchen", {magenta, cyan});
    CHECK(count_near(both, {230, 20, 220}, 50) > 800);
    CHECK(count_near(both, {10, 220, 230}, 50) > 300);
    std::vector<shared_pixels> many(15, magenta);
    many.push_back(cyan);
    CHECK(count_near(edit("catalogue", many), {10, 220, 230}, 50) > 50);
    CHECK(count_near(edit("a portrait of a man", {cyan}), {10, 220, 230}, 50) > 200);
}

TEST_CASE("a prompt that goes on from a picture keeps it, under other weather")
{
    const auto before = shared(draw("a mug in a kitchen"));
    const auto after = edit("the same product and camera angle, now in falling snow", {before});
    const auto difference = mean_difference(after, *before);
    CHECK(difference > 2);
    CHECK(difference < 45);
    CHECK(count_near(after, {255, 255, 255}, 12) > count_near(*before, {255, 255, 255}, 12));
    CHECK(mean_difference(edit("the same scene at night", {before}), *before) > difference / 2);
    CHECK(mean_difference(edit("add a red vase", {before}), *before) > 1);
}

TEST_CASE("cutting out refuses what is no thing before a background")
{
    CHECK(cut_out(to_layer(filled({64, 64}, {200, 0, 0}))) == nullptr);
    CHECK(cut_out(to_layer(filled({8, 8}, {200, 0, 0}))) == nullptr);
    CHECK(cut_out(to_layer(draw("city at night"))) == nullptr);
    auto clear = image::blank({64, 64}, true);
    CHECK(cut_out(to_layer(clear)) == nullptr);
    for (int y = 20; y < 40; ++y)
        for (int x = 10; x < 30; ++x)
            clear.row(y)[x * 4 + 3] = 255;
    const auto cut = cut_out(to_layer(clear)); // an alpha channel says itself what is in front
    REQUIRE(cut != nullptr);
    CHECK(cut->width == 20);
    CHECK(cut->height == 20);
}

TEST_CASE("previews are the same picture out of focus, nearer to it each time")
{
    const scene picture(wish{.prompt = "a cat on a sofa in a living room", .size = small});
    const auto whole = picture.draw();
    const auto early = picture.preview(0.3f), late = picture.preview(0.9f);
    CHECK(early.size == small);
    CHECK(mean_difference(late, whole) < mean_difference(early, whole));
    CHECK(mean_difference(early, whole) < 40);
    const auto base = shared(draw("a living room"));
    const scene masked(wish{.prompt = "a lamp",
                            .size = small,
                            .references = {base},
                            .mask = shared(mask_of(small, 50, 50, 100, 100))});
    const auto rough = masked.preview(0.5f);
    CHECK(std::equal(rough.row(0), rough.row(0) + 3 * 40, base->row(0)));
}

TEST_CASE("base and mask of another size than the picture are fitted to it together")
{
    const auto base = shared(draw("a living room", 1, {400, 200}));
    const auto mask = shared(mask_of({400, 200}, 0, 0, 400, 100));
    const auto made = edit("a mountain landscape", {base}, mask);
    CHECK(made.size == small);
    const auto plain = covering(*base, small);
    CHECK(std::equal(made.row(150), made.row(150) + made.row_bytes(), plain.row(150)));
    CHECK(!std::equal(made.row(20), made.row(20) + made.row_bytes(), plain.row(20)));
}

TEST_CASE("flat pictures are small, grainy ones as large as photos")
{
    const auto bytes = [](bool grain) {
        return image::encode(draw_flat({512, 512}, 1, grain, false), {}).value().bytes.size();
    };
    CHECK(bytes(false) < 30'000);
    CHECK(bytes(true) > 250'000);
    CHECK(draw_flat({64, 64}, 1, false, true).has_alpha);
    CHECK(draw_flat({64, 64}, 1, false, false).samples !=
          draw_flat({64, 64}, 4, false, false).samples);
}

TEST_CASE("over the wire an edit shows its references, and its mask holds")
{
    auto profile = support::quiet_profile();
    profile.art = job::simulator_profile::art_style::scene;
    support::asking simulator(profile);
    const auto base = draw("a living room interior", 1, {512, 512});
    http::multipart_builder form("form-boundary");
    form.add_field("model", "gpt-image-1.5");
    form.add_field("prompt", "add a blue vase");
    form.add_field("size", "1024x1024");
    form.add_file("image[]", "base.png", "image/png", support::png_file(base));
    form.add_file("mask", "mask.png", "image/png",
                  support::png_file(mask_of({512, 512}, 100, 100, 300, 400)));
    const auto got = simulator.edit(std::move(form));
    REQUIRE(got.status == 200);
    const auto made = support::decoded(got.document()["data"].items()[0]["b64_json"].text_or(""));
    CHECK(made.size == job::image_size{1024, 1024});
    const auto fitted = covering(base, {1024, 1024});
    CHECK(std::equal(made.row(900), made.row(900) + made.row_bytes(), fitted.row(900)));
    CHECK(!std::equal(made.row(500), made.row(500) + made.row_bytes(), fitted.row(500)));
}
