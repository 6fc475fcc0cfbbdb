#include "engine/rehearse/modelled_providers.hpp"

#include "engine/base/random.hpp"
#include "engine/job/route.hpp"
#include "engine/provider/make_image_api.hpp"
#include "engine/provider/text_api.hpp"
#include "engine/sim/direct_client.hpp"
#include "engine/sim/service.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace engine::rehearse {

namespace {

// Only sums of the bill are asked for.
constexpr std::size_t bill_entries = 0;

// Another night of the same look-alike.
std::uint64_t seed_of_night(std::uint64_t own, std::uint64_t night)
{
    if (night == 1)
        return own;
    constexpr std::uint64_t seed_bound = std::uint64_t{1} << 62; // as a manifest may say it
    return base::random(own * 0x9E3779B97F4A7C15u ^ night)() % seed_bound;
}

template <class Number>
int whole(const std::optional<Number>& limit)
{
    return limit ? static_cast<int>(std::clamp(static_cast<double>(*limit), 1.0, 1e6)) : 0;
}

// A real provider as the manifest knows it.
job::simulator_profile profile_of_real(const job::provider_spec& spec, const model_options& options)
{
    auto profile = options.weather.value_or(job::simulator_profile{});
    profile.latency = {}; // what is expected comes with each request
    profile.limits = {};
    profile.limits.requests_per_minute = whole(spec.limits.requests_per_minute);
    profile.limits.images_per_minute = whole(spec.limits.images_per_minute);
    if (spec.limits.tokens_per_minute)
        profile.limits.tokens_per_minute = std::llround(*spec.limits.tokens_per_minute);
    profile.wire = {};
    profile.wire.any_model = true;
    profile.seed = base::stable_hash(spec.name) % (std::uint64_t{1} << 62);
    return profile;
}

job::simulator_profile profile_of(const job::provider_spec& spec, const model_options& options)
{
    job::simulator_profile profile;
    if (spec.is_simulator())
        (void)job::read_simulator_profile(spec.simulator, profile); // the manifest has checked it
    else
        profile = profile_of_real(spec, options);
    profile.seed = seed_of_night(profile.seed, options.seed);
    return profile;
}

// The model of a real provider is spoken to in the look-alike's own words; what changes how a run
// goes stays as it is.
job::wire_switches wire_to_model(const job::wire_switches& real)
{
    job::wire_switches wire;
    wire.supports_stream = real.supports_stream;
    wire.supports_files = real.supports_files;
    wire.supports_responses = real.supports_responses;
    wire.stores_responses = real.stores_responses;
    wire.stream_needs_partial = real.stream_needs_partial;
    return wire;
}

sim::behaviour_options rules_of(const job::provider_spec& spec, const model_options& options)
{
    sim::behaviour_options rules;
    rules.bill_entries_max = bill_entries;
    rules.heads_only = true;
    if (!spec.is_simulator() && options.latency)
        rules.expected = [guess = options.latency, name = spec.name](const job::image_request& one,
                                                                     bool responses) {
            job::route where;
            where.provider = name;
            where.api = responses ? job::api_responses : job::api_images;
            where.model = one.model;
            return guess(where, one);
        };
    return rules;
}

sim::direct_limits limits_of(const job::network_settings& network)
{
    return {network.first_byte_timeout, network.idle_timeout};
}

} // namespace

struct modelled_providers::place {
    place(const job::provider_spec& spec, const model_options& options, runtime::clock& time)
        : rules(profile_of(spec, options), rules_of(spec, options)), serving(rules, time, drawing),
          client(serving, time, limits_of(spec.network))
    {
        provider::provider_access access;
        access.spec = spec;
        access.endpoint = {false, "look-alike", 80, "/v1"};
        access.api_key = rules.profile().api_key;
        if (!spec.is_simulator())
            access.spec.wire = wire_to_model(spec.wire);
        for (const auto api : job::api_names)
            apis[std::string(api)] = provider::make_image_api(access, api, client, time);
        text = std::make_unique<provider::text_api>(access, client, time);
    }

    sim::behaviour rules;
    sim::inline_draftsman drawing;
    sim::service serving;
    sim::direct_client client;
    std::map<std::string, std::unique_ptr<provider::image_api>> apis;
    std::unique_ptr<provider::text_api> text;
};

modelled_providers::modelled_providers(const std::vector<job::provider_spec>& all,
                                       const model_options& options, runtime::clock& time)
{
    for (const auto& spec : all)
        places_[spec.name] = std::make_unique<place>(spec, options, time);
}

modelled_providers::~modelled_providers() = default;

std::map<std::string, provider::image_api*> modelled_providers::apis() const
{
    std::map<std::string, provider::image_api*> all;
    for (const auto& [name, one] : places_)
        for (const auto& [api, made] : one->apis)
            all[name + "/" + api] = made.get();
    return all;
}

std::map<std::string, run::ask_text> modelled_providers::texts() const
{
    std::map<std::string, run::ask_text> all;
    for (const auto& [name, one] : places_)
        all[name] = [ask = one->text.get()](provider::text_request request,
                                            std::function<void()> on_sending,
                                            runtime::call_context context) {
            return ask->ask(std::move(request), std::move(on_sending), std::move(context));
        };
    return all;
}

base::microusd modelled_providers::charged() const
{
    base::microusd sum;
    for (const auto& [name, one] : places_)
        sum += base::microusd_from_usd(one->rules.the_bill().to_json({})["usd"].number_or(0));
    return sum;
}

} // namespace engine::rehearse
