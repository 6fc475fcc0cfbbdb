// Text on pictures: what is shaped, where it stands, and what is refused. The fonts are Debian's
// (fonts-dejavu-core, fonts-droid-fallback), so what they look like is not compared, only where ink
// is.
#include "engine/image/code_points.hpp"
#include "engine/image/derive.hpp"
#include "engine/image/encode.hpp"
#include "engine/image/glyph_ink.hpp"
#include "engine/image/text_layout.hpp"
#include "engine/image/text_overlay.hpp"
#include "pictures.hpp"

#include <doctest/doctest.h>
#include <fstream>
#include <iterator>

using namespace engine::image;
using namespace support;
using engine::job::font_file;
using engine::job::image_size;
using engine::job::output_length;
using engine::job::rgba_color;
using engine::job::text_align;
using engine::job::text_spec;
using engine::job::text_valign;

namespace {

const std::string dejavu = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";
const std::string droid = "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf";

std::shared_ptr<const std::string> bytes_of(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    REQUIRE_MESSAGE(file.good(), path);
    return std::make_shared<const std::string>(std::istreambuf_iterator<char>(file),
                                               std::istreambuf_iterator<char>());
}

const font_bytes& fonts()
{
    static const font_bytes all = {{"dejavu", bytes_of(dejavu)}, {"droid", bytes_of(droid)}};
    return all;
}

font_set opened(const std::vector<std::string>& names)
{
    std::vector<font_source> sources;
    for (const auto& name : names)
        sources.push_back({name, fonts().at(name)});
    auto set = font_set::open(sources);
    REQUIRE(set);
    return std::move(*set);
}

text_layout laid_out(const std::string& text, const layout_wish& wish,
                     const std::vector<std::string>& names = {"dejavu"})
{
    const auto set = opened(names);
    auto made = lay_out(set, text, wish);
    REQUIRE_MESSAGE(made, made.error().message());
    return std::move(*made);
}

text_spec words(std::string text, double x, double y, double width, double height, double size)
{
    text_spec spec;
    spec.text = std::move(text);
    spec.fonts = {{"dejavu", "dejavu"}, {"droid", "droid"}};
    spec.box = {{x, false}, {y, false}, {width, false}, {height, false}};
    spec.size = {size, false};
    return spec;
}

// Where something was drawn onto white.
struct inked {
    int left = 1 << 30, top = 1 << 30, right = -1, bottom = -1; // the last two inside
    double sum = 0;                                             // of darkness, in pixels
};
inked ink_of(const pixels& picture)
{
    inked found;
    for (int y = 0; y < picture.size.height; ++y)
        for (int x = 0; x < picture.size.width; ++x) {
            const int darkness =
                255 - picture.row(y)[static_cast<std::size_t>(x) * picture.channels()];
            if (darkness == 0)
                continue;
            found.left = std::min(found.left, x);
            found.right = std::max(found.right, x);
            found.top = std::min(found.top, y);
            found.bottom = std::max(found.bottom, y);
            found.sum += darkness / 255.0;
        }
    return found;
}

inked drawn(const text_spec& spec, image_size size = {400, 300})
{
    auto picture = plain(size, 255, 255, 255);
    const auto result = draw_texts(picture, {spec}, fonts());
    REQUIRE_MESSAGE(result, result.error().message());
    return ink_of(picture);
}

engine::base::failure refused(const text_spec& spec, image_size size = {400, 300})
{
    auto picture = plain(size, 255, 255, 255);
    const auto before = picture.samples;
    const auto result = draw_texts(picture, {spec}, fonts());
    REQUIRE(!result);
    CHECK(picture.samples == before);
    return result.error();
}

// The glyphs of the n-th line, in reading order of the eye: from the left.
std::vector<placed_glyph> line_of(const text_layout& layout, int line)
{
    std::vector<double> baselines;
    for (const auto& glyph : layout.glyphs)
        if (std::ranges::find(baselines, glyph.y) == baselines.end())
            baselines.push_back(glyph.y);
    std::ranges::sort(baselines);
    std::vector<placed_glyph> found;
    for (const auto& glyph : layout.glyphs)
        if (glyph.y == baselines.at(static_cast<std::size_t>(line)))
            found.push_back(glyph);
    return found;
}

constexpr layout_wish wide{.width = 2000, .height = 1000, .size_max = 40, .size_min = 40};

} // namespace

