// The small nouns: sizes, colours, formats, outcomes, states, recipes and the files of a run.
#include "engine/job/image_request.hpp"
#include "engine/job/image_size.hpp"
#include "engine/job/item.hpp"
#include "engine/job/outcome.hpp"
#include "engine/job/output_folder.hpp"
#include "engine/job/output_spec.hpp"
#include "engine/job/price.hpp"

#include <doctest/doctest.h>
#include <set>

using namespace engine::job;

TEST_CASE("a size is two numbers of one to five digits around an x")
{
    CHECK(parse_image_size("1536x1024") == image_size{1536, 1024});
    CHECK(parse_image_size("1x99999") == image_size{1, 99'999});
    CHECK(to_string(image_size{1536, 1024}) == "1536x1024");
    for (const char* text :
         {"",          "auto",          "x",     "1024",   "1024x", "x1024", "1024X1024",
          "1024*1024", "1024x1024x1",   "0x10",  "10x0",   "-1x5",  "5x-1",  "+5x5",
          "5x+5",      " 5x5",          "5x5 ",  "5 x5",   "05x5",  "5x05",  "100000x1",
          "1x100000",  "99999999999x1", "1.5x2", "1e3x1e3"})
        CHECK_MESSAGE(!parse_image_size(text), text);
}

TEST_CASE("a size knows its edges and its area without overflow")
{
    constexpr image_size portrait = {99'998, 99'999};
    CHECK(portrait.long_edge() == 99'999);
    CHECK(portrait.short_edge() == 99'998);
    CHECK(portrait.area() == 9'999'700'002);
    CHECK(image_size{3, 2}.long_edge() == 3);
    CHECK(image_size{3, 2}.short_edge() == 2);
}

TEST_CASE("colours are written as on the web, or by three names")
{
    CHECK(parse_color("#fff") == rgba_color{255, 255, 255, 255});
    CHECK(parse_color("#1aF") == rgba_color{0x11, 0xaa, 0xff, 255});
    CHECK(parse_color("#00ff7f") == rgba_color{0, 255, 127, 255});
    CHECK(parse_color("#12345678") == rgba_color{0x12, 0x34, 0x56, 0x78});
    CHECK(parse_color("white") == rgba_color{});
    CHECK(parse_color("black") == rgba_color{0, 0, 0, 255});
    CHECK(parse_color("transparent") == rgba_color{0, 0, 0, 0});
    for (const char* text : {"", "#", "fff", "#ff", "#ffff", "#fffff", "#fffffff", "#ggg",
                             "#00000g", "#123456789", "White", "rgb(0,0,0)", "#-12"})
        CHECK_MESSAGE(!parse_color(text), text);
}

TEST_CASE("every outcome and state has one name, which leads back to it")
{
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < outcome_names.size(); ++i) {
        const auto value = static_cast<outcome>(i);
        CHECK(outcome_named(name_of(value)) == value);
        names.insert(name_of(value));
    }
    CHECK(names.size() == outcome_names.size());
    CHECK(name_of(outcome::delivered) == "delivered");
    CHECK(name_of(outcome::cancelled) == "cancelled"); // the last: the table is whole
    CHECK(!outcome_named("Delivered"));
    CHECK(!outcome_named(""));
    for (std::size_t i = 0; i < item_state_names.size(); ++i) {
        const auto value = static_cast<item_state>(i);
        CHECK(item_state_named(name_of(value)) == value);
    }
    CHECK(name_of(item_state::open) == "open");
    CHECK(!item_state_named("opened"));
}

TEST_CASE("formats have the names, endings and media types that people expect")
{
    CHECK(name_of(image_format::jpeg) == "jpeg");
    CHECK(name_of(output_format::original) == "original");
    CHECK(extension_of(image_format::png) == "png");
    CHECK(extension_of(image_format::jpeg) == "jpg");
    CHECK(extension_of(image_format::webp) == "webp");
    CHECK(media_type_of(image_format::png) == "image/png");
    CHECK(media_type_of(image_format::jpeg) == "image/jpeg");
    CHECK(media_type_of(image_format::webp) == "image/webp");
    CHECK(enum_named<image_format>(image_format_names, "webp") == image_format::webp);
    CHECK(enum_named<output_format>(output_format_names, "original") == output_format::original);
    CHECK(enum_named<fit_mode>(fit_mode_names, "pad") == fit_mode::pad);
    CHECK(enum_named<metadata_policy>(metadata_policy_names, "strip") == metadata_policy::strip);
    CHECK(enum_named<unknown_policy>(unknown_policy_names, "retry") == unknown_policy::retry);
    CHECK(enum_named<cost_basis>(cost_basis_names, "none") == cost_basis::none);
    using alpha = expectation::alpha_rule;
    CHECK(enum_named<alpha>(alpha_rule_names, "forbidden") == alpha::forbidden);
    CHECK(!enum_named<image_format>(image_format_names, "jpg"));
    CHECK(!enum_named<image_format>(image_format_names, ""));
}

TEST_CASE("a request without a format expects the API's default, and is an edit with a reference")
{
    image_request request;
    CHECK(request.expected_format() == image_format::png);
    CHECK(!request.is_edit());
    request.format = image_format::webp;
    request.references.emplace_back();
    CHECK(request.expected_format() == image_format::webp);
    CHECK(request.is_edit());
}

TEST_CASE("a route is named by provider, api and model")
{
    CHECK(route{.provider = "openai", .model = "gpt-image-2"}.name() ==
          "openai/images/gpt-image-2");
}

TEST_CASE("a recipe changes with everything that changes the bytes, and with nothing else")
{
    output_spec plain;
    plain.name = "web";
    plain.format = output_format::webp;
    std::set<std::string> recipes = {recipe_of(plain)};
    CHECK(recipe_of(plain).size() == 16);
    const auto adds_one = [&](auto apply) {
        auto spec = plain;
        apply(spec);
        return recipes.insert(recipe_of(spec)).second;
    };
    const auto fit_adds_one = [&](auto apply) {
        return adds_one([&](output_spec& it) { apply(it.fit.emplace()); });
    };
    CHECK(adds_one([](output_spec& it) { it.format = output_format::original; }));
    CHECK(adds_one([](output_spec& it) { it.format = output_format::png; }));
    CHECK(adds_one([](output_spec& it) { it.quality = 84; }));
    CHECK(adds_one([](output_spec& it) { it.lossless = true; }));
    CHECK(adds_one([](output_spec& it) { it.metadata = metadata_policy::strip; }));
    CHECK(adds_one([](output_spec& it) { it.background = {0, 0, 0, 255}; }));
    CHECK(fit_adds_one([](fit_spec&) {}));
    CHECK(fit_adds_one([](fit_spec& fit) { fit.width = 320; }));
    CHECK(fit_adds_one([](fit_spec& fit) { fit.height = 320; }));
    CHECK(fit_adds_one([](fit_spec& fit) { fit.width = fit.height = 320; }));
    CHECK(fit_adds_one([](fit_spec& fit) { fit.mode = fit_mode::pad; }));
    CHECK(fit_adds_one([](fit_spec& fit) { fit.enlarge = true; }));
    CHECK(fit_adds_one([](fit_spec& fit) { fit.pad_color = {1, 2, 3, 4}; }));
    const auto key_adds_one = [&](auto apply) {
        return adds_one([&](output_spec& it) { apply(it.key_background.emplace()); });
    };
    CHECK(key_adds_one([](key_spec&) {}));
    CHECK(key_adds_one([](key_spec& key) { key.color = rgba_color{0, 255, 0, 255}; }));
    CHECK(key_adds_one([](key_spec& key) { key.tolerance = 0.2; }));
    CHECK(key_adds_one([](key_spec& key) { key.softness = 0.2; }));
    CHECK(key_adds_one([](key_spec& key) { key.holes = false; }));
    const auto text_adds_one = [&](auto apply) {
        return adds_one([&](output_spec& it) {
            text_spec text;
            text.text = "Sale";
            text.fonts = {{"fonts/a.ttf", "1234"}};
            apply(text);
            it.texts = {text};
        });
    };
    CHECK(text_adds_one([](text_spec&) {}));
    CHECK(text_adds_one([](text_spec& text) { text.text = "Sales"; }));
    CHECK(text_adds_one([](text_spec& text) { text.fonts[0].sha256 = "1235"; }));
    CHECK(text_adds_one([](text_spec& text) { text.fonts.push_back({"b", "99"}); }));
    CHECK(text_adds_one([](text_spec& text) { text.size = {6, false}; }));
    CHECK(text_adds_one([](text_spec& text) { text.fit = true; }));
    CHECK(text_adds_one([](text_spec& text) {
        text.fit = true;
        text.min_size = {9, false};
    }));
    CHECK(text_adds_one([](text_spec& text) { text.color = {1, 2, 3, 4}; }));
    CHECK(text_adds_one([](text_spec& text) { text.box.x = {1, false}; }));
    CHECK(text_adds_one([](text_spec& text) { text.box.y = {1, false}; }));
    CHECK(text_adds_one([](text_spec& text) { text.box.width = {1, false}; }));
    CHECK(text_adds_one([](text_spec& text) { text.box.height = {1, false}; }));
    CHECK(text_adds_one([](text_spec& text) { text.align = text_align::end; }));
    CHECK(text_adds_one([](text_spec& text) { text.valign = text_valign::bottom; }));
    CHECK(text_adds_one([](text_spec& text) { text.line_height = 1; }));
    CHECK(text_adds_one([](text_spec& text) { text.lines_max = 2; }));
    CHECK(text_adds_one([](text_spec& text) { text.outline.emplace(); }));
    CHECK(text_adds_one([](text_spec& text) { text.outline.emplace().width = {1, false}; }));
    CHECK(text_adds_one([](text_spec& text) { text.shadow.emplace(); }));
    CHECK(text_adds_one([](text_spec& text) { text.shadow.emplace().x = {1, false}; }));
    CHECK(text_adds_one([](text_spec& text) { text.shadow.emplace().y = {1, false}; }));
    CHECK(text_adds_one([](text_spec& text) { text.shadow.emplace().blur = {1, false}; }));
    CHECK(!text_adds_one([](text_spec& text) { text.fonts[0].path = "elsewhere/a.ttf"; }));
    CHECK(!adds_one([](output_spec& it) { it.name = "other"; }));
    CHECK(!adds_one([](output_spec& it) { it.path = "elsewhere.webp"; }));
    // The bytes as received do not depend on how they would have been encoded.
    CHECK(!adds_one([](output_spec& it) {
        it.format = output_format::original;
        it.quality = 10;
    }));
}

TEST_CASE("the files of a run are where the documentation says")
{
    const output_folder folder("out/spring");
    CHECK(folder.root() == "out/spring");
    CHECK(folder.ledger() == "out/spring/ledger.jsonl");
    CHECK(folder.report() == "out/spring/report.html");
    CHECK(folder.summary() == "out/spring/summary.json");
    CHECK(folder.manifest_copy() == "out/spring/manifest.yaml");
    CHECK(folder.lock() == "out/spring/.darkroom/lock");
    CHECK(folder.received("abcd", 3) == "out/spring/.darkroom/received/abcd-3.img");
    CHECK(output_folder::note_of(folder.received("abcd", 3)) ==
          "out/spring/.darkroom/received/abcd-3.img.line");
    CHECK(folder.quarantined("abcd", 12) == "out/spring/.darkroom/quarantine/abcd-12.img");
    CHECK(folder.thumb("abcd") == "out/spring/.darkroom/thumbs/ab/abcd.jpg");
}
