#include "engine/provider/text_api.hpp"

#include "engine/base/redact.hpp"
#include "engine/provider/usage_reader.hpp"

namespace engine::provider {

namespace {

void refuse(text_reply& reply, job::outcome outcome, std::string code, std::string message)
{
    reply.outcome = outcome;
    reply.error_code = std::move(code);
    reply.error_message = base::clean_detail(message);
    reply.text.clear();
}

base::json body_of(const text_request& request, const job::wire_switches& wire)
{
    auto body = base::json::make_object({{"model", request.model}});
    if (!request.instructions.empty())
        body.set("instructions", request.instructions);
    body.set("input", request.input);
    body.set("max_output_tokens", request.max_output_tokens);
    if (wire.stores_responses)
        body.set("store", false); // nobody continues it
    return body;
}

} // namespace

text_api::text_api(provider_access access, http::client& client, const runtime::clock& time)
    : access_(std::move(access)), client_(client), time_(time)
{}

runtime::task<text_reply> text_api::ask(text_request request, std::function<void()> on_sending,
                                        runtime::call_context context)
{
    text_reply reply;
    const auto& wire = access_.spec.wire;
    if (!wire.supports_responses) {
        refuse(reply, job::outcome::invalid, "no_responses_api",
               "provider '" + access_.spec.name + "' has no Responses API");
        co_return reply;
    }
    http::request wanted;
    wanted.method = "POST";
    wanted.target =
        request_target(access_.endpoint.base_path, wire.responses_path, wire, request.model);
    wanted.headers.add("Content-Type", "application/json");
    add_common_headers(wanted.headers, access_, request.model, "application/json",
                       request.client_request_id);
    wanted.body.push_back(std::make_shared<const std::string>(body_of(request, wire).dump()));

    const auto answer = co_await exchange_small(client_, time_, access_.endpoint, std::move(wanted),
                                                std::move(on_sending), std::move(context));
    reply.http_status = answer.http_status;
    reply.request_id = answer.request_id;
    reply.retry_after = answer.retry_after;
    reply.buckets = answer.buckets;
    reply.limits = answer.limits;
    reply.rate_limit_headers = answer.rate_limit_headers;
    reply.never_fits = answer.never_fits;
    if (answer.outcome != job::outcome::delivered) {
        refuse(reply, answer.outcome, answer.error_code, answer.error_message);
        reply.possibly_billed = answer.possibly_billed;
        co_return reply;
    }
    read_text_response(answer.body, reply);
    co_return reply;
}

void read_text_response(const base::json& response, text_reply& reply)
{
    reply.response_id = base::clean_detail(response["id"].text_or({}), 200);
    reply.model_returned = base::clean_detail(response["model"].text_or({}), 100);
    job::usage used;
    if (add_mainline_usage(response["usage"], used))
        reply.used = used;
    std::string said, refusal;
    for (const auto& item : response["output"].items())
        for (const auto& part : item["content"].items()) {
            if (part["type"].text_or({}) == "output_text")
                said += part["text"].text_or({});
            refusal += part["refusal"].text_or({});
        }
    reply.text = base::redact_known_secrets(std::move(said)); // a key may have been echoed
    if (const auto status = response["status"].text_or("completed"); status != "completed") {
        const std::string reason(response["incomplete_details"]["reason"].text_or(status));
        refuse(reply, reason == "content_filter" ? job::outcome::refused : job::outcome::bad_output,
               base::clean_detail(reason, 80), "the text is not complete: " + reason);
    } else if (!refusal.empty()) {
        refuse(reply, job::outcome::refused, "refusal", refusal);
    } else if (reply.text.find_first_not_of(" \t\r\n") == std::string::npos) {
        const bool charged = reply.used && reply.used->mainline_output > 0;
        refuse(reply, charged ? job::outcome::bad_output : job::outcome::overloaded,
               "empty_response", "the answer holds no text");
    } else {
        reply.outcome = job::outcome::delivered;
    }
}

} // namespace engine::provider
