#include "engine/manifest/expansion.hpp"

#include "engine/manifest/reference_files.hpp"
#include "tests/manifest/manifest_folder.hpp"

#include <doctest/doctest.h>
#include <set>

using namespace engine;
using support::expand;
using support::manifest_folder;
using support::one_job;
using namespace std::string_literals;

namespace {

std::string ids(const std::vector<job::item>& items)
{
    std::string all;
    for (const auto& item : items)
        all += (all.empty() ? "" : " ") + item.id;
    return all;
}

// A PNG header; sniff() looks no further than the first IDAT.
std::string png(unsigned width, unsigned height, bool alpha, std::string_view tail = "")
{
    const auto big32 = [](unsigned value) {
        return std::string{static_cast<char>(value >> 24), static_cast<char>(value >> 16 & 255),
                           static_cast<char>(value >> 8 & 255), static_cast<char>(value & 255)};
    };
    std::string file = "\x89PNG\r\n\x1a\n" + big32(13) + "IHDR" + big32(width) + big32(height);
    file += std::string{8, static_cast<char>(alpha ? 6 : 2), 0, 0, 0} + "\0\0\0\0"s + big32(1) +
            "IDATx" + big32(0) + big32(0) + "IEND" + big32(0);
    return file + std::string(tail);
}

} // namespace

