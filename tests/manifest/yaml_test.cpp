#include "engine/manifest/yaml_tree.hpp"

#include "engine/manifest/scalar.hpp"

#include <doctest/doctest.h>

using namespace engine;
using manifest::mark;

namespace {

// The tree as JSON, or the complaints.
std::string read(const std::string& text, manifest::yaml_limits limits = {})
{
    const manifest::source_text source("m", text);
    manifest::problems found;
    const auto root = manifest::parse_yaml(source, found, limits);
    const auto complaints = found.text();
    return root && found.ok() ? manifest::to_json(*root).dump() : complaints;
}

} // namespace

TEST_CASE("scalars mean what the YAML 1.2 core schema says")
{
    CHECK(
        read("[1, -2, 0o17, 0x1F, 1.5, .5, 1e3, true, False, ~, null, yes, 1_000, \"1\", 1:30]") ==
        R"([1,-2,15,31,1.5,0.5,1000,true,false,null,null,"yes","1_000","1","1:30"])");
    CHECK(read("[012, +3, 99999999999999999999, 1., 0x, 0o9, '', 1e, .]") ==
          R"([12,3,1e+20,1,"0x","0o9","","1e","."])");
    CHECK(read("[!!str 12, !!int 12, ! 12]") == R"(["12",12,"12"])");
    CHECK(manifest::scalar_kind_of(".inf") == manifest::scalar_kind::real);
    CHECK(*manifest::scalar_real("-.inf") < -1e300);
    CHECK(*manifest::scalar_real("1e999") > 1e300);
    CHECK(manifest::scalar_real(".nan").has_value());
    CHECK(!manifest::scalar_real("inf"));
    CHECK(manifest::scalar_integer("-0x1F") == std::nullopt);
}

