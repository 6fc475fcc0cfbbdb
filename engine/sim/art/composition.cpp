#include "engine/sim/art/composition.hpp"

#include "engine/base/random.hpp"
#include "engine/sim/art/abstract_art.hpp"
#include "engine/sim/art/portrait.hpp"
#include "engine/sim/art/subject.hpp"

#include <algorithm>
#include <cmath>

namespace engine::sim::art {

namespace {

constexpr int reference_edge_max = 640; // what a reference can fill of a picture of ordinary size

std::uint64_t mixed(std::uint64_t a, std::uint64_t b)
{
    base::random chance(a ^ (b * 0x9E3779B97F4A7C15u));
    return chance();
}

bool stands_outdoors(thing what)
{
    return what == thing::house || what == thing::tree || what == thing::lighthouse;
}

bool is_outdoors(place where)
{
    switch (where) {
    case place::studio:
    case place::plain:
    case place::kitchen:
    case place::room:
    case place::desk:
    case place::cafe:
        return false;
    default:
        return true;
    }
}

// Which shape of a thing that comes in several: by words that tell, else by the hash.
std::uint64_t variant_of(const plan& from)
{
    const auto& words = from.words;
    const auto says = [&](std::initializer_list<std::string_view> any) {
        return std::ranges::any_of(any, [&](std::string_view word) { return words.says(word); });
    };
    const std::uint64_t rest = from.kind / 12 * 12; // divides by 2, 3 and 4
    if (words.what == thing::bottle)
        return rest + (says({"perfume", "fragrance", "cologne"})             ? 0
                       : says({"wine", "oil", "beer", "sauce"})              ? 1
                       : says({"serum", "shampoo", "lotion", "soap", "gel"}) ? 2
                       : says({"steel", "water", "thermos", "flask", "insulated", "sports"})
                           ? 3
                           : from.kind % 4);
    if (words.what == thing::lamp)
        return rest + (says({"lantern"})                                     ? 2
                       : says({"desk", "arc", "reading", "architect"})       ? 1
                       : says({"table", "bedside", "ceramic", "nightstand"}) ? 0
                                                                             : from.kind % 2);
    if (words.what == thing::plant)
        return rest + (says({"cactus", "succulent"}) ? 2
                       : says({"snake", "aloe"})     ? 1
                                                     : from.kind % 2);
    return from.kind;
}

} // namespace

look look_of(const plan& from)
{
    look with;
    with.main = from.colours.main;
    with.accent = from.colours.accent;
    with.trim = from.colours.trim;
    with.of = from.words.of;
    with.variant = variant_of(from);
    with.glows = from.words.where != place::plain && !from.transparent;
    if (from.words.of == material::metal && !from.words.main)
        with.main = with.trim;
    if (from.words.of == material::wood && !from.words.main)
        with.main = hex(0xa87b4f);
    if (from.words.of == material::paper && !from.words.main)
        with.main = hex(0xe9e2d4);
    if (from.words.what == thing::cat) {
        constexpr unsigned furs[] = {0xc98445, 0x4a4540, 0x9a948c, 0xd9c6a5, 0x2c2a2b};
        with.main =
            from.words.main.value_or(hex(from.words.says("fox") ? 0xc8642b : furs[from.kind % 5]));
    }
    return with;
}

void draw_shadow(const pen& on, const footprint& foot, const staging& where)
{
    if (where.shade <= 0)
        return;
    const float half = foot.half_width;
    on.fill(path::ellipse({half * 0.55f, 0.02f}, half * 1.5f, 0.075f), hex(0x05060c),
            {.opacity = where.shade * 0.55f, .blur = 0.09f});
    on.fill(path::ellipse({half * 0.12f, 0.008f}, half * 1.06f, 0.036f), hex(0x05060c),
            {.opacity = where.shade * 0.9f, .blur = 0.025f});
    on.fill(path::ellipse({0, 0.003f}, half * 0.95f, 0.018f), hex(0x030408),
            {.opacity = where.shade, .blur = 0.010f});
}

namespace {

void draw_podium(const pen& on, float half, float tall, colour tint)
{
    on.fill(path::ellipse({half * 0.25f, tall + 0.02f}, half * 1.25f, 0.10f), hex(0x000000),
            {.opacity = 0.32f, .blur = 0.06f});
    on.fill(
        path::turned({{half, 0}, {half, tall}}).add(path::ellipse({0, tall}, half, half * 0.16f)),
        turned_paint(tint, material::plain, 0, tall * 1.5f));
    on.fill(path::ellipse({0, 0}, half, half * 0.16f),
            paint::linear({-half, -0.05f}, {half, 0.05f},
                          {{0, lighter(tint, 0.45f)}, {1, lighter(tint, 0.12f)}}));
}

// Where the subject goes, in frame units.
struct position {
    point foot;
    float scale = 0.5f;
};

position place_subject(const plan& from, const pen& on, const footprint& foot, float stand)
{
    const float w = on.width(), h = on.height();
    base::random chance(from.seed ^ 0x706f73u);
    // Prints of further references lie on the other side.
    const bool shares = from.references.size() > 1;
    const float aside = from.words.aside != 0 ? from.words.aside
                        : shares              ? (from.seed % 2 == 0 ? 0.8f : -0.8f)
                                              : 0.0f;
    position at;
    const float room_above = h * stand - 0.06f * h;
    at.scale = std::min({0.60f * h / foot.height, 0.62f * w / (2 * foot.half_width), 0.70f});
    at.scale =
        std::min(at.scale * from.words.size * (shares ? 0.85f : 1.0f), room_above / foot.height);
    const float free = std::max(0.0f, w / 2 - foot.half_width * at.scale - 0.10f);
    const float shift =
        aside != 0 ? aside * free * 0.72f : static_cast<float>(chance.between(-0.12, 0.12)) * free;
    at.foot = {w / 2 + shift, h * stand};
    return at;
}

} // namespace

// Cards with the references lie in the lower corners, away from the subject.
void draw_prints(const plan& from, const pen& on, std::size_t first, float subject_x)
{
    const std::size_t count = from.references.size() - std::min(first, from.references.size());
    if (count == 0)
        return;
    const float w = on.width(), h = on.height();
    const bool person = from.words.what == thing::person;
    const float size = count <= 2 ? (person ? 0.22f : 0.30f) : count <= 5 ? 0.22f : 0.14f;
    const float pitch = size * 0.86f;
    const auto a_row = static_cast<std::size_t>(std::max(1.0f, (w - 0.1f) / pitch));
    base::random chance(from.seed ^ 0x7072u);
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t row = i / a_row, column = i % a_row;
        const float along = 0.06f + size * 0.45f + pitch * static_cast<float>(column);
        const float x = subject_x >= w / 2 ? along : w - along;
        const float y = h - size * 0.60f - size * 1.02f * static_cast<float>(row);
        draw_print(on.at(affine::move(x, y) *
                         affine::turn(static_cast<float>(chance.between(-0.12, 0.12)))),
                   from.references[first + i], size);
    }
}

