#include "engine/provider/image_api.hpp"

namespace engine::provider {

runtime::task<base::result<void>> image_api::upload(const job::image_request&, image_inputs&,
                                                    runtime::call_context)
{
    co_return base::result<void>{};
}

runtime::task<int> image_api::remove_uploads(runtime::call_context)
{
    co_return 0;
}

} // namespace engine::provider
