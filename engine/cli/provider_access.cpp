#include "engine/cli/provider_access.hpp"

#include "engine/base/redact.hpp"
#include "engine/cli/exit_status.hpp"
#include "engine/http/url.hpp"
#include "engine/job/simulator_profile.hpp"
#include "engine/run/shared_account.hpp"

#include <cstdio>

namespace engine::cli {

bool provider_set::open(const preparation& prepared, const environment& settings, int& exit_status)
{
    for (const auto& name : prepared.needed)
        if (!open(prepared.provider(name), settings, exit_status))
            return false;
    return true;
}

// One for all providers that are reached the same way: they share its read buffer and its trust
// store. Null, and said why, when its settings cannot be used.
http::client* provider_set::client_for(const job::network_settings& network,
                                       const environment& settings, int& exit_status)
{
    for (const auto& [known, client] : clients_)
        if (known == network)
            return client.get();
    const auto refuse = [&](const std::string& why) -> http::client* {
        std::fprintf(stderr, "darkroom: %s\n", why.c_str());
        exit_status = exit_usage;
        return nullptr;
    };
    http::client_options options;
    options.ca_file =
        network.ca_file.empty() ? settings.find("SSL_CERT_FILE").value_or("") : network.ca_file;
    options.client_certificate_file = network.client_certificate;
    options.client_key_file = network.client_key;
    options.connect_timeout = network.connect_timeout;
    options.first_byte_timeout = network.first_byte_timeout;
    options.idle_timeout = network.idle_timeout;
    auto proxies =
        http::read_proxy_variables([&](std::string_view name) { return settings.find(name); });
    if (!proxies)
        return refuse(proxies.error().message());
    if (network.proxy == "none") {
        *proxies = {};
    } else if (!network.proxy.empty()) {
        auto proxy = http::parse_proxy(network.proxy);
        if (!proxy)
            return refuse(proxy.error().message());
        proxies->for_http = proxies->for_https = std::move(*proxy);
    }
    for (const auto* proxy : {&proxies->for_http, &proxies->for_https})
        if (*proxy) {
            base::remember_secret((*proxy)->password);
            constexpr std::string_view basic = "Basic ";
            const auto credentials = http::proxy_authorization(**proxy);
            if (credentials.starts_with(basic))
                base::remember_secret(std::string_view(credentials).substr(basic.size()));
        }
    options.proxies = std::move(*proxies);
    if (const auto complaints = http::validate(options); !complaints.empty())
        return refuse(complaints.front());
    clients_.emplace_back(network, std::make_unique<http::pooled_client>(options, time_));
    return clients_.back().second.get();
}

bool provider_set::open(const job::provider_spec& spec, const environment& settings,
                        int& exit_status)
{
    auto* client = client_for(spec.network, settings, exit_status);
    if (client == nullptr)
        return false;
    provider::provider_access access;
    access.spec = spec;
    std::string base_url = spec.base_url;
    if (spec.is_simulator()) {
        job::simulator_profile profile;
        (void)job::read_simulator_profile(spec.simulator, profile); // the manifest has checked it
        auto started = sim::lookalike::start(profile, {});
        if (!started) {
            std::fprintf(stderr, "darkroom: %s\n", started.error().message().c_str());
            exit_status = exit_failed;
            return false;
        }
        access.api_key = profile.api_key;
        lookalikes_.push_back(std::move(*started));
        base_url = lookalikes_.back()->base_url();
    } else if (!spec.api_key_env.empty()) {
        const auto key = settings.find(spec.api_key_env);
        if (!key) {
            std::fprintf(stderr,
                         "darkroom: provider '%s' needs a key: set %s in the environment or in "
                         ".env, or try the "
                         "manifest for nothing with --route simulator\n",
                         spec.name.c_str(), spec.api_key_env.c_str());
            exit_status = exit_no_key;
            return false;
        }
        base::remember_secret(*key);
        access.api_key = *key;
    }
    auto endpoint = http::parse_base_url(base_url);
    if (!endpoint) {
        std::fprintf(stderr, "darkroom: provider '%s': %s\n", spec.name.c_str(),
                     endpoint.error().message().c_str());
        exit_status = exit_usage;
        return false;
    }
    access.endpoint = *endpoint;
    if (!spec.is_simulator())
        account_folders_[spec.name] = run::account_folder_name(base_url, access.api_key);
    for (const auto api : job::api_names)
        apis_[spec.name + "/" + std::string(api)] =
            provider::make_image_api(access, api, *client, time_);
    texts_[spec.name] = std::make_unique<provider::text_api>(access, *client, time_);
    models_[spec.name] = std::make_unique<provider::models_api>(access, *client, time_);
    return true;
}

std::map<std::string, run::ask_text> provider_set::texts() const
{
    std::map<std::string, run::ask_text> all;
    for (const auto& [name, api] : texts_)
        all[name] = [ask = api.get()](provider::text_request request,
                                      std::function<void()> on_sending,
                                      runtime::call_context context) {
            return ask->ask(std::move(request), std::move(on_sending), std::move(context));
        };
    return all;
}

std::map<std::string, provider::image_api*> provider_set::apis() const
{
    std::map<std::string, provider::image_api*> all;
    for (const auto& [name, api] : apis_)
        all[name] = api.get();
    return all;
}

} // namespace engine::cli
