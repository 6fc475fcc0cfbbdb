#include "engine/cli/probe.hpp"

#include "engine/base/nearest_name.hpp"
#include "engine/run/settlement.hpp"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>

namespace engine::cli {

namespace {

using level = finding::level;

// TLS still works and signatures are not at stake: a guess at what a person wants to know.
constexpr std::chrono::seconds clock_skew_max{60};

// What to do about a failure below HTTP, by the code of the transport.
std::string mend_connection(const std::string& code)
{
    if (code == "resolve_failed")
        return "check the host in base_url and the name server; behind a proxy set HTTPS_PROXY";
    if (code == "connect_failed" || code == "connect_timeout")
        return "check the network and the firewall; behind a proxy set HTTPS_PROXY";
    if (code == "proxy_failed" || code == "proxy_refused")
        return "check HTTPS_PROXY, its user and its password; NO_PROXY leaves hosts out";
    if (code == "certificate_invalid")
        return "a proxy that opens TLS needs its authority in the file that SSL_CERT_FILE names; "
               "check the clock too";
    if (code == "trust_store_failed")
        return "install ca-certificates, or set SSL_CERT_FILE to a file of authorities";
    if (code == "tls_failed" || code.starts_with("client_certificate"))
        return "check that base_url is an https address and which certificate it wants";
    return "try again; if it stays, look at the provider's status page";
}

void judge_key(std::vector<finding>& all, const provider::models_reply& reply,
               const job::provider_spec& provider)
{
    const auto problem = [&](std::string mend) {
        all.push_back(
            {level::problem,
             fmt::format("{}: {} ({}{})", provider.name, reply.error_message,
                         reply.http_status > 0 ? "HTTP " + std::to_string(reply.http_status) + ", "
                                               : "",
                         reply.error_code),
             std::move(mend)});
    };
    switch (reply.outcome) {
    case job::outcome::delivered:
        all.push_back(
            {level::good, fmt::format("{}: reachable, the key is good", provider.name), {}});
        return;
    case job::outcome::not_sent:
        return problem(mend_connection(reply.error_code));
    case job::outcome::account:
        if (reply.http_status == 404 || reply.http_status == 410) {
            all.push_back({level::warning,
                           fmt::format("{}: it has no list of models (HTTP {})", provider.name,
                                       reply.http_status),
                           "check base_url; if it is right, wire: { supports_models_list: false } "
                           "leaves this out"});
            return;
        }
        return problem(provider.api_key_env.empty()
                           ? "the provider wants a key: name its variable in api_key_env"
                           : "check the key in " + provider.api_key_env +
                                 ", its project, and whether the account has money left");
    case job::outcome::invalid:
        if (reply.error_code == "no_models_list") {
            all.push_back({level::warning,
                           fmt::format("{}: its dialect has no list of models to ask for; nothing "
                                       "was sent",
                                       provider.name),
                           "the first attempt will show whether the key is good"});
            return;
        }
        return problem("check base_url and the dialect");
    default:
        all.push_back(
            {level::warning,
             fmt::format("{}: {} ({})", provider.name, reply.error_message, reply.error_code),
             "the provider may be busy; a run waits and tries again"});
    }
}

void judge_listed(std::vector<finding>& all, const provider::models_reply& reply,
                  const job::provider_spec& provider, const std::set<std::string>& wanted)
{
    for (const auto& model : wanted) {
        const bool listed = std::ranges::any_of(
            reply.ids, [&](const std::string& id) { return !run::is_other_model(model, id); });
        if (listed) {
            all.push_back({level::good, fmt::format("{}: it has {}", provider.name, model), {}});
            continue;
        }
        std::vector<std::string_view> names(reply.ids.begin(), reply.ids.end());
        const auto near = base::did_you_mean(model, names);
        all.push_back({level::problem,
                       fmt::format("{}: {} is not among its {} models{}", provider.name, model,
                                   reply.ids.size(), near),
                       "check the name; a new organization may have to be verified first, and a "
                       "project may be kept from a model"});
    }
}

void judge_clock(std::vector<finding>& all, const provider::models_reply& reply,
                 const job::provider_spec& provider, base::wall_time now)
{
    if (!reply.date)
        return;
    const auto apart = std::chrono::duration_cast<std::chrono::seconds>(now - *reply.date);
    if (apart > clock_skew_max || apart < -clock_skew_max)
        all.push_back({level::warning,
                       fmt::format("this clock is {} s {} that of {}", std::abs(apart.count()),
                                   apart.count() > 0 ? "ahead of" : "behind", provider.name),
                       "set the clock: waits that the provider names as a time of day come out "
                       "wrong"});
    else
        all.push_back({level::good, fmt::format("{}: the clocks agree", provider.name), {}});
}

void tell_limits(std::vector<finding>& all, const provider::models_reply& reply,
                 const job::provider_spec& provider)
{
    std::string told;
    for (const auto& bucket : reply.buckets)
        if (bucket.limit)
            told += fmt::format("{}{} {:g} a minute", told.empty() ? "" : ", ", bucket.bucket,
                                *bucket.limit);
    if (!told.empty())
        all.push_back({level::good, fmt::format("{}: limits told: {}", provider.name, told), {}});
}

} // namespace

std::vector<finding> judge_models(const provider::models_reply& reply,
                                  const job::provider_spec& provider,
                                  const std::set<std::string>& wanted_models, base::wall_time now)
{
    std::vector<finding> all;
    judge_key(all, reply, provider);
    if (reply.outcome == job::outcome::delivered)
        judge_listed(all, reply, provider, wanted_models);
    judge_clock(all, reply, provider, now);
    tell_limits(all, reply, provider);
    return all;
}

finding::level worst_of(const std::vector<finding>& all)
{
    auto worst = level::good;
    for (const auto& one : all)
        worst = std::max(worst, one.how);
    return worst;
}

std::string to_text(const finding& one)
{
    constexpr std::string_view words[] = {"ok", "warn", "FAIL"};
    auto text = fmt::format("{:<5} {}\n", words[static_cast<int>(one.how)], one.what);
    if (!one.mend.empty())
        text += fmt::format("      {}\n", one.mend);
    return text;
}

} // namespace engine::cli
