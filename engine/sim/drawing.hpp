// drawing: from an order and its fate to the files that the answer carries.
//
// Everything here computes and nothing waits: it runs on a pool thread, one call at a time for one
// drawing.
#pragma once

#include "engine/base/bytes.hpp"
#include "engine/sim/api_error.hpp"
#include "engine/sim/art/scene.hpp"
#include "engine/sim/fate.hpp"
#include "engine/sim/image_order.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>

namespace engine::sim {

// Encoded pictures of the styles that repeat (flat, grain), as base64, shared by all requests: a
// benchmark asks for the same few thousands of times. Thread safe; bounded.
class picture_store {
public:
    // `heads_only`: every picture is the head of its file and nothing else (see picture_head.hpp),
    // and those that are brought along are not looked into. Nothing is drawn then.
    explicit picture_store(bool heads_only = false) : heads_only_(heads_only) {}

    [[nodiscard]] bool heads_only() const { return heads_only_; }
    using key = std::tuple<int, int, int, int, bool, std::uint64_t>;
    [[nodiscard]] shared_text find(const key& name); // null when it is not there
    void keep(const key& name, shared_text picture);

private:
    static constexpr std::size_t bytes_max = 256u << 20;
    const bool heads_only_;
    std::mutex guard_;
    std::map<key, shared_text> pictures_;
    std::size_t bytes_ = 0;
};

// An image file that a request brings along or names. Its bytes are not looked at before prepare().
struct input_file {
    std::string_view bytes;
    std::shared_ptr<const void> keeper; // of what `bytes` looks into
    std::string param;                  // what an error about it names: "image[0]", "mask"
    bool base64 = false;                // `bytes` is base64 of the file
};

struct drawing_inputs {
    std::vector<input_file> references; // in the order of the request
    // The earlier picture of a chain: the new one keeps what it shows and changes what the prompt
    // says. Without it the references are used for a new picture, or the first of them is edited
    // when the prompt or a mask says so.
    std::optional<input_file> base;
    // What may change of the base (or else of the first reference): where it is transparent. Of the
    // same size as that picture.
    std::optional<input_file> mask;

    [[nodiscard]] bool any() const { return !references.empty() || base || mask; }
};
// What the order's own multipart form has: no base.
[[nodiscard]] drawing_inputs inputs_of(const image_order& order);

class drawing {
public:
    drawing(image_order order, drawing_inputs inputs, const fate& drawn,
            job::simulator_profile::art_style style, std::shared_ptr<picture_store> store);
    drawing(image_order order, const fate& drawn, job::simulator_profile::art_style style,
            std::shared_ptr<picture_store> store); // with inputs_of(order)

    [[nodiscard]] const image_order& order() const { return order_; }
    // Whether prepare() must be called, before any picture is asked for.
    [[nodiscard]] bool has_inputs() const { return inputs_.any(); }
    // Decodes the inputs: what only shows then. Nothing = all is well.
    [[nodiscard]] std::optional<api_error> prepare();
    // Base64 of the finished picture number `index`, as the fate wants it.
    [[nodiscard]] shared_text finished(int index);
    // Base64 of partial image `index` of `count`.
    [[nodiscard]] shared_text partial(int index, int count);

private:
    [[nodiscard]] job::image_size drawn_size() const;
    [[nodiscard]] job::image_format drawn_format() const;
    [[nodiscard]] const art::scene& scene_of(int index);
    [[nodiscard]] shared_text encode(const image::pixels& picture, bool cut_short) const;
    [[nodiscard]] shared_text head_alone(bool cut_short) const;
    [[nodiscard]] shared_text repeated(int index, bool cut_short);

    image_order order_;
    drawing_inputs inputs_;
    fate fate_;
    job::simulator_profile::art_style style_;
    std::shared_ptr<picture_store> store_;
    std::vector<art::shared_pixels> references_;
    art::shared_pixels base_;
    art::shared_pixels mask_;
    std::optional<art::scene> scene_;
    int scene_index_ = -1;
};

} // namespace engine::sim
