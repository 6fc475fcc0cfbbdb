#include "engine/job/capability.hpp"

#include "tests/support/job_samples.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace engine;
using job::capability_table;
using job::check_request;
using job::complaint;
using job::image_request;
using support::photo;
using support::request_for;

namespace {

// What the built-in table says of a request, one "field: message" a line; warnings have a '?'.
std::string verdict(const image_request& request,
                    const capability_table& table = capability_table::builtin())
{
    std::string text;
    for (const auto& [field, message, warning] : check_request(request, table.find(request.model)))
        text += field + (warning ? "?: " : ": ") + message + "\n";
    return text;
}

// The fields that are refused, in order, separated by spaces.
std::string refused(const image_request& request,
                    const capability_table& table = capability_table::builtin())
{
    std::string fields;
    for (const auto& [field, message, warning] : check_request(request, table.find(request.model)))
        if (!warning)
            fields += (fields.empty() ? "" : " ") + field;
    return fields;
}

image_request sized(std::string_view model, std::string_view size)
{
    auto request = request_for(model);
    request.size = job::parse_image_size(size);
    REQUIRE(request.size);
    return request;
}

capability_table table_from(std::string_view text)
{
    auto document = base::parse_json(text, "models.json");
    REQUIRE(document);
    auto table = capability_table::parse(*document, "models.json");
    REQUIRE(table);
    return *table;
}

std::string parse_failure(std::string_view text)
{
    auto document = base::parse_json(text, "models.json");
    REQUIRE(document);
    auto table = capability_table::parse(*document, "models.json");
    REQUIRE(!table);
    return table.error().message();
}

} // namespace

TEST_CASE("an ordinary request for the main model raises nothing")
{
    for (const char* model : {"gpt-image-2", "gpt-image-2-2026-04-21", "gpt-image-2.5-sunburst",
                              "gpt-image-2.5-flare-2026-09-08", "gpt-image-2.6-flare"})
        CHECK_MESSAGE(verdict(request_for(model)) == "", model);
}

TEST_CASE("gpt-image-2 takes every size within its four bounds, and none beyond")
{
    for (const char* size : {"1024x1024", "1536x1024", "1024x1536", "2048x1152", "2560x1440",
                             "1024x640",                // exactly 655,360 pixels
                             "1408x480", "480x1408"}) { // 2.93:1
        CHECK_MESSAGE(verdict(sized("gpt-image-2", size)) == "", size);
        CHECK_MESSAGE(verdict(sized("gpt-image-2.5-flare", size)) == "", size);
    }
    struct {
        const char* size;
        const char* rule;
    } const beyond[] = {
        {"1000x1024", "both edges must be multiples of 16"},
        {"1024x1032", "both edges must be multiples of 16"},
        {"3856x1600", "the long edge may be at most 3840"},
        {"1600x3856", "the long edge may be at most 3840"},
        {"1552x512", "the long edge may be at most 3 times the short one"},
        {"512x1552", "the long edge may be at most 3 times the short one"},
        {"1008x640", "expected 655360 to 8294400 pixels, this is 645120"},
        {"2896x2880", "expected 655360 to 8294400 pixels, this is 8340480"},
        {"4096x4096", "the long edge may be at most 3840"},
    };
    for (const auto& [size, rule] : beyond) {
        const auto text = verdict(sized("gpt-image-2", size));
        CHECK_MESSAGE(text.find(rule) != std::string::npos, size << ": " << text);
        CHECK_MESSAGE(text.find(std::string("size ") + size) != std::string::npos, text);
    }
    // All that is wrong, not just the first.
    CHECK(refused(sized("gpt-image-2", "4001x1001")) == "size size size");
}

TEST_CASE("sizes on the bounds pass, with a warning above 2560x1440")
{
    for (const char* size :
         {"3840x2160", "2160x3840", "2880x2880", "3840x1280", "1280x3840", "2048x2048"}) {
        const auto text = verdict(sized("gpt-image-2", size));
        CHECK_MESSAGE(text.starts_with("size?: "), size << ": " << text);
        CHECK_MESSAGE(text.find("experimental") != std::string::npos, text);
        CHECK(refused(sized("gpt-image-2", size)) == "");
    }
    CHECK(verdict(sized("gpt-image-2", "2560x1440")) == "");
}

