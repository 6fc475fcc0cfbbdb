#include "engine/job/token_estimate.hpp"

#include "engine/job/item.hpp"

#include <algorithm>
#include <array>

namespace engine::job {

namespace {

// gpt-image-1, -1-mini, -1.5 and chatgpt-image-latest bill by a table; every other model by the
// gpt-image-2 rule.
bool bills_by_table(std::string_view model)
{
    constexpr std::string_view first = "gpt-image-1";
    if (model.starts_with("chatgpt-image"))
        return true;
    if (!model.starts_with(first))
        return false;
    // "-mini", ".5" or nothing; another digit would be another model.
    return model.size() == first.size() || model[first.size()] == '-' || model[first.size()] == '.';
}

int quality_step(std::string_view quality)
{
    if (quality == "low")
        return 16;
    if (quality == "medium")
        return 48;
    if (quality == "xhigh" || quality == "max")
        return 192;
    return 96; // high, and the safe reading of auto
}

std::int64_t by_formula(image_size size, std::string_view quality)
{
    const std::int64_t q = quality_step(quality);
    const std::int64_t l = size.long_edge();
    const std::int64_t s =
        (2 * q * size.short_edge() + l) / (2 * l); // q * short / long, rounded half up
    return (q * s * (2'000'000 + size.area()) + 3'999'999) / 4'000'000;
}

// The official dollars for each picture of gpt-image-1-mini are more than the table's tokens at its
// price: between 290 and 322 tokens more at all nine sizes and qualities. The upper end is taken.
constexpr std::int64_t mini_surcharge = 322;

std::int64_t by_table(std::optional<image_size> size, std::string_view quality)
{
    // square, portrait, landscape (official table)
    constexpr std::array<std::int64_t, 3> low = {272, 408, 400};
    constexpr std::array<std::int64_t, 3> medium = {1056, 1584, 1568};
    constexpr std::array<std::int64_t, 3> high = {4160, 6240, 6208};
    const auto& row = quality == "low" ? low : quality == "medium" ? medium : high;
    if (!size || (*size != image_size{1024, 1024} && *size != image_size{1024, 1536} &&
                  *size != image_size{1536, 1024}))
        return *std::ranges::max_element(row);
    return size->width == size->height ? row[0] : size->width < size->height ? row[1] : row[2];
}

// The dearest size within gpt-image-2's bounds: the largest square (the rule falls with the aspect
// ratio), 2880 x 2880 = 8,294,400 pixels.
constexpr image_size dearest = {2880, 2880};

// About four bytes a token, and about 6 around them (contract, section 8: observed).
std::int64_t text_tokens_expected(std::size_t bytes)
{
    return static_cast<std::int64_t>(bytes) / 4 + 6;
}

// A transcript of a short prompt without images read 311 tokens and wrote 58. An image is taken for
// the 85 + 4 * 170 tokens that the vision guide gives a square one of earlier text models. The rest
// are guesses.
void add_mainline(const image_request& request, token_estimate& estimate)
{
    constexpr std::int64_t overhead_low = 200;
    constexpr std::int64_t overhead_expected = 250;
    constexpr std::int64_t output_low = 20;
    constexpr std::int64_t output_expected = 58;
    constexpr std::int64_t image_expected = 765;
    const auto inputs =
        static_cast<std::int64_t>(request.references.size()) + (request.mask ? 1 : 0);
    // What a chain has said so far is read again: each picture, and each answer at its longest.
    const std::int64_t turns = std::max({request.chain_length, request.continues ? 1 : 0,
                                         request.previous_response_id.empty() ? 0 : 1});
    const auto images = (inputs + turns) * mainline_tokens_per_image;
    const auto said = text_tokens_expected(request.prompt.size()) + overhead_expected;
    estimate.low.mainline_input =
        text_tokens_expected(request.prompt.size()) + overhead_low + inputs * image_expected;
    estimate.expected.mainline_input =
        said + inputs * image_expected + turns * (said + image_expected + output_expected);
    estimate.worst.mainline_input = static_cast<std::int64_t>(request.prompt.size()) * (turns + 1) +
                                    mainline_overhead_tokens + images +
                                    turns * mainline_output_tokens_max;
    estimate.low.mainline_output = output_low;
    estimate.expected.mainline_output = output_expected;
    estimate.worst.mainline_output = mainline_output_tokens_max;
}

} // namespace

std::int64_t output_tokens(std::string_view model, std::optional<image_size> size,
                           std::string_view quality)
{
    if (bills_by_table(model))
        return by_table(size, quality) +
               (model.starts_with("gpt-image-1-mini") ? mini_surcharge : 0);
    return by_formula(size.value_or(dearest), quality);
}

std::int64_t reference_tokens(std::string_view model, const reference_image& reference,
                              std::string_view input_fidelity)
{
    if (!bills_by_table(model))
        return 1536;
    const std::int64_t tiles =
        std::int64_t{(reference.size.width + 511) / 512} * ((reference.size.height + 511) / 512);
    return 65 + 129 * std::clamp<std::int64_t>(tiles, 1, 16) + (input_fidelity == "low" ? 0 : 6240);
}

usage enrichment_usage_worst(const item& wanted)
{
    constexpr std::int64_t framing = 64; // roles and separators; a guess
    const auto& enrich = wanted.enrich.value();
    usage worst;
    // A byte-level vocabulary never makes more than one token of a byte.
    worst.mainline_input =
        static_cast<std::int64_t>(enrich.instructions.size() + wanted.request.prompt.size()) +
        framing;
    worst.mainline_output = enrich.output_tokens_max; // sent as max_output_tokens
    return worst;
}

usage enrichment_usage_expected(const item& wanted)
{
    const auto& enrich = wanted.enrich.value();
    usage expected;
    expected.mainline_input = text_tokens_expected(enrich.instructions.size()) +
                              text_tokens_expected(wanted.request.prompt.size());
    expected.mainline_output = std::min<std::int64_t>(
        enrich.output_tokens_max,
        enriched_tokens_expected + text_tokens_expected(wanted.request.prompt.size()));
    return expected;
}

token_estimate estimate_tokens(const image_request& request)
{
    token_estimate estimate;
    const bool quality_open = request.quality.empty() || request.quality == "auto";
    constexpr image_size square = {1024, 1024};
    // For an open size the cheap guess is a square: what `auto` usually gives.
    const auto output = [&](std::optional<image_size> size, std::string_view quality) {
        return output_tokens(request.model, size, quality_open ? quality : request.quality);
    };
    const std::int64_t partials =
        100 * std::int64_t{request.partial_images}; // official guide: 100 each
    std::int64_t images = 0;
    for (const auto& reference : request.references)
        images += reference_tokens(request.model, reference, request.input_fidelity);
    if (request.continues) { // the earlier picture, whose size may not be known yet
        reference_image earlier;
        earlier.size = dearest;
        images += reference_tokens(request.model, earlier, request.input_fidelity);
    }
    if (request.mask)
        images += reference_tokens(request.model, *request.mask, request.input_fidelity);

    estimate.low.output_image = output(request.size.value_or(square), "low");
    estimate.expected.output_image = output(request.size.value_or(square), "medium") + partials;
    estimate.worst.output_image = output(request.size, "high") + partials;

    estimate.low.input_text = estimate.expected.input_text =
        text_tokens_expected(request.prompt.size());
    // A byte-level vocabulary never makes more than one token of a byte: a true bound, which a cap
    // needs.
    estimate.worst.input_text = static_cast<std::int64_t>(request.prompt.size()) + 64;
    estimate.low.input_image = images / 2;
    estimate.expected.input_image = images;
    estimate.worst.input_image = images + images / 4;
    if (!request.mainline_model.empty())
        add_mainline(request, estimate);
    return estimate;
}

} // namespace engine::job
