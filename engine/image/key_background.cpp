#include "engine/image/key_background.hpp"

#include "engine/image/key_distance.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <fmt/format.h>
#include <string_view>
#include <vector>

namespace engine::image {

namespace {

using std::size_t;

struct vec3 {
    float r = 0, g = 0, b = 0;
    vec3 operator+(vec3 o) const { return {r + o.r, g + o.g, b + o.b}; }
    vec3 operator-(vec3 o) const { return {r - o.r, g - o.g, b - o.b}; }
    vec3 operator*(float s) const { return {r * s, g * s, b * s}; }
};
float dot(vec3 a, vec3 b)
{
    return a.r * b.r + a.g * b.g + a.b * b.b;
}
vec3 mixed(vec3 from, vec3 to, float share)
{
    return from + (to - from) * share;
}
// 0 below `low`, 1 above `high`, smooth between.
float smooth_step(float low, float high, float value)
{
    const float t = std::clamp((value - low) / (high - low), 0.0f, 1.0f);
    return t * t * (3 - 2 * t);
}
std::uint8_t to_sample(float value)
{
    return static_cast<std::uint8_t>(std::clamp(value + 0.5f, 0.0f, 255.0f));
}

// The outermost rows and columns.
std::vector<job::rgba_color> border_of(const pixels& picture)
{
    std::vector<job::rgba_color> border;
    const auto add = [&](int x, int y) {
        const std::uint8_t* p = picture.row(y) + static_cast<size_t>(x) * picture.channels();
        border.push_back({p[0], p[1], p[2], 255});
    };
    for (int x = 0; x < picture.size.width; ++x) {
        add(x, 0);
        add(x, picture.size.height - 1);
    }
    for (int y = 0; y < picture.size.height; ++y) {
        add(0, y);
        add(picture.size.width - 1, y);
    }
    return border;
}

// Of each channel alone: for a flat colour with some noise that is the colour.
job::rgba_color median(std::vector<job::rgba_color>& colors)
{
    const auto of = [&](std::uint8_t job::rgba_color::* channel) {
        const auto middle = colors.begin() + static_cast<std::ptrdiff_t>(colors.size() / 2);
        std::ranges::nth_element(colors, middle, {}, channel);
        return (*middle).*channel;
    };
    return {of(&job::rgba_color::red), of(&job::rgba_color::green), of(&job::rgba_color::blue),
            255};
}

// The background is seldom exactly the colour that was asked for: the border tells what it became.
job::rgba_color find_key(const pixels& picture, const job::key_spec& spec)
{
    auto border = border_of(picture);
    if (!spec.color)
        return median(border);
    pixels strip{.size = {static_cast<int>(border.size()), 1}, .has_alpha = false};
    for (const auto color : border)
        strip.samples.insert(strip.samples.end(), {color.red, color.green, color.blue});
    const auto distances = distances_from(strip, *spec.color);
    std::vector<job::rgba_color> near;
    for (size_t i = 0; i < border.size(); ++i)
        if (distances[i] <= static_cast<float>(spec.tolerance))
            near.push_back(border[i]);
    // A few pixels could be anything.
    return near.size() * 20 >= border.size() ? median(near) : *spec.color;
}

using plane = std::vector<std::uint8_t>;

// Only what is connected with the border of the picture stays set.
void keep_connected(plane& set, job::image_size size)
{
    const auto width = static_cast<size_t>(size.width), height = static_cast<size_t>(size.height);
    std::vector<size_t> open;
    const auto visit = [&](size_t i) {
        if (set[i] == 1) {
            set[i] = 2;
            open.push_back(i);
        }
    };
    for (size_t x = 0; x < width; ++x) {
        visit(x);
        visit((height - 1) * width + x);
    }
    for (size_t y = 0; y < height; ++y) {
        visit(y * width);
        visit(y * width + width - 1);
    }
    while (!open.empty()) {
        const size_t i = open.back();
        open.pop_back();
        const size_t x = i % width;
        if (x > 0)
            visit(i - 1);
        if (x + 1 < width)
            visit(i + 1);
        if (i >= width)
            visit(i - width);
        if (i + width < set.size())
            visit(i + width);
    }
    for (auto& one : set)
        one = one == 2 ? 1 : 0;
}

// One along a line of `count` pixels, `step` apart: set where one within `radius` was set.
void widen_line(const std::uint8_t* from, std::uint8_t* to, size_t count, size_t step,
                size_t radius)
{
    size_t inside = 0; // set pixels within the window
    for (size_t i = 0; i < std::min(radius, count); ++i)
        inside += from[i * step];
    for (size_t i = 0; i < count; ++i) {
        if (i + radius < count)
            inside += from[(i + radius) * step];
        if (i > radius)
            inside -= from[(i - radius - 1) * step];
        to[i * step] = inside > 0 ? 1 : 0;
    }
}

// Which pixels are within `radius`, in a square, of one that is `set`.
plane widened(const plane& set, job::image_size size, size_t radius)
{
    const auto width = static_cast<size_t>(size.width), height = static_cast<size_t>(size.height);
    plane rows(set.size()), both(set.size());
    for (size_t y = 0; y < height; ++y)
        widen_line(&set[y * width], &rows[y * width], width, 1, radius);
    // Down all columns at once: the counts of a row of pixels lie beside each other in memory.
    std::vector<std::uint16_t> inside(width);
    const auto add = [&](size_t y, int sign) {
        const std::uint8_t* row = &rows[y * width];
        for (size_t x = 0; x < width; ++x)
            inside[x] = static_cast<std::uint16_t>(inside[x] + sign * row[x]);
    };
    for (size_t y = 0; y < std::min(radius, height); ++y)
        add(y, 1);
    for (size_t y = 0; y < height; ++y) {
        if (y + radius < height)
            add(y + radius, 1);
        if (y > radius)
            add(y - radius - 1, -1);
        for (size_t x = 0; x < width; ++x)
            both[y * width + x] = inside[x] > 0 ? 1 : 0;
    }
    return both;
}

// One picture on its way to a cutout.
class keying {
public:
    keying(const pixels& source, const job::key_spec& spec)
        : source_(source), holes_(spec.holes), key_(find_key(source, spec)),
          key_color_{static_cast<float>(key_.red), static_cast<float>(key_.green),
                     static_cast<float>(key_.blue)},
          tolerance_(static_cast<float>(spec.tolerance)),
          softness_(static_cast<float>(spec.softness)), distance_(distances_from(source, key_)),
          // Generated edges are 1 to 3 pixels soft at 1024 pixels.
          radius_(std::clamp(source.size.short_edge() / 340, 2, 6))
    {
        hue_ = key_color_ - grey_of(key_color_);
        hue_ = chroma_of(to_oklab(key_)) > hue_chroma_min ? hue_ * (1 / std::sqrt(dot(hue_, hue_)))
                                                          : vec3{};
        find_background();
        measure_noise();
    }

