#include "engine/cli/provider_access.hpp"

#include "engine/base/redact.hpp"
#include "engine/cli/exit_status.hpp"
#include "engine/http/url.hpp"
#include "engine/job/simulator_profile.hpp"

#include <cstdio>

namespace engine::cli {

bool provider_set::open(const preparation& prepared, const environment& settings, int& exit_status)
{
    for (const auto& name : prepared.needed)
        if (!open(prepared.provider(name), settings, exit_status))
            return false;
    return true;
}

// One for all providers: they share its read buffer and its trust store.
bool provider_set::make_client(const environment& settings, int& exit_status)
{
    http::client_options options;
    options.ca_file = settings.find("SSL_CERT_FILE").value_or("");
    auto proxies =
        http::read_proxy_variables([&](std::string_view name) { return settings.find(name); });
    if (!proxies) {
        std::fprintf(stderr, "darkroom: %s\n", proxies.error().message().c_str());
        exit_status = exit_usage;
        return false;
    }
    for (const auto* proxy : {&proxies->for_http, &proxies->for_https})
        if (*proxy && !(*proxy)->password.empty())
            base::remember_secret((*proxy)->password);
    options.proxies = std::move(*proxies);
    client_ = std::make_unique<http::client>(options, time_);
    return true;
}

bool provider_set::open(const job::provider_spec& spec, const environment& settings,
                        int& exit_status)
{
    if (!client_ && !make_client(settings, exit_status))
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
    for (const auto api : job::api_names)
        apis_[spec.name + "/" + std::string(api)] =
            provider::make_image_api(access, api, *client_, time_);
    texts_[spec.name] = std::make_unique<provider::text_api>(access, *client_, time_);
    models_[spec.name] = std::make_unique<provider::models_api>(access, *client_, time_);
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
