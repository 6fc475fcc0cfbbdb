#include "engine/provider/models_api.hpp"

namespace engine::provider {

namespace {

constexpr std::size_t models_max = 10'000;

} // namespace

models_api::models_api(provider_access access, http::client& client, const runtime::clock& time)
    : access_(std::move(access)), client_(client), time_(time)
{}

runtime::task<models_reply> models_api::list(runtime::call_context context)
{
    models_reply reply;
    const auto& wire = access_.spec.wire;
    if (!wire.supports_models_list) {
        reply.outcome = job::outcome::invalid;
        reply.error_code = "no_models_list";
        reply.error_message = "provider '" + access_.spec.name + "' lists no models";
        co_return reply;
    }
    http::request wanted;
    wanted.target = request_target(access_.endpoint.base_path, wire.models_path, wire, {});
    add_common_headers(wanted.headers, access_, {}, "application/json", "darkroom-models");
    auto answer = co_await exchange_small(client_, time_, access_.endpoint, std::move(wanted), {},
                                          std::move(context));
    reply.outcome = answer.outcome;
    reply.error_code = answer.error_code;
    reply.error_message = answer.error_message;
    reply.http_status = answer.http_status;
    reply.request_id = answer.request_id;
    reply.date = answer.date;
    reply.buckets = std::move(answer.buckets);
    reply.rate_limit_headers = std::move(answer.rate_limit_headers);
    if (reply.outcome != job::outcome::delivered)
        co_return reply;
    if (!answer.body["data"].is_array()) {
        reply.outcome = job::outcome::bad_output;
        reply.error_code = "no_list";
        reply.error_message = "the answer holds no list of models";
        co_return reply;
    }
    for (const auto& model : answer.body["data"].items()) {
        if (reply.ids.size() == models_max)
            break;
        if (const auto id = model["id"].text_or({}); !id.empty())
            reply.ids.push_back(base::clean_detail(id, 200));
    }
    co_return reply;
}

} // namespace engine::provider