// Light of the hour over everything, and a little less of it at the edges.
void grade(const plan& from, const pen& frame, float strength)
{
    const float w = frame.width(), h = frame.height();
    // All of it is smooth, so it is drawn tiny and laid over once.
    sketch tint(w, h);
    const pen on(tint);
    if (from.words.when == light::golden)
        on.flood(paint::linear(
            {0, 0}, {w, h},
            {{0, hex(0xffb35c), 0.16f * strength}, {1, hex(0x7a3b5e), 0.12f * strength}}));
    if (from.words.when == light::night)
        on.flood(paint::linear(
            {0, 0}, {0, h},
            {{0, hex(0x0c1440), 0.28f * strength}, {1, hex(0x05071a), 0.30f * strength}}));
    if (from.words.when == light::morning)
        on.flood(paint::linear(
            {0, 0}, {w, h},
            {{0, hex(0xfff0dc), 0.14f * strength}, {1, hex(0xd9c6e6), 0.08f * strength}}));
    on.flood(paint::radial(
        {w / 2, h / 2}, w * 0.78f, h * 0.78f,
        {{0, hex(0x000000), 0}, {0.62f, hex(0x000000), 0}, {1, hex(0x05060c), 0.30f * strength}}));
    constexpr float pixels_a_unit = 64;
    const job::image_size size{static_cast<int>(w * pixels_a_unit),
                               static_cast<int>(h * pixels_a_unit)};
    frame.flood(paint::picture(std::make_shared<layer>(render(tint, size)), {0, 0, w, h}));
}

