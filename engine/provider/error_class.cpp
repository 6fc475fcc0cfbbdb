#include "engine/provider/error_class.hpp"

#include "engine/base/result.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>

namespace engine::provider {

namespace {

using job::outcome;

// What the answer says, pulled out of whichever shape it has.
struct said_error {
    std::string type, code, message, param;
    int numeric_code = 0;      // gateways put a status here
    bool structured = false;   // an error object in OpenAI's shape
    bool output_stage = false; // moderation looked at the finished image
};

said_error read_error(const error_input& said)
{
    said_error error;
    if (said.body == nullptr)
        return error;
    const auto& holder = (*said.body)["error"];
    // {"error": {...}}, {"error": "text"}, or a flat {"type":"error","code":...,"message":...}.
    const auto& object = holder.is_object() ? holder : *said.body;
    error.structured = holder.is_object() || !object["message"].is_null();
    if (holder.is_string())
        error.message = holder.text_or({});
    else
        error.message = object["message"].text_or({});
    error.type = object["type"].text_or({});
    error.param = object["param"].text_or({});
    if (object["code"].is_number())
        error.numeric_code = static_cast<int>(object["code"].integer_or(0));
    else
        error.code = object["code"].text_or({});
    if (error.numeric_code == 0 && error.code.size() == 3 &&
        error.code.find_first_not_of("0123456789") == std::string::npos) {
        error.numeric_code = std::atoi(error.code.c_str());
        error.code.clear();
    }
    error.output_stage = object["moderation_details"]["moderation_stage"].text_or({}) == "output";
    return error;
}

template <std::size_t N>
bool any_of(const std::array<std::string_view, N>& names, std::string_view text)
{
    return std::ranges::find(names, text) != names.end();
}

constexpr std::array<std::string_view, 17> account_codes = {"insufficient_quota",
                                                            "credit_balance_exhausted",
                                                            "organization_spend_limit_exceeded",
                                                            "project_spend_limit_exceeded",
                                                            "organization_usage_limit_exceeded",
                                                            "billing_hard_limit_reached",
                                                            "billing_not_active",
                                                            "invalid_api_key",
                                                            "account_deactivated",
                                                            "unsupported_model",
                                                            "model_not_found",
                                                            "unsupported_country_region_territory",
                                                            "invalid_organization",
                                                            "mismatched_organization",
                                                            "permission_denied",
                                                            "authentication_error",
                                                            "data_residency_mismatch"};

constexpr std::array<std::string_view, 10> refusal_codes = {"moderation_blocked",
                                                            "content_policy_violation",
                                                            "contentFilter",
                                                            "content_filter",
                                                            "image_content_policy_violation",
                                                            "bio_policy",
                                                            "misalignment_policy_violation",
                                                            "safety_violation",
                                                            "sensitive_content",
                                                            "invalid_prompt"};

// Of a response object, which has no status of its own: the request is wrong and stays so.
constexpr std::array<std::string_view, 14> request_codes = {
    "invalid_image",        "invalid_image_format",
    "invalid_base64_image", "invalid_image_url",
    "image_too_large",      "image_too_small",
    "image_parse_error",    "invalid_image_mode",
    "image_file_too_large", "empty_image_file",
    "invalid_image_file",   "failed_to_download_image",
    "image_file_not_found", "unsupported_image_media_type"};

constexpr std::array<std::string_view, 8> overload_codes = {
    "slow_down",    "server_is_overloaded", "overloaded",        "image_generation_failed",
    "server_error", "service_unavailable",  "engine_overloaded", "vector_store_timeout"};

constexpr std::array<std::string_view, 3> overload_types = {
    "image_generation_server_error", "server_error", "service_unavailable_error"};

std::optional<outcome> by_code(const said_error& error, int status)
{
    if (any_of(account_codes, error.code) || any_of(account_codes, error.type))
        return outcome::account;
    if (any_of(refusal_codes, error.code))
        return outcome::refused;
    if (any_of(request_codes, error.code))
        return outcome::invalid;
    if (error.code == "rate_limit_exceeded")
        return outcome::rate_limited;
    // "server_error" in the body of a 502 is the proxy speaking: the status knows better there.
    const bool proxy = status == 502 || status == 504 || (status >= 520 && status <= 530);
    if (!proxy && (any_of(overload_codes, error.code) || any_of(overload_types, error.type)))
        return outcome::overloaded;
    if (error.type == "image_generation_user_error" || error.type == "invalid_request_error") {
        // The 403 of an unverified organisation has this type too: statuses that speak of the
        // account go first.
        if (status == 401 || status == 403 || status == 404 || status == 410 || status == 429)
            return std::nullopt;
        return outcome::invalid;
    }
    return std::nullopt;
}

outcome by_status(int status, bool structured)
{
    switch (status) {
    case 401:
    case 402:
    case 403:
    case 404:
    case 410:
        return outcome::account;
    case 408: // it may have been working on it
        return outcome::unknown;
    case 409:
    case 503:
        return outcome::overloaded;
    case 429:
        return outcome::rate_limited;
    case 451:
        return outcome::refused;
    default:
        break;
    }
    if (status >= 300 && status < 400)
        return outcome::account; // a redirect: the base URL is wrong, and a key never follows one
    if (status >= 400 && status < 500)
        return outcome::invalid;
    if (status == 500 && structured)
        return outcome::overloaded;
    return outcome::unknown; // a proxy's 5xx: the work may have been done, and billed
}

// Whether a no of the account is about the model that was asked, and not about the key. A 403 has
// no code when the organisation is not verified for a model; then only its words tell.
bool is_about_model(const said_error& error, int status)
{
    constexpr std::array<std::string_view, 2> model_codes = {"model_not_found",
                                                             "unsupported_model"};
    if (any_of(model_codes, error.code) || status == 404 || status == 410)
        return true;
    return status == 403 && !any_of(account_codes, error.code) &&
           error.message.find("model") != std::string::npos;
}

std::string message_of(const error_input& said, const said_error& error, int status)
{
    if (!error.message.empty())
        return base::clean_detail(error.message);
    if (status >= 300 && status < 400)
        return "redirected; redirects are not followed, check base_url";
    if (!said.raw_body.empty())
        return base::clean_detail(said.raw_body, 200);
    return "HTTP status " + std::to_string(status);
}

} // namespace

error_report classify_error(const error_input& said)
{
    const auto error = read_error(said);
    // A gateway's 200 with {"code": 503}: the number inside is the status.
    const int status = said.status >= 300                                      ? said.status
                       : error.numeric_code >= 300 && error.numeric_code < 600 ? error.numeric_code
                                                                               : said.status;
    error_report report;
    report.message = message_of(said, error, status);
    report.field = base::clean_detail(error.param, 60);
    report.code = base::clean_detail(!error.code.empty()   ? error.code
                                     : !error.type.empty() ? error.type
                                                           : "http_" + std::to_string(status),
                                     80);
    if (const auto known = by_code(error, status))
        report.outcome = *known;
    else if (status >= 300)
        report.outcome = by_status(status, error.structured);
    else
        report.outcome =
            outcome::unknown; // an error nobody knows, in a 200: it may have cost something

    report.about_model = report.outcome == outcome::account && is_about_model(error, status);
    if (said.headers != nullptr) {
        report.retry_after = parse_retry_after(*said.headers, said.now);
        const auto should_retry = said.headers->find("x-should-retry");
        // Only where nothing can have been billed: a lost answer stays a lost answer.
        if (should_retry && *should_retry == "false" && report.outcome == outcome::overloaded)
            report.outcome = outcome::invalid;
    }
    if (report.outcome == outcome::rate_limited) {
        report.limits = parse_limit_text(error.message);
        if (!report.retry_after)
            report.retry_after = report.limits.wait;
        if (report.limits.never_fits()) {
            report.never_fits = true;
            report.outcome = outcome::invalid;
        }
    }
    if (said.image_had_begun && report.outcome == outcome::overloaded)
        report.outcome = outcome::unknown; // overloaded means: before any image
    report.possibly_billed = report.outcome == outcome::unknown ||
                             (report.outcome == outcome::refused && error.output_stage);
    return report;
}

} // namespace engine::provider
