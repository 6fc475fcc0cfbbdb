#include "engine/sim/art/scene.hpp"

#include "engine/base/assert.hpp"
#include "engine/base/random.hpp"
#include "engine/sim/art/composition.hpp"
#include "engine/sim/art/continuation.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace engine::sim::art {

namespace {

constexpr float film_grain = 1.4f; // 8-bit steps: about what a good camera shows

} // namespace

// How a masked edit is put together: the base, and what is painted where the mask lets it.
struct repaint {
    image::pixels base;       // at the final size
    std::vector<float> share; // of the new picture, per pixel; 0 = exactly the base
    int left = 0, top = 0;    // of the new picture on the base
    job::image_size size;     // of the new picture
};

struct scene::parts {
    wish wanted;
    plan made;
    sketch drawing;
    std::optional<repaint> edit;

    explicit parts(wish from)
        : wanted(std::move(from)), made(make_plan(wanted)), drawing(sketch::of(wanted.size))
    {
        if (wanted.mask && ground()) {
            prepare_edit();
            return;
        }
        const pen on(drawing);
        if (wanted.base) {
            continue_picture(made, on, *wanted.base, wanted.size, 0);
            return;
        }
        const bool continues = !wanted.references.empty() && made.words.continues &&
                               (!made.words.placed || made.words.same_place) && !made.transparent &&
                               made.words.where != place::plain;
        if (continues)
            continue_picture(made, on, *wanted.references.front(), wanted.size, 1);
        else
            compose(made, on);
    }

    // What a mask is laid over.
    [[nodiscard]] const image::pixels* ground() const
    {
        return wanted.base                  ? wanted.base.get()
               : !wanted.references.empty() ? wanted.references.front().get()
                                            : nullptr;
    }

    void prepare_edit();
    void draw_filling(const pen& on);
    [[nodiscard]] image::pixels merged(image::pixels painted) const;
};

void scene::parts::prepare_edit()
{
    repaint work;
    work.base = covering(*ground(), wanted.size);
    const image::pixels mask = covering(*wanted.mask, wanted.size);
    const auto count = static_cast<std::size_t>(wanted.size.area());
    work.share.resize(count);
    int left = wanted.size.width, top = wanted.size.height, right = 0, bottom = 0;
    for (int y = 0; y < wanted.size.height; ++y)
        for (int x = 0; x < wanted.size.width; ++x) {
            const std::size_t i =
                static_cast<std::size_t>(y) * static_cast<std::size_t>(wanted.size.width) +
                static_cast<std::size_t>(x);
            const float open =
                mask.has_alpha ? 1 - static_cast<float>(mask.samples[i * 4 + 3]) / 255.0f : 0.0f;
            work.share[i] = open;
            if (open > 0.02f) {
                left = std::min(left, x);
                right = std::max(right, x + 1);
                top = std::min(top, y);
                bottom = std::max(bottom, y + 1);
            }
        }
    if (left >= right) { // nothing may change
        left = top = 0;
        right = bottom = 1;
    }
    // Soft towards the inside only: what the mask protects stays as it is, to the last bit.
    std::vector<float> soft = work.share;
    blur_plane(soft, wanted.size.width, wanted.size.height,
               static_cast<float>(wanted.size.short_edge()) * 0.015f);
    for (std::size_t i = 0; i < count; ++i) {
        const float inside = std::clamp((soft[i] - 0.5f) * 2, 0.0f, 1.0f);
        work.share[i] *= inside * inside * (3 - 2 * inside);
    }
    work.left = left;
    work.top = top;
    work.size = {right - left, bottom - top};
    drawing = sketch::of(work.size);
    edit = std::move(work);
    draw_filling(pen(drawing));
}

// What is painted into the open part: a place if one is named, else the thing that the prompt
// names, standing before what was there.
void scene::parts::draw_filling(const pen& on)
{
    const repaint& work = *edit;
    plan inside = made;
    inside.references.clear();
    inside.cut = nullptr;
    inside.words.size *= 1.35f; // it is what the edit is about
    if (made.words.placed || made.words.what == thing::abstract) {
        compose(inside, on);
        return;
    }
    // Out of focus, what was there does not hold the eye, and its colours meet those around it.
    auto filled = std::make_shared<layer>(*small_copy(work.base, 160));
    blur(*filled, 6);
    filled->opaque = !work.base.has_alpha;
    // The whole base in the units of the part that is painted.
    const float unit = 1 / static_cast<float>(work.size.short_edge());
    const box over{-static_cast<float>(work.left) * unit, -static_cast<float>(work.top) * unit,
                   static_cast<float>(work.base.size.width - work.left) * unit,
                   static_cast<float>(work.base.size.height - work.top) * unit};
    on.flood(paint::picture(std::move(filled), over));
    staging where;
    where.stand = 0.93f;
    add_subject(inside, on, where);
}