mood mood_of(const plan& from)
{
    mood with;
    with.where = from.words.where;
    with.when = from.words.when;
    with.sky = from.words.sky;
    with.colours = from.colours;
    with.seed = from.seed;
    with.stage = from.words.what != thing::none &&
                 !(stands_outdoors(from.words.what) && is_outdoors(from.words.where));
    return with;
}

// The place; a blurred one is drawn small first, which is also much quicker.
staging draw_place(const pen& on, const mood& with, bool floor)
{
    if (!with.stage || with.where == place::studio || with.where == place::plain)
        return draw_backdrop(on, with);
    sketch behind(on.width(), on.height());
    const staging where = draw_backdrop(pen(behind), with);
    constexpr float pixels_a_unit = 300;
    const job::image_size size{static_cast<int>(on.width() * pixels_a_unit),
                               static_cast<int>(on.height() * pixels_a_unit)};
    auto picture = std::make_shared<layer>(render(behind, size));
    blur(*picture, where.blur * pixels_a_unit);
    picture->opaque = true;
    on.flood(paint::picture(std::move(picture), {0, 0, on.width(), on.height()}));
    if (floor)
        draw_ground(on, where, with);
    return where;
}

namespace {

void draw_person(const plan& from, const pen& on)
{
    const float w = on.width(), h = on.height();
    const character who = read_character(from.words);
    const bool tall =
        who.wears == character::headgear::wizard || who.wears == character::headgear::chef;
    const float scale =
        std::min(0.80f * h, 0.80f * w) * std::min(from.words.size, 1.15f) * (tall ? 0.84f : 1.0f);
    const float free = std::max(0.0f, w / 2 - 0.5f * scale);
    // The prints of references lie at the left.
    const float aside = from.references.empty() ? from.words.aside * free * 0.8f : 0.13f * w;
    const float x = w / 2 + aside;
    if (!from.transparent && from.words.where != place::plain)
        on.fill(path::ellipse({x, h - 0.55f * scale}, 0.62f * scale, 0.62f * scale),
                paint::radial({x, h - 0.55f * scale}, 0.62f * scale, 0.62f * scale,
                              {{0, hex(0xfff4e4), 0.35f}, {1, hex(0xfff4e4), 0}}),
                {.how = blend::screen});
    draw_portrait(on.at(x, h + 0.10f * scale, scale), who, from.seed);
}

float draw_main_subject(const plan& from, const pen& on, const staging& where)
{
    sketch trial(1, 1);
    const look with = look_of(from);
    footprint foot;
    if (from.cut) {
        foot.height = 1;
        foot.half_width =
            0.5f * static_cast<float>(from.cut->width) / static_cast<float>(from.cut->height);
    } else if (!from.references.empty()) {
        foot.height = 1;
        foot.half_width = 0.5f * static_cast<float>(from.references.front()->width) /
                          static_cast<float>(from.references.front()->height);
    } else {
        foot = draw_subject(pen(trial), from.words.what, with);
    }
    position at = place_subject(from, on, foot, where.stand);
    const bool raised = where.under == ground::seamless && from.references.empty() &&
                        (from.seed / 7 % 5 == 0 || from.seed / 7 % 5 == 3);
    if (raised) {
        at.scale *= 0.86f;
        draw_podium(on.at(at.foot.x, at.foot.y), foot.half_width * at.scale * 1.25f + 0.05f, 0.085f,
                    mix(from.colours.backdrop, lighter(from.colours.accent, 0.5f), 0.4f));
    }
    const pen stand = on.at(at.foot.x, at.foot.y, at.scale);
    draw_shadow(stand, foot, where);
    if (from.cut)
        draw_cut_out(stand, from.cut, 1);
    else if (!from.references.empty())
        draw_frame(stand, from.references.front(), 1, hex(0x7d5a3c));
    else
        draw_subject(stand, from.words.what, with);
    return at.foot.x;
}

} // namespace

