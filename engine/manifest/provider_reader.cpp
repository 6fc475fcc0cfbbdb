#include "engine/manifest/provider_reader.hpp"

#include "engine/base/nearest_name.hpp"
#include "engine/job/simulator_profile.hpp"
#include "engine/manifest/keys.hpp"
#include "engine/manifest/scalar.hpp"

#include <algorithm>

namespace engine::manifest {

namespace {

constexpr double rate_max = 1e9;               // a minute; ours, against typing errors
constexpr int concurrency_max = 10'000;        // job/provider_spec.hpp
constexpr double reference_weight_max = 1'000; // ours, against typing errors
constexpr double per_image_usd_max = 1'000;    // job/price.cpp
constexpr double per_token_usd_max = 100'000;  // per million tokens; job/price.cpp

constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view digits = "0123456789";

bool made_of(std::string_view text, std::string_view more)
{
    return std::ranges::all_of(text, [&](char c) {
        return letters.find(c) != std::string_view::npos ||
               digits.find(c) != std::string_view::npos || more.find(c) != std::string_view::npos;
    });
}

bool is_provider_name(std::string_view name)
{
    return !name.empty() && name.size() <= 64 && made_of(name, "_.-") &&
           made_of(name.substr(0, 1), "");
}

bool is_environment_name(std::string_view name)
{
    return !name.empty() && name.size() <= 128 && made_of(name, "_") &&
           digits.find(name.front()) == std::string_view::npos;
}

// "" or what is wrong with a provider's address.
std::string check_base_url(std::string_view url)
{
    if (url == "sim:")
        return {};
    const auto scheme = url.find("://");
    const auto name = url.substr(0, scheme);
    if (scheme == std::string_view::npos || (name != "https" && name != "http"))
        return "expected an address that starts with https://, or sim: for the look-alike";
    const auto rest = url.substr(scheme + 3);
    const auto host = rest.substr(0, rest.find('/'));
    if (host.empty() || host.front() == ':')
        return "expected a host behind ://";
    if (host.find('@') != std::string_view::npos)
        return "no user name or password belongs into the address; name the key's variable in "
               "api_key_env";
    if (rest.find_first_of("?#") != std::string_view::npos)
        return "no '?' or '#' belongs into a base address";
    if (!made_of(rest, "_.-~:/[]%"))
        return "a character that no address has";
    return {};
}

bool is_loopback(std::string_view url)
{
    return url.starts_with("http://127.") || url.starts_with("http://localhost") ||
           url.starts_with("http://[::1]");
}

base::json without_private_keys(const base::json& value)
{
    if (!value.is_object())
        return value;
    base::json::object members;
    for (const auto& [name, member] : value.members())
        if (!is_private_key(name))
            members.emplace_back(name, without_private_keys(member));
    return members;
}

class provider_reader {
public:
    provider_reader(const yaml_entry& block, const field_reader& fields, const std::string& folder,
                    job::provider_spec& spec, job::price_table& prices)
        : node_(*block.value), fields_(fields), folder_(folder), spec_(spec), prices_(prices)
    {}

    void read()
    {
        if (!fields_.mapping(node_, "provider '" + spec_.name + "'", keys::provider))
            return;
        read_wire();
        read_address();
        if (const auto* entry = node_.find("limits"))
            read_limits(*entry->value);
        if (const auto* entry = node_.find("prices"))
            read_prices(*entry->value);
        if (const auto* entry = node_.find("network"))
            read_network(*entry->value, fields_, folder_, spec_.network);
        if (const auto* entry = node_.find("delete_uploads"))
            spec_.delete_uploads =
                fields_.flag(*entry->value, "delete_uploads").value_or(spec_.delete_uploads);
        if (const auto* entry = node_.find("simulate"))
            read_simulator(*entry);
    }

private:
    void read_wire()
    {
        if (const auto* entry = node_.find("dialect")) {
            const auto names = job::dialect_names();
            if (const auto which = fields_.word(*entry->value, "dialect", names)) {
                spec_.dialect = names[*which];
                spec_.wire = *job::dialect_switches(spec_.dialect);
            }
        }
        if (const auto* entry = node_.find("response_format"))
            if (const auto send = fields_.flag(*entry->value, "response_format"))
                spec_.wire.send_response_format = *send;
        read_wire_name("deployment", spec_.wire.deployment);
        read_wire_name("api_version", spec_.wire.api_version);
        if (const auto* entry = node_.find("wire"))
            read_switches(*entry->value);
    }