    keyed_picture run()
    {
        keyed_picture made{.picture = blank(source_.size, true), .key = key_};
        made.picture.meta = source_.meta;
        double opaque = 0;
        size_t i = 0;
        for (int y = 0; y < source_.size.height; ++y) {
            const std::uint8_t* from = source_.row(y);
            std::uint8_t* to = made.picture.row(y);
            std::uint64_t row_alpha = 0;
            for (int x = 0; x < source_.size.width; ++x, ++i) {
                if (near_background_[i] && near_subject_[i])
                    put_edge({x, y}, to);
                else if (near_subject_[i])
                    put_inside(i, {x, y}, from, to);
                // else background, far from anything: transparent black, as it is
                if (source_.has_alpha)
                    to[3] = static_cast<std::uint8_t>((to[3] * from[3] + 127) / 255);
                row_alpha += to[3];
                from += source_.channels();
                to += 4;
            }
            opaque += static_cast<double>(row_alpha);
        }
        made.transparent_share = 1 - opaque / 255 / static_cast<double>(source_.size.area());
        return made;
    }

private:
    struct place {
        int x = 0, y = 0;
    };

    static constexpr float hue_chroma_min = 0.1f; // below it the key is a grey: no spill to see

    static vec3 grey_of(vec3 color) { return vec3{1, 1, 1} * (dot(color, {1, 1, 1}) / 3); }

