#include "engine/provider/wired_api.hpp"

#include "engine/provider/url_fetch.hpp"

#include <algorithm>

namespace engine::provider {

namespace {

// A file that was uploaded is not there (any more). Nothing was made.
bool misses_file(const reply& answer, const std::vector<std::string>& ids)
{
    if (ids.empty() || answer.outcome == job::outcome::delivered)
        return false;
    if (answer.error_code == "image_file_not_found")
        return true;
    // Older wording: "No such File object: file-abc".
    return (answer.http_status == 400 || answer.http_status == 404) &&
           std::ranges::any_of(ids, [&](const std::string& id) {
               return answer.error_message.find(id) != std::string::npos;
           });
}

} // namespace

wired_api::wired_api(provider_access access, http::client& client, const runtime::clock& time)
    : access_(std::move(access)), client_(client), time_(time), uploads_(access_, client, time)
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

runtime::task<base::result<void>> wired_api::upload(const job::image_request& request,
                                                    image_inputs& inputs,
                                                    runtime::call_context context)
{
    if (!access_.spec.wire.supports_files || !request.is_edit() || !takes_file_ids())
        co_return base::result<void>{};
    inputs.reference_file_ids.assign(request.references.size(), {});
    for (std::size_t n = 0; n < request.references.size(); ++n) {
        auto id = co_await uploads_.id_of(request.references[n], inputs.references[n], context);
        inputs.reference_file_ids[n] = std::move(id);
    }
    if (request.mask) {
        auto id = co_await uploads_.id_of(*request.mask, inputs.mask, context);
        inputs.mask_file_id = std::move(id);
    }
    co_return base::result<void>{};
}

runtime::task<int> wired_api::remove_uploads(runtime::call_context context)
{
    co_return co_await uploads_.remove_all(std::move(context));
}

runtime::task<reply> wired_api::send(prepared_request prepared, image_sink& sink,
                                     runtime::call_context context)
{
    const auto heard = reader(sink, prepared.is_edit);
    http::exchange_report exchange;
    try {
        exchange =
            co_await client_.exchange(access_.endpoint, std::move(prepared.wire), *heard, context);
    } catch (const boost::system::system_error& error) {
        // Given up while only the end of the stream was missing: the image is here and paid for.
        if (error.code() != boost::asio::error::operation_aborted || !heard->has_image())
            throw;
    }
    auto answer = heard->finish(exchange);
    if (misses_file(answer, prepared.file_ids)) {
        uploads_.forget(prepared.file_ids);
        answer.outcome = job::outcome::overloaded; // the next attempt uploads them again
        answer.possibly_billed = false;
    }
    if (!heard->result_url().empty() && access_.spec.wire.allow_url_results)
        co_await fetch_address(heard->result_url(), sink, answer, std::move(context));
    co_return answer;
}

runtime::task<> wired_api::fetch_address(std::string address, image_sink& sink, reply& answer,
                                         runtime::call_context context)
{
    const auto fetched = co_await fetch_url(client_, std::move(address), access_.endpoint.tls, sink,
                                            std::move(context));
    answer.bytes_received += fetched.bytes_received;
    if (!fetched.failure) {
        answer.outcome = job::outcome::delivered;
        answer.error_code.clear();
        answer.error_message.clear();
        co_return;
    }
    // The picture was made, and is paid for.
    answer.outcome = job::outcome::unknown;
    answer.possibly_billed = true;
    answer.error_code = "url_fetch_failed";
    answer.error_message = base::clean_detail(fetched.failure->message());
    if (fetched.sink_failed)
        answer.local_failure = fetched.failure;
}

} // namespace engine::provider