TEST_CASE("ink stays inside the box, wherever in it the text is put")
{
    for (const auto align : {text_align::left, text_align::center, text_align::right})
        for (const auto valign : {text_valign::top, text_valign::middle, text_valign::bottom}) {
            auto spec = words("Hamburg gjpqy ÄÖÜ\nfonts", 60, 40, 300, 180, 30);
            spec.align = align;
            spec.valign = valign;
            const auto found = drawn(spec);
            CHECK(found.left >= 59);
            CHECK(found.right <= 360);
            CHECK(found.top >= 40);
            CHECK(found.bottom <= 220);
            const int left = found.left - 60, right = 360 - found.right;
            const int top = found.top - 40, bottom = 220 - found.bottom;
            if (align == text_align::left)
                CHECK(left < 6);
            if (align == text_align::center)
                CHECK(std::abs(left - right) <= 6);
            if (align == text_align::right)
                CHECK(right < 6);
            if (valign == text_valign::top)
                CHECK(top < 15);
            if (valign == text_valign::middle)
                CHECK(std::abs(top - bottom) < 15);
            if (valign == text_valign::bottom)
                CHECK(bottom < 15);
        }
}

TEST_CASE("a box is in pixels or in percent of the output")
{
    auto spec = words("Text", 0, 0, 0, 0, 0);
    spec.size = {10, true};
    spec.box = {{25, true}, {50, true}, {50, true}, {50, true}};
    spec.align = text_align::right;
    const auto found = drawn(spec);
    CHECK(found.right < 300);
    CHECK(found.right > 290);
    CHECK(found.top >= 150);
    spec.box = {{350, false}, {0, false}, {100, false}, {100, false}};
    const auto outside = refused(spec);
    CHECK(outside.code == errc::text_too_large);
    CHECK(outside.detail == "its box (350,0 100x100) is not inside the output, which is 400x300");
}

TEST_CASE("Hebrew runs from the right, Latin and figures in it from the left")
{
    // Aleph, bet, gimel: the first letter stands at the right, and the line ends at the left.
    const auto hebrew = laid_out("אבג", wide);
    REQUIRE(hebrew.glyphs.size() == 3);
    CHECK(hebrew.glyphs[0].character == 2);
    CHECK(hebrew.glyphs[2].character == 0);
    CHECK(hebrew.glyphs[2].x > hebrew.glyphs[0].x);
    CHECK(hebrew.glyphs[2].x > 1900); // `start` is the right
    auto end = wide;
    end.align = text_align::end;
    CHECK(laid_out("אבג", end).glyphs[0].x < 1);

    const auto mixed = laid_out("אב ABC 12", wide);
    std::vector<std::uint32_t> order;
    for (const auto& glyph : mixed.glyphs)
        order.push_back(glyph.character);
    CHECK(order == std::vector<std::uint32_t>{3, 4, 5, 6, 7, 8, 2, 1, 0});
    const auto latin_first = laid_out("ABC אב", wide);
    CHECK(latin_first.glyphs.front().character == 0);
    CHECK(latin_first.glyphs.back().character == 4); // aleph, at the right end of its run
}

TEST_CASE("Arabic letters are joined, and Latin ones kerned and ligated")
{
    const auto set = opened({"dejavu"});
    // Beh alone, and beh beh beh: three different shapes in the latter.
    const auto alone = laid_out("ب", wide);
    const auto joined = laid_out("ببب", wide);
    REQUIRE(joined.glyphs.size() == 3);
    CHECK(joined.glyphs[0].glyph != joined.glyphs[1].glyph);
    CHECK(joined.glyphs[1].glyph != joined.glyphs[2].glyph);
    CHECK(joined.glyphs[0].glyph != alone.glyphs[0].glyph);
    CHECK(laid_out("ffi", wide).glyphs.size() < 3);
    const auto kerned = laid_out("AVA", wide), loose = laid_out("A V A", wide);
    CHECK(kerned.glyphs[2].x < loose.glyphs[4].x - 20);
    // A letter and its accent come out as one glyph.
    CHECK(laid_out("e\u0301", wide).glyphs.size() == 1);
}

