// token_estimate: how many tokens a request will use, before it is sent. Estimates; the bill goes
// by reported usage.
#pragma once

#include "engine/job/image_request.hpp"
#include "engine/job/usage.hpp"

#include <string_view>

namespace engine::job {

// Output image tokens of one finished picture, without partials.
// gpt-image-2 and later: the community's reconstruction, which agrees with every reading found (see
// tests/golden/contract/gpt_image_2_output_tokens.json); low, medium, high are q = 16, 48, 96;
// xhigh and max of the 2.5 family are taken as high * 2, a guess on the safe side of the
// third-party figures. Earlier models: the official table for their three sizes; other sizes take
// the largest; gpt-image-1-mini has 322 on top, which its official dollars show. Size "auto" takes
// the worst size the model allows, quality "auto" or empty takes high.
[[nodiscard]] std::int64_t output_tokens(std::string_view model, std::optional<image_size> size,
                                         std::string_view quality);

// Input tokens of one reference image, an upper estimate: gpt-image-2 budgets 1536 patches an image
// (community figure); earlier models at high fidelity 65 + 129 per 512 px tile + 6240.
[[nodiscard]] std::int64_t reference_tokens(std::string_view model,
                                            const reference_image& reference,
                                            std::string_view input_fidelity);

// Responses API: what the text model reads and writes around one image. All three are guesses; no
// rule was found. The output bound is sent as max_output_tokens where the provider takes it, and is
// then no guess.
inline constexpr std::int64_t mainline_overhead_tokens = 1500;   // the tool's own description
inline constexpr std::int64_t mainline_tokens_per_image = 1536;  // as gpt-image-2 budgets
inline constexpr std::int64_t mainline_output_tokens_max = 2000; // reasoning included

// What the text model reads and writes at most when it rewrites the item's prompt; mainline tokens
// only. The item must have an enrichment.
struct item;
[[nodiscard]] usage enrichment_usage_worst(const item& wanted);
// What it reads and writes as a rule: the prompt again, and as much more as a rewriter adds.
inline constexpr std::int64_t enriched_tokens_expected = 40; // a guess
[[nodiscard]] usage enrichment_usage_expected(const item& wanted);

struct token_estimate {
    usage low;      // size and quality at their cheapest where they are "auto"
    usage expected; // medium quality and a square where they are "auto"; all partials arrive
    usage worst;    // what is reserved: dearest size and quality, all partials, one text token per
                    // byte of prompt
};
[[nodiscard]] token_estimate estimate_tokens(const image_request& request);

} // namespace engine::job
