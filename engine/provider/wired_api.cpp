#include "engine/provider/wired_api.hpp"

namespace engine::provider {

wired_api::wired_api(provider_access access, http::client& client, const runtime::clock& time)
    : access_(std::move(access)), client_(client), time_(time)
{}

base::result<prepared_request> wired_api::prepare(const job::image_request& request,
                                                  const image_inputs& inputs,
                                                  const std::string& client_request_id) const
{
    auto prepared = build(request, inputs);
    if (!prepared)
        return prepared;
    const bool stream = request.stream && access_.spec.wire.supports_stream;
    add_common_headers(prepared->wire.headers, access_, request.model,
                       stream ? "text/event-stream, application/json" : "application/json",
                       client_request_id);
    if (auto valid = http::check_headers(prepared->wire.headers); !valid)
        return std::unexpected(valid.error());
    return prepared;
}

runtime::task<reply> wired_api::send(prepared_request prepared, image_sink& sink,
                                     runtime::call_context context)
{
    const auto answer = reader(sink, prepared.is_edit);
    http::exchange_report exchange;
    try {
        exchange = co_await client_.exchange(access_.endpoint, std::move(prepared.wire), *answer,
                                             std::move(context));
    } catch (const boost::system::system_error& error) {
        // Given up while only the end of the stream was missing: the image is here and paid for.
        if (error.code() != boost::asio::error::operation_aborted || !answer->has_image())
            throw;
    }
    co_return answer->finish(exchange);
}

} // namespace engine::provider
