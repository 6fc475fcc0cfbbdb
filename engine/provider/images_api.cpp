#include "engine/provider/images_api.hpp"

#include "engine/provider/images_reply.hpp"
#include "engine/provider/images_request.hpp"

namespace engine::provider {

images_api::images_api(provider_access access, http::client& client, const runtime::clock& time)
    : wired_api(std::move(access), client, time)
{}

base::result<prepared_request> images_api::build(const job::image_request& request,
                                                 const image_inputs& inputs) const
{
    return build_images_request(request, inputs, access_.spec.wire, access_.endpoint.base_path,
                                encoded_);
}

std::unique_ptr<answer_reader> images_api::reader(image_sink& sink, bool is_edit) const
{
    return std::make_unique<images_reply>(sink, time_, is_edit);
}

bool images_api::takes_file_ids() const
{
    return access_.spec.wire.edits == job::edit_form::json_images;
}

} // namespace engine::provider