plan make_plan(const wish& wanted)
{
    plan made;
    made.words = read_wording(wanted.prompt);
    made.seed = mixed(made.words.hash, wanted.seed);
    made.kind = mixed(made.words.who, 11);
    made.colours =
        choose_palette(made.words, made.words.main ? made.kind >> 8 : made.words.hash >> 5);
    made.transparent = wanted.transparent;
    for (const auto& picture : wanted.references)
        made.references.push_back(small_copy(*picture, reference_edge_max));
    if (!made.references.empty() && !wanted.mask)
        made.cut = cut_out(*made.references.front());
    // Pictures that come along set the mood where the words leave it open.
    for (std::size_t i = made.references.size(); i-- > 0;)
        if (const auto strong = dominant(i == 0 && made.cut ? *made.cut : *made.references[i])) {
            if (!made.words.accent)
                made.colours.accent = *strong;
            if (!made.words.background && made.words.where != place::plain)
                made.colours.backdrop = lighter(muted(*strong, 0.35f), 0.60f);
        }
    if (!made.words.placed && stands_outdoors(made.words.what) &&
        made.words.of != material::paper && !made.transparent && made.words.where != place::plain) {
        constexpr place open[] = {place::sea, place::mountains, place::garden, place::sea};
        made.words.where =
            made.words.what == thing::lighthouse ? place::sea : open[made.words.hash >> 9 & 3];
    }
    if (made.transparent && (made.words.what == thing::none || made.words.what == thing::abstract))
        made.words.what = thing::vase;
    return made;
}

void compose(const plan& from, const pen& on)
{
    const float w = on.width();
    staging where;
    if (from.transparent) {
        where.stand = 0.88f;
        where.shade = 0;
    } else if (from.words.what == thing::abstract && from.words.where != place::plain) {
        draw_abstract(on, from.colours, from.seed);
    } else {
        where = draw_place(on, mood_of(from), from.words.what != thing::person);
        if (from.words.where != place::plain)
            grade(from, on, 0.7f);
        if (from.words.sky == weather::fog)
            draw_weather(on, weather::fog, from.seed, 1);
    }
    float subject_x = w / 2;
    std::size_t shown = 0;
    if (from.words.what == thing::person) {
        draw_person(from, on);
        subject_x = from.words.aside < 0 ? 0 : w;
    } else if (!from.references.empty() ||
               (from.words.what != thing::none && from.words.what != thing::abstract)) {
        subject_x = draw_main_subject(from, on, where);
        shown = 1;
    }
    if (from.words.where != place::plain && !from.transparent) {
        draw_weather(on, from.words.sky, from.seed, 0.5f);
        grade(from, on, 0.4f);
    }
    draw_prints(from, on, shown, subject_x);
}

void add_subject(const plan& from, const pen& on, const staging& where)
{
    if (from.words.what == thing::person)
        draw_person(from, on);
    else
        static_cast<void>(draw_main_subject(from, on, where));
    draw_weather(on, from.words.sky, from.seed, 1);
}

} // namespace engine::sim::art
