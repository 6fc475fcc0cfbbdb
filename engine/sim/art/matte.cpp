#include "engine/sim/art/matte.hpp"

#include "engine/sim/art/colour.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>

namespace engine::sim::art {

namespace {

constexpr int grid_edge = 144; // the guess is made on a small copy and then fitted to the outlines

struct grid {
    int width = 0, height = 0;
    std::vector<colour> seen;
    std::vector<float> sharpness; // the steepest step of colour near each cell
    [[nodiscard]] std::size_t at(int x, int y) const
    {
        return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
               static_cast<std::size_t>(x);
    }
};

float distance(colour a, colour b)
{
    const float r = a.r - b.r, g = a.g - b.g, bl = a.b - b.b;
    return r * r + g * g + bl * bl;
}

grid small_grid(const layer& picture)
{
    grid made;
    const float shrink = static_cast<float>(std::max(picture.width, picture.height)) / grid_edge;
    made.width = std::max(8, static_cast<int>(static_cast<float>(picture.width) / shrink));
    made.height = std::max(8, static_cast<int>(static_cast<float>(picture.height) / shrink));
    const auto cells = static_cast<std::size_t>(made.width) * static_cast<std::size_t>(made.height);
    made.seen.resize(cells);
    made.sharpness.resize(cells);
    for (int y = 0; y < made.height; ++y)
        for (int x = 0; x < made.width; ++x) {
            const int left = x * picture.width / made.width,
                      right = std::max(left + 1, (x + 1) * picture.width / made.width);
            const int top = y * picture.height / made.height,
                      bottom = std::max(top + 1, (y + 1) * picture.height / made.height);
            colour sum;
            float steepest = 0;
            for (int j = top; j < bottom; ++j)
                for (int i = left; i < right; ++i) {
                    const auto here = picture.index(i, j);
                    sum.r += picture.r[here];
                    sum.g += picture.g[here];
                    sum.b += picture.b[here];
                    for (const auto next : {picture.index(std::min(i + 1, picture.width - 1), j),
                                            picture.index(i, std::min(j + 1, picture.height - 1))})
                        steepest = std::max({steepest, std::abs(picture.r[here] - picture.r[next]),
                                             std::abs(picture.g[here] - picture.g[next]),
                                             std::abs(picture.b[here] - picture.b[next])});
                }
            const auto count = static_cast<float>((right - left) * (bottom - top));
            made.seen[made.at(x, y)] = {sum.r / count, sum.g / count, sum.b / count};
            made.sharpness[made.at(x, y)] = steepest;
        }
    return made;
}

// Cells that one reaches from the top and the sides without crossing a sharp outline.
std::vector<bool> out_of_focus(const grid& from)
{
    constexpr float outline = 0.042f;
    std::vector<bool> reached(from.seen.size());
    std::vector<std::pair<int, int>> open;
    const auto visit = [&](int x, int y) {
        if (x < 0 || y < 0 || x >= from.width || y >= from.height)
            return;
        const auto i = from.at(x, y);
        if (!reached[i] && from.sharpness[i] < outline) {
            reached[i] = true;
            open.emplace_back(x, y);
        }
    };
    for (int x = 0; x < from.width; ++x)
        visit(x, 0);
    for (int y = 0; y < from.height; ++y) {
        visit(0, y);
        visit(from.width - 1, y);
    }
    while (!open.empty()) {
        const auto [x, y] = open.back();
        open.pop_back();
        visit(x - 1, y);
        visit(x + 1, y);
        visit(x, y - 1);
        visit(x, y + 1);
    }
    return reached;
}

// How likely a colour is among samples; on a bright one there may lie a shadow.
float likeness(colour seen, std::span<const colour> samples)
{
    constexpr float narrow = 1 / (2 * 0.055f * 0.055f);
    float sum = 0;
    for (const colour one : samples) {
        float shade = 1;
        if (luma(one) > 0.33f)
            shade = std::clamp((seen.r * one.r + seen.g * one.g + seen.b * one.b) /
                                   (one.r * one.r + one.g * one.g + one.b * one.b),
                               0.62f, 1.0f);
        const float apart =
            distance(seen, {one.r * shade, one.g * shade, one.b * shade}) + (1 - shade) * 0.01f;
        if (apart < 0.05f)
            sum += std::exp(-apart * narrow);
    }
    return sum / static_cast<float>(std::max<std::size_t>(1, samples.size()));
}

// What is at the sides at about that height, and at the top for the upper half.
std::vector<colour> behind_samples(const grid& from, int row)
{
    std::vector<colour> found;
    const int band = std::max(2, from.width / 14), reach = std::max(3, from.height / 9);
    for (int y = std::max(0, row - reach); y <= std::min(from.height - 1, row + reach); y += 2)
        for (int x = 0; x < band; x += 2) {
            found.push_back(from.seen[from.at(x, y)]);
            found.push_back(from.seen[from.at(from.width - 1 - x, y)]);
        }
    if (row < from.height / 2)
        for (int y = 0; y < std::max(2, from.height / 16); y += 2)
            for (int x = 0; x < from.width; x += 6)
                found.push_back(from.seen[from.at(x, y)]);
    return found;
}

float centre_prior(const grid& from, int x, int y)
{
    const float across = (static_cast<float>(x) + 0.5f) / static_cast<float>(from.width) - 0.5f;
    const float down = (static_cast<float>(y) + 0.5f) / static_cast<float>(from.height) - 0.56f;
    return 1.3f - 9.0f * across * across - 7.0f * down * down;
}

// Neighbours of like colour go together: a few rounds of that, each from the one before.
void settle(const grid& from, const std::vector<float>& evidence, std::vector<float>& share)
{
    constexpr int rounds = 24;
    std::vector<float> next(share.size());
    for (int round = 0; round < rounds; ++round) {
        for (int y = 0; y < from.height; ++y)
            for (int x = 0; x < from.width; ++x) {
                const auto i = from.at(x, y);
                float pull = 0;
                for (const auto& [dx, dy] : std::array<std::pair<int, int>, 8>{
                         {{-1, 0}, {1, 0}, {0, -1}, {0, 1}, {-1, -1}, {1, -1}, {-1, 1}, {1, 1}}}) {
                    const int nx = std::clamp(x + dx, 0, from.width - 1),
                              ny = std::clamp(y + dy, 0, from.height - 1);
                    const auto k = from.at(nx, ny);
                    pull += (share[k] - 0.5f) *
                            (0.15f + 1.6f * std::exp(-distance(from.seen[i], from.seen[k]) * 180));
                }
                next[i] = 1 / (1 + std::exp(-(evidence[i] + pull)));
            }
        share.swap(next);
    }
}

std::vector<float> guess(const grid& from)
{
    const auto blurred = out_of_focus(from);
    std::vector<float> behind(from.seen.size()), evidence(from.seen.size()),
        share(from.seen.size());
    for (int y = 0; y < from.height; ++y) {
        const auto samples = behind_samples(from, y);
        for (int x = 0; x < from.width; ++x)
            behind[from.at(x, y)] = likeness(from.seen[from.at(x, y)], samples);
    }
    for (int pass = 0; pass < 3; ++pass) {
        std::vector<colour> front;
        if (pass > 0) {
            constexpr std::size_t enough = 150;
            const auto all = static_cast<std::size_t>(
                std::ranges::count_if(share, [](float one) { return one > 0.6f; }));
            std::size_t seen = 0;
            for (std::size_t i = 0; i < share.size(); ++i)
                if (share[i] > 0.6f && seen++ % (all / enough + 1) == 0)
                    front.push_back(from.seen[i]);
        }
        for (int y = 0; y < from.height; ++y)
            for (int x = 0; x < from.width; ++x) {
                const auto i = from.at(x, y);
                // What is out of focus and unlike the sides may still be a pale subject.
                const float soft = pass == 0 && behind[i] > 0.001f ? 4.6f : 3.8f;
                const float there = front.empty() ? 0.06f : likeness(from.seen[i], front);
                evidence[i] =
                    std::clamp(std::log((there + 0.004f) / (behind[i] + 0.004f)), -3.0f, 3.0f) +
                    centre_prior(from, x, y) - (blurred[i] ? soft : -0.5f);
                if (x < 2 || x >= from.width - 2 || y < 2)
                    evidence[i] = -6;
                if (pass == 0)
                    share[i] = 1 / (1 + std::exp(-evidence[i]));
            }
        settle(from, evidence, share);
    }
    return share;
}

// Only the largest connected part, without holes; its share of the grid.
float one_thing(const grid& from, std::vector<float>& share)
{
    const auto parts_of = [&](auto belongs) {
        std::vector<int> part(share.size());
        std::vector<std::size_t> sizes = {0};
        std::vector<std::pair<int, int>> open;
        for (int y0 = 0; y0 < from.height; ++y0)
            for (int x0 = 0; x0 < from.width; ++x0) {
                if (part[from.at(x0, y0)] != 0 || !belongs(from.at(x0, y0)))
                    continue;
                const int id = static_cast<int>(sizes.size());
                sizes.push_back(0);
                open.emplace_back(x0, y0);
                part[from.at(x0, y0)] = id;
                while (!open.empty()) {
                    const auto [x, y] = open.back();
                    open.pop_back();
                    ++sizes.back();
                    for (const auto& [dx, dy] :
                         std::array<std::pair<int, int>, 4>{{{-1, 0}, {1, 0}, {0, -1}, {0, 1}}}) {
                        const int nx = x + dx, ny = y + dy;
                        if (nx < 0 || ny < 0 || nx >= from.width || ny >= from.height)
                            continue;
                        const auto k = from.at(nx, ny);
                        if (part[k] == 0 && belongs(k)) {
                            part[k] = id;
                            open.emplace_back(nx, ny);
                        }
                    }
                }
            }
        return std::pair(std::move(part), std::move(sizes));
    };
    const auto [part, sizes] = parts_of([&](std::size_t i) { return share[i] > 0.5f; });
    const auto best = std::ranges::max_element(sizes) - sizes.begin();
    for (std::size_t i = 0; i < share.size(); ++i)
        if (share[i] > 0.5f && part[i] != best)
            share[i] = 0;
    const auto [holes, areas] = parts_of([&](std::size_t i) { return share[i] <= 0.5f; });
    std::size_t solid = 0;
    for (std::size_t i = 0; i < share.size(); ++i) {
        // What one sees through a handle is no hole to be filled.
        if (holes[i] != 0 && areas[static_cast<std::size_t>(holes[i])] * 90 < share.size())
            share[i] = 1;
        solid += share[i] > 0.5f ? 1 : 0;
    }
    return static_cast<float>(solid) / static_cast<float>(share.size());
}

// The guess at the picture's own size, drawn towards its outlines (a guided filter on brightness).
std::vector<float> fitted(const grid& from, const std::vector<float>& share, const layer& picture)
{
    std::vector<float> rough(picture.count()), light(picture.count());
    for (int y = 0; y < picture.height; ++y)
        for (int x = 0; x < picture.width; ++x) {
            const float gx =
                std::clamp((static_cast<float>(x) + 0.5f) * static_cast<float>(from.width) /
                                   static_cast<float>(picture.width) -
                               0.5f,
                           0.0f, static_cast<float>(from.width - 1));
            const float gy =
                std::clamp((static_cast<float>(y) + 0.5f) * static_cast<float>(from.height) /
                                   static_cast<float>(picture.height) -
                               0.5f,
                           0.0f, static_cast<float>(from.height - 1));
            const int x0 = static_cast<int>(gx), y0 = static_cast<int>(gy);
            const int x1 = std::min(x0 + 1, from.width - 1), y1 = std::min(y0 + 1, from.height - 1);
            const float fx = gx - static_cast<float>(x0), fy = gy - static_cast<float>(y0);
            const float upper = share[from.at(x0, y0)] * (1 - fx) + share[from.at(x1, y0)] * fx;
            const float lower = share[from.at(x0, y1)] * (1 - fx) + share[from.at(x1, y1)] * fx;
            const auto i = picture.index(x, y);
            rough[i] = upper * (1 - fy) + lower * fy;
            light[i] = luma({picture.r[i], picture.g[i], picture.b[i]});
        }
    const float reach = static_cast<float>(std::max(picture.width, picture.height)) / 150.0f;
    const auto mean = [&](std::vector<float> plane) {
        blur_plane(plane, picture.width, picture.height, reach);
        return plane;
    };
    std::vector<float> squared(light), product(light);
    for (std::size_t i = 0; i < light.size(); ++i) {
        squared[i] = light[i] * light[i];
        product[i] = light[i] * rough[i];
    }
    const auto mean_light = mean(light), mean_rough = mean(rough);
    squared = mean(std::move(squared));
    product = mean(std::move(product));
    std::vector<float> slope(light), offset(light);
    for (std::size_t i = 0; i < light.size(); ++i) {
        const float variance = std::max(0.0f, squared[i] - mean_light[i] * mean_light[i]);
        slope[i] = (product[i] - mean_light[i] * mean_rough[i]) / (variance + 0.0008f);
        offset[i] = mean_rough[i] - slope[i] * mean_light[i];
    }
    slope = mean(std::move(slope));
    offset = mean(std::move(offset));
    for (std::size_t i = 0; i < light.size(); ++i) {
        const float near =
            std::clamp((slope[i] * light[i] + offset[i] - 0.32f) / 0.42f, 0.0f, 1.0f);
        rough[i] = near * near * (3 - 2 * near);
    }
    return rough;
}

void guess_subject(const layer& picture, matte& made)
{
    const grid from = small_grid(picture);
    auto share = guess(from);
    const float size = one_thing(from, share);
    int left = 0, right = 0;
    for (int y = 0; y < from.height; ++y) {
        left += share[from.at(3, y)] > 0.5f ? 1 : 0;
        right += share[from.at(from.width - 4, y)] > 0.5f ? 1 : 0;
    }
    made.sure = size > 0.015f && size < 0.62f && (left + right) * 2 < from.height;
    made.alpha = fitted(from, share, picture);
}

} // namespace

matte find_subject(const layer& picture)
{
    matte made;
    made.width = picture.width;
    made.height = picture.height;
    if (picture.width < 32 || picture.height < 32) {
        made.alpha.resize(picture.count());
        return made;
    }
    guess_subject(picture, made);
    for (int y = 0; y < picture.height; ++y)
        for (int x = 0; x < picture.width; ++x)
            if (made.alpha[picture.index(x, y)] > 0.5f)
                made.around.add({static_cast<float>(x), static_cast<float>(y)});
    // A strip of hills is no thing, however sharp.
    made.sure = made.sure && !made.around.empty() &&
                made.around.bottom - made.around.top > 0.18f * static_cast<float>(picture.height);
    return made;
}

layer lifted(const layer& picture, const matte& subject)
{
    // What is behind, continued under the edge of the subject.
    layer behind(picture.width, picture.height);
    for (std::size_t i = 0; i < picture.count(); ++i) {
        const float share = 1 - subject.alpha[i];
        behind.r[i] = picture.r[i] * share;
        behind.g[i] = picture.g[i] * share;
        behind.b[i] = picture.b[i] * share;
        behind.a[i] = share;
    }
    blur(behind, static_cast<float>(std::max(picture.width, picture.height)) / 120.0f);
    layer made(picture.width, picture.height);
    for (std::size_t i = 0; i < picture.count(); ++i) {
        const float share = subject.alpha[i];
        const auto own = [&](float seen, float shining) {
            if (share > 0.995f || behind.a[i] < 0.02f)
                return seen * share;
            return std::clamp(seen - shining / behind.a[i] * (1 - share), 0.0f, share);
        };
        made.r[i] = own(picture.r[i], behind.r[i]);
        made.g[i] = own(picture.g[i], behind.g[i]);
        made.b[i] = own(picture.b[i], behind.b[i]);
        made.a[i] = share;
    }
    return made;
}

} // namespace engine::sim::art
