#include "engine/manifest/template_text.hpp"

#include "engine/manifest/output_path.hpp"
#include "engine/manifest/seen_names.hpp"

#include <doctest/doctest.h>

using namespace engine;
using manifest::builtin;
using manifest::template_text;
using manifest::variable;

namespace {

// What the template gives, or "!" and why not.
std::string fill(const std::string& text,
                 template_text::insertion how = template_text::insertion::verbatim)
{
    static const std::vector<variable> row = {
        {"sku", "LMP-1", false, nullptr},
        {"title", " Desk Lamp, 2nd \u00c9d. ", false, nullptr},
        {"empty", "", false, nullptr},
        {"id", "row id", false, nullptr},
        {"evil", "../../etc/passwd\n", false, nullptr},
        {"Product name", "Mug", false, nullptr},
        {"row.x", "dotted", false, nullptr}};
    static const std::vector<variable> cell = {{"scene", "{{sku}}", false, nullptr}};
    manifest::scope names;
    names.set_row(&row);
    names.set_cell(&cell);
    names.set(builtin::id, "item id");
    names.set(builtin::copy, "2");
    std::vector<template_text::complaint> wrong;
    const template_text made(text, wrong);
    if (!wrong.empty())
        return "!" + std::to_string(wrong.front().occurrence) + " " + wrong.front().message;
    std::string out;
    if (const auto why = made.render(names, out, how))
        return std::string(why->why == manifest::scope::answer::ambiguous ? "!ambiguous "
                                                                          : "!undefined ") +
               why->where->name;
    return out;
}

} // namespace

TEST_CASE("names are filled in, and nothing else is touched")
{
    CHECK(fill("") == "");
    CHECK(fill("plain { } }} text") == "plain { } }} text");
    CHECK(fill("{{sku}}") == "LMP-1");
    CHECK(fill("a {{ sku }}-{{copy}}{{empty}} z") == "a LMP-1-2 z");
    CHECK(fill("{{Product name}}") == "Mug");
    CHECK(fill("{\"a\": {\"b\": \"{{sku}}\"}}") == "{\"a\": {\"b\": \"LMP-1\"}}");
    CHECK(fill("{{scene}}") == "{{sku}}"); // a value is text, whatever it looks like
    CHECK(fill("{{ \"{{\" }}x{{\"}}\"}}") == "{{x}}");
}

TEST_CASE("a name that nobody defined is never an empty text")
{
    CHECK(fill("{{nope}}") == "!undefined nope");
    CHECK(fill("{{Sku}}") == "!undefined Sku");
    CHECK(fill("{{output}}") == "!undefined output");
    CHECK(fill("{{id}}") == "!ambiguous id");
    CHECK(fill("{{row.id}}|{{item.id}}") == "row id|item id");
    CHECK(fill("{{row.sku}} {{item.copy}} {{row.x}}") == "LMP-1 2 dotted");
    CHECK(fill("{{row.copy}}") == "!undefined row.copy");
    CHECK(fill("{{item.sku}}") == "!undefined item.sku");
}

TEST_CASE("filters go from left to right")
{
    CHECK(fill("{{title | trim | slug}}") == "desk-lamp-2nd-\u00c9d");
    CHECK(fill("{{sku|lower}} {{ sku | lower | upper }}") == "lmp-1 LMP-1");
    CHECK(fill("{{nope | default:\"x|}}y\"}}") == "x|}}y");
    CHECK(fill("{{empty | default: \"none\" | upper}}") == "NONE");
    CHECK(fill("{{sku | default:\"x\"}}") == "LMP-1");
    CHECK(fill("{{ \"A b\" | slug }}") == "a-b");
    CHECK(manifest::slug_of("--") == "");
    CHECK(manifest::slug_of("\u65e5\u672c \u8a9e") == "\u65e5\u672c-\u8a9e");
}