    // A word that becomes part of addresses and headers.
    void read_wire_name(std::string_view key, std::string& target)
    {
        const auto* entry = node_.find(key);
        const auto text = entry ? fields_.text(*entry->value, key) : std::nullopt;
        if (text && !job::is_wire_name(*text))
            fields_.error(entry->value->offset,
                          std::string(key) + ": expected at most 128 visible ASCII characters");
        else if (text)
            target = *text;
    }

    void read_switches(const yaml_node& value)
    {
        const auto names = job::switch_names();
        if (!fields_.mapping(value, "wire", names))
            return;
        for (const auto& entry : value.entries) {
            if (std::ranges::find(names, entry.key) == names.end())
                continue; // complained about, or the user's own
            if (const auto wrong = job::set_switch(spec_.wire, entry.key, to_json(*entry.value)))
                fields_.error(entry.value->offset, "wire." + entry.key + ": " + *wrong);
        }
    }

    void read_address()
    {
        if (const auto* entry = node_.find("base_url")) {
            if (const auto url = fields_.text(*entry->value, "base_url")) {
                if (auto wrong = check_base_url(*url); !wrong.empty())
                    fields_.error(entry->value->offset, "base_url: " + wrong);
                spec_.base_url = *url;
                while (spec_.base_url.ends_with('/'))
                    spec_.base_url.pop_back();
                if (url->starts_with("http://") && !is_loopback(*url))
                    fields_.warn(entry->value->offset,
                                 "base_url: http:// sends keys and pictures in the clear");
            }
        } else if (spec_.base_url.empty() && spec_.name == "azure") {
            fields_.error(node_.offset, "provider 'azure' needs a base_url, such as "
                                        "https://RESOURCE.openai.azure.com/openai/v1");
        } else if (spec_.base_url.empty()) {
            fields_.error(node_.offset, "provider '" + spec_.name +
                                            "' is not built in, so it needs a base_url" +
                                            near_builtin());
        }
        spec_.real_money = !spec_.is_simulator();
        if (const auto* entry = node_.find("api_key_env")) {
            const auto name = fields_.text(*entry->value, "api_key_env");
            // Never quoted in the message: it may be the key itself.
            if (name && !is_environment_name(*name))
                fields_.error(entry->value->offset,
                              "api_key_env: expected the name of an environment variable, such as "
                              "STUDIO_KEY, never the key itself");
            else if (name)
                spec_.api_key_env = *name;
        }
    }

    [[nodiscard]] std::string near_builtin() const
    {
        std::vector<std::string_view> names;
        for (const auto& one : job::builtin_providers())
            names.push_back(one.name);
        return base::did_you_mean(spec_.name, names);
    }

    void read_limits(const yaml_node& value)
    {
        if (!fields_.mapping(value, "limits", keys::limits))
            return;
        read_rates(value, "limits.", spec_.limits);
        if (const auto* entry = value.find("reference_weight"))
            if (const auto number = fields_.number(*entry->value, "limits.reference_weight", 0,
                                                   reference_weight_max))
                spec_.reference_weight = *number;
        if (const auto* entry = value.find("learned_for"))
            if (const auto which =
                    fields_.word(*entry->value, "limits.learned_for", job::limit_owner_names))
                spec_.limits_learned_for = static_cast<job::limit_owner>(*which);
        const auto* models = value.find("models");
        if (!models || !fields_.named_mapping(*models->value, "limits.models"))
            return;
        for (const auto& entry : models->value->entries) {
            const std::string name = "limits.models." + entry.key;
            if (!is_private_key(entry.key) &&
                fields_.mapping(*entry.value, name, keys::model_limits))
                read_rates(*entry.value, name + ".", spec_.model_limits[entry.key]);
        }
    }

