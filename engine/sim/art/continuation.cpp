#include "engine/sim/art/continuation.hpp"

#include "engine/base/random.hpp"
#include "engine/image/resample.hpp"
#include "engine/sim/art/change.hpp"
#include "engine/sim/art/grade.hpp"
#include "engine/sim/art/matte.hpp"
#include "engine/sim/art/worn.hpp"

#include <algorithm>
#include <cmath>

namespace engine::sim::art {

namespace {

// A larger picture is worked on at this edge and enlarged: what changes is light and colour.
constexpr int work_edge = 1280;

// Snow on whatever faces the sky.
layer snow_caps(const matte& subject, std::uint64_t seed)
{
    layer made(subject.width, subject.height);
    const auto short_edge = static_cast<float>(std::min(subject.width, subject.height));
    const auto tint = static_cast<std::uint32_t>(seed);
    for (int x = 0; x < subject.width; ++x) {
        const float along = static_cast<float>(x) / short_edge;
        const int deep = std::max(
            2, static_cast<int>(short_edge * (0.012f + 0.020f * noise_at(along * 14, 0.5f, tint))));
        for (int y = 0; y < subject.height; ++y) {
            const auto i = made.index(x, y);
            const float above = y >= deep ? subject.alpha[made.index(x, y - deep)] : 0.0f;
            const float share = subject.alpha[i] * std::clamp(1 - above * 1.6f, 0.0f, 1.0f);
            made.a[i] = share;
        }
    }
    blur_plane(made.a, made.width, made.height, short_edge * 0.0025f);
    for (std::size_t i = 0; i < made.count(); ++i) {
        made.a[i] = std::clamp(made.a[i] * 1.25f, 0.0f, 1.0f) * 0.96f;
        made.r[i] = 0.98f * made.a[i];
        made.g[i] = 0.99f * made.a[i];
        made.b[i] = made.a[i];
    }
    return made;
}

void snow_on_ground(const pen& on, std::uint64_t seed, float strength)
{
    const float w = on.width(), h = on.height();
    base::random chance(seed ^ 0x736e6fu);
    std::vector<point> edge = {{-0.1f, h + 0.1f}};
    for (float x = -0.1f; x < w + 0.16f; x += 0.13f)
        edge.push_back({x, h * 0.755f + static_cast<float>(chance.between(-0.012, 0.012))});
    edge.push_back({w + 0.1f, h + 0.1f});
    on.fill(path::smooth(edge),
            paint::linear({0, h * 0.74f}, {0, h},
                          {{0, hex(0xdfe9f5), 0.55f * strength},
                           {0.25f, hex(0xeaf1fa), 0.90f * strength},
                           {0.8f, hex(0xfbfdff), strength},
                           {1, hex(0xfcfeff), strength}}),
            {.blur = 0.03f});
}

// Leaves or petals in the air.
void drifting(const pen& on, std::uint64_t seed, std::span<const unsigned> tints, float size)
{
    base::random chance(seed ^ 0x6c6561u);
    const path leaf = path::smooth(
        {{0, -1}, {0.42f, -0.35f}, {0.36f, 0.45f}, {0, 1}, {-0.36f, 0.45f}, {-0.42f, -0.35f}});
    for (int i = 0; i < 42; ++i) {
        const auto x = static_cast<float>(chance.between(0, on.width()));
        const auto y = static_cast<float>(chance.between(0, on.height()));
        const auto near = static_cast<float>(chance.between(0.5, 1.7));
        const auto turned = static_cast<float>(chance.between(0, 6.28));
        const auto narrow = static_cast<float>(chance.between(0.35, 1));
        const colour tint = hex(tints[chance() % tints.size()]);
        on.fill(leaf.transformed(affine::move(x, y) * affine::turn(turned) *
                                 affine::scale(size * near * narrow, size * near)),
                tint, {.opacity = 0.92f, .blur = near > 1.35f ? 0.008f : 0.0f});
    }
}

void light_up(const pen& on, const change& wanted)
{
    const float w = on.width(), h = on.height();
    const auto glow = [&](point at, float reach, unsigned tint, float strength) {
        on.flood(paint::radial(at, reach, reach,
                               {{0, hex(tint), strength},
                                {0.35f, hex(tint), strength * 0.45f},
                                {1, hex(tint), 0}}),
                 {.how = blend::screen});
    };
    if (wanted.when == light::night)
        glow({w * 0.2f, h * 0.02f}, 1.2f, 0xa9bcff, 0.34f);
    if (wanted.when == light::golden)
        glow({w * 0.08f, h * 0.18f}, 1.2f, 0xffa24a, 0.44f);
    if (wanted.when == light::morning)
        glow({w * 0.85f, h * 0.10f}, 1.2f, 0xffe6c4, 0.45f);
    if (wanted.in == season::summer)
        glow({w * 0.88f, h * 0.04f}, 0.9f, 0xfff0b0, 0.60f);
}

std::shared_ptr<layer> shared(layer made)
{
    return std::make_shared<layer>(std::move(made));
}

// The picture at the size it is worked on, its middle enlarged when the words come closer.
layer base_of(const image::pixels& earlier, job::image_size size, float closer)
{
    const float scale =
        std::min(1.0f, static_cast<float>(work_edge) / static_cast<float>(size.long_edge()));
    const job::image_size small{
        std::max(1, static_cast<int>(std::lround(static_cast<float>(size.width) * scale))),
        std::max(1, static_cast<int>(std::lround(static_cast<float>(size.height) * scale)))};
    auto fitted = covering(earlier, small);
    if (closer > 1) {
        const double part_w = small.width / static_cast<double>(closer),
                     part_h = small.height / static_cast<double>(closer);
        fitted = image::resample(
            fitted, {(small.width - part_w) / 2, (small.height - part_h) * 0.6, part_w, part_h},
            small);
    }
    // What an earlier picture left clear is white now, as on the page that it was seen on.
    layer made = to_layer(fitted);
    for (std::size_t i = 0; i < made.count(); ++i) {
        made.r[i] += 1 - made.a[i];
        made.g[i] += 1 - made.a[i];
        made.b[i] += 1 - made.a[i];
        made.a[i] = 1;
    }
    made.opaque = true;
    return made;
}

// One picture on its way from the earlier to the new one.
class continuing {
public:
    continuing(const plan& from, const pen& on, const image::pixels& earlier, job::image_size size)
        : from_(from), on_(on), wanted_(read_change(from.words)),
          picture_(base_of(earlier, size, wanted_.closer)),
          unit_(static_cast<float>(std::min(picture_.width, picture_.height)))
    {
        // Looking for the subject takes longer than all else.
        if (wanted_.elsewhere || wanted_.background || wanted_.subject || wanted_.adds ||
            wanted_.in == season::winter || wanted_.worn != garment::none)
            subject_ = find_subject(picture_);
        // Words that say nothing one knows still ask for another picture: other light.
        if (!wanted_.any())
            wanted_.when = from.seed % 2 == 0 ? light::morning : light::golden;
    }