TEST_CASE("lines break at blanks in Latin, between characters in Chinese, never inside a word")
{
    const layout_wish narrow{.width = 200, .height = 500, .size_max = 40, .size_min = 40};
    const auto latin = laid_out("one two three four", narrow);
    CHECK(latin.lines >= 2);
    for (int i = 0; i < latin.lines; ++i) {
        const auto first = line_of(latin, i).front().character;
        CHECK((first == 0 || std::string("one two three four")[first - 1] == ' '));
    }
    const auto chinese = laid_out("春天的新作品系列明亮的桌子", narrow, {"droid"});
    CHECK(chinese.lines == 3); // five of 40 pixels fit into 200
    CHECK(line_of(chinese, 0).size() == 5);
    // No line begins with a full stop or a small kana.
    const auto marks = laid_out("春春春春春。春春春ョン", narrow, {"droid"});
    CHECK(line_of(marks, 1).front().character == 4);
    CHECK(line_of(marks, 2).front().character == 8);
    const auto newlines = laid_out("a\r\nb\n\nc", narrow);
    CHECK(newlines.lines == 4);
    CHECK(newlines.glyphs.size() == 3);

    const auto set = opened({"dejavu"});
    const auto long_word = lay_out(set, "a Donaudampfschifffahrt b", narrow);
    REQUIRE(!long_word);
    CHECK(long_word.error().code == errc::text_too_large);
    CHECK(long_word.error().detail == "'Donaudampfschifffahrt' is wider at 40.0 pixels a letter "
                                      "than the box, which has 200");
}

TEST_CASE("a letter comes from the first font that has it")
{
    const auto layout = laid_out("A漢B", wide, {"dejavu", "droid"});
    REQUIRE(layout.glyphs.size() == 3);
    CHECK(layout.glyphs[0].font == 0);
    CHECK(layout.glyphs[1].font == 1);
    CHECK(layout.glyphs[2].font == 0);
    for (const auto& glyph : layout.glyphs)
        CHECK(glyph.glyph != 0);
}

TEST_CASE("letters that no font has are named, each once, and nothing is drawn")
{
    auto spec = words("Grüße 漢字漢 👍", 0, 0, 400, 300, 20);
    spec.fonts = {{"dejavu", "dejavu"}};
    const auto wrong = refused(spec);
    CHECK(wrong.code == errc::missing_glyph);
    CHECK(wrong.detail == "no font has '漢' (U+6F22), '字' (U+5B57) and '👍' (U+1F44D)");
    CHECK(opened({"dejavu"}).missing("Grüße 漢字漢 👍") == U"漢字👍");
    CHECK(opened({"dejavu", "droid"}).missing("Grüße 漢字漢") == U"");
    // Blanks, joiners, marks and direction controls need no glyph.
    CHECK(opened({"dejavu"}).missing("a\u200d\u2060\u202e\ufe0f \u3000\n\t\u0301") == U"");
}

TEST_CASE("a text is made smaller until it fits, and not further than it may be")
{
    auto spec = words("Fit me into this box", 20, 20, 200, 100, 200);
    const auto fixed = refused(spec);
    CHECK(fixed.code == errc::text_too_large);
    spec.fit = true;
    const auto found = drawn(spec);
    CHECK(found.right <= 220);
    CHECK(found.bottom <= 120);
    CHECK(found.bottom - found.top > 60); // and not much smaller than it must be
    spec.min_size = {90, false};
    const auto still = refused(spec);
    CHECK(still.detail.find("at 90.0 pixels a letter") != std::string::npos);
    spec.min_size = {8, false};
    spec.lines_max = 1;
    CHECK(drawn(spec).bottom - drawn(spec).top < 30);

    const layout_wish wish{.width = 300, .height = 200, .size_max = 90, .size_min = 9};
    const auto fitted = laid_out("several words of one text", wish);
    CHECK(fitted.size > 30);
    CHECK(fitted.size < 90);
    auto larger = wish;
    larger.size_max = larger.size_min = fitted.size * 1.02;
    CHECK(!lay_out(opened({"dejavu"}), "several words of one text", larger));
}