TEST_CASE("the models before 2 know three sizes and auto")
{
    for (const char* model : {"gpt-image-1.5", "gpt-image-1-mini", "chatgpt-image-latest"}) {
        for (const char* size : {"1024x1024", "1536x1024", "1024x1536"})
            CHECK_MESSAGE(refused(sized(model, size)) == "", model << " " << size);
        auto automatic = request_for(model);
        automatic.size.reset();
        CHECK(refused(automatic) == "");
        CHECK(refused(sized(model, "2048x2048")) == "size");
        CHECK(verdict(sized(model, "1152x2048"))
                  .find("expected one of 1024x1024, 1536x1024, 1024x1536 or auto") !=
              std::string::npos);
    }
}

TEST_CASE("a model that is gone is refused with its date, one that goes is warned about")
{
    CHECK(verdict(request_for("gpt-image-1")) ==
          "model: model 'gpt-image-1' is no longer offered: shut down on 2026-10-23\n");
    CHECK(refused(request_for("gpt-image-1-2025-04-23")) == "model");
    CHECK(refused(request_for("dall-e-3")) == "model");
    CHECK(refused(request_for("dall-e-2")) == "model");
    CHECK(verdict(request_for("gpt-image-1.5")) ==
          "model?: model 'gpt-image-1.5': shutdown announced for 2026-12-01\n");
    // Not the mini: a longer name wins over the retired family it begins with.
    CHECK(refused(request_for("gpt-image-1-mini")) == "");
}

TEST_CASE("an entry covers its snapshots and variants, never another model's name")
{
    const auto& table = capability_table::builtin();
    CHECK(table.find("gpt-image-2-2026-04-21")->model == "gpt-image-2");
    CHECK(table.find("gpt-image-2.5-sunburst-2026-09-08")->model == "gpt-image-2.5");
    CHECK(table.find("gpt-image-1-mini-2025-10-06")->model == "gpt-image-1-mini");
    CHECK(table.find("gpt-image-20") == nullptr);
    CHECK(table.find("gpt-image-2.7-flare") == nullptr);
    CHECK(table.find("gpt-image") == nullptr);
    CHECK(table.find("") == nullptr);
}

