#include "engine/sim/drawing.hpp"

#include "engine/base/assert.hpp"
#include "engine/base/base64.hpp"
#include "engine/image/decode.hpp"
#include "engine/image/encode.hpp"
#include "engine/sim/picture_head.hpp"

#include <algorithm>
#include <array>

namespace engine::sim {

namespace {

using style = job::simulator_profile::art_style;

std::uint64_t numbered(std::uint64_t seed, int index)
{
    return seed + static_cast<std::uint64_t>(index) * 0x9E3779B97F4A7C15u;
}

// An API that was not asked for transparency gives none, whatever the references had.
void flatten(image::pixels& picture)
{
    if (!picture.has_alpha)
        return;
    std::vector<std::uint8_t> opaque;
    opaque.reserve(static_cast<std::size_t>(picture.size.area()) * 3);
    for (std::size_t i = 0; i + 3 < picture.samples.size(); i += 4) {
        const unsigned alpha = picture.samples[i + 3];
        for (std::size_t c = 0; c < 3; ++c)
            opaque.push_back(static_cast<std::uint8_t>(
                (picture.samples[i + c] * alpha + 255 * (255 - alpha) + 127) / 255));
    }
    picture.samples = std::move(opaque);
    picture.has_alpha = false;
}

art::shared_pixels read(const input_file& file)
{
    constexpr image::decode_limits bounded{.pixels_max = 40'000'000};
    const auto keep = [](auto decoded) -> art::shared_pixels {
        return decoded ? std::make_shared<const image::pixels>(std::move(*decoded)) : nullptr;
    };
    if (!file.base64)
        return keep(image::decode(base::as_bytes(file.bytes), bounded));
    const auto bytes = base::decode_base64(file.bytes, file.param);
    return bytes ? keep(image::decode(*bytes, bounded)) : nullptr;
}

api_error broken(const input_file& file)
{
    return {.message = "Invalid image file or mode for '" + file.param +
                       "', please check your image file.",
            .param = file.param,
            .code = "invalid_image_file"};
}

} // namespace

shared_text picture_store::find(const key& name)
{
    const std::lock_guard lock(guard_);
    const auto found = pictures_.find(name);
    return found == pictures_.end() ? nullptr : found->second;
}

void picture_store::keep(const key& name, shared_text picture)
{
    const std::lock_guard lock(guard_);
    if (bytes_ + picture->size() > bytes_max) {
        pictures_.clear();
        bytes_ = 0;
    }
    if (pictures_.emplace(name, picture).second)
        bytes_ += picture->size();
}

drawing_inputs inputs_of(const image_order& order)
{
    drawing_inputs made;
    for (std::size_t i = 0; i < order.references.size(); ++i)
        made.references.push_back({.bytes = order.references[i],
                                   .keeper = order.body,
                                   .param = "image[" + std::to_string(i) + "]"});
    if (!order.mask.empty())
        made.mask = input_file{.bytes = order.mask, .keeper = order.body, .param = "mask"};
    return made;
}

drawing::drawing(image_order order, drawing_inputs inputs, const fate& drawn, style wanted,
                 std::shared_ptr<picture_store> store)
    : order_(std::move(order)), inputs_(std::move(inputs)), fate_(drawn), style_(wanted),
      store_(std::move(store))
{}

drawing::drawing(image_order order, const fate& drawn, style wanted,
                 std::shared_ptr<picture_store> store)
    : order_(std::move(order)), inputs_(inputs_of(order_)), fate_(drawn), style_(wanted),
      store_(std::move(store))
{}

std::optional<api_error> drawing::prepare()
{
    if (store_->heads_only())
        return std::nullopt;
    references_.clear();
    for (const auto& file : inputs_.references) {
        references_.push_back(read(file));
        if (!references_.back())
            return broken(file);
    }
    if (inputs_.base && !(base_ = read(*inputs_.base)))
        return broken(*inputs_.base);
    if (!inputs_.mask)
        return std::nullopt;
    mask_ = read(*inputs_.mask);
    const auto masked = base_ ? base_ : references_.empty() ? nullptr : references_.front();
    // The header is not all: an EXIF orientation in a PNG shows only now.
    if (!mask_ || !masked || mask_->size != masked->size)
        return broken(*inputs_.mask);
    return std::nullopt;
}

job::image_size drawing::drawn_size() const
{
    if (fate_.what != fault::wrong_size)
        return order_.size();
    constexpr std::array<job::image_size, 4> others = {
        {{1024, 1024}, {1536, 1024}, {1024, 1536}, {1280, 960}}};
    const auto& first = others[fate_.choice % others.size()];
    return first == order_.size() ? others[(fate_.choice + 1) % others.size()] : first;
}

job::image_format drawing::drawn_format() const
{
    const auto asked = *order_.request.format;
    if (fate_.what != fault::wrong_format)
        return asked;
    // Transparency stays possible where it was asked for.
    if (asked == job::image_format::png)
        return order_.transparent() ? job::image_format::webp : job::image_format::jpeg;
    return job::image_format::png;
}

const art::scene& drawing::scene_of(int index)
{
    if (!scene_ || scene_index_ != index) {
        scene_.reset();
        scene_.emplace(art::wish{.prompt = order_.request.prompt,
                                 .size = drawn_size(),
                                 .transparent = order_.transparent(),
                                 .seed = numbered(fate_.picture, index),
                                 .references = references_,
                                 .base = base_,
                                 .mask = mask_});
        scene_index_ = index;
    }
    return *scene_;
}

shared_text drawing::encode(const image::pixels& picture, bool cut_short) const
{
    image::encode_options options;
    options.format = drawn_format();
    options.quality = std::clamp(order_.request.compression.value_or(92), 1, 100);
    options.webp_method = 1; // the look-alike is in a hurry
    auto file = image::encode(picture, options);
    ENGINE_ASSERT(file.has_value()); // sizes are bounded far below what every format holds
    if (cut_short)
        file->bytes.resize(std::max<std::size_t>(
            64, static_cast<std::size_t>(static_cast<double>(file->bytes.size()) *
                                         (0.2 + 0.7 * fate_.place))));
    return std::make_shared<const std::string>(base::encode_base64(file->bytes));
}

shared_text drawing::head_alone(bool cut_short) const
{
    auto head = picture_head(drawn_format(), drawn_size(), order_.transparent());
    if (cut_short)
        head.resize(head.size() / 2);
    return std::make_shared<const std::string>(base::encode_base64(base::as_bytes(head)));
}

shared_text drawing::repeated(int index, bool cut_short)
{
    constexpr std::uint64_t variants = 8;
    const auto size = drawn_size();
    const std::uint64_t variant = numbered(fate_.picture, index) % variants;
    const picture_store::key name{size.width,
                                  size.height,
                                  static_cast<int>(drawn_format()),
                                  order_.request.compression.value_or(-1) * 2 +
                                      (style_ == style::grain ? 1 : 0),
                                  order_.transparent(),
                                  variant};
    if (!cut_short)
        if (auto known = store_->find(name))
            return known;
    auto made = encode(
        art::draw_flat(size, variant + 1, style_ == style::grain, order_.transparent()), cut_short);
    if (!cut_short)
        store_->keep(name, made);
    return made;
}

shared_text drawing::finished(int index)
{
    const bool cut_short = fate_.what == fault::truncated_image;
    if (store_->heads_only())
        return head_alone(cut_short);
    if (style_ != style::scene)
        return repeated(index, cut_short);
    auto picture = scene_of(index).draw();
    if (!order_.transparent())
        flatten(picture);
    return encode(picture, cut_short);
}

shared_text drawing::partial(int index, int count)
{
    if (store_->heads_only())
        return head_alone(false);
    if (style_ != style::scene)
        return repeated(0, false);
    auto picture =
        scene_of(0).preview(static_cast<float>(index + 1) / static_cast<float>(count + 1));
    if (!order_.transparent())
        flatten(picture);
    return encode(picture, false);
}

} // namespace engine::sim
