#include "engine/provider/responses_api.hpp"

#include "engine/provider/responses_reply.hpp"
#include "engine/provider/responses_request.hpp"
#include "engine/provider/small_exchange.hpp"

namespace engine::provider {

responses_api::responses_api(provider_access access, http::client& client, runtime::clock& time)
    : wired_api(std::move(access), client, time), lost_(access_, client, time)
{}

bool responses_api::can_fetch() const
{
    const auto& wire = access_.spec.wire;
    return wire.supports_responses && wire.stores_responses && wire.retrieves_responses;
}

runtime::task<reply> responses_api::send(prepared_request prepared, image_sink& sink,
                                         runtime::call_context context)
{
    const auto start = time_.now();
    const bool is_edit = prepared.is_edit;
    auto answer = co_await wired_api::send(std::move(prepared), sink, context);
    if (answer.error_code != still_running_code || answer.response_id.empty() || !can_fetch())
        co_return answer;
    auto later = co_await fetch({.response_id = answer.response_id}, is_edit, sink, context);
    later.fetched = fetch_ending::answered; // of a send() it says nothing
    later.request_id = std::move(answer.request_id);
    later.bytes_received += answer.bytes_received;
    later.buckets = std::move(answer.buckets);
    later.rate_limit_headers = std::move(answer.rate_limit_headers);
    later.connect_ms = answer.connect_ms;
    later.first_byte_ms = answer.first_byte_ms;
    later.first_event_ms.reset();
    later.last_byte_ms = runtime::milliseconds_between(start, time_.now());
    co_return later;
}

runtime::task<base::result<std::string>>
responses_api::prepare_recovery(const job::image_request& request, runtime::call_context context)
{
    constexpr std::chrono::seconds patience{
        15}; // it is a convenience: the picture can wait so long
    const auto& wire = access_.spec.wire;
    if (!request.recoverable || !wire.supports_conversations || !can_fetch() ||
        !request.previous_response_id.empty())
        co_return std::string{};
    http::request wanted;
    wanted.method = "POST";
    wanted.target = request_target(access_.endpoint.base_path, wire.conversations_path, wire, {});
    wanted.headers.add("Content-Type", "application/json");
    wanted.body.push_back(std::make_shared<const std::string>("{}"));
    add_common_headers(wanted.headers, access_, request.model, "application/json",
                       "darkroom-conversation");
    const auto answer = co_await exchange_small(client_, time_, access_.endpoint, std::move(wanted),
                                                {}, context.until(time_.now() + patience));
    const std::string where = "make a conversation at '" + access_.spec.name + "'";
    if (answer.outcome != job::outcome::delivered)
        co_return base::fail(std::make_error_code(std::errc::io_error), where,
                             answer.error_code + ": " + answer.error_message);
    const std::string id(answer.body["id"].text_or({}));
    if (!is_answer_id(id))
        co_return base::fail(std::make_error_code(std::errc::bad_message), where,
                             "the answer holds no id");
    co_return id;
}

runtime::task<reply> responses_api::fetch(answer_handle lost, bool is_edit, image_sink& sink,
                                          runtime::call_context context)
{
    if (!can_fetch()) {
        auto none = co_await wired_api::fetch(std::move(lost), is_edit, sink, std::move(context));
        co_return none;
    }
    co_return co_await lost_.run(std::move(lost), is_edit, sink, std::move(context));
}

base::result<prepared_request> responses_api::build(const job::image_request& request,
                                                    const image_inputs& inputs) const
{
    if (!access_.spec.wire.supports_responses)
        return base::fail(std::make_error_code(std::errc::not_supported), "build the request",
                          "provider '" + access_.spec.name + "' has no Responses API");
    if (request.mainline_model.empty())
        return base::fail(std::make_error_code(std::errc::invalid_argument), "build the request",
                          "the Responses API needs a text model that calls the image tool");
    return build_responses_request(request, inputs, access_.spec.wire, access_.endpoint.base_path,
                                   encoded_);
}

std::unique_ptr<answer_reader> responses_api::reader(image_sink& sink, bool is_edit) const
{
    return std::make_unique<responses_reply>(sink, time_, is_edit);
}

bool responses_api::takes_file_ids() const
{
    return true;
}

} // namespace engine::provider