TEST_CASE("durations have a unit")
{
    using namespace std::chrono_literals;
    CHECK(manifest::parse_duration("300s") == 300'000ms);
    CHECK(manifest::parse_duration("1500ms") == 1500ms);
    CHECK(manifest::parse_duration("5m") == 300'000ms);
    CHECK(manifest::parse_duration("0.5h") == 1'800'000ms);
    for (const auto* bad :
         {"", "300", "s", "-5s", "5 s", "5min", ".5s", "5.s", "1.2.3s", "1e3s", "99999999999999h"})
        CHECK_MESSAGE(!manifest::parse_duration(bad), bad);
}

TEST_CASE("marks count lines and characters, whatever stands before them")
{
    const manifest::source_text source(
        "m", "\xEF\xBB\xBF\u00e9: \u00fc\r\n\u65e5\u672c: [x, \u8a9e, y]\n"
             "k: &a  !!str  v\nl: *a\n");
    manifest::problems found;
    const auto root = manifest::parse_yaml(source, found);
    REQUIRE(root);
    const auto at = [&](std::uint32_t offset) { return source.mark_at(offset); };
    CHECK(at(root->find("\u00e9")->value->offset) == mark{1, 4});
    CHECK(at(root->find("\u65e5\u672c")->key_offset) == mark{2, 1});
    CHECK(at(root->find("\u65e5\u672c")->value->items[2]->offset) == mark{2, 12});
    CHECK(at(root->find("k")->value->offset) == mark{3, 15}); // behind anchor and tag
    CHECK(at(root->find("l")->value->offset) == mark{3, 15}); // where it was written
    CHECK(source.mark_at(100'000) == mark{5, 1});
}

TEST_CASE("a mark far into a long line is right and cheap")
{
    std::string text = "k: [";
    for (int i = 0; i < 50'000; ++i)
        text += "\u00e9, ";
    text += "end]";
    const manifest::source_text source("m", text);
    manifest::problems found;
    const auto root = manifest::parse_yaml(source, found);
    REQUIRE(root);
    CHECK(source.mark_at(root->find("k")->value->items.back()->offset) == mark{1, 150'005});
}

TEST_CASE("merge keys give what is not there, the nearest first")
{
    CHECK(read("a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], x: 0}\nd: {<<: *b}\n") ==
          R"({"a":{"x":1,"y":1},"b":{"y":2,"z":2},"c":{"x":0,"y":1,"z":2},"d":{"y":2,"z":2}})");
    CHECK(read("a: {\"<<\": 1}") == R"({"a":{"<<":1}})"); // quoted: a key like any other
    CHECK(read("a: {<<: [1]}").find("<<: expected a mapping") != std::string::npos);
    CHECK(read("a: &a {x: 1}\nb:\n  <<: *a\n  <<: *a\n").find("duplicate key '<<'") !=
          std::string::npos);
}

TEST_CASE("merging goes map by map and replaces the rest")
{
    const manifest::source_text source(
        "m", "u: {a: 1, m: {x: 1, y: 1}, l: [1, 2]}\nt: {m: {y: 2}, l: [3], n: 4}\n");
    manifest::problems found;
    const auto root = manifest::parse_yaml(source, found);
    const auto under = root->find("u")->value, top = root->find("t")->value;
    CHECK(manifest::to_json(*manifest::merge_over(under, top)).dump() ==
          R"({"a":1,"m":{"x":1,"y":2},"l":[3],"n":4})");
    CHECK(manifest::merge_over(nullptr, top) == top);
    CHECK(manifest::merge_over(under, nullptr) == under);
    CHECK(manifest::merge_over(under, root->find("t")->value->find("n")->value)->text == "4");
}

TEST_CASE("large maps merge too")
{
    std::string text = "u: {";
    for (int i = 0; i < 100; ++i)
        text += "k" + std::to_string(i) + ": u, ";
    text += "z: u}\nt: {";
    for (int i = 50; i < 150; ++i)
        text += "k" + std::to_string(i) + ": t, ";
    text += "y: t}\n";
    const manifest::source_text source("m", text);
    manifest::problems found;
    const auto root = manifest::parse_yaml(source, found);
    REQUIRE(root);
    const auto merged = manifest::merge_over(root->find("u")->value, root->find("t")->value);
    CHECK(merged->entries.size() == 152);
    CHECK(merged->find("k49")->value->text == "u");
    CHECK(merged->find("k50")->value->text == "t");
    CHECK(merged->find("k149")->value->text == "t");
}

TEST_CASE("what is wrong is said at its place")
{
    CHECK(read("a: 1\na: 2\n") == "m:2:1: error: duplicate key 'a'\n");
    CHECK(read("a: \"x\ny: 1\n") == "m:1:4: error: this quote is never closed\n");
    CHECK(read("a: 'it''s\n") == "m:1:4: error: this quote is never closed\n");
    CHECK(read("a: \"x\\\"\n") == "m:1:4: error: this quote is never closed\n");
    CHECK(read("a: 'b' # it's\nc: \"d\n") == "m:2:4: error: this quote is never closed\n");
    CHECK(read("- a\nb: 1\n").find("m:2:1: error: this does not belong") == 0);
    CHECK(read("a: [1, {b: 2\n") == "m:1:8: error: this '{' is never closed\n");
    CHECK(read("a:\n\tb: 1\n") == "m:2:1: error: a tab in the indentation; use spaces\n");
    CHECK(read("a:\n  b: 1\n \tc: 1\n") == "m:3:2: error: a tab in the indentation; use spaces\n");
    CHECK(read("a: |\n  text\n  \twith a tab\n") == R"({"a":"text\n\twith a tab\n"})");
    CHECK(read("a: \x01") == "m:1:4: error: a control character; remove it, or write it as an "
                             "escape in double quotes\n");
    CHECK(read("\u00e9\xff") == "m:1:2: error: not valid UTF-8; save the file as UTF-8\n");
    CHECK(read("\xff\xfe"
               "a") == "m:1:1: error: this file is UTF-16; save it as UTF-8\n");
    CHECK(read("").find("the file is empty") != std::string::npos);
    CHECK(read("? a\n: 1\n") == R"({"a":1})");
    CHECK(read(": 1\n") == "m:1:1: error: expected a key before ':'\n");
    CHECK(read("a: &a x\n*a : 1\n").find("an alias cannot be a key") != std::string::npos);
    CHECK(read("a: !x [1]\nb: !!set {c: 1}\nd: !!binary x\n") ==
          "m:1:7: error: unknown tag '!x'; a manifest needs no tags\n"
          "m:2:10: error: unknown tag 'tag:yaml.org,2002:set'; a manifest needs no tags\n"
          "m:3:13: error: unknown tag 'tag:yaml.org,2002:binary'; a manifest needs no tags\n");
    CHECK(read("%YAML 2.0\n---\na: 1\n").find("m:") == 0);
    CHECK(read("{a: 1} }\n").find("m:1:8: error: a closing bracket") == 0);
    CHECK(read("a: \"\\q\"\n").find("m:1:5: error: an escape") == 0);
}

TEST_CASE("hostile documents are refused within bounds")
{
    CHECK(read("a: " + std::string(100, 'x'), {.bytes_max = 50}).find("at most 50 are read") !=
          std::string::npos);
    CHECK(read("a: [1, 2, 3]", {.nodes_max = 4}).find("more than 4 values") != std::string::npos);
    CHECK(read("a: &a [1, 2, 3]\nb: [*a, *a]", {.nodes_max = 12}).find("aliases multiply") !=
          std::string::npos);
    CHECK(read("a: [[1]]", {.depth_max = 2}).find("m:1:5: error: nested deeper than 2") == 0);
    CHECK(read("a: &a [[1]]\nb: [*a]", {.depth_max = 3}).find("m:2:5: error: nested deeper") == 0);
    // A bracket that never ends must not be read to the end of the file.
    const auto brackets = read(std::string(1 << 20, '['));
    CHECK_MESSAGE(brackets.find("nested too deeply") != std::string::npos, brackets);
    const auto long_list = read("[" + std::string(100'000, 'x') + ", " + std::string(400'000, ' '),
                                {.lookahead_bytes_max = 300'000});
    CHECK_MESSAGE(long_list.find("longer than") != std::string::npos, long_list);
    CHECK(read(std::string(1000, '-')).find("m:") != 0); // a plain text, after all
    std::string nested;
    for (int i = 0; i < 600; ++i)
        nested += "- ";
    CHECK(read(nested).find("nested deeper than 64") != std::string::npos);
}

TEST_CASE("problems are noted once, bounded, and printed in order")
{
    manifest::problems found;
    CHECK(found.text().empty());
    CHECK(found.error("b", {2, 1}, "second\x1b"));
    CHECK(!found.error("b", {2, 1}, "second\x1b"));
    CHECK(found.error("a", {9, 9}, "other file"));
    CHECK(found.warn("b", {1, 5}, "first"));
    CHECK(found.error("b", {1, 4}, std::string(5000, 'x')));
    CHECK(found.given() == 4);
    CHECK(found.errors() == 3);
    CHECK(found.warnings() == 1);
    const auto text = found.text();
    CHECK(text.find("b:1:4: error: xxx") == 0);
    CHECK(text.find("xxx...\nb:1:5: warning: first\nb:2:1: error: second?\na:9:9: error: other") !=
          std::string::npos);
    for (int i = 0; i < 500; ++i)
        found.error("c", {i + 1, 1}, "many");
    CHECK(found.list().size() == 101);
    CHECK(found.unlisted() == 403);
    CHECK(found.text().ends_with("... and 403 more\n"));
}