TEST_CASE("too many lines, or lines that are too high, are said in figures")
{
    auto spec = words("a\nb\nc", 0, 0, 400, 60, 20);
    CHECK(refused(spec).detail ==
          "is 71 pixels high at 20.0 pixels a letter (3 lines), and the box "
          "has 60");
    spec.box.height = {300, false};
    CHECK(drawn(spec).sum > 10);
    spec.lines_max = 2;
    CHECK(refused(spec).detail == "takes 3 lines at 20.0 pixels, and 2 may be");
}

TEST_CASE("letters are blended in linear light, over what is transparent too")
{
    // Half covered pixels of white on black are lighter than half way in samples.
    auto picture = plain({200, 100}, 0, 0, 0);
    auto spec = words("IIIIIII", 0.5, 0, 199, 100, 60);
    spec.color = {255, 255, 255, 128};
    REQUIRE(draw_texts(picture, {spec}, fonts()));
    CHECK(*std::ranges::max_element(picture.samples) == 188); // half the light

    auto clear = plain({200, 100}, 9, 9, 9, 0);
    spec.color = {200, 30, 20, 255};
    REQUIRE(draw_texts(clear, {spec}, fonts()));
    int opaque = 0;
    for (std::size_t i = 0; i < clear.samples.size(); i += 4) {
        opaque += clear.samples[i + 3] == 255 ? 1 : 0;
        if (clear.samples[i + 3] > 0) // the colour of the letters and nothing of what was below
            CHECK(clear.samples[i] == 200);
    }
    CHECK(opaque > 100);
}

TEST_CASE(
    "an outline reaches its width around the letters, a shadow as far as it is moved and blurred")
{
    const auto bare = drawn(words("Mm", 100, 100, 200, 100, 60));
    auto spec = words("Mm", 96, 96, 208, 108, 60);
    spec.color = {255, 255, 255, 255};
    spec.outline = engine::job::text_outline{{0, 0, 0, 255}, {4, false}};
    const auto outlined = drawn(spec);
    CHECK(outlined.left == doctest::Approx(bare.left - 4).epsilon(0.02));
    CHECK(outlined.right == doctest::Approx(bare.right + 4).epsilon(0.02));
    CHECK(outlined.top == doctest::Approx(bare.top - 4).epsilon(0.02));

    auto shadowed = words("Mm", 100, 100, 200, 100, 60);
    shadowed.color = {255, 255, 255, 255}; // not to be seen on white
    shadowed.shadow =
        engine::job::text_shadow{{0, 0, 0, 255}, {10, false}, {20, false}, {0, false}};
    const auto sharp = drawn(shadowed);
    CHECK(sharp.right == bare.right + 10);
    CHECK(sharp.bottom == bare.bottom + 20);
    shadowed.shadow->blur = {12, false};
    const auto soft = drawn(shadowed);
    CHECK(soft.right > sharp.right + 4);
    CHECK(soft.right < sharp.right + 20);
}

TEST_CASE("text that leaves the picture by its shadow or a hostile place is cut, not a crash")
{
    auto spec = words("Edge", 0, 0, 60, 30, 20);
    spec.shadow =
        engine::job::text_shadow{{0, 0, 0, 255}, {-900, false}, {900, false}, {400, false}};
    CHECK(drawn(spec, {60, 30}).sum > 5);
    spec.outline = engine::job::text_outline{{0, 0, 0, 255}, {2, false}};
    spec.fit = true;
    CHECK(drawn(spec, {60, 30}).sum > 5);
    spec.outline->width = {40, false}; // leaves no room at all
    CHECK(refused(spec, {60, 30}).code == errc::text_too_large);
}

