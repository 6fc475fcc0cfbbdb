#include "engine/sim/art/reference.hpp"

#include "engine/image/resample.hpp"
#include "engine/sim/art/surface.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace engine::sim::art {

namespace {

float difference(const layer& picture, std::size_t a, std::size_t b)
{
    return std::max({std::abs(picture.r[a] - picture.r[b]), std::abs(picture.g[a] - picture.g[b]),
                     std::abs(picture.b[a] - picture.b[b])});
}

// Marks what can be walked to from the border in small steps of colour: the background.
std::vector<bool> background_of(const layer& picture)
{
    constexpr float step_max = 0.03f; // a smooth backdrop changes less from pixel to pixel
    constexpr float span_max = 0.34f; // and not more than this in all
    std::vector<bool> reached(picture.count());
    struct visit {
        std::size_t at, origin;
    };
    std::vector<visit> open;
    const auto start = [&](int x, int y) {
        const std::size_t i = picture.index(x, y);
        if (!reached[i]) {
            reached[i] = true;
            open.push_back({i, i});
        }
    };
    for (int x = 0; x < picture.width; ++x) {
        start(x, 0);
        start(x, picture.height - 1);
    }
    for (int y = 0; y < picture.height; ++y) {
        start(0, y);
        start(picture.width - 1, y);
    }
    const auto width = static_cast<std::size_t>(picture.width);
    while (!open.empty()) {
        const visit now = open.back();
        open.pop_back();
        const std::size_t x = now.at % width, y = now.at / width;
        const auto step_to = [&](std::size_t next) {
            if (!reached[next] && difference(picture, now.at, next) < step_max &&
                difference(picture, now.origin, next) < span_max) {
                reached[next] = true;
                open.push_back({next, now.origin});
            }
        };
        if (x > 0)
            step_to(now.at - 1);
        if (x + 1 < width)
            step_to(now.at + 1);
        if (y > 0)
            step_to(now.at - width);
        if (y + 1 < static_cast<std::size_t>(picture.height))
            step_to(now.at + width);
    }
    return reached;
}

// Background that is shut in, such as what one sees through a handle: as even as the border is, and
// of its colour, which comes back. Nothing when the border is not even.
std::optional<colour> open_holes(const layer& picture, std::vector<bool>& background)
{
    float low[3] = {1, 1, 1}, high[3] = {0, 0, 0};
    const auto look_at = [&](int x, int y) {
        const std::size_t i = picture.index(x, y);
        const float samples[3] = {picture.r[i], picture.g[i], picture.b[i]};
        for (int c = 0; c < 3; ++c) {
            low[c] = std::min(low[c], samples[c]);
            high[c] = std::max(high[c], samples[c]);
        }
    };
    for (int x = 0; x < picture.width; ++x) {
        look_at(x, 0);
        look_at(x, picture.height - 1);
    }
    for (int y = 0; y < picture.height; ++y) {
        look_at(0, y);
        look_at(picture.width - 1, y);
    }
    constexpr float even = 0.06f;
    if (high[0] - low[0] > even || high[1] - low[1] > even || high[2] - low[2] > even)
        return std::nullopt;
    // White paper on a white table is common; a bright green thing before bright green is not.
    const bool bright = to_hsl({low[0], low[1], low[2]}).saturation > 0.8f &&
                        std::max({low[0], low[1], low[2]}) > 0.5f;
    const float slack = bright && luma({low[0], low[1], low[2]}) < 0.9f ? 0.12f : 0.012f;
    for (std::size_t i = 0; i < picture.count(); ++i) {
        const float samples[3] = {picture.r[i], picture.g[i], picture.b[i]};
        bool same = true;
        for (int c = 0; c < 3; ++c)
            same = same && samples[c] > low[c] - slack && samples[c] < high[c] + slack;
        background[i] = background[i] || same;
    }
    return colour{(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2};
}

// Whether the outline of what is left is that of a thing: seen clearly against what is behind it,
// and not frayed.
bool is_clean(const layer& picture, const std::vector<bool>& background, std::size_t size,
              bool even)
{
    std::size_t outline = 0, weak = 0;
    constexpr int reach = 3; // pixels to both sides, over the soft edge
    for (int y = reach; y + reach < picture.height; ++y)
        for (int x = reach; x + reach < picture.width; ++x) {
            const std::size_t here = picture.index(x, y);
            if (background[here])
                continue;
            for (const auto& [dx, dy] : {std::pair{1, 0}, {-1, 0}, {0, 1}, {0, -1}}) {
                if (!background[picture.index(x + dx, y + dy)])
                    continue;
                ++outline;
                const float contrast =
                    difference(picture, picture.index(x + reach * dx, y + reach * dy),
                               picture.index(x - (reach - 1) * dx, y - (reach - 1) * dy));
                weak += contrast < 0.06f ? 1u : 0u;
            }
        }
    // A circle has 16 (counted in pixel edges), a lamp on a thin arm about 100.
    const double frayed =
        static_cast<double>(outline) * static_cast<double>(outline) / static_cast<double>(size);
    // Before one even colour there is less to be mistaken about.
    return weak * 100 < outline * (even ? 26u : 12u) && frayed < (even ? 250 : 130);
}

// Keeps the largest connected part of what is not background; its size in pixels.
std::size_t keep_largest(std::vector<bool>& background, int width_px)
{
    const auto width = static_cast<std::size_t>(width_px);
    std::vector<std::uint32_t> part(background.size());
    std::vector<std::size_t> sizes = {0};
    std::vector<std::size_t> open;
    for (std::size_t start = 0; start < background.size(); ++start) {
        if (background[start] || part[start] != 0)
            continue;
        const auto id = static_cast<std::uint32_t>(sizes.size());
        sizes.push_back(0);
        part[start] = id;
        open.push_back(start);
        while (!open.empty()) {
            const std::size_t i = open.back();
            open.pop_back();
            ++sizes[id];
            const auto step_to = [&](std::size_t next) {
                if (!background[next] && part[next] == 0) {
                    part[next] = id;
                    open.push_back(next);
                }
            };
            if (i % width > 0)
                step_to(i - 1);
            if (i % width + 1 < width)
                step_to(i + 1);
            if (i >= width)
                step_to(i - width);
            if (i + width < background.size())
                step_to(i + width);
        }
    }
    const auto best = static_cast<std::uint32_t>(std::ranges::max_element(sizes) - sizes.begin());
    for (std::size_t i = 0; i < background.size(); ++i)
        background[i] = part[i] != best || best == 0;
    return sizes[best];
}

float eased(float share)
{
    const float inside = std::clamp(share, 0.0f, 1.0f);
    return inside * inside * (3 - 2 * inside);
}

// How solid a pixel is before an even background: well inside entirely, near the outline (`near` is
// the blurred mask) by how far its colour is from what is behind. A camera's or a codec's soft edge
// is a mixture of both.
float even_alpha(const layer& picture, std::size_t i, colour behind, float near)
{
    if (near > 0.97f)
        return 1;
    const float apart =
        std::max({std::abs(picture.r[i] - behind.r), std::abs(picture.g[i] - behind.g),
                  std::abs(picture.b[i] - behind.b)});
    return eased((apart - 0.10f) / 0.30f) * eased((near - 0.25f) / 0.35f);
}

// The picture under a mask, cut to where `there` is. What shines through from `behind` at soft
// edges is taken off.
shared_layer cropped(const layer& picture, const std::vector<float>& mask,
                     const std::vector<float>& there, colour behind)
{
    int left = picture.width, top = picture.height, right = 0, bottom = 0;
    for (int y = 0; y < picture.height; ++y)
        for (int x = 0; x < picture.width; ++x)
            if (there[picture.index(x, y)] > 0.3f) {
                left = std::min(left, x);
                right = std::max(right, x + 1);
                top = std::min(top, y);
                bottom = std::max(bottom, y + 1);
            }
    if (left >= right || top >= bottom)
        return nullptr;
    auto made = std::make_shared<layer>(right - left, bottom - top);
    for (int y = top; y < bottom; ++y)
        for (int x = left; x < right; ++x) {
            const std::size_t from = picture.index(x, y), to = made->index(x - left, y - top);
            const float share = mask[from];
            const bool edge = share < 1 && (behind.r > 0 || behind.g > 0 || behind.b > 0);
            const auto own = [&](float seen, float shining) {
                return edge ? std::clamp(seen - shining * (1 - share), 0.0f, share) : seen * share;
            };
            made->r[to] = own(picture.r[from], behind.r);
            made->g[to] = own(picture.g[from], behind.g);
            made->b[to] = own(picture.b[from], behind.b);
            made->a[to] = picture.a[from] * share;
        }
    return made;
}

box around_centre(const layer& picture, float height)
{
    const float width =
        height * static_cast<float>(picture.width) / static_cast<float>(picture.height);
    return {-width / 2, -height / 2, width / 2, height / 2};
}

} // namespace

shared_layer small_copy(const image::pixels& picture, int edge_max)
{
    const int edge = picture.size.long_edge();
    if (edge <= edge_max)
        return std::make_shared<layer>(to_layer(picture));
    const double scale = static_cast<double>(edge_max) / edge;
    const job::image_size size{std::max(1, static_cast<int>(picture.size.width * scale)),
                               std::max(1, static_cast<int>(picture.size.height * scale))};
    const image::window all{0, 0, static_cast<double>(picture.size.width),
                            static_cast<double>(picture.size.height)};
    return std::make_shared<layer>(to_layer(image::resample(picture, all, size)));
}

image::pixels covering(const image::pixels& picture, job::image_size size)
{
    const double w = picture.size.width, h = picture.size.height;
    const double scale = std::max(size.width / w, size.height / h);
    const double part_w = std::min(w, size.width / scale),
                 part_h = std::min(h, size.height / scale);
    return image::resample(picture, {(w - part_w) / 2, (h - part_h) / 2, part_w, part_h}, size);
}

shared_layer cut_out(const layer& picture)
{
    if (picture.width < 16 || picture.height < 16)
        return nullptr;
    const auto clear = static_cast<std::size_t>(
        std::ranges::count_if(picture.a, [](float a) { return a < 0.5f; }));
    if (clear * 20 > picture.count())
        return cropped(picture, std::vector<float>(picture.count(), 1.0f), picture.a, {});

    auto background = background_of(picture);
    const auto even = open_holes(picture, background);
    const std::size_t size = keep_largest(background, picture.width);
    const std::size_t all = picture.count();
    if (size * 100 < all * (even ? 2u : 4u) || size * 100 > all * 62)
        return nullptr;
    // Something that runs along the border is part of the place, not a thing in front of it.
    std::size_t at_border = 0;
    for (int x = 0; x < picture.width; ++x)
        at_border += (background[picture.index(x, 1)] ? 0u : 1u) +
                     (background[picture.index(x, picture.height - 2)] ? 0u : 1u);
    for (int y = 0; y < picture.height; ++y)
        at_border += (background[picture.index(1, y)] ? 0u : 1u) +
                     (background[picture.index(picture.width - 2, y)] ? 0u : 1u);
    if (at_border * 10 > static_cast<std::size_t>(picture.width + picture.height) ||
        !is_clean(picture, background, size, even.has_value()))
        return nullptr;
    std::vector<float> mask(all);
    for (std::size_t i = 0; i < all; ++i)
        mask[i] = background[i] ? 0.0f : 1.0f;
    blur_plane(mask, picture.width, picture.height, even ? 2.0f : 1.2f);
    for (std::size_t i = 0; i < all; ++i)
        mask[i] = even ? even_alpha(picture, i, *even, mask[i]) : eased((mask[i] - 0.42f) / 0.4f);
    return cropped(picture, mask, mask, even.value_or(colour{}));
}

std::optional<colour> dominant(const layer& picture)
{
    struct bin {
        float weight = 0, r = 0, g = 0, b = 0;
    };
    std::array<bin, 24> bins{};
    const std::size_t step = std::max<std::size_t>(1, picture.count() / 20'000);
    for (std::size_t i = 0; i < picture.count(); i += step) {
        const colour c{picture.r[i], picture.g[i], picture.b[i]};
        const hsl h = to_hsl(c);
        const float weight = h.saturation * (1 - std::abs(2 * h.lightness - 1)) * picture.a[i];
        if (weight < 0.08f)
            continue;
        bin& one = bins[static_cast<std::size_t>(h.hue * 23.99f)];
        one.weight += weight;
        one.r += c.r * weight;
        one.g += c.g * weight;
        one.b += c.b * weight;
    }
    const bin& best = *std::ranges::max_element(bins, {}, &bin::weight);
    if (best.weight * static_cast<float>(step) < 0.01f * static_cast<float>(picture.count()))
        return std::nullopt;
    return colour{best.r / best.weight, best.g / best.weight, best.b / best.weight};
}

void draw_print(const pen& on, const shared_layer& picture, float height)
{
    const float border = height * 0.05f;
    box photo = around_centre(*picture, height - border * 4);
    const float lift = border; // more white below than above
    photo.top -= lift;
    photo.bottom -= lift;
    const path card = path::rectangle(photo.left - border, photo.top - border, photo.right + border,
                                      photo.bottom + border * 3, height * 0.008f);
    on.fill(card.transformed(affine::move(height * 0.02f, height * 0.035f)), hex(0x000000),
            {.opacity = 0.45f, .blur = height * 0.05f});
    on.fill(card, paint::linear({photo.left, photo.top}, {photo.right, photo.bottom},
                                {{0, hex(0xffffff)}, {1, hex(0xe9e6e0)}}));
    on.fill(path::rectangle(photo.left, photo.top, photo.right, photo.bottom), hex(0xd8d4cc));
    on.fill(path::rectangle(photo.left, photo.top, photo.right, photo.bottom),
            paint::picture(picture, photo));
    add_highlight(on,
                  path::polygon({{photo.left, photo.top},
                                 {photo.left + (photo.right - photo.left) * 0.45f, photo.top},
                                 {photo.left, photo.top + (photo.bottom - photo.top) * 0.6f}}),
                  0.07f, 0);
}

void draw_frame(const pen& on, const shared_layer& picture, float height, colour wood)
{
    const float border = height * 0.035f;
    box photo = around_centre(*picture, height - border * 4);
    photo.top -= height / 2;
    photo.bottom -= height / 2;
    const box outer{photo.left - border * 2, photo.top - border * 2, photo.right + border * 2,
                    photo.bottom + border * 2};
    on.fill(path::rectangle(outer.left, outer.top, outer.right, outer.bottom),
            face_paint(wood, material::wood, outer));
    on.fill(path::rectangle(photo.left - border, photo.top - border, photo.right + border,
                            photo.bottom + border),
            hex(0xf7f5f0));
    on.fill(path::rectangle(photo.left - border, photo.top - border, photo.right + border,
                            photo.top - border * 0.5f),
            hex(0x000000), {.opacity = 0.15f, .blur = border * 0.4f});
    on.fill(path::rectangle(photo.left, photo.top, photo.right, photo.bottom),
            paint::picture(picture, photo));
    add_highlight(on,
                  path::polygon({{photo.left, photo.top},
                                 {photo.left + (photo.right - photo.left) * 0.5f, photo.top},
                                 {photo.left, photo.bottom}}),
                  0.06f, 0);
}

void draw_cut_out(const pen& on, const shared_layer& picture, float height)
{
    box body = around_centre(*picture, height);
    body.top -= height / 2;
    body.bottom -= height / 2;
    on.fill(path::rectangle(body.left, body.top, body.right, body.bottom),
            paint::picture(picture, body));
}

} // namespace engine::sim::art