    void find_background()
    {
        background_.resize(distance_.size());
        for (size_t i = 0; i < distance_.size(); ++i)
            background_[i] = distance_[i] <= tolerance_ ? 1 : 0;
        if (!holes_)
            keep_connected(background_, source_.size);
        plane subject(background_.size());
        for (size_t i = 0; i < subject.size(); ++i)
            subject[i] = background_[i] ^ 1;
        near_background_ = widened(background_, source_.size, static_cast<size_t>(radius_));
        near_subject_ = widened(subject, source_.size, static_cast<size_t>(radius_));
    }

    // How much the background itself varies: what lies within that is not a trace of something.
    void measure_noise()
    {
        double squares = 0, count = 0;
        constexpr int every = 3; // rows and columns: a ninth of the pixels says as much as all
        for (int y = 0; y < source_.size.height; y += every)
            for (int x = 0; x < source_.size.width; x += every)
                if (!near_subject_[index({x, y})]) {
                    const vec3 off = color_at({x, y}) - key_color_;
                    squares += static_cast<double>(dot(off, off));
                    ++count;
                }
        // Of a normal spread, 99 % lie within.
        noise_ = count > 0 ? static_cast<float>(2.5 * std::sqrt(squares / count)) : 0.0f;
    }

    // What is far from the background: opaque, unless its colour is close to the key.
    void put_inside(size_t i, place at, const std::uint8_t* from, std::uint8_t* to) const
    {
        const float alpha = holes_ ? opacity_of(i) : 1.0f;
        if (alpha == 1) {
            std::copy_n(from, 3, to);
            to[3] = 255;
            return;
        }
        vec3 color = key_color_ + (color_at(at) - key_color_) * (1 / std::max(alpha, 0.05f));
        // Glass and shadows show the key's hue; the thinner they are, the less of it is theirs.
        const float lean = lean_of(color);
        color = color - hue_ * std::max(0.0f, lean * (1 - alpha));
        put(color, alpha, to);
    }

    // An edge. The pixel is a mixture of the key and of what one comes to when going away from the
    // background.
    void put_edge(place at, std::uint8_t* to) const
    {
        const vec3 off = color_at(at) - key_color_;
        const float length = std::sqrt(dot(off, off));
        if (length <= noise_ || length < 1)
            return;
        const place inner = subject_from(at, off, length);
        const size_t i = index(inner);
        if (background_[i])
            return;
        const vec3 far = color_at(inner) - key_color_;
        const float far_length = std::sqrt(dot(far, far));
        const float floor = std::min(0.25f, noise_ / far_length);
        const bool itself = inner.x == at.x && inner.y == at.y;
        const float mixture =
            itself ? 1.0f : std::clamp(dot(off, far) / (far_length * far_length), 0.0f, 1.0f);
        const float share = itself ? 1.0f : std::clamp((mixture - floor) / (1 - floor), 0.0f, 1.0f);
        const float inner_opacity = opacity_of(i);
        const float alpha = share * inner_opacity;
        // Where little is left of the pixel's own colour, that of the subject is the better guess.
        const vec3 own = off * (far_length / length);
        const vec3 color = key_color_ + mixed(far, own, smooth_step(0.2f, 0.7f, mixture)) *
                                            (1 / std::max(inner_opacity, 0.05f));
        put(without_spill(color, at), alpha, to);
    }

