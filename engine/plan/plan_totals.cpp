#include "engine/plan/plan_totals.hpp"

#include <algorithm>
#include <numeric>

namespace engine::plan {

namespace {

// Chains deeper than this are counted as if they were so deep: the time of such a plan is that of
// its longest chain, and 4,096 pictures one after the other take days.
constexpr std::size_t depth_max = 4096;

job::image_request shape_of(const job::image_request& request)
{
    job::image_request shape;
    shape.model = request.model;
    shape.mainline_model = request.mainline_model;
    shape.size = request.size;
    shape.quality = request.quality;
    shape.partial_images = request.partial_images;
    return shape;
}

auto alike_to(const job::image_request& request)
{
    return [&request](const load_class& one) {
        return one.shape.size == request.size && one.shape.quality == request.quality;
    };
}

} // namespace

const load_class* route_load::find(const job::image_request& request) const
{
    const auto found = std::ranges::find_if(classes, alike_to(request));
    return found == classes.end() ? nullptr : &*found;
}

void route_load::add(const job::image_request& request, const expected_latency& latency,
                     double tokens, double images, std::size_t depth)
{
    auto found = std::ranges::find_if(classes, alike_to(request));
    if (found == classes.end() && classes.size() < classes_max) {
        classes.push_back({shape_of(request), latency, 0, 0, 0});
        found = std::prev(classes.end());
    } else if (found == classes.end()) {
        found = std::prev(classes.end());
        const double share = 1 / static_cast<double>(found->count + 1);
        found->latency.seconds += (latency.seconds - found->latency.seconds) * share;
    }
    ++found->count;
    found->tokens += tokens;
    found->images += images;
    depth = std::min(depth, depth_max);
    if (by_depth.size() <= depth)
        by_depth.resize(depth + 1);
    ++by_depth[depth];
}

std::int64_t route_load::count() const
{
    return std::accumulate(by_depth.begin(), by_depth.end(), std::int64_t{0});
}

std::int64_t plan_totals::total() const
{
    return std::accumulate(items.begin(), items.end(), std::int64_t{0});
}

} // namespace engine::plan
