#include "engine/job/token_estimate.hpp"

#include "engine/base/json.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/job_samples.hpp"

#include <array>
#include <doctest/doctest.h>

using namespace engine;
using job::estimate_tokens;
using job::image_size;
using job::output_tokens;
using support::photo;
using support::request_for;

namespace {

// Quality and the official tokens of the models before 2: square, portrait, landscape.
struct table_row {
    const char* quality;
    std::array<std::int64_t, 3> tokens;
};
constexpr std::array<table_row, 3> official_table = {{
    {"low", {272, 408, 400}},
    {"medium", {1056, 1584, 1568}},
    {"high", {4160, 6240, 6208}},
}};
constexpr std::array<image_size, 3> table_sizes = {{{1024, 1024}, {1024, 1536}, {1536, 1024}}};

} // namespace

TEST_CASE("gpt-image-2 agrees with every reading and every computed vector on file")
{
    const auto document =
        base::parse_json(support::golden("contract/gpt_image_2_output_tokens.json"), "vectors");
    REQUIRE(document);
    int compared = 0;
    for (const auto& row : (*document)["rows"].items()) {
        const image_size size = {static_cast<int>(row["w"].integer_or(0)),
                                 static_cast<int>(row["h"].integer_or(0))};
        const auto quality = row["quality"].text_or({});
        const auto expected = row["tokens"].integer_or(-1);
        CHECK_MESSAGE(output_tokens("gpt-image-2", size, quality) == expected,
                      to_string(size) << " " << quality);
        CHECK(output_tokens("gpt-image-2-2026-04-21", size, quality) == expected);
        CHECK(output_tokens("gpt-image-2.5-flare", size, quality) == expected);
        ++compared;
    }
    CHECK(compared == 54);
}

TEST_CASE("the readings that are in the contract's text but not in the vectors agree too")
{
    CHECK(output_tokens("gpt-image-2", image_size{1024, 1024}, "auto") == 7024); // taken as high
    CHECK(output_tokens("gpt-image-2", image_size{1024, 1024}, "") == 7024);
    // Not monotonic in pixels.
    CHECK(output_tokens("gpt-image-2", image_size{2048, 2048}, "high") >
          output_tokens("gpt-image-2", image_size{3840, 2160}, "high"));
}

TEST_CASE("models before 2 go by the official table, the mini a little above it")
{
    for (const char* model :
         {"gpt-image-1", "gpt-image-1.5", "gpt-image-1.5-2025-12-16", "chatgpt-image-latest"})
        for (const auto& [quality, tokens] : official_table)
            for (std::size_t i = 0; i < table_sizes.size(); ++i)
                CHECK_MESSAGE(output_tokens(model, table_sizes[i], quality) == tokens[i],
                              model << " " << quality << " " << to_string(table_sizes[i]));
    CHECK(output_tokens("gpt-image-1-mini", image_size{1024, 1024}, "low") == 272 + 322);
    // "auto" and sizes the table does not know take the largest of their row.
    CHECK(output_tokens("gpt-image-1.5", std::nullopt, "medium") == 1584);
    CHECK(output_tokens("gpt-image-1.5", image_size{2048, 2048}, "low") == 408);
    CHECK(output_tokens("gpt-image-1.5", image_size{1024, 1024}, "auto") == 4160);
    // Another model, whatever it begins with.
    CHECK(output_tokens("gpt-image-10", image_size{1024, 1024}, "high") == 7024);
    CHECK(output_tokens("painter", image_size{1024, 1024}, "high") == 7024);
}

