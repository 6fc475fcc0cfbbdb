#include "engine/job/price.hpp"

#include "engine/base/assert.hpp"
#include "engine/job/token_estimate.hpp"

#include <algorithm>

namespace engine::embedded {
extern const std::string_view prices_json; // prices.json, made by embed_text()
}

namespace engine::job {

namespace {

// No attempt costs a thousand million dollars; above it a figure is nonsense, and sums stay in
// range.
constexpr base::microusd cost_max = {1'000'000'000'000'000};

std::error_code bad_table()
{
    return make_error_code(base::json_errc::malformed);
}

// A snapshot is the model's name with a date behind it. "gpt-image-2" must not match
// "gpt-image-2.5" nor "gpt-image-1-mini" fall to "gpt-image-1"; family names ("gpt-image-2.5")
// cover their variants ("-sunburst").
bool covers(std::string_view entry, std::string_view model)
{
    return model.starts_with(entry) && (model.size() == entry.size() || model[entry.size()] == '-');
}

// "gpt-5.5" and "gpt-5.5-2026-03-05".
bool is_snapshot(std::string_view entry, std::string_view model)
{
    if (model == entry)
        return true;
    constexpr std::string_view shape = "-dddd-dd-dd";
    if (!model.starts_with(entry) || model.size() != entry.size() + shape.size())
        return false;
    return std::ranges::equal(model.substr(entry.size()), shape, [](char c, char wanted) {
        return wanted == 'd' ? c >= '0' && c <= '9' : c == wanted;
    });
}

base::result<base::microusd> parse_usd(const base::json& entry, std::string_view name,
                                       const std::string& where)
{
    const double usd = entry[name].number_or(-1);
    if (usd < 0 || usd > 100'000)
        return base::fail(bad_table(), where,
                          std::string(name) + ": expected USD per 1,000,000 tokens");
    return base::microusd_from_usd(usd);
}

base::result<text_prices> parse_text_price(const base::json& entry, const std::string& where)
{
    if (!entry.is_object())
        return base::fail(bad_table(), where, "expected a map of prices");
    text_prices prices;
    const std::pair<std::string_view, base::microusd text_prices::*> fields[] = {
        {"input", &text_prices::input},
        {"input_cached", &text_prices::input_cached},
        {"output", &text_prices::output}};
    for (const auto& [name, member] : fields) {
        auto usd = parse_usd(entry, name, where);
        if (!usd)
            return std::unexpected(usd.error());
        prices.*member = *usd;
    }
    return prices;
}

base::result<model_price> parse_model_price(const base::json& entry, const std::string& where)
{
    if (!entry.is_object())
        return base::fail(bad_table(), where, "expected a map of prices");
    if (entry.contains("per_image_usd")) {
        if (entry.members().size() > 1)
            return base::fail(bad_table(), where,
                              "per_image_usd stands alone: a model is charged in one way");
        const double usd = entry["per_image_usd"].number_or(-1);
        if (usd < 0 || usd > 1000)
            return base::fail(bad_table(), where,
                              "per_image_usd: expected a number of dollars from 0 to 1000");
        return model_price{{}, base::microusd_from_usd(usd)};
    }
    token_prices prices;
    const std::pair<std::string_view, base::microusd token_prices::*> fields[] = {
        {"input_text", &token_prices::input_text},
        {"input_cached", &token_prices::input_cached},
        {"input_image", &token_prices::input_image},
        {"output_image", &token_prices::output_image},
        {"output_text", &token_prices::output_text}};
    for (const auto& [name, member] : fields) {
        auto usd = parse_usd(entry, name, where);
        if (!usd)
            return std::unexpected(usd.error());
        prices.*member = *usd;
    }
    return model_price{prices, {}};
}

// A gateway's own figure, unless it cannot be one.
std::optional<base::microusd> reported_cost(const std::optional<usage>& used)
{
    const double usd = used ? used->reported_cost_usd.value_or(-1) : -1;
    if (!(usd >= 0 && usd <= cost_max.usd()))
        return std::nullopt;
    return base::microusd_from_usd(usd);
}

} // namespace

const price_table& price_table::builtin()
{
    static const price_table table = [] {
        auto document = base::parse_json(embedded::prices_json, "prices.json");
        ENGINE_ASSERT(document.has_value());
        auto parsed = parse(*document, "prices.json");
        ENGINE_ASSERT(parsed.has_value());
        return std::move(*parsed);
    }();
    return table;
}

base::result<price_table> price_table::parse(const base::json& document, std::string_view where)
{
    price_table table;
    table.version_ = document["version"].text_or({});
    if (table.version_.empty())
        return base::fail(bad_table(), std::string(where), "a price table needs a version");
    for (const auto& [name, entry] : document["models"].members()) {
        auto price = parse_model_price(entry, std::string(where) + ": models." + name);
        if (!price)
            return std::unexpected(price.error());
        table.models_[name] = *price;
    }
    for (const auto& [name, entry] : document["text_models"].members()) {
        auto price = parse_text_price(entry, std::string(where) + ": text_models." + name);
        if (!price)
            return std::unexpected(price.error());
        table.text_models_[name] = *price;
    }
    for (const auto& [name, entry] : document["providers"].members()) {
        auto price = parse_model_price(entry, std::string(where) + ": providers." + name);
        if (!price)
            return std::unexpected(price.error());
        table.provider_flat_[name] = *price;
    }
    return table;
}

std::optional<model_price> price_table::find(std::string_view provider,
                                             std::string_view model) const
{
    const std::string own = std::string(provider) + "/" + std::string(model);
    if (const auto exact = provider_models_.find(own); exact != provider_models_.end())
        return exact->second;
    if (const auto flat = provider_flat_.find(provider); flat != provider_flat_.end())
        return flat->second;
    const model_price* best = nullptr;
    std::size_t best_length = 0;
    for (const auto& [name, price] : models_)
        if (covers(name, model) && name.size() > best_length) {
            best = &price;
            best_length = name.size();
        }
    return best ? std::optional(*best) : std::nullopt;
}

void price_table::set_provider_price(std::string_view provider, base::microusd per_image)
{
    provider_flat_[std::string(provider)] = model_price{{}, per_image};
}

void price_table::set_model_price(std::string_view provider, std::string_view model,
                                  model_price price)
{
    provider_models_[std::string(provider) + "/" + std::string(model)] = price;
}

void price_table::set_text_price(std::string_view provider, std::string_view model,
                                 text_prices price)
{
    provider_text_models_[std::string(provider) + "/" + std::string(model)] = price;
}

std::optional<text_prices> price_table::find_text(std::string_view provider,
                                                  std::string_view model) const
{
    const std::string own = std::string(provider) + "/" + std::string(model);
    if (const auto exact = provider_text_models_.find(own); exact != provider_text_models_.end())
        return exact->second;
    for (const auto& [name, price] : text_models_)
        if (is_snapshot(name, model))
            return price;
    return std::nullopt;
}

route_price price_table::find_route(const route& wanted) const
{
    route_price price;
    price.image = find(wanted.provider, wanted.model);
    price.has_mainline = wanted.api == api_responses;
    if (price.has_mainline)
        price.text = find_text(wanted.provider, wanted.mainline_model);
    return price;
}

base::microusd mainline_cost_of(const usage& used, const text_prices& prices)
{
    using wide = __int128;
    constexpr std::int64_t long_context = 272'000; // contract, section 8
    const wide input = std::max<std::int64_t>(used.mainline_input, 0);
    const wide output = std::max<std::int64_t>(used.mainline_output, 0);
    const wide cached = std::min<wide>(std::max<std::int64_t>(used.mainline_cached, 0), input);
    const bool is_long = input > long_context;
    // Halves of a micro-dollar for a million tokens, so that one and a half times is exact.
    const wide in = ((input - cached) * prices.input.count + cached * prices.input_cached.count) *
                    (is_long ? 4 : 2);
    const wide out = output * prices.output.count * (is_long ? 3 : 2);
    const wide rounded = (in + out + 1'999'999) / 2'000'000;
    return {static_cast<std::int64_t>(std::min<wide>(rounded, cost_max.count))};
}

base::microusd cost_of(const usage& used, const token_prices& prices)
{
    // Counts come from outside and prices from a manifest: their product may be beyond 64 bits.
    using wide = __int128;
    const auto tokens = [](std::int64_t count) { return wide{std::max<std::int64_t>(count, 0)}; };
    const wide text = tokens(used.input_text);
    const wide image = tokens(used.input_image);
    // Cached tokens are part of the input; take them out of the text first, then of the images.
    const wide cached = std::min(tokens(used.input_cached), text + image);
    const wide cached_text = std::min(cached, text);
    const wide cached_image = cached - cached_text;
    wide sum = (text - cached_text) * prices.input_text.count +
               cached_text * prices.input_cached.count +
               (image - cached_image) * prices.input_image.count +
               tokens(used.output_image) * prices.output_image.count +
               tokens(used.output_text) * prices.output_text.count;
    // A cached image token costs the share of an image token that a cached text token costs of a
    // text token: so it is for every model whose two cached prices are known (contract, section 8).
    const wide text_price = prices.input_text.count;
    const wide cached_price =
        text_price > 0
            ? (prices.input_image.count * wide{prices.input_cached.count} + text_price - 1) /
                  text_price
            : wide{prices.input_image.count};
    sum += cached_image * std::min<wide>(cached_price, prices.input_image.count);
    const wide rounded = (sum + 999'999) / 1'000'000;
    return {static_cast<std::int64_t>(std::min<wide>(rounded, cost_max.count))};
}

cost_estimate estimate_cost(const image_request& request, const std::optional<model_price>& price)
{
    cost_estimate estimate;
    const auto tokens = estimate_tokens(request);
    estimate.worst_tokens = tokens.worst.total();
    if (!price)
        return estimate;
    estimate.priced = true;
    if (price->per_image) {
        estimate.low = estimate.expected = estimate.worst = *price->per_image;
        estimate.image_worst = estimate.worst;
        return estimate;
    }
    estimate.low = cost_of(tokens.low, *price->tokens);
    estimate.expected = cost_of(tokens.expected, *price->tokens);
    estimate.worst = cost_of(tokens.worst, *price->tokens);
    estimate.image_worst = estimate.worst;
    return estimate;
}

cost_estimate estimate_cost(const image_request& request, const route_price& price)
{
    auto estimate = estimate_cost(request, price.image);
    if (!price.has_mainline || (price.image && price.image->per_image))
        return estimate;
    if (!price.priced()) { // half a price is none
        cost_estimate none;
        none.worst_tokens = estimate.worst_tokens;
        return none;
    }
    const auto tokens = estimate_tokens(request);
    estimate.low += mainline_cost_of(tokens.low, *price.text);
    estimate.expected += mainline_cost_of(tokens.expected, *price.text);
    estimate.worst += mainline_cost_of(tokens.worst, *price.text);
    return estimate;
}

cost settle_cost(const std::optional<usage>& used, const std::optional<model_price>& price,
                 base::microusd reserved)
{
    if (const auto said = reported_cost(used))
        return {*said, cost_basis::usage};
    if (!price)
        return {{}, cost_basis::unpriced};
    if (price->per_image)
        return {*price->per_image, cost_basis::usage};
    if (used)
        return {cost_of(*used, *price->tokens), cost_basis::usage};
    return {reserved, cost_basis::estimate};
}

cost settle_cost(const ended_attempt& ended, const route_price& price)
{
    // A flat price is for a picture: words alone are not charged.
    if (!ended.image_drawn && price.image && price.image->per_image && !reported_cost(ended.used))
        return {{}, cost_basis::none};
    if (!price.has_mainline)
        return settle_cost(ended.used, price.image, ended.reserved);
    if (const auto said = reported_cost(ended.used))
        return {*said, cost_basis::usage};
    if (price.image && price.image->per_image)
        return {*price.image->per_image, cost_basis::usage};
    if (!price.priced())
        return {{}, cost_basis::unpriced};
    if (!ended.used)
        return {ended.reserved, cost_basis::estimate};
    const auto mainline = mainline_cost_of(*ended.used, *price.text);
    if (ended.used->total() > 0)
        return {cost_of(*ended.used, *price.image->tokens) + mainline, cost_basis::usage};
    if (ended.image_drawn)
        return {ended.image_reserved + mainline, cost_basis::estimate};
    return {mainline, cost_basis::usage};
}

} // namespace engine::job
