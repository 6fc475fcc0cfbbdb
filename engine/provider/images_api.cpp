#include "engine/provider/images_api.hpp"

#include "engine/provider/images_reply.hpp"
#include "engine/provider/images_request.hpp"

namespace engine::provider {

images_api::images_api(provider_access access, http::client& client, const runtime::clock& time)
    : access_(std::move(access)), client_(client), time_(time)
{}

base::result<prepared_request> images_api::prepare(const job::image_request& request,
                                                   const image_inputs& inputs,
                                                   const std::string& client_request_id) const
{
    auto prepared =
        build_images_request(request, inputs, access_.spec.wire, access_.endpoint.base_path);
    if (!prepared)
        return prepared;
    auto& headers = prepared->wire.headers;
    if (!access_.api_key.empty())
        headers.add("Authorization", "Bearer " + access_.api_key);
    headers.add("Accept",
                request.stream ? "text/event-stream, application/json" : "application/json");
    headers.add("User-Agent", "darkroom/" DARKROOM_VERSION);
    headers.add("X-Client-Request-Id", client_request_id);
    return prepared;
}

runtime::task<reply> images_api::send(prepared_request prepared, image_sink& sink,
                                      runtime::call_context context)
{
    images_reply answer(sink, time_, prepared.is_edit);
    http::exchange_report exchange;
    try {
        exchange = co_await client_.exchange(access_.endpoint, std::move(prepared.wire), answer,
                                             std::move(context));
    } catch (const boost::system::system_error& error) {
        // Given up while only the end of the stream was missing: the image is here and paid for.
        if (error.code() != boost::asio::error::operation_aborted || !answer.has_image())
            throw;
    }
    co_return answer.finish(exchange);
}

} // namespace engine::provider
