#include "engine/sim/kept_picture.hpp"

#include <utility>

namespace engine::sim {

kept_picture::kept_picture(image_order order, std::shared_ptr<kept_picture> parent,
                           const fate& drawn, job::simulator_profile::art_style style,
                           std::shared_ptr<picture_store> store)
    : order_(std::move(order)), fate_(drawn), style_(style), store_(std::move(store)),
      parent_(std::move(parent))
{
    count_bytes();
}

std::optional<api_error> kept_picture::prepare()
{
    const std::lock_guard lock(guard_);
    (void)work();
    return broken_;
}

shared_text kept_picture::finished()
{
    const std::lock_guard lock(guard_);
    if (!finished_) {
        auto* drawn = work();
        finished_ = drawn ? drawn->finished(0) : std::make_shared<const std::string>();
        work_.reset(); // decoded pictures are large
        count_bytes();
    }
    return finished_;
}

shared_text kept_picture::sound()
{
    if (fate_.what != fault::truncated_image)
        return finished();
    const std::lock_guard lock(guard_);
    if (!sound_) {
        fate whole = fate_;
        whole.what = fault::none;
        const auto again = new_drawing(whole);
        const bool readable = !again->prepare();
        sound_ = readable ? again->finished(0) : std::make_shared<const std::string>();
        count_bytes();
    }
    return sound_;
}

shared_text kept_picture::partial(int index, int count)
{
    const std::lock_guard lock(guard_);
    auto* drawn = work();
    return drawn ? drawn->partial(index, count) : std::make_shared<const std::string>();
}

// Null when the inputs are broken.
drawing* kept_picture::work()
{
    if (!work_ && !broken_) {
        work_ = new_drawing(fate_);
        broken_ = work_->prepare();
    }
    return broken_ ? nullptr : work_.get();
}

std::unique_ptr<drawing> kept_picture::new_drawing(const fate& drawn)
{
    if (parent_) {
        base_ = parent_->sound();
        parent_.reset(); // a chain must not keep all that went before it
        count_bytes();
    }
    auto inputs = inputs_of(order_);
    for (auto& file : inputs.references)
        file.param = "input"; // where they are on this API
    if (inputs.mask)
        inputs.mask->param = "tools";
    if (base_)
        inputs.base =
            input_file{.bytes = *base_, .keeper = base_, .param = "input", .base64 = true};
    // Told to edit, and not to use the picture for another one.
    if (!base_ && order_.request.action == "edit" && !inputs.references.empty()) {
        inputs.base = std::move(inputs.references.front());
        inputs.references.erase(inputs.references.begin());
    }
    return std::make_unique<drawing>(order_, std::move(inputs), drawn, style_, store_);
}

void kept_picture::count_bytes()
{
    std::size_t sum = order_.request.prompt.size() + order_.mask.size();
    for (const auto file : order_.references)
        sum += file.size();
    for (const auto& text : {base_, finished_, sound_})
        sum += text ? text->size() : 0;
    bytes_.store(sum, std::memory_order_relaxed);
}

} // namespace engine::sim
