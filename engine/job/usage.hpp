// usage: tokens by modality, as a provider reports them after an image.
#pragma once

#include <cstdint>
#include <optional>

namespace engine::job {

// Counts of tokens. Where the provider gives totals only, the parts are filled by the rule that
// dialects state.
struct usage {
    std::int64_t input_text = 0;
    std::int64_t input_image = 0;
    std::int64_t input_cached = 0; // part of the two above that was billed at the cached price
    std::int64_t output_image = 0;
    std::int64_t output_text = 0;
    // Of the text model that called the image tool (Responses API), or that rewrote the prompt.
    std::int64_t mainline_input = 0;
    std::int64_t mainline_cached = 0;                       // part of mainline_input
    std::int64_t mainline_output = 0;                       // reasoning included
    std::optional<double> reported_cost_usd = std::nullopt; // some gateways say the price itself

    friend bool operator==(const usage&, const usage&) = default;
    // Tokens of the image model: what its tokens-per-minute limit counts.
    [[nodiscard]] std::int64_t total() const
    {
        return input_text + input_image + output_image + output_text;
    }
};

} // namespace engine::job
