#include "engine/provider/make_image_api.hpp"

#include "engine/job/route.hpp"
#include "engine/provider/images_api.hpp"
#include "engine/provider/responses_api.hpp"

namespace engine::provider {

std::unique_ptr<image_api> make_image_api(provider_access access, std::string_view api,
                                          http::client& client, runtime::clock& time)
{
    if (api == job::api_images)
        return std::make_unique<images_api>(std::move(access), client, time);
    if (api == job::api_responses)
        return std::make_unique<responses_api>(std::move(access), client, time);
    return nullptr;
}

} // namespace engine::provider
