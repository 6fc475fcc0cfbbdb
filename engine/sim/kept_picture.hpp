// kept_picture: the one picture of a response, drawn when somebody first asks for it and kept from
// then on: the answer, whoever fetches it again, and the next link of a chain share it.
//
// Thread safe. Only the finished file stays in memory; what is decoded on the way goes again.
#pragma once

#include "engine/sim/drawing.hpp"
#include "engine/sim/fate.hpp"
#include "engine/sim/image_order.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>

namespace engine::sim {

class kept_picture {
public:
    // `parent`: the earlier picture of a chain, or null. It is let go once it is no longer needed.
    kept_picture(image_order order, std::shared_ptr<kept_picture> parent, const fate& drawn,
                 job::simulator_profile::art_style style, std::shared_ptr<picture_store> store);

    [[nodiscard]] const image_order& order() const { return order_; }
    [[nodiscard]] bool has_inputs() const { return !order_.references.empty() || order_.earlier; }
    // Decodes what the request brought: what is broken inside. Nothing = all is well.
    [[nodiscard]] std::optional<api_error> prepare();
    // Base64 of the finished picture, as the fate wants it; and as it should have been, which is
    // what a chain goes on from. Empty when the inputs are broken.
    [[nodiscard]] shared_text finished();
    [[nodiscard]] shared_text sound();
    [[nodiscard]] shared_text partial(int index, int count);

    // What it holds in memory, about.
    [[nodiscard]] std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

private:
    // These hold the lock.
    [[nodiscard]] drawing* work();
    [[nodiscard]] std::unique_ptr<drawing> new_drawing(const fate& drawn);
    void count_bytes();

    const image_order order_;
    const fate fate_;
    const job::simulator_profile::art_style style_;
    std::shared_ptr<picture_store> store_;
    std::mutex guard_;
    std::shared_ptr<kept_picture> parent_;
    shared_text base_; // of the parent; null before it is needed
    std::unique_ptr<drawing> work_;
    std::optional<api_error> broken_;
    shared_text finished_, sound_;
    std::atomic<std::size_t> bytes_{0};
};

} // namespace engine::sim