TEST_CASE("what is no template is refused, with the place of its braces")
{
    CHECK(fill("a {{").find("!0 '{{' without '}}'") == 0);
    CHECK(fill("{{sku}} {{ \"{{\" }} {{sku").find("!3 '{{' without '}}'") == 0);
    CHECK(fill("{{}}").find("!0 expected a name") == 0);
    CHECK(fill("{{sku | }}").find("!0 unknown filter ''") == 0);
    CHECK(fill("{{sku | slugg}}").find("did you mean 'slug'?") != std::string::npos);
    CHECK(fill("{{sku | slug:\"x\"}}").find("takes no argument") != std::string::npos);
    CHECK(fill("{{sku | default}}").find("default needs a text") != std::string::npos);
    CHECK(fill("{{sku | default:x}}").find("in double quotes") != std::string::npos);
    CHECK(fill("{{sku {{title}}").find("expected a name") != std::string::npos);
    CHECK(fill("{{\"a\" b}}").find("not closed") != std::string::npos);
}

TEST_CASE("the place of a template is found in the source, behind escapes and over lines")
{
    const manifest::source_text source("m", "k: |\n  \u00e9 {{a}}\n  {{b}} {{ \"{{\" }} {{c}}\n");
    CHECK(manifest::mark_of(source, 3, 0) == manifest::mark{2, 5});
    CHECK(manifest::mark_of(source, 3, 1) == manifest::mark{3, 3});
    CHECK(manifest::mark_of(source, 3, 4) == manifest::mark{3, 20});
    CHECK(manifest::mark_of(source, 3, 9) == manifest::mark{1, 4}); // the scalar, at least
}

TEST_CASE("a value cannot make a folder")
{
    const auto path = [](const std::string& text) {
        return fill(text, template_text::insertion::path);
    };
    CHECK(path("a/{{evil}}.png") == "a/..-..-etc-passwd-.png");
    CHECK(manifest::check_output_path(path("{{evil}}")).empty());
    CHECK(path("{{ \"a\\b\" }}") == "a-b");
}

TEST_CASE("only paths inside the output folder are good")
{
    using manifest::check_output_path;
    for (const auto* good : {"a", "a.png", "a/b/c.png", "..a", "a..b/c", ".hidden/x", "ledger.json",
                             "x/ledger.jsonl", "\u65e5\u672c.png", "a b.png"})
        CHECK_MESSAGE(check_output_path(good) == "", good);
    for (const auto* bad : {"", "/a", "a//b", "a/", "./a", "a/./b", "..", "../a", "a/../b", "a/..",
                            "ledger.jsonl", "report.html", "summary.json", "manifest.yaml",
                            ".darkroom", ".darkroom/x", "ledger.jsonl/x", "a\nb", "a\x7f"})
        CHECK_MESSAGE(check_output_path(bad) != "", bad);
    CHECK(check_output_path(std::string("a\0b", 3)) != "");
    CHECK(check_output_path(std::string(240, 'x')) == "");
    CHECK(check_output_path(std::string(241, 'x')) != "");
    std::string deep;
    for (int i = 0; i < 300; ++i)
        deep += "abc/";
    CHECK(check_output_path(deep + "x").find("1201 bytes") != std::string::npos);
    CHECK(manifest::check_item_id("a/b: c").empty());
    CHECK(manifest::check_item_id(std::string(200, 'x')).empty());
    CHECK(!manifest::check_item_id(std::string(201, 'x')).empty());
    CHECK(!manifest::check_item_id("a\tb").empty());
}

TEST_CASE("a hundred thousand names are told apart, and the first place is remembered")
{
    manifest::seen_names seen;
    CHECK(!seen.find("x"));
    for (std::uint32_t i = 0; i < 100'000; ++i)
        REQUIRE(!seen.add("name-" + std::to_string(i), {1, i}));
    CHECK(seen.size() == 100'000);
    for (std::uint32_t i = 0; i < 100'000; i += 997)
        CHECK(seen.add("name-" + std::to_string(i), {2, 0})->line == i);
    CHECK(seen.find("name-5")->job == 1);
    CHECK(!seen.find("name-100000"));
    seen.clear();
    CHECK(!seen.find("name-5"));
    CHECK(!seen.add("name-5", {}));
}