    void read_rates(const yaml_node& value, const std::string& prefix, job::rate_limits& limits)
    {
        const auto rate = [&](std::string_view key, std::optional<double>& target) {
            if (const auto* entry = value.find(key))
                if (const auto number =
                        fields_.number(*entry->value, prefix + std::string(key), 0, rate_max, true))
                    target = number;
        };
        rate("requests_per_minute", limits.requests_per_minute);
        rate("images_per_minute", limits.images_per_minute);
        rate("tokens_per_minute", limits.tokens_per_minute);
        if (const auto* entry = value.find("concurrency"))
            if (const auto number =
                    fields_.whole(*entry->value, prefix + "concurrency", 1, concurrency_max))
                limits.concurrency = static_cast<int>(*number);
    }

    void read_prices(const yaml_node& value)
    {
        if (!fields_.mapping(value, "prices", keys::prices))
            return;
        if (const auto* entry = value.find("per_image_usd"))
            if (const auto price =
                    fields_.usd(*entry->value, "prices.per_image_usd", per_image_usd_max)) {
                spec_.per_image_price = price;
                prices_.set_provider_price(spec_.name, *price);
            }
        if (const auto* entry = value.find("text_models"))
            read_text_prices(*entry->value);
        const auto* models = value.find("models");
        if (!models || !fields_.named_mapping(*models->value, "prices.models"))
            return;
        for (const auto& entry : models->value->entries) {
            if (is_private_key(entry.key))
                continue;
            if (const auto price = read_model_price(entry)) {
                spec_.model_prices[entry.key] = *price;
                prices_.set_model_price(spec_.name, entry.key, *price);
            }
        }
    }

    void read_text_prices(const yaml_node& models)
    {
        if (!fields_.named_mapping(models, "prices.text_models"))
            return;
        for (const auto& entry : models.entries) {
            const std::string name = "prices.text_models." + entry.key;
            if (is_private_key(entry.key) || !fields_.mapping(*entry.value, name, keys::text_price))
                continue;
            job::text_prices price;
            const std::pair<std::string_view, base::microusd job::text_prices::*> parts[] = {
                {"input", &job::text_prices::input},
                {"input_cached", &job::text_prices::input_cached},
                {"output", &job::text_prices::output}};
            if (read_token_prices(entry, name, parts, price))
                prices_.set_text_price(spec_.name, entry.key, price);
        }
    }

    // US dollars for a million tokens of each kind; all of them must be there.
    template <class Prices, std::size_t N>
    bool read_token_prices(const yaml_entry& model, const std::string& name,
                           const std::pair<std::string_view, base::microusd Prices::*> (&parts)[N],
                           Prices& prices)
    {
        bool complete = true;
        for (const auto& [key, member] : parts) {
            const auto* entry = model.value->find(key);
            const auto usd =
                entry ? fields_.usd(*entry->value, name + "." + std::string(key), per_token_usd_max)
                      : std::nullopt;
            if (!entry)
                fields_.error(model.key_offset, name + ": expected " + std::string(key) +
                                                    ", US dollars per 1,000,000 tokens");
            complete = complete && usd;
            if (usd)
                prices.*member = *usd;
        }
        return complete;
    }

    std::optional<job::model_price> read_model_price(const yaml_entry& model)
    {
        const auto& value = *model.value;
        const std::string name = "prices.models." + model.key;
        if (!fields_.mapping(value, name, keys::model_price))
            return std::nullopt;
        job::model_price price;
        if (const auto* entry = value.find("per_image_usd")) {
            price.per_image =
                fields_.usd(*entry->value, name + ".per_image_usd", per_image_usd_max);
            for (const auto& other : value.entries)
                if (other.key != "per_image_usd" && !is_private_key(other.key))
                    fields_.error(other.key_offset, name + ": either per_image_usd or prices of "
                                                           "tokens, not both");
            return price.per_image ? std::optional(price) : std::nullopt;
        }
        job::token_prices tokens;
        const std::pair<std::string_view, base::microusd job::token_prices::*> parts[] = {
            {"input_text", &job::token_prices::input_text},
            {"input_cached", &job::token_prices::input_cached},
            {"input_image", &job::token_prices::input_image},
            {"output_image", &job::token_prices::output_image},
            {"output_text", &job::token_prices::output_text}};
        const bool complete = read_token_prices(model, name, parts, tokens);
        price.tokens = tokens;
        return complete ? std::optional(price) : std::nullopt;
    }