TEST_CASE("a model that nobody knows passes with one warning and the rules that hold for all")
{
    auto request = request_for("painter-9");
    request.size = job::image_size{777, 12'001};
    request.quality = "sublime";
    request.input_fidelity = "high";
    CHECK(verdict(request) == "model?: model 'painter-9' is not in the capability table: its "
                              "options are not checked\n");
    request.input_fidelity = "hgih";
    request.prompt.clear();
    request.stream = false;
    request.partial_images = 2;
    request.mask = photo("m.png", {8, 8});
    CHECK(refused(request) == "input_fidelity partial_images mask prompt");
}

TEST_CASE("quality and background are one of the model's words, with a hint for a slip")
{
    auto request = request_for("gpt-image-2");
    request.quality = "hihg";
    CHECK(verdict(request) == "quality: quality 'hihg': expected low, medium, high, auto for model "
                              "'gpt-image-2'; did you mean 'high'?\n");
    request.quality = "xhigh"; // of the 2.5 family
    CHECK(refused(request) == "quality");
    request.model = "gpt-image-2.5-flare";
    CHECK(refused(request) == "");
    request.quality = "max";
    CHECK(refused(request) == "");
    request.quality = "hd"; // of DALL-E
    CHECK(refused(request) == "quality");
    request.quality.clear();
    CHECK(refused(request) == "");
    request.background = "transprent";
    CHECK(verdict(request).find("did you mean 'transparent'?") != std::string::npos);
}

TEST_CASE("a transparent background is refused where sources disagree, and never with jpeg")
{
    auto request = request_for("gpt-image-2");
    request.background = "transparent";
    CHECK(refused(request) == "background");
    // The way out is named: it takes a flat one away afterwards.
    CHECK(verdict(request).find("key_background: { color: \"#00ff00\" }") != std::string::npos);
    for (const char* model : {"gpt-image-1.5", "gpt-image-1-mini", "gpt-image-2.5-flare"}) {
        request.model = model;
        request.format.reset(); // the API's default is png
        CHECK_MESSAGE(refused(request) == "", model);
        request.format = job::image_format::webp;
        CHECK_MESSAGE(refused(request) == "", model);
        request.format = job::image_format::jpeg;
        CHECK_MESSAGE(refused(request) == "background", model);
    }
    request.background = "opaque";
    CHECK(refused(request) == "");
}

TEST_CASE("compression is 0 to 100 and goes with jpeg and webp only")
{
    auto request = request_for("gpt-image-2");
    request.compression = 80;
    CHECK(verdict(request) ==
          "compression: compression goes with format jpeg or webp, not png\n"); // the default
    request.format = job::image_format::png;
    CHECK(refused(request) == "compression");
    for (const auto format : {job::image_format::jpeg, job::image_format::webp}) {
        request.format = format;
        for (const int good : {0, 80, 100}) {
            request.compression = good;
            CHECK(refused(request) == "");
        }
        for (const int bad : {-1, 101}) {
            request.compression = bad;
            CHECK(refused(request) == "compression");
        }
    }
}

TEST_CASE("partials are 0 to 3 and need a stream")
{
    auto request = request_for("gpt-image-2");
    for (const int good : {0, 1, 3}) {
        request.partial_images = good;
        CHECK(refused(request) == "");
    }
    for (const int bad : {-1, 4}) {
        request.partial_images = bad;
        CHECK(refused(request) == "partial_images");
    }
    request.partial_images = 1;
    request.stream = false;
    CHECK(verdict(request) == "partial_images: partial images come only with stream: true\n");
    request.partial_images = 0;
    CHECK(refused(request) == "");
}

TEST_CASE("input_fidelity is sent only to the models that know it")
{
    auto request = request_for("gpt-image-2");
    request.references = {photo("a.png", {1024, 1024})};
    request.input_fidelity = "high";
    CHECK(verdict(request) == "input_fidelity: model 'gpt-image-2' takes no input_fidelity; leave "
                              "it out\n");
    request.model = "gpt-image-1.5";
    CHECK(refused(request) == "");
    request.model = "gpt-image-1-mini";
    CHECK(refused(request) == "input_fidelity");
    request.input_fidelity = "low";
    CHECK(refused(request) == "");
}

TEST_CASE("references are at most 16, of three formats, and below 50 MB each")
{
    auto request = request_for("gpt-image-2");
    for (int i = 0; i < 16; ++i)
        request.references.push_back(photo("r.png", {512, 512}));
    CHECK(refused(request) == "");
    request.references.push_back(photo("r.png", {512, 512}));
    CHECK(verdict(request) ==
          "references: 17 reference images; model 'gpt-image-2' takes at most 16\n");

    request.references.resize(3);
    request.references[1].bytes = 49'999'999;
    CHECK(refused(request) == "");
    request.references[1].bytes = 50'000'000;
    request.references[1].source = "huge.png";
    CHECK(verdict(request) ==
          "references[1]: huge.png has 50000000 bytes; it must be below 50000000\n");
    request.references.resize(1);
    for (const auto format :
         {job::image_format::png, job::image_format::jpeg, job::image_format::webp}) {
        request.references[0].format = format;
        CHECK(refused(request) == "");
    }
    const auto strict =
        table_from(R"({"models": {"m": {"reference_formats": ["png"], "references_max": 0}}})");
    request.model = "m";
    CHECK(refused(request, strict) == "references references[0]");
    CHECK(verdict(request, strict).find("r.png is webp; model 'm' takes png") != std::string::npos);
}

TEST_CASE("a mask is a PNG with alpha, as large as the first reference, below 4 MB")
{
    auto request = request_for("gpt-image-2");
    request.references = {photo("lamp.jpg", {1024, 768}), photo("light.png", {640, 640})};
    request.references[0].format = job::image_format::jpeg;
    request.mask = photo("mask.png", {1024, 768});
    request.mask->has_alpha = true;
    CHECK(refused(request) == "");

    auto wrong = request;
    wrong.mask->size = {640, 640}; // that of the second
    CHECK(verdict(wrong) == "mask: mask.png is 640x640; a mask must have the size of the first "
                            "reference, lamp.jpg, which is 1024x768\n");
    wrong = request;
    wrong.mask->has_alpha = false;
    CHECK(verdict(wrong).find("must be a PNG with an alpha channel") != std::string::npos);
    wrong = request;
    wrong.mask->format = job::image_format::webp;
    CHECK(refused(wrong) == "mask");
    wrong = request;
    wrong.mask->bytes = 4'000'000;
    CHECK(refused(wrong) == "mask");
    wrong.mask->bytes = 3'999'999;
    CHECK(refused(wrong) == "");
    wrong.references.clear();
    CHECK(verdict(wrong) == "mask: a mask needs a reference image to be edited\n");
    const auto maskless = table_from(R"({"models": {"m": {"masks": false}}})");
    request.model = "m";
    CHECK(verdict(request, maskless) == "mask: model 'm' takes no mask\n");
}

TEST_CASE("a prompt has 1 to 32,000 characters, not bytes")
{
    auto request = request_for("gpt-image-2");
    request.prompt.clear();
    CHECK(verdict(request) == "prompt: the prompt is empty\n");
    for (int i = 0; i < 32'000; ++i)
        request.prompt += "\u65e5"; // three bytes each
    CHECK(refused(request) == "");
    request.prompt += "x";
    CHECK(verdict(request) ==
          "prompt: the prompt has 32001 characters; at most 32000 are allowed\n");
}

TEST_CASE("complaints come in the order of the manifest's fields")
{
    auto request = sized("gpt-image-1", "16x16");
    request.quality = "best";
    request.background = "pink";
    request.compression = 5;
    request.partial_images = 9;
    request.references = {photo("r.png", {8, 8})};
    request.references[0].bytes = 60'000'000;
    request.mask = photo("m.jpg", {9, 9});
    request.prompt.clear();
    CHECK(refused(request) == "model size quality background compression partial_images "
                              "references[0] mask mask prompt");
}

TEST_CASE("an entry like another takes its fields and says only what differs")
{
    const auto table = table_from(R"({"models": {
        "one": {"status": "current", "edge_multiple": 8, "qualities": ["fine"], "streams": false,
                "allows_auto_size": false, "note": "slow", "ratio_max": 2.5},
        "two": {"like": "one", "streams": true, "note": "", "sizes": ["64x64"]}}})");
    const auto* two = table.find("two");
    REQUIRE(two);
    CHECK(two->model == "two");
    CHECK(two->edge_multiple == 8);
    CHECK(two->qualities == std::vector<std::string>{"fine"});
    CHECK(two->streams);
    CHECK(two->note.empty());
    CHECK(two->sizes == std::vector<job::image_size>{{64, 64}});
    auto request = request_for("one");
    request.quality = "fine";
    request.size.reset();
    CHECK(refused(request, table) == "size stream"); // no auto size, no stream
    request.size = job::image_size{800, 312};
    CHECK(verdict(request, table).find("at most 2.5 times the short one") != std::string::npos);
    CHECK(table.names() == std::vector<std::string_view>{"one", "two"});
}

