#include "engine/job/item.hpp"

namespace engine::job {

image_request request_for(const item& wanted, const route& where, std::size_t step)
{
    auto request = wanted.request;
    request.model = where.model;
    request.mainline_model = where.mainline_model;
    if (step == 0)
        return request;
    const auto& down = wanted.downgrades.at(step - 1);
    if (down.size)
        request.size = down.size;
    if (down.quality)
        request.quality = *down.quality;
    return request;
}

expectation expectation_for(const item& wanted, std::size_t step)
{
    auto expect = wanted.expect;
    if (step == 0)
        return expect;
    // Where any size would do, a smaller one does too.
    if (const auto& down = wanted.downgrades.at(step - 1); down.size && expect.size)
        expect.size = down.size;
    return expect;
}

} // namespace engine::job