TEST_CASE("no size that gpt-image-2 takes costs more than what auto is reserved at")
{
    for (const char* quality : {"low", "medium", "high", "max"}) {
        const auto reserved = output_tokens("gpt-image-2", std::nullopt, quality);
        std::int64_t dearest = 0;
        for (int width = 16; width <= 3840; width += 16)
            for (int height = 16; height <= width; height += 16) {
                const image_size size = {width, height};
                if (width > 3 * height || size.area() < 655'360 || size.area() > 8'294'400)
                    continue;
                const auto tokens = output_tokens("gpt-image-2", size, quality);
                dearest = std::max(dearest, tokens);
                if (tokens != output_tokens("gpt-image-2", {{height, width}}, quality))
                    FAIL("turned by 90 degrees it costs something else: " << to_string(size));
            }
        CHECK(dearest == reserved);
    }
}

TEST_CASE("better quality never costs less")
{
    for (const char* model : {"gpt-image-1.5", "gpt-image-2", "gpt-image-2.5-flare"})
        for (const auto size : table_sizes) {
            std::int64_t before = 0;
            for (const char* quality : {"low", "medium", "high", "xhigh", "max"}) {
                const auto tokens = output_tokens(model, size, quality);
                CHECK(tokens >= before);
                before = tokens;
            }
        }
}

TEST_CASE("partials cost 100 output tokens each, where they are expected to come")
{
    auto request = request_for("gpt-image-1.5");
    request.quality = "high";
    request.partial_images = 3;
    const auto estimate = estimate_tokens(request);
    CHECK(estimate.expected.output_image == 4460); // the transcript of the contract, section 8
    CHECK(estimate.worst.output_image == 4460);
    CHECK(estimate.low.output_image == 4160); // fewer than asked may come
}

TEST_CASE("what is open is guessed cheap, usual and dear")
{
    auto request = request_for("gpt-image-2");
    request.size.reset();
    request.quality = "auto";
    auto estimate = estimate_tokens(request);
    CHECK(estimate.low.output_image == 196);
    CHECK(estimate.expected.output_image == 1756);
    CHECK(estimate.worst.output_image == 23'719); // 2880x2880 high
    request.quality.clear();
    CHECK(estimate_tokens(request).worst == estimate.worst);

    request.size = image_size{1024, 1024};
    request.quality = "high";
    estimate = estimate_tokens(request);
    CHECK(estimate.low.output_image == 7024);
    CHECK(estimate.worst.output_image == 7024);
}

TEST_CASE("the worst guess of a prompt is a true bound: no token is shorter than a byte")
{
    auto request = request_for("gpt-image-2");
    for (const char* text : {"", "x", "\u65e5\u672c\u8a9e", "a lamp on a table"}) {
        request.prompt = text;
        const auto estimate = estimate_tokens(request);
        CHECK(estimate.worst.input_text >= static_cast<std::int64_t>(request.prompt.size()) + 6);
        CHECK(estimate.expected.input_text <= estimate.worst.input_text);
        CHECK(estimate.low.input_image == 0);
        CHECK(estimate.worst.input_image == 0);
    }
}

TEST_CASE("references and the mask are counted, each by its model's rule")
{
    const auto square = photo("a.png", {1024, 1024});
    CHECK(job::reference_tokens("gpt-image-2", square, "") == 1536);
    CHECK(job::reference_tokens("painter", square, "") == 1536);
    // 65 + 129 for one tile: the transcript of the contract, section 8.
    CHECK(job::reference_tokens("gpt-image-1", photo("b.png", {512, 512}), "low") == 194);
    CHECK(job::reference_tokens("gpt-image-1.5", square, "low") == 65 + 129 * 4);
    CHECK(job::reference_tokens("gpt-image-1.5", square, "high") == 65 + 129 * 4 + 6240);
    CHECK(job::reference_tokens("gpt-image-1.5", square, "") == 65 + 129 * 4 + 6240);
    CHECK(job::reference_tokens("gpt-image-1.5", photo("c.png", {513, 1}), "low") == 65 + 129 * 2);
    CHECK(job::reference_tokens("gpt-image-1.5", photo("d.png", {}), "low") == 194);
    CHECK(job::reference_tokens("gpt-image-1.5", photo("e.png", {9999, 9999}), "low") ==
          65 + 129 * 16); // larger ones are scaled down first

    auto request = request_for("gpt-image-2");
    request.references = {square, square};
    request.mask = square;
    const auto estimate = estimate_tokens(request);
    CHECK(estimate.expected.input_image == 3 * 1536);
    CHECK(estimate.low.input_image == 3 * 1536 / 2);
    CHECK(estimate.worst.input_image == 3 * 1536 * 5 / 4);
    CHECK(estimate.worst.total() ==
          estimate.worst.input_text + estimate.worst.input_image + estimate.worst.output_image);
}