    void draw(std::size_t shown)
    {
        const bool apart = subject_.sure;
        const bool lifts = apart && (wanted_.elsewhere || wanted_.background ||
                                     wanted_.in == season::winter || wanted_.subject);
        layer front = lifts ? lifted(picture_, subject_) : layer();
        if (wanted_.subject)
            recolour(apart ? front : picture_, *wanted_.subject, apart ? 0.95f : 0.6f);
        if (wanted_.elsewhere && apart)
            draw_elsewhere(front);
        else if (wanted_.elsewhere)
            draw_as_picture();
        else
            draw_here(front, lifts);
        if (wanted_.worn != garment::none) {
            const colour tint = wanted_.worn_colour.value_or(hex(0xb9342e));
            put_on(on_, wanted_.worn, wanted_.when == light::night ? darker(tint, 0.45f) : tint,
                   subject_, unit_, from_.kind);
        }
        if (wanted_.adds)
            add_beside();
        draw_air();
        draw_prints(from_, on_, shown, on_.width());
    }

private:
    void grade_all(layer& one) const
    {
        grade_season(one, wanted_.in);
        grade_weather(one, wanted_.sky);
        grade_light(one, wanted_.when);
        grade_print(one, wanted_.print);
    }
    [[nodiscard]] box frame() const { return {0, 0, on_.width(), on_.height()}; }

    void draw_here(layer& front, bool lifts)
    {
        grade_all(picture_);
        on_.flood(paint::picture(shared(std::move(picture_)), frame()));
        if (wanted_.background) {
            const colour c = *wanted_.background;
            on_.flood(paint::linear({0, 0}, {on_.width() * 0.3f, on_.height()},
                                    {{0, lighter(c, 0.22f)}, {0.7f, c}, {1, darker(c, 0.25f)}}),
                      {.opacity = 0.96f});
        }
        if (wanted_.in == season::winter)
            snow_on_ground(on_, from_.seed, subject_.sure ? 1.0f : 0.6f);
        if (lifts) {
            if (wanted_.background || wanted_.in == season::winter)
                shade_ground();
            grade_all(front);
            on_.flood(paint::picture(shared(std::move(front)), frame()));
        }
        if (wanted_.in == season::winter && subject_.sure)
            on_.flood(paint::picture(shared(snow_caps(subject_, from_.seed)), frame()),
                      {.opacity = wanted_.when == light::night ? 0.6f : 1.0f});
        light_up(on_, wanted_);
    }

