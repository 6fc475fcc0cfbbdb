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

bool image_api::can_fetch() const
{
    return false;
}

runtime::task<base::result<std::string>> image_api::prepare_recovery(const job::image_request&,
                                                                     runtime::call_context)
{
    co_return std::string{};
}

runtime::task<reply> image_api::fetch(answer_handle, bool, image_sink&, runtime::call_context)
{
    reply none;
    none.fetched = fetch_ending::not_found;
    none.error_code = name_of(none.fetched);
    none.error_message = "this wire keeps no answers";
    none.possibly_billed = true;
    co_return none;
}

} // namespace engine::provider