TEST_CASE("rows, cells and copies come in order, copies fastest")
{
    const manifest_folder folder;
    folder.write("p.csv", "sku\nl\nm\n");
    const auto all = expand(folder, one_job(R"yaml(    id: "{{sku}}{{a}}{{b}}"
    rows: p.csv
    matrix: { a: [1, 2], b: [x, y] }
    count: 2
    prompt: "{{sku}} {{a}} {{b}}"
)yaml"));
    CHECK(all.complaints == "");
    CHECK(ids(all.items) == "l1x-1 l1x-2 l1y-1 l1y-2 l2x-1 l2x-2 l2y-1 l2y-2 "
                            "m1x-1 m1x-2 m1y-1 m1y-2 m2x-1 m2x-2 m2y-1 m2y-2");
    std::set<std::string> keys;
    for (const auto& item : all.items)
        keys.insert(item.key);
    CHECK(keys.size() == 16);
    CHECK(all.items[1].copy == 2);
    CHECK(all.items[0].request.prompt == all.items[1].request.prompt);
    CHECK(all.items[0].variables.dump() == R"({"sku":"l","a":1,"b":"x"})");
    CHECK(all.items[0].origin.line == 3);
    CHECK(all.items[0].origin.column == 5);
}

TEST_CASE("a copy number in the id is not put there twice")
{
    const manifest_folder folder;
    const auto all = expand(folder, "version: 1\ndefaults: { route: simulator, model: gpt-image-2, "
                                    "prompt: a mug, count: 2 }\njobs:\n  - id: a\n  - id: "
                                    "\"b{{copy}}\"\n  - id: \"c{{item.index}}\"\n");
    CHECK(ids(all.items) == "a-1 b1 c1 a-2 b2 c2"); // in turns
}

TEST_CASE("a job without anything else is complete")
{
    const manifest_folder folder;
    const auto all = expand(folder, one_job("    id: a\n    prompt: \"a mug\\n\"\n"));
    REQUIRE(all.items.size() == 1);
    const auto& item = all.items.front();
    CHECK(item.request.prompt == "a mug");
    CHECK(!item.request.size);
    CHECK(!item.request.format);
    CHECK(item.request.stream);
    CHECK(item.request.partial_images == 0);
    CHECK(item.timeout == std::chrono::milliseconds(300'000));
    CHECK(item.retry.max_attempts == 5);
    CHECK(item.retry.on_unknown == job::unknown_policy::hold);
    CHECK(!item.expect.size);
    CHECK(item.expect.format == job::image_format::png);
    CHECK(item.expect.alpha == job::expectation::alpha_rule::any);
    REQUIRE(item.outputs.size() == 1);
    CHECK(item.outputs[0].name == "image");
    CHECK(item.outputs[0].format == job::output_format::original);
    CHECK(item.outputs[0].path == "a.png");
    CHECK(item.routes.size() == 1);
    CHECK(item.routes[0].name() == "simulator/images/gpt-image-2");
    CHECK(item.routes[0].simulated);
    CHECK(!item.log_prompt);
    CHECK(item.key.size() == 64);
}

TEST_CASE("every key of a job arrives where it belongs")
{
    const manifest_folder folder;
    folder.write("refs/a.png", png(64, 48, false));
    folder.write("refs/m.png", png(64, 48, true));
    const auto all = expand(folder, R"yaml(version: 1
log: { prompts: true }
references: { brand: [{ file: refs/a.png, rights: "owned" }] }
jobs:
  - id: x
    route: [{ provider: openai, model: gpt-image-1.5 }, simulator]
    model: gpt-image-2
    prompt: { subject: " s ", avoid: "text ", style: "", composition: c }
    references: [brand, { file: ./refs/a.png }]
    mask: refs/m.png
    size: 1024x1024
    quality: high
    background: transparent
    moderation: low
    format: webp
    compression: 80
    stream: false
    timeout: 2m
    retry: { max_attempts: 2, on_unknown: retry }
    outputs:
      - { name: a }
      - { name: b, format: jpeg, quality: 70, metadata: strip, background: black, path: "b/{{id}}.{{ext}}" }
      - { name: c, format: webp, lossless: true, fit: { width: 10, height: 20, mode: pad, pad_color: "#00000080", enlarge: true } }
)yaml");
    // An empty part is a mistake, and the second model knows no transparent background.
    CHECK(all.complaints.find("m.yaml:8:54: error: prompt.style: expected text, found an empty "
                              "text") != std::string::npos);
    auto fixed = expand(folder, [&] {
        std::string text = folder.disk().read(folder.path("m.yaml"), 10'000).value();
        text.replace(text.find("style: \"\", "), 11, "");
        text.replace(text.find("simulator]"), 10, "{ provider: simulator, model: gpt-image-2.5 }]");
        return text;
    }());
    CHECK(fixed.complaints.find("error") == std::string::npos);
    REQUIRE(fixed.items.size() == 1);
    const auto& item = fixed.items.front();
    const auto& request = item.request;
    CHECK(request.model == "gpt-image-1.5");
    CHECK(request.prompt == "Subject:  s\nComposition: c\nAvoid: text");
    CHECK(request.references.size() == 2);
    CHECK(request.references[0].source == "refs/a.png");
    CHECK(request.references[0].rights == "owned");
    CHECK(request.references[0].size == job::image_size{64, 48});
    CHECK(request.references[0].sha256 == request.references[1].sha256);
    CHECK(request.references[0].bytes == png(64, 48, false).size());
    CHECK(request.mask->has_alpha);
    CHECK(request.mask->path == folder.path("refs/m.png"));
    CHECK(request.size == job::image_size{1024, 1024});
    CHECK(request.quality == "high");
    CHECK(request.background == "transparent");
    CHECK(request.moderation == "low");
    CHECK(request.format == job::image_format::webp);
    CHECK(request.compression == 80);
    CHECK(!request.stream);
    CHECK(item.log_prompt);
    CHECK(item.timeout == std::chrono::milliseconds(120'000));
    CHECK(item.retry.max_attempts == 2);
    CHECK(item.retry.on_unknown == job::unknown_policy::retry);
    CHECK(item.expect.size == job::image_size{1024, 1024});
    CHECK(item.expect.format == job::image_format::webp);
    CHECK(item.expect.alpha == job::expectation::alpha_rule::required);
    CHECK(item.routes[1].name() == "simulator/images/gpt-image-2.5");
    REQUIRE(item.outputs.size() == 3);
    CHECK(item.outputs[0].path == "x/a.webp");
    CHECK(item.outputs[1].path == "b/x.jpg");
    CHECK(item.outputs[2].path == "x/c.webp");
    CHECK(item.outputs[1].quality == 70);
    CHECK(item.outputs[1].metadata == job::metadata_policy::strip);
    CHECK(item.outputs[1].background == job::rgba_color{0, 0, 0, 255});
    CHECK(item.outputs[2].lossless);
    CHECK(item.outputs[2].fit->mode == job::fit_mode::pad);
    CHECK(item.outputs[2].fit->pad_color == job::rgba_color{0, 0, 0, 128});
    CHECK(item.outputs[2].fit->enlarge);
    CHECK(item.outputs[2].fit->height == 20);
}

TEST_CASE("what is expected can be said apart from what is asked")
{
    const manifest_folder folder;
    const auto all = expand(folder, one_job("    id: a\n    prompt: a mug\n    size: 1024x1024\n"
                                            "    expect: { size: any, format: any, alpha: "
                                            "forbidden }\n"));
    REQUIRE(all.items.size() == 1);
    CHECK(!all.items[0].expect.size);
    CHECK(!all.items[0].expect.format);
    CHECK(all.items[0].expect.alpha == job::expectation::alpha_rule::forbidden);
    const auto other = expand(folder, one_job("    id: a\n    prompt: a mug\n    expect: { size: "
                                              "10x20, format: webp }\n"));
    CHECK(other.items[0].expect.size == job::image_size{10, 20});
    CHECK(other.items[0].expect.format == job::image_format::webp);
}

TEST_CASE("rows may fill in every text of the request, and are held to its words")
{
    const manifest_folder folder;
    folder.write("p.csv", "n,size,quality,format,background,moderation,model\n"
                          "1,1024x1024,low,png,opaque,auto,gpt-image-2\n"
                          "2,auto,high,webp,auto,low,gpt-image-2.5\n"
                          "3,huge,low,png,opaque,auto,gpt-image-2\n"
                          "4,1000x1000,low,png,opaque,auto,gpt-image-2\n"
                          "5,auto,,png,opaque,auto,gpt-image-2\n"
                          "6,auto,low,jpg,opaque,auto,gpt-image-2\n"
                          "7,auto,low,png,opaqe,auto,gpt-image-2\n"
                          "8,auto,low,png,opaque,none,gpt-image-2\n"
                          "9,auto,low,png,opaque,auto,\n"
                          "10,auto,low,png,opaque,auto,dall-e-3\n");
    const auto all = expand(folder, R"yaml(version: 1
jobs:
  - id: "{{n}}"
    rows: p.csv
    route: simulator
    model: "{{model}}"
    size: "{{size}}"
    quality: "{{quality}}"
    format: "{{format}}"
    background: "{{background}}"
    moderation: "{{moderation}}"
    prompt: mug {{n}}
)yaml");
    CHECK(ids(all.items) == "1 2");
    CHECK(all.items[1].request.format == job::image_format::webp);
    CHECK(!all.items[1].request.size);
    CHECK(all.items[1].request.model == "gpt-image-2.5");
    CHECK(all.found.errors() == 8);
    for (const auto* line :
         {"p.csv:4:1: error: size: expected auto or WIDTHxHEIGHT",
          "p.csv:5:1: error: size 1000x1000", "p.csv:6:1: error: quality: is empty",
          "p.csv:7:1: error: format: expected png, jpeg or "
          "webp, found 'jpg'",
          "p.csv:8:1: error: background: expected transparent, opaque or auto, found 'opaqe'; did "
          "you mean 'opaque'? [m.yaml:10:17]",
          "p.csv:9:1: error: moderation: expected auto or low",
          "p.csv:10:1: error: model: is empty", "p.csv:11:1: error: model 'dall-e-3'"})
        CHECK_MESSAGE(all.complaints.find(line) != std::string::npos, line, "\n", all.complaints);
}

TEST_CASE("all mistakes of all jobs are told at once, those in the rows too")
{
    const manifest_folder folder;
    folder.write("p.csv", "sku,title\nl,Lamp\nm\n");
    folder.write("q.csv", "sku,title\nl,\n");
    const auto all = expand(folder, R"yaml(version: 1
defaults: { route: simulator, model: gpt-image-2, timeout: 30 }
jobs:
  - { id: "{{sku}}", rows: p.csv, prompt: "{{titel}}", stream: yes }
  - { id: "x-{{sku}}", rows: q.csv, prompt: "{{title}}" }
  - { id: a, rows: nope.csv, prompt: x, size: 7 }
)yaml");
    CHECK(all.items.empty());
    CHECK(all.complaints ==
          "m.yaml:2:60: error: timeout: expected a time from 100ms to 24h with its unit, such as "
          "300s or 5m, found the number 30; for seconds write 30s\n"
          "m.yaml:4:44: error: prompt: 'titel' is not defined; did you mean 'title'?\n"
          "m.yaml:4:64: error: stream: expected true or false, found the text 'yes'; write true\n"
          "m.yaml:6:20: error: rows: nope.csv: No such file or directory\n"
          "m.yaml:6:47: error: size: expected auto or WIDTHxHEIGHT in pixels, such as 1536x1024, "
          "found the number 7\n"
          "q.csv:2:1: error: prompt: is empty [m.yaml:5:45]\n"
          "p.csv:3:1: error: 1 field, but the first line names 2 columns\n");
}

TEST_CASE("a thousand bad rows are twenty complaints and a count")
{
    const manifest_folder folder;
    std::string rows = "sku,title\n";
    for (int i = 0; i < 1000; ++i)
        rows += "s" + std::to_string(i) + ",\n";
    folder.write("p.csv", rows + "good,Lamp\n");
    const auto all =
        expand(folder, one_job("    id: \"{{sku}}\"\n    rows: p.csv\n    matrix: { a: "
                               "[1, 2] }\n    prompt: \"{{title}}\"\n    path: "
                               "\"{{sku}}-{{a}}.png\"\n"));
    // The second cell of each row has the same name.
    CHECK(all.found.errors() == 21);
    CHECK(all.complaints.find("more problems in the rows of this job") != std::string::npos);
    CHECK(ids(all.items) == "good");
}

TEST_CASE("two items of one name, and two files of one name, are told with both places")
{
    const manifest_folder folder;
    folder.write("p.csv", "sku,t\nl,1\nm,2\nl,3\n");
    const auto all = expand(folder, one_job("    id: \"{{sku}}\"\n    rows: p.csv\n    prompt: mug "
                                            "{{t}}\n  - route: simulator\n    model: gpt-image-2\n "
                                            "   id: m\n    prompt: x\n    priority: -1\n"));
    CHECK(all.complaints ==
          "p.csv:4:1: error: id: a second item named 'l'; the first is that of p.csv:2 "
          "[m.yaml:5:9]\n"
          "m.yaml:10:9: error: id: a second item named 'm'; the first is that of p.csv:3\n");
    const auto paths = expand(folder, one_job("    id: \"{{t}}\"\n    rows: p.csv\n    prompt: mug "
                                              "{{t}}\n    path: \"{{sku}}.png\"\n"));
    CHECK(paths.complaints ==
          "p.csv:4:1: error: path of output 'image': 'l.png' is written by an item of p.csv:2 too; "
          "add {{id}} or {{output}} to the path [m.yaml:8:11]\n");
}

TEST_CASE("a path cannot be a file for one item and a folder for another")
{
    const manifest_folder folder;
    const std::string head =
        "version: 1\ndefaults: { route: simulator, model: gpt-image-2, prompt: "
        "x }\njobs:\n";
    const auto file_first =
        expand(folder, head + "  - { id: a, path: x/y }\n  - { id: b, path: x/y/z.png }\n");
    CHECK(file_first.complaints.find(
              "m.yaml:5:20: error: path of output 'image': 'x/y/z.png' needs "
              "the folder 'x/y', which is a file of an item of m.yaml:4") == 0);
    const auto folder_first =
        expand(folder, head + "  - { id: b, path: x/y/z.png }\n  - { id: a, path: x/y }\n");
    CHECK(folder_first.complaints.find("'x/y' is a folder for an item of m.yaml:4") !=
          std::string::npos);
}

TEST_CASE("a hostile cell stays in the output folder")
{
    const manifest_folder folder;
    folder.write("p.csv", "sku,t\n../../etc/x,1\n..,2\n/abs,3\n\"a\nb\",4\n.darkroom,5\n");
    const auto all = expand(folder, one_job("    id: \"{{t}}\"\n    rows: p.csv\n    prompt: mug "
                                            "{{t}}\n    path: \"{{sku}}/{{sku}}.{{ext}}\"\n"));
    REQUIRE(all.items.size() == 3);
    CHECK(all.items[0].outputs[0].path == "..-..-etc-x/..-..-etc-x.png");
    CHECK(all.items[1].outputs[0].path == "-abs/-abs.png");
    CHECK(all.items[2].outputs[0].path == "a-b/a-b.png");
    CHECK(all.complaints.find("p.csv:3:1: error: path of output 'image': '../...png' leaves") !=
          std::string::npos);
    CHECK(all.complaints.find("p.csv:7:1: error: path of output 'image': '.darkroom/.darkroom.png' "
                              "is a name that the engine keeps") != std::string::npos);
}

TEST_CASE("inline rows keep what was written, and may differ from each other")
{
    const manifest_folder folder;
    const auto all = expand(folder, one_job(R"yaml(    id: "{{sku}}"
    rows:
      - { sku: 012, price: 3.50, winter: yes, note: ~ }
      - { sku: 12, price: -0.5, winter: true }
      - { sku: m }
    prompt: "{{sku}} {{price | default:\"-\"}} {{winter | default:\"-\"}} {{note | default:\"-\"}}"
)yaml"));
    CHECK(all.complaints == "");
    REQUIRE(all.items.size() == 3);
    CHECK(all.items[0].request.prompt == "012 3.50 yes -");
    CHECK(all.items[0].variables.dump() == R"({"sku":"012","price":3.5,"winter":"yes","note":""})");
    CHECK(all.items[1].variables.dump() == R"({"sku":12,"price":-0.5,"winter":"true"})");
    CHECK(all.items[2].request.prompt == "m - - -");
}

TEST_CASE("a matrix value may be a template over the row")
{
    const manifest_folder folder;
    folder.write("p.csv", "sku,scene\nl,beach\n");
    const auto all = expand(folder, one_job(R"yaml(    id: "{{sku}}-{{view}}"
    rows: p.csv
    matrix:
      include:
        - { view: hero, setting: plain }
        - { view: scene, setting: "a {{scene}} ({{view}})"
}
    prompt: "{{sku}}, {{setting}}"
)yaml"));
    CHECK(all.complaints == "");
    REQUIRE(all.items.size() == 2);
    CHECK(all.items[1].request.prompt == "l, a beach (scene)");
    CHECK(all.items[1].variables.dump() ==
          R"json({"sku":"l","scene":"beach","view":"scene","setting":"a beach (scene)"})json");
    const auto wrong = expand(folder, one_job(R"yaml(    id: "{{sku}}"
    rows: p.csv
    matrix: { a: ["x {{scen}}"], b: ["{{"] }
    prompt: x
)yaml"));
    CHECK(wrong.complaints == "m.yaml:7:39: error: matrix.b: '{{' without '}}'; write {{ \"{{\" }} "
                              "for the characters themselves\n");
    const auto undefined = expand(folder, one_job(R"yaml(    id: "{{sku}}"
    rows: p.csv
    matrix: { a: ["x {{scen}}"] }
    prompt: x
)yaml"));
    CHECK(undefined.complaints ==
          "m.yaml:7:22: error: matrix.a: 'scen' is not defined; did you mean 'scene'?\n");
}

TEST_CASE("include and exclude are those of GitHub Actions")
{
    const manifest_folder folder;
    const auto all = expand(
        folder,
        one_job(
            R"yaml(    id: "{{fruit}}-{{animal}}{{color | default:\"\"}}{{shape | default:\"\"}}"
    matrix:
      fruit: [apple, pear]
      animal: [cat, dog]
      include:
        - { color: green }
        - { color: pink, animal: cat }
        - { fruit: apple, shape: circle }
        - { fruit: banana, animal: "" }
        - { fruit: banana, animal: cat }
    prompt: x{{fruit}}{{animal}}
)yaml"));
    CHECK(all.complaints == "");
    // The example of its documentation; a new cell is not extended by a later entry.
    CHECK(ids(all.items) == "apple-catpinkcircle apple-doggreencircle pear-catpink pear-doggreen "
                            "banana- banana-cat");
    const auto excluded = expand(folder, one_job(R"yaml(    id: "{{a}}{{b}}"
    matrix: { a: [1, 2], b: [x, y], exclude: [{ a: 1, b: y }, { a: 2 }, { b: z }] }
    prompt: x
)yaml"));
    CHECK(ids(excluded.items) == "1x");
    CHECK(excluded.complaints ==
          "m.yaml:6:73: warning: matrix.exclude: no cell has these values\n");
}

TEST_CASE("a matrix that would be too large is refused")
{
    const manifest_folder folder;
    std::string list = "[0";
    for (int i = 1; i < 120; ++i)
        list += ", " + std::to_string(i);
    list += "]";
    const auto all = expand(folder, one_job("    id: x\n    matrix: { a: " + list + ", b: " + list +
                                            " }\n    prompt: x\n"));
    CHECK(all.complaints.find("matrix: more than 10000 cells") != std::string::npos);
    CHECK(all.found.errors() == 1);
}

TEST_CASE("a row and the matrix may not say the same thing")
{
    const manifest_folder folder;
    folder.write("p.jsonl", "{\"sku\":\"l\",\"a\":1}\n{\"sku\":\"m\"}\n");
    const auto all = expand(folder, one_job("    id: \"{{sku}}-{{a}}\"\n    rows: p.jsonl\n    "
                                            "matrix: { a: [x] }\n    prompt: x\n"));
    CHECK(ids(all.items) == "m-x");
    CHECK(all.complaints ==
          "p.jsonl:1:1: error: this row has a 'a', and so has the matrix; give one "
          "of them another name [m.yaml:7:13]\n");
}

TEST_CASE("references are read once and held against the model")
{
    const manifest_folder folder;
    folder.write("l.png", png(64, 48, false));
    folder.write("cut.png", png(64, 48, false).substr(0, 30));
    folder.write("page.png", "<html></html>");
    folder.write("profile.png", [] { // two MiB before the picture starts
        std::string file = png(8, 8, false);
        std::string chunk{0, 0x20, 0, 0};
        chunk += "iCCP" + std::string(0x200000, 'p') + "\0\0\0\0"s;
        return file.insert(33, chunk);
    }());
    folder.write("p.csv", "sku\nl\ncut\npage\nnone\nprofile\n");
    const auto all = expand(folder, one_job("    id: \"{{sku}}\"\n    rows: p.csv\n    prompt: "
                                            "x\n    references: [{ file: \"{{sku}}.png\" }]\n"));
    CHECK(ids(all.items) == "l profile");
    CHECK(all.items[1].request.references[0].bytes > 0x200000);
    CHECK(all.complaints ==
          "m.yaml:8:26: error: file: 'cut.png': the file is cut off; expected a PNG, JPEG or "
          "WebP "
          "image [row p.csv:3]\n"
          "m.yaml:8:26: error: file: 'page.png': looks like an HTML page; expected a PNG, JPEG "
          "or "
          "WebP image [row p.csv:4]\n"
          "m.yaml:8:26: error: file: 'none.png': No such file or directory [row p.csv:5]\n");
}

TEST_CASE("a changed reference is another picture, a changed path is not")
{
    const manifest_folder folder;
    const std::string yaml =
        one_job("    id: a\n    prompt: x\n    references: [{ file: l.png }]\n");
    folder.write("l.png", png(64, 48, false));
    const auto before = expand(folder, yaml);
    folder.write("l.png", png(64, 48, false, "more"));
    const auto changed = expand(folder, yaml);
    const auto moved = expand(folder, yaml + "    path: other.png\n    timeout: 1m\n");
    REQUIRE(before.items.size() == 1);
    CHECK(before.items[0].key != changed.items[0].key);
    CHECK(changed.items[0].key == moved.items[0].key);
}

TEST_CASE("a warning is told once, however many items it is about")
{
    const manifest_folder folder;
    const auto all = expand(folder, "version: 1\njobs:\n  - id: a\n    count: 50\n    route: "
                                    "simulator\n    model: my-model\n    prompt: x\n");
    CHECK(all.items.size() == 50);
    CHECK(all.complaints.find("m.yaml:6:12: warning: model 'my-model' is not in the capability "
                              "table") == 0);
    CHECK(all.found.warnings() == 1);
}

TEST_CASE("rows without rows make nothing and say so")
{
    const manifest_folder folder;
    folder.write("p.csv", "sku,title\n");
    folder.write("p.jsonl", "\n");
    const auto all = expand(folder, R"yaml(version: 1
defaults: { route: simulator, model: gpt-image-2, prompt: x }
jobs:
  - { id: a, rows: p.csv }
  - { id: b, rows: p.jsonl }
  - { id: c, rows: [] }
)yaml");
    CHECK(all.items.empty());
    CHECK(all.complaints ==
          "m.yaml:4:20: warning: rows: p.csv has no rows, so this job makes nothing\n"
          "m.yaml:5:20: warning: rows: p.jsonl has no rows, so this job makes nothing\n"
          "m.yaml:6:20: warning: rows: the list is empty, so this job makes nothing\n");
}

TEST_CASE("going through the items again gives the same items")
{
    const manifest_folder folder;
    folder.write("p.csv", "sku\na\nb\nc\n");
    folder.write("m.yaml", one_job("    id: \"{{sku}}\"\n    rows: p.csv\n    prompt: x{{sku}}\n"));
    manifest::problems found;
    const auto source = manifest::load(folder.disk(), folder.path("m.yaml"), found);
    REQUIRE(source);
    manifest::item_source items(*source, folder.disk());
    std::vector<std::string> first, second;
    CHECK(items.next(found)->id == "a");
    items.rewind(); // in the middle
    while (const auto item = items.next(found))
        first.push_back(item->key);
    CHECK(!items.next(found)); // stays at the end
    items.rewind();
    manifest::item_source moved(std::move(items));
    while (const auto item = moved.next(found))
        second.push_back(item->key);
    CHECK(first.size() == 3);
    CHECK(first == second);
    CHECK(found.text() == "");
}

TEST_CASE("fifty thousand rows stream through")
{
    const manifest_folder folder;
    std::string rows = "sku,title\n";
    for (int i = 0; i < 50'000; ++i)
        rows += "s" + std::to_string(i) + ",\"lamp, \"\"no\"\" " + std::to_string(i) + "\"\n";
    folder.write("p.csv", rows);
    folder.write("m.yaml",
                 one_job("    id: \"{{sku}}\"\n    rows: p.csv\n    prompt: \"{{title}}\"\n"));
    manifest::problems found;
    const auto source = manifest::load(folder.disk(), folder.path("m.yaml"), found);
    REQUIRE(source);
    manifest::item_source items(*source, folder.disk());
    long count = 0;
    std::string last;
    while (const auto item = items.next(found)) {
        ++count;
        last = item->request.prompt;
    }
    CHECK(found.text() == "");
    CHECK(count == 50'000);
    CHECK(last == "lamp, \"no\" 49999");
}

TEST_CASE("what is known of reference files is bounded, and the recent ones stay")
{
    const manifest_folder folder;
    folder.write("a.png", png(8, 8, false, "a"));
    folder.write("b.png", png(8, 8, false, "b"));
    folder.write("c.png", png(8, 8, false, "c"));
    manifest::reference_files files(folder.disk(), 1);
    const auto hash_of = [&](const std::string& name) {
        return files.inspect(folder.path(name)).value().sha256;
    };
    const auto a = hash_of("a.png");
    CHECK(hash_of("b.png") != a); // a is old now
    folder.write("a.png", png(8, 8, false, "changed"));
    CHECK(hash_of("a.png") == a); // still known
    (void)hash_of("b.png");
    (void)hash_of("c.png");
    (void)hash_of("b.png");
    (void)hash_of("c.png");
    CHECK(hash_of("a.png") != a); // forgotten, and read again
}

TEST_CASE("a name that no inline row has is the template's mistake, told once")
{
    const manifest_folder folder;
    const auto all =
        expand(folder, one_job("    id: \"{{sku}}\"\n    rows: [{ sku: l }, { sku: m }, "
                               "{ sku: n }]\n    prompt: a {{skuu}} mug\n"));
    CHECK(all.complaints ==
          "m.yaml:7:15: error: prompt: 'skuu' is not defined; did you mean 'sku'?\n");
}

TEST_CASE("an expansion can be cut short")
{
    const manifest_folder folder;
    folder.write("p.csv", "sku,title\na,\nb,x\nc,\nd,x\n");
    folder.write("m.yaml", one_job("    id: \"{{sku}}\"\n    rows: p.csv\n    prompt: "
                                   "\"{{title}}\"\n  - { id: z, route: simulator, model: "
                                   "gpt-image-2, prompt: x, priority: -1 }\n"));
    manifest::problems found;
    const auto source = manifest::load(folder.disk(), folder.path("m.yaml"), found);
    REQUIRE(source);
    manifest::item_source items(*source, folder.disk(), 3);
    CHECK(items.next(found)->id == "b");
    CHECK(!items.next(found));
    CHECK(!items.next(found));
    CHECK(found.errors() == 2); // a and c; d and z were not looked at
    items.rewind();
    CHECK(items.next(found)->id == "b");
}
