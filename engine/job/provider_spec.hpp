// provider_spec: an endpoint that can be asked for images, as data: where it is, how it is spoken
// to, what it allows.
#pragma once

#include "engine/base/json.hpp"
#include "engine/base/money.hpp"
#include "engine/job/network_settings.hpp"
#include "engine/job/price.hpp"
#include "engine/job/route.hpp"
#include "engine/job/wire_switches.hpp"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace engine::job {

// Limits that the user was sold. Nothing = not known, so not limited from our side (concurrency
// excepted).
struct rate_limits {
    std::optional<double> requests_per_minute; // > 0
    std::optional<double> images_per_minute;   // > 0
    std::optional<double> tokens_per_minute;   // > 0
    std::optional<int> concurrency;            // requests at once, 1 to 10,000; default 16

    friend bool operator==(const rate_limits&, const rate_limits&) = default;
};

// For whom a provider's word about limits holds: for the model that was asked, or for the key.
enum class limit_owner { account, model };
inline constexpr std::array<std::string_view, 2> limit_owner_names = {"account", "model"};

struct provider_spec {
    std::string name;
    std::string dialect = "openai"; // a known set of switches
    std::string base_url;           // "https://api.openai.com/v1"; "sim:" = the embedded look-alike
    std::string api_key_env;        // name of the environment variable; empty = no key is sent
    rate_limits limits;             // over all of its models
    std::map<std::string, rate_limits> model_limits; // of one model; both hold
    double reference_weight = 0; // images that each reference counts as; 0 to 1,000
    std::optional<limit_owner> limits_learned_for; // nothing: limits_owner() knows
    wire_switches wire;
    network_settings network;
    bool delete_uploads = false; // references that were given to it are deleted after the run
    bool real_money = true;      // false only for the look-alike
    std::optional<base::microusd> per_image_price;
    std::map<std::string, model_price> model_prices;
    base::json simulator; // settings of the look-alike (seed, faults, latency); an object or null

    [[nodiscard]] bool is_simulator() const { return base_url == "sim:"; }
    // OpenAI and Azure sell limits by the model (platform docs, "Rate limits"); gateways by the
    // key, and the look-alike counts all models together.
    [[nodiscard]] limit_owner limits_owner() const
    {
        const bool by_model = dialect == "openai" || dialect.starts_with("azure");
        return limits_learned_for.value_or(by_model && !is_simulator() ? limit_owner::model
                                                                       : limit_owner::account);
    }

    // Whether it keeps the answers of that API, so that a lost one can be fetched.
    [[nodiscard]] bool keeps_answers(std::string_view api) const
    {
        return api == api_responses && wire.supports_responses && wire.stores_responses &&
               wire.retrieves_responses;
    }
};

// The providers that a route may name without a block in the manifest, and azure, which lacks its
// address only.
[[nodiscard]] const std::vector<provider_spec>& builtin_providers();
// Null when there is none of that name; points into `all`.
[[nodiscard]] const provider_spec* find_provider(const std::vector<provider_spec>& all,
                                                 std::string_view name);
// The switches of a dialect, from dialects.json (embedded), or nothing if there is none of that
// name.
[[nodiscard]] std::optional<wire_switches> dialect_switches(std::string_view dialect);
[[nodiscard]] std::vector<std::string_view> dialect_names();

} // namespace engine::job