TEST_CASE("what is no font is refused, and a damaged one does no harm")
{
    const auto open = [](std::string bytes) {
        return font_set::open(
            {{"some.ttf", std::make_shared<const std::string>(std::move(bytes))}});
    };
    const auto nothing = open("");
    REQUIRE(!nothing);
    CHECK(nothing.error().code == errc::bad_font);
    CHECK(!open("<html>not a font</html>"));
    CHECK(!open(std::string(100'000, '\xff')));
    const std::string whole = *fonts().at("dejavu");
    for (const std::size_t size : {4u, 100u, 1'000u, 10'000u, 100'000u, 400'000u, 700'000u}) {
        const auto cut = open(whole.substr(0, size));
        if (cut)
            (void)lay_out(*cut, "Any text ffi אב ب", wide);
    }
    engine::base::random dice(11);
    for (int round = 0; round < 60; ++round) {
        std::string damaged = whole;
        for (int i = 0; i < 200; ++i) // mostly in the tables' heads, where it hurts
            damaged[static_cast<std::size_t>(dice() % (i < 40 ? 400 : damaged.size()))] =
                static_cast<char>(dice());
        const auto set = open(std::move(damaged));
        if (!set)
            continue;
        auto picture = plain({100, 60}, 255, 255, 255);
        const auto layout = lay_out(*set, "Any text ffi אב ب é",
                                    {.width = 100, .height = 60, .size_max = 30, .size_min = 4});
        if (layout)
            (void)draw_glyphs(*set, *layout, {.canvas = picture.size, .grown = 2});
    }
}

TEST_CASE("characters are read strictly, and every kind of line end is one")
{
    CHECK(code_points_of("aé漢👍") == code_points{'a', 0xe9, 0x6f22, 0x1f44d});
    CHECK(code_points_of("a\r\nb\rc\u2028d\te") ==
          code_points{'a', '\n', 'b', '\n', 'c', '\n', 'd', ' ', 'e'});
    CHECK(code_points_of("a\x01\x7f\u0085z") == code_points{'a', '\n', 'z'});
    CHECK(code_points_of("\xff\xc0\xaf\xed\xa0\x80x\xe6\xbc") ==
          code_points{0xfffd, 0xfffd, 0xfffd, 0xfffd, 0xfffd, 0xfffd, 'x', 0xfffd, 0xfffd});
    CHECK(is_right_to_left(code_points_of("12 אב abc")));
    CHECK(!is_right_to_left(code_points_of("12 a אב")));
    CHECK(!is_right_to_left({}));
}

TEST_CASE("texts are set after fitting, and a PNG with text is no longer the received file")
{
    const auto file = encode(plain({400, 200}, 255, 255, 255), {});
    REQUIRE(file);
    const auto received = check_image(file->bytes, {});
    REQUIRE(received);
    deriver outputs(*received, fonts());
    engine::job::output_spec spec{.format = engine::job::output_format::png,
                                  .fit = engine::job::fit_spec{.width = 200}};
    spec.texts = {words("AB", 100, 0, 100, 100, 20), words("C", 0, 50, 50, 50, 20)};
    const auto made = outputs.make(spec);
    REQUIRE(made);
    CHECK(!made->as_received);
    const auto picture = decode(made->bytes);
    REQUIRE(picture);
    CHECK(picture->size == image_size{200, 100});
    CHECK(ink_of(*picture).top < 20);
    CHECK(ink_of(*picture).left < 5);
    spec.texts.clear(); // the fitted picture that is shared has no letters on it
    CHECK(ink_of(*decode(outputs.make(spec)->bytes)).sum == 0);

    engine::job::output_spec same{.format = engine::job::output_format::png};
    CHECK(outputs.make(same)->as_received);
    same.texts = {words("", 0, 0, 100, 100, 20)};
    CHECK(outputs.make(same)); // an empty text sets nothing and needs no font
    same.texts = {words("A", 0, 0, 100, 100, 20)};
    same.texts[0].fonts = {{"gone.ttf", "unknown"}};
    const auto gone = outputs.make(same);
    REQUIRE(!gone);
    CHECK(gone.error().code == errc::bad_font);
}