image::pixels scene::parts::merged(image::pixels painted) const
{
    const repaint& work = *edit;
    image::pixels made_picture = work.base;
    const std::size_t channels = made_picture.channels(), from_channels = painted.channels();
    for (int y = 0; y < work.size.height; ++y) {
        std::uint8_t* to =
            made_picture.row(work.top + y) + static_cast<std::size_t>(work.left) * channels;
        const std::uint8_t* from = painted.row(y);
        const float* share = work.share.data() +
                             static_cast<std::size_t>(work.top + y) *
                                 static_cast<std::size_t>(work.base.size.width) +
                             static_cast<std::size_t>(work.left);
        for (int x = 0; x < work.size.width; ++x, to += channels, from += from_channels) {
            if (*share > 0) {
                for (std::size_t c = 0; c < 3; ++c) {
                    const float mixed_sample =
                        static_cast<float>(to[c]) +
                        (static_cast<float>(from[c]) - static_cast<float>(to[c])) * *share;
                    to[c] = static_cast<std::uint8_t>(mixed_sample + 0.5f);
                }
                if (channels == 4)
                    to[3] = std::max(to[3], static_cast<std::uint8_t>(*share * 255 + 0.5f));
            }
            ++share;
        }
    }
    return made_picture;
}

scene::scene(wish wanted)
{
    ENGINE_ASSERT(wanted.size.width > 0 && wanted.size.height > 0);
    parts_ = std::make_unique<const parts>(std::move(wanted));
}
scene::~scene() = default;
scene::scene(scene&&) noexcept = default;

image::pixels scene::draw() const
{
    const bool alpha = parts_->wanted.transparent && !parts_->edit;
    const auto size = parts_->edit ? parts_->edit->size : parts_->wanted.size;
    const bool exact = alpha || parts_->made.words.where == place::plain; // colours to be keyed out
    auto painted =
        render_pixels(parts_->drawing, size, alpha, exact ? 0.0f : film_grain, parts_->made.seed);
    return parts_->edit ? parts_->merged(std::move(painted)) : std::move(painted);
}

image::pixels scene::preview(float progress) const
{
    const auto size = parts_->edit ? parts_->edit->size : parts_->wanted.size;
    const int shrink = progress < 0.5f ? 16 : progress < 0.8f ? 8 : 4;
    const job::image_size small{std::max(8, size.width / shrink),
                                std::max(8, size.height / shrink)};
    auto rough = std::make_shared<layer>(render(parts_->drawing, small));
    blur(*rough, progress < 0.5f ? 1.6f : 1.0f);
    sketch enlarged = sketch::of(size);
    pen(enlarged).flood(
        paint::picture(std::move(rough), {0, 0, enlarged.width(), enlarged.height()}));
    const bool alpha = parts_->wanted.transparent && !parts_->edit;
    auto painted = render_pixels(enlarged, size, alpha, 0.5f, parts_->made.seed);
    return parts_->edit ? parts_->merged(std::move(painted)) : std::move(painted);
}

image::pixels draw_flat(job::image_size size, std::uint64_t seed, bool grain, bool transparent)
{
    base::random chance(seed);
    const auto colours = choose_palette(read_wording(""), chance());
    sketch fields = sketch::of(size);
    const pen on(fields);
    const float w = on.width(), h = on.height();
    if (!transparent)
        on.fill(path::rectangle(-1, -1, w + 1, h + 1), colours.backdrop);
    on.fill(path::rectangle(w * 0.5f, transparent ? h * 0.2f : -1, w * 0.85f, h * 0.8f),
            colours.main);
    on.fill(path::ellipse({w * 0.38f, h * 0.55f}, 0.26f, 0.26f), colours.accent);
    image::pixels made = render_pixels(fields, size, transparent, 0, 0);
    // A dither on flat fields would only make files large; grain is there to do just that.
    if (grain) {
        for (auto& sample : made.samples)
            sample = static_cast<std::uint8_t>(
                std::clamp(static_cast<int>(sample) + static_cast<int>(chance() & 15) - 8, 0, 255));
    }
    return made;
}

} // namespace engine::sim::art