    // The subject in the same spot of the frame, before another place.
    void draw_elsewhere(layer& front)
    {
        mood with = mood_of(from_);
        with.stage = true;
        const bool winter = wanted_.in == season::winter;
        if (winter && with.sky == weather::clear)
            with.sky = weather::snow;
        const staging where = draw_place(on_, with, true);
        if (winter && with.where != place::plain)
            snow_on_ground(on_, from_.seed, 0.9f);
        if (with.where != place::plain) {
            grade(from_, on_, 0.7f);
            shade_ground();
            // The light of the place falls on the subject as well.
            for (std::size_t i = 0; i < front.count(); ++i) {
                front.r[i] = front.r[i] * (0.90f + 0.10f * where.glow.r);
                front.g[i] = front.g[i] * (0.90f + 0.10f * where.glow.g);
                front.b[i] = front.b[i] * (0.90f + 0.10f * where.glow.b);
            }
            grade_all(front);
        }
        on_.flood(paint::picture(shared(std::move(front)), frame()));
        if (winter)
            on_.flood(paint::picture(shared(snow_caps(subject_, from_.seed)), frame()));
        if (with.where != place::plain)
            light_up(on_, wanted_);
    }

    // A picture in which no one thing stands out goes there as a picture.
    void draw_as_picture()
    {
        mood with = mood_of(from_);
        with.stage = true;
        const staging where = draw_place(on_, with, true);
        const float high = on_.height() * 0.62f;
        const pen stand = on_.at(on_.width() / 2, on_.height() * where.stand, high);
        const float half =
            0.5f * static_cast<float>(picture_.width) / static_cast<float>(picture_.height);
        footprint foot;
        foot.half_width = half;
        draw_shadow(stand, foot, where);
        grade_all(picture_);
        draw_frame(stand, shared(std::move(picture_)), 1, hex(0x7d5a3c));
    }

    void shade_ground()
    {
        // Whoever is cut by the lower edge casts no shadow that one could see.
        if (subject_.around.bottom > static_cast<float>(subject_.height) * 0.97f)
            return;
        footprint foot;
        foot.half_width = (subject_.around.right - subject_.around.left) / 2 / unit_;
        staging where;
        where.shade = 0.34f;
        draw_shadow(on_.at((subject_.around.left + subject_.around.right) / 2 / unit_,
                           (subject_.around.bottom - 1) / unit_, 1),
                    foot, where);
    }

    void add_beside()
    {
        sketch trial(1, 1);
        const look with = look_of(from_);
        const footprint foot = draw_subject(pen(trial), from_.words.what, with);
        const float w = on_.width(), h = on_.height();
        const float scale = std::min(0.34f * h / foot.height, 0.26f * w / foot.half_width);
        // On the side where there is more room.
        const float middle = subject_.sure
                                 ? (subject_.around.left + subject_.around.right) / 2 / unit_
                                 : w * (from_.seed % 2 == 0 ? 0.4f : 0.6f);
        const float reach = foot.half_width * scale + 0.03f;
        const float x = middle < w / 2 ? w - reach : reach;
        const pen at = on_.at(x, h * 0.92f, scale);
        draw_shadow(at, foot, staging{});
        draw_subject(at, from_.words.what, with);
    }

    void draw_air()
    {
        constexpr unsigned leaves[] = {0xd9772b, 0xc2501f, 0xe0a02f, 0x9c3b1c};
        constexpr unsigned petals[] = {0xf8c4d6, 0xf3a8c2, 0xfde3ec};
        if (from_.words.where == place::plain && wanted_.elsewhere)
            return;
        if (wanted_.in == season::winter && wanted_.sky == weather::clear)
            draw_weather(on_, weather::snow, from_.seed, 1);
        if (wanted_.in == season::autumn)
            drifting(on_, from_.seed, leaves, 0.016f);
        if (wanted_.in == season::spring)
            drifting(on_, from_.seed, petals, 0.011f);
        draw_weather(on_, wanted_.sky, from_.seed, 1);
    }

    const plan& from_;
    pen on_;
    change wanted_;
    layer picture_;
    matte subject_;
    float unit_; // pixels of the working copy
};

} // namespace

void continue_picture(const plan& from, const pen& on, const image::pixels& earlier,
                      job::image_size size, std::size_t shown)
{
    continuing(from, on, earlier, size).draw(shown);
}

} // namespace engine::sim::art
