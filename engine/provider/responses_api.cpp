#include "engine/provider/responses_api.hpp"

#include "engine/provider/responses_reply.hpp"
#include "engine/provider/responses_request.hpp"

namespace engine::provider {

responses_api::responses_api(provider_access access, http::client& client,
                             const runtime::clock& time)
    : wired_api(std::move(access), client, time)
{}

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
