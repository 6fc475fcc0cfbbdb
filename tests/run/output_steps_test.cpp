// Outputs with steps that can fail or change after the picture was paid for: what is bought stays
// bought, and nothing is bought for a change of an output.
#include "engine/image/check.hpp"

#include <doctest/doctest.h>

#include "tests/support/run_world.hpp" // doctest first: run_world uses its macros

using namespace engine;
using job::item_state;
using support::run_world;
using support::scripted_answer;

namespace {

const std::string font_path =
    std::string(SOURCE_DIR) + "/manifests/fonts/DejaVuSans-Bold-subset.ttf";

std::string read_font()
{
    return runtime::make_posix_files()->read(font_path, job::font_bytes_max).value();
}

job::output_spec banner(const std::string& words, const std::string& path,
                        const std::string& sha256)
{
    job::output_spec spec;
    spec.name = "banner";
    spec.path = "banner.png";
    spec.format = job::output_format::png;
    job::text_spec text;
    text.text = words;
    text.fonts = {{path, sha256}};
    text.size = {12, false};
    spec.texts = {text};
    return spec;
}

// A red square on green.
std::string green_picture()
{
    auto picture = image::blank({32, 16}, false);
    for (int y = 0; y < 16; ++y)
        for (int x = 0; x < 32; ++x)
            picture.row(y)[3 * x + (x > 12 && x < 20 && y > 4 && y < 12 ? 0 : 1)] = 220;
    return std::string(base::as_text(image::encode(picture, {}).value().bytes));
}

} // namespace

TEST_CASE("another text or another font makes the file again from the original, for nothing")
{
    run_world world;
    const support::temporary_folder fonts;
    const auto disk = runtime::make_posix_files();
    const auto font = read_font();
    const auto copy = fonts.path("title.ttf");
    REQUIRE(runtime::write_whole(*disk, copy, base::as_bytes(font)));
    world.items.push_back(run_world::item("mug"));
    auto& outputs = world.items[0].outputs;
    outputs.push_back(banner("AB", copy, base::sha256_hex(font)));
    CHECK(world.run({}).count(item_state::done) == 1);
    const auto first = world.read("banner.png");

    outputs.back().texts[0].text = "CD";
    const auto other_text = world.run({});
    CHECK(other_text.requests == 0);
    CHECK(other_text.reused == 1);
    const auto second = world.read("banner.png");
    CHECK(second != first);

    // The same font with a byte behind its end: other bytes, another recipe.
    const auto changed = font + "x";
    REQUIRE(runtime::write_whole(*disk, copy, base::as_bytes(changed)));
    outputs.back().texts[0].fonts[0].sha256 = base::sha256_hex(changed);
    const auto other_font = world.run({});
    CHECK(other_font.requests == 0);
    CHECK(other_font.reused == 1);
    CHECK(world.run({}).reused == 1); // nothing left to do
}

TEST_CASE(
    "a font that changes or goes while the run is going on fails the output, not the purchase")
{
    run_world world;
    world.items.push_back(run_world::item("mug"));
    world.items[0].outputs.push_back(banner("AB", font_path, std::string(64, '0')));
    const auto planned_otherwise = world.run({});
    CHECK(planned_otherwise.count(item_state::failed) == 1);
    CHECK(!planned_otherwise.local_failure);
    const auto ended = world.events_of<job::item_ended>();
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].cause == "output");
    CHECK(ended[0].reason.find("changed while the run was going on") != std::string::npos);

    world.items[0].outputs.back() = banner("AB", "/nowhere/a.ttf", std::string(64, '0'));
    CHECK(world.run({}).count(item_state::failed) == 1);

    world.items[0].outputs.back() = banner("AB", font_path, base::sha256_hex(read_font()));
    const auto mended = world.run({});
    CHECK(mended.count(item_state::done) == 1);
    CHECK(mended.requests == 0);
    CHECK(world.last_api->sent.at("mug") == 1);
}

TEST_CASE(
    "a background that cannot be removed fails the output; with another key it is made for nothing")
{
    run_world world;
    world.items.push_back(run_world::item("mug"));
    run_world::run_settings settings;
    settings.script = [](const std::string&, int) {
        scripted_answer answer;
        answer.image = green_picture();
        return answer;
    };
    job::output_spec cutout;
    cutout.name = "cutout";
    cutout.path = "cutout.png";
    cutout.format = job::output_format::png;
    cutout.key_background = job::key_spec{.color = job::rgba_color{0, 0, 255, 255}};
    world.items[0].outputs.push_back(cutout);
    const auto wrong = world.run(settings);
    CHECK(wrong.count(item_state::failed) == 1);
    const auto ended = world.events_of<job::item_ended>();
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].reason.find("nothing was keyed") != std::string::npos);

    world.items[0].outputs.back().key_background = job::key_spec{};
    const auto mended = world.run(settings);
    CHECK(mended.count(item_state::done) == 1);
    CHECK(mended.requests == 0);
    const auto made = image::check_image(base::as_bytes(world.read("cutout.png")),
                                         {.alpha = image::alpha_need::required});
    CHECK(made);
}