TEST_CASE("a manifest changes one field of a known model and keeps the others")
{
    auto table = capability_table::builtin();
    REQUIRE(table.set("gpt-image-2",
                      *base::parse_json(R"({"backgrounds": ["transparent", "opaque"]})", "x"),
                      "catalog.yaml"));
    auto request = request_for("gpt-image-2");
    request.background = "transparent";
    CHECK(refused(request, table) == "");
    request.size = job::image_size{1000, 1000};
    CHECK(refused(request, table) == "size");     // still known
    CHECK(refused(request) == "size background"); // the built-in table is as it was

    REQUIRE(table.set("house-model", *base::parse_json(R"({"like": "gpt-image-2"})", "x"), "y"));
    CHECK(table.find("house-model-v2")->edge_multiple == 16);
}

TEST_CASE("a table that cannot be meant is refused, naming file, model and field")
{
    CHECK(parse_failure(R"({"models": {"m": {"qualites": ["low"]}}})")
              .find("models.m: unknown field 'qualites'; did you mean 'qualities'?") !=
          std::string::npos);
    CHECK(parse_failure(R"({"models": {"m": {"like": "n"}}})").find("models.json") !=
          std::string::npos);
    CHECK(parse_failure(R"({"models": {"m": {"like": "n"}}})")
              .find("like: expected the name of a model") != std::string::npos);
    for (const char* fields : {
             R"({"edge_multiple": 0})",
             R"({"edge_multiple": 1.5})",
             R"({"edge_multiple": "16"})",
             R"({"long_edge_max": 100000})",
             R"({"ratio_max": 0.5})",
             R"({"pixels_min": -1})",
             R"({"sizes": "1024x1024"})",
             R"({"sizes": ["auto"]})",
             R"({"qualities": "low"})",
             R"({"qualities": [1]})",
             R"({"streams": 1})",
             R"({"note": 5})",
             R"({"status": "retierd"})",
             R"({"partial_images_max": 101})",
             R"({"mask_bytes_max": -5})",
             "7",
             "null",
         })
        CHECK_MESSAGE(
            parse_failure(std::string(R"({"models": {"m": )") + fields + "}}").find("models.m: ") !=
                std::string::npos,
            fields);
    CHECK(parse_failure(R"({"models": []})").find("expected a map of models") != std::string::npos);
    CHECK(parse_failure("{}").find("expected a map of models") != std::string::npos);
    const auto fields = capability_table::field_names();
    CHECK(std::ranges::find(fields, "like") != fields.end());
    CHECK(std::ranges::find(fields, "prompt_characters_max") != fields.end());
}
