#include "engine/cli/probe.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace engine;
using cli::finding;
using level = cli::finding::level;

namespace {

const base::wall_time now = *base::parse_rfc3339("2026-11-20T10:00:00.000Z");

job::provider_spec openai()
{
    return job::builtin_providers().front();
}

provider::models_reply list(std::vector<std::string> ids)
{
    provider::models_reply reply;
    reply.outcome = job::outcome::delivered;
    reply.http_status = 200;
    reply.ids = std::move(ids);
    reply.date = now;
    return reply;
}

provider::models_reply failure(job::outcome outcome, std::string code, int status)
{
    provider::models_reply reply;
    reply.outcome = outcome;
    reply.error_code = std::move(code);
    reply.error_message = "said so";
    reply.http_status = status;
    return reply;
}

std::string text_of(const std::vector<finding>& all)
{
    std::string text;
    for (const auto& one : all)
        text += cli::to_text(one);
    return text;
}

} // namespace

TEST_CASE("a list with the wanted models is good, also by a dated snapshot")
{
    const auto all = cli::judge_models(list({"gpt-5.5", "gpt-image-2-2026-04-21"}), openai(),
                                       {"gpt-image-2", "gpt-5.5"}, now);
    CHECK(cli::worst_of(all) == level::good);
    CHECK(text_of(all).find("openai: it has gpt-image-2") != std::string::npos);
}

TEST_CASE("a model that is not listed is a problem with the nearest name")
{
    const auto all = cli::judge_models(list({"gpt-image-2.5-sunburst"}), openai(),
                                       {"gpt-image-2.5-sunburts"}, now);
    CHECK(cli::worst_of(all) == level::problem);
    CHECK(text_of(all).find("did you mean 'gpt-image-2.5-sunburst'?") != std::string::npos);
}

TEST_CASE("each way to fail says what to do about it")
{
    struct expectation {
        provider::models_reply reply;
        level how;
        std::string_view mend;
    };
    const expectation table[] = {
        {failure(job::outcome::account, "invalid_api_key", 401), level::problem,
         "check the key in OPENAI_API_KEY"},
        {failure(job::outcome::account, "http_404", 404), level::warning, "check base_url"},
        {failure(job::outcome::not_sent, "resolve_failed", 0), level::problem, "name server"},
        {failure(job::outcome::not_sent, "connect_timeout", 0), level::problem, "firewall"},
        {failure(job::outcome::not_sent, "proxy_refused", 0), level::problem, "check HTTPS_PROXY"},
        {failure(job::outcome::not_sent, "certificate_invalid", 0), level::problem,
         "SSL_CERT_FILE"},
        {failure(job::outcome::invalid, "no_models_list", 0), level::warning, "first attempt"},
        {failure(job::outcome::overloaded, "server_error", 503), level::warning, "busy"},
        {failure(job::outcome::unknown, "total_timeout", 0), level::warning, "busy"},
    };
    for (const auto& one : table) {
        const auto all = cli::judge_models(one.reply, openai(), {"gpt-image-2"}, now);
        CAPTURE(text_of(all));
        CHECK(cli::worst_of(all) == one.how);
        CHECK(text_of(all).find(one.mend) != std::string::npos);
    }
}

TEST_CASE("clocks more than a minute apart are said, either way")
{
    using namespace std::chrono_literals;
    for (const auto apart : {-61s, 61s}) {
        auto reply = list({"gpt-image-2"});
        reply.date = now - apart;
        const auto all = cli::judge_models(reply, openai(), {"gpt-image-2"}, now);
        CHECK(cli::worst_of(all) == level::warning);
        CHECK(text_of(all).find(apart > 0s ? "61 s ahead of" : "61 s behind") != std::string::npos);
    }
    auto close = list({"gpt-image-2"});
    close.date = now - 59s;
    CHECK(cli::worst_of(cli::judge_models(close, openai(), {}, now)) == level::good);
}

TEST_CASE("limits in the headers are told")
{
    auto reply = list({"gpt-image-2"});
    reply.buckets.push_back({"requests", 500.0, 499.0, {}});
    reply.buckets.push_back({"tokens", {}, 1.0, {}});
    const auto text = text_of(cli::judge_models(reply, openai(), {}, now));
    CHECK(text.find("limits told: requests 500 a minute\n") != std::string::npos);
}