    // Uphill from pixel to pixel, away from the key's colour, along the line of colours that
    // mixtures with the key lie on, until it does not get steeper.
    [[nodiscard]] place subject_from(place at, vec3 off, float length) const
    {
        const float stray = 6 + noise_ + 0.12f * length; // 8-bit samples: rounding and compression
        place here = at;
        float here_length = length;
        for (int step = 0; step < radius_; ++step) {
            place best = here;
            float best_length = here_length * 1.05f + 2; // less is texture, not an edge
            for (int y = std::max(0, here.y - 1);
                 y <= std::min(here.y + 1, source_.size.height - 1); ++y)
                for (int x = std::max(0, here.x - 1);
                     x <= std::min(here.x + 1, source_.size.width - 1); ++x) {
                    const vec3 other = color_at({x, y}) - key_color_;
                    const float squared = dot(other, other);
                    if (squared <= best_length * best_length)
                        continue;
                    const float along = dot(off, other);
                    const float astray = length * length - along * along / squared;
                    if (along <= 0 || astray > stray * stray)
                        continue;
                    best = {x, y};
                    best_length = std::sqrt(squared);
                }
            if (best.x == here.x && best.y == here.y)
                break;
            here = best;
            here_length = best_length;
        }
        return here;
    }

    // By the distance from the key alone.
    [[nodiscard]] float opacity_of(size_t i) const
    {
        if (background_[i])
            return 0;
        if (softness_ <= 0 || distance_[i] >= tolerance_ + softness_ || distance_[i] <= tolerance_)
            return 1; // the last: not connected with the border, so it belongs to the subject
        return smooth_step(tolerance_, tolerance_ + softness_, distance_[i]);
    }

    // How far a colour leans to the key's hue.
    [[nodiscard]] float lean_of(vec3 color) const { return dot(color - grey_of(color), hue_); }

    // Takes from an edge what leans more to the key than the subject does behind it.
    [[nodiscard]] vec3 without_spill(vec3 color, place at) const
    {
        const float lean = lean_of(color);
        if (lean <= 0)
            return color;
        float own = 255;
        bool known = false;
        for (const int reach : {radius_ + 1, 2 * radius_ + 1})
            for (int dy = -1; dy <= 1; ++dy)
                for (int dx = -1; dx <= 1; ++dx) {
                    const place other{at.x + dx * reach, at.y + dy * reach};
                    if (other.x < 0 || other.y < 0 || other.x >= source_.size.width ||
                        other.y >= source_.size.height || near_background_[index(other)])
                        continue;
                    own = std::min(own, lean_of(color_at(other)));
                    known = true;
                }
        const float allowed = known ? std::max(0.0f, own) : 0.0f;
        return color - hue_ * std::max(0.0f, lean - allowed);
    }

    static void put(vec3 color, float alpha, std::uint8_t* to)
    {
        to[0] = to_sample(color.r);
        to[1] = to_sample(color.g);
        to[2] = to_sample(color.b);
        to[3] = to_sample(alpha * 255);
    }

    [[nodiscard]] vec3 color_at(place at) const
    {
        const std::uint8_t* p = source_.row(at.y) + static_cast<size_t>(at.x) * source_.channels();
        return {static_cast<float>(p[0]), static_cast<float>(p[1]), static_cast<float>(p[2])};
    }
    [[nodiscard]] size_t index(place at) const
    {
        return static_cast<size_t>(at.y) * static_cast<size_t>(source_.size.width) +
               static_cast<size_t>(at.x);
    }

    const pixels& source_;
    bool holes_;
    job::rgba_color key_;
    vec3 key_color_;
    float tolerance_, softness_;
    std::vector<float> distance_;
    int radius_; // how far from the background an edge may reach, in pixels
    vec3 hue_;   // of the key, a unit vector across the greys; zero for a grey key
    float noise_ = 0;
    plane background_, near_background_, near_subject_;
};

} // namespace

base::result<keyed_picture> key_background(const pixels& source, const job::key_spec& spec)
{
    auto made = keying(source, spec).run();
    const auto refuse = [&](std::string_view what) {
        return base::fail(errc::cannot_key, "remove background",
                          fmt::format("{} (key #{:02x}{:02x}{:02x}, tolerance {})", what,
                                      made.key.red, made.key.green, made.key.blue, spec.tolerance));
    };
    if (made.transparent_share < keyed_share_min)
        return refuse("nothing was keyed: less than 1 % is transparent");
    if (made.transparent_share > 1 - kept_share_min)
        return refuse("nothing left: less than 1 % is opaque");
    return made;
}

} // namespace engine::image
