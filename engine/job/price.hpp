// price: what an attempt costs. The table is data (prices.json, embedded; a manifest may override),
// versioned, sourced.
#pragma once

#include "engine/base/json.hpp"
#include "engine/base/money.hpp"
#include "engine/base/result.hpp"
#include "engine/job/image_request.hpp"
#include "engine/job/route.hpp"
#include "engine/job/usage.hpp"

#include <map>
#include <optional>
#include <string>

namespace engine::job {

// USD for 1,000,000 tokens of each kind: cost = tokens * price / 1,000,000.
struct token_prices {
    base::microusd input_text, input_cached, input_image, output_image, output_text;
};

// A text model's, the same way. Above 272,000 input tokens a request costs twice as much in and
// one and a half times as much out (contract, section 8).
struct text_prices {
    base::microusd input, input_cached, output;
    friend bool operator==(const text_prices&, const text_prices&) = default;
};

// One model's price with one provider. Exactly one way of charging.
struct model_price {
    std::optional<token_prices> tokens;
    std::optional<base::microusd>
        per_image; // a flat price for each delivered image, whatever its size
};

// What a route charges: the model that draws and, on the Responses API, the text model that calls
// it. A flat price is for the whole call, the text model included.
struct route_price {
    std::optional<model_price> image;
    std::optional<text_prices> text;
    bool has_mainline = false; // a text model is asked, so its price is needed

    [[nodiscard]] bool priced() const
    {
        return image && (!has_mainline || image->per_image || text);
    }
};

enum class cost_basis {
    usage,    // computed from the tokens that the provider reported
    estimate, // the worst case that was reserved, because no usage came
    unpriced, // no price is known; counted as zero and said so
    none,     // nothing can have been charged
};
inline constexpr std::array<std::string_view, 4> cost_basis_names = {"usage", "estimate",
                                                                     "unpriced", "none"};

struct cost {
    base::microusd amount;
    cost_basis basis = cost_basis::none;
};

class price_table {
public:
    // The embedded table.
    [[nodiscard]] static const price_table& builtin();
    // {"version": "...", "source": "...", "models": {name: {...}}, "text_models": {name: {"input":,
    // "input_cached":, "output":}}, "providers": {provider: {"per_image_usd": 0.03}}}
    [[nodiscard]] static base::result<price_table> parse(const base::json& document,
                                                         std::string_view where);

    [[nodiscard]] const std::string& version() const { return version_; }
    // A provider's own flat price wins over the model's. Model names match the longest entry that
    // they start with, followed by nothing or by a dated snapshot ("gpt-image-2-2026-04-21").
    // Nothing = no price known.
    [[nodiscard]] std::optional<model_price> find(std::string_view provider,
                                                  std::string_view model) const;
    // A text model's price. The same way, but a name covers itself and its dated snapshots only:
    // "gpt-5-pro" is another model than "gpt-5", and a dear one.
    [[nodiscard]] std::optional<text_prices> find_text(std::string_view provider,
                                                       std::string_view model) const;
    // Both prices of a route.
    [[nodiscard]] route_price find_route(const route& wanted) const;
    // From a manifest's `providers.NAME.prices`: adds or replaces what that provider charges.
    void set_provider_price(std::string_view provider, base::microusd per_image);
    void set_model_price(std::string_view provider, std::string_view model, model_price price);
    void set_text_price(std::string_view provider, std::string_view model, text_prices price);

private:
    std::string version_;
    std::map<std::string, model_price, std::less<>> models_;
    std::map<std::string, model_price, std::less<>> provider_flat_;
    std::map<std::string, model_price, std::less<>> provider_models_; // "provider/model"
    std::map<std::string, text_prices, std::less<>> text_models_;
    std::map<std::string, text_prices, std::less<>> provider_text_models_; // "provider/model"
};

// Rounded up to the next 1e-6 USD, once, over the sum. Negative counts are none; at most 1e9 USD.
[[nodiscard]] base::microusd cost_of(const usage& used, const token_prices& prices);
// The same for its mainline tokens alone.
[[nodiscard]] base::microusd mainline_cost_of(const usage& used, const text_prices& prices);

// What one attempt costs before it is sent, in three guesses. `worst` is what is reserved: never
// below the truth that the rules in token_estimate.hpp allow for.
struct cost_estimate {
    base::microusd low, expected, worst;
    bool priced = false;           // false: no price known, all three are zero
    std::int64_t worst_tokens = 0; // for token-per-minute limits
    base::microusd image_worst;    // the part of `worst` that is the drawing model's
};
[[nodiscard]] cost_estimate estimate_cost(const image_request& request, const route_price& price);
[[nodiscard]] cost_estimate estimate_cost(const image_request& request,
                                          const std::optional<model_price>& price);

// What a finished attempt cost: a gateway's own figure, else usage at the table's price, else the
// flat price, else the reserved worst case.
[[nodiscard]] cost settle_cost(const std::optional<usage>& used,
                               const std::optional<model_price>& price, base::microusd reserved);

// The same for a route with a text model. Providers may tell the text model's tokens and not the
// image's: then the image's part is what was reserved for it, if one was drawn, and nothing if not.
struct ended_attempt {
    std::optional<usage> used;
    base::microusd reserved;
    base::microusd image_reserved; // cost_estimate::image_worst
    bool image_drawn = false;      // a whole image came, whatever was wrong with it
};
[[nodiscard]] cost settle_cost(const ended_attempt& ended, const route_price& price);

} // namespace engine::job
