#include "engine/provider/usage_reader.hpp"

#include <algorithm>

namespace engine::provider {

namespace {

// Token counts are outside data: negative or absurd ones are not counts.
std::int64_t count(const base::json& value)
{
    constexpr std::int64_t sane_max = 1'000'000'000;
    const auto number = value.integer_or(-1);
    return number >= 0 && number <= sane_max ? number : 0;
}

// Gateways of the new-api family say prompt and completion.
std::int64_t input_of(const base::json& said)
{
    return count(said.contains("input_tokens") ? said["input_tokens"] : said["prompt_tokens"]);
}

std::int64_t output_of(const base::json& said)
{
    return count(said.contains("output_tokens") ? said["output_tokens"]
                                                : said["completion_tokens"]);
}

void add_reported_cost(const base::json& said, job::usage& used)
{
    const double cost = said["cost"].number_or(-1);
    if (cost > 0 && cost < 1000)
        used.reported_cost_usd = cost;
}

} // namespace

std::optional<job::usage> read_image_usage(const base::json& said, bool is_edit)
{
    if (!said.is_object() || said.members().empty())
        return std::nullopt;
    job::usage used;
    const auto& input_details = said["input_tokens_details"];
    const auto& output_details = said["output_tokens_details"];
    used.input_text = count(input_details["text_tokens"]);
    used.input_image = count(input_details["image_tokens"]);
    used.input_cached =
        std::max(count(input_details["cached_tokens"]), count(said["cached_tokens"]));
    const auto open_input =
        std::max<std::int64_t>(0, input_of(said) - used.input_text - used.input_image);
    (is_edit ? used.input_image : used.input_text) += open_input;
    used.output_text = count(output_details["text_tokens"]);
    used.output_image =
        std::max(output_of(said) - used.output_text, count(output_details["image_tokens"]));
    add_reported_cost(said, used);
    if (used.output_image == 0 && !used.reported_cost_usd)
        return std::nullopt;
    return used;
}

bool add_mainline_usage(const base::json& said, job::usage& used)
{
    const auto input = input_of(said);
    const auto output = output_of(said);
    add_reported_cost(said, used);
    if (input == 0 && output == 0)
        return used.reported_cost_usd.has_value();
    used.mainline_input = input;
    used.mainline_cached = std::min(input, count(said["input_tokens_details"]["cached_tokens"]));
    used.mainline_output = output;
    return true;
}

} // namespace engine::provider