    void read_simulator(const yaml_entry& entry)
    {
        if (!spec_.is_simulator()) {
            fields_.error(entry.key_offset, "simulate is for providers with base_url: sim:");
            return;
        }
        const auto document = without_private_keys(to_json(*entry.value));
        job::simulator_profile profile;
        for (const auto& one : job::read_simulator_profile(document, profile))
            complain(*entry.value, one);
        spec_.simulator = document;
    }

    // Goes down the path "faults.cut_stream" as far as the tree has it.
    void complain(const yaml_node& simulate, const job::complaint& one)
    {
        const yaml_node* at = &simulate;
        std::uint32_t offset = simulate.offset;
        for (std::size_t start = 0; start < one.field.size();) {
            const auto end = std::min(one.field.find('.', start), one.field.size());
            const auto* entry = at->find(one.field.substr(start, end - start));
            if (!entry)
                break;
            at = entry->value.get();
            // An unknown name is wrong itself, not what stands behind it.
            const bool unknown = one.message.starts_with("unknown");
            offset = unknown && end == one.field.size() ? entry->key_offset : at->offset;
            start = end + 1;
        }
        if (one.warning)
            fields_.warn(offset, "simulate: " + one.message);
        else
            fields_.error(offset, "simulate: " + one.message);
    }

    const yaml_node& node_;
    const field_reader& fields_;
    const std::string& folder_;
    job::provider_spec& spec_;
    job::price_table& prices_;
};

} // namespace

void read_providers(const yaml_node& node, const field_reader& fields, const std::string& folder,
                    std::vector<job::provider_spec>& providers, job::price_table& prices)
{
    if (!fields.named_mapping(node, "providers"))
        return;
    for (const auto& block : node.entries) {
        const bool built_in =
            std::ranges::find(providers, block.key, &job::provider_spec::name) != providers.end();
        if (is_private_key(block.key) && !built_in)
            continue;
        if (!is_provider_name(block.key)) {
            fields.error(block.key_offset, "a provider's name has letters, digits, '_', '.' and "
                                           "'-', at most 64; found '" +
                                               block.key + "'");
            continue;
        }
        if (!built_in) {
            job::provider_spec fresh;
            fresh.name = block.key;
            providers.push_back(std::move(fresh));
        }
        auto& spec = *std::ranges::find(providers, block.key, &job::provider_spec::name);
        provider_reader(block, fields, folder, spec, prices).read();
    }
}

void read_models(const yaml_node& node, const field_reader& fields, job::capability_table& table)
{
    if (!fields.named_mapping(node, "models"))
        return;
    const auto known = job::capability_table::field_names();
    for (const auto& model : node.entries) {
        if (is_private_key(model.key) ||
            !fields.mapping(*model.value, "model '" + model.key + "'", known))
            continue;
        const auto set = [&](const yaml_entry* entry) {
            base::json one = base::json::make_object();
            if (entry)
                one.set(entry->key, to_json(*entry->value));
            // One field at a time, so that each complaint has its own place.
            if (const auto done = table.set(model.key, one, fields.source().name()); !done)
                fields.error(entry ? entry->value->offset : model.key_offset, done.error().detail);
        };
        set(model.value->find("like")); // first: it sets all the others
        for (const auto& entry : model.value->entries)
            if (entry.key != "like" && std::ranges::find(known, entry.key) != known.end())
                set(&entry);
    }
}

} // namespace engine::manifest
