#include "engine/image/fit.hpp"

#include "engine/image/decode.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace engine::image {

namespace {

int rounded(double length, int length_max)
{
    return std::clamp(static_cast<int>(std::lround(length)), 1, length_max);
}

fit_plan plan_cover(job::image_size source, job::image_size box, double scale)
{
    const job::image_size scaled{rounded(box.width, box.width), rounded(box.height, box.height)};
    // The part that has the box's proportions, in the middle.
    fit_plan plan{.part = {}, .scaled = scaled, .canvas = scaled};
    plan.part.width = std::min<double>(scaled.width / scale, source.width);
    plan.part.height = std::min<double>(scaled.height / scale, source.height);
    plan.part.left = (source.width - plan.part.width) / 2;
    plan.part.top = (source.height - plan.part.height) / 2;
    if (scale == 1) { // a plain cut: do not blur it by half a pixel
        plan.part.left = std::floor(plan.part.left);
        plan.part.top = std::floor(plan.part.top);
    }
    return plan;
}

// `below` is opaque or not, but uniform; the picture keeps its own alpha.
pixels on_canvas(const pixels& picture, const fit_plan& plan, job::rgba_color color)
{
    pixels canvas = blank(plan.canvas, picture.has_alpha || color.alpha != 255);
    const std::uint8_t border[4] = {color.red, color.green, color.blue, color.alpha};
    const std::size_t channels = canvas.channels();
    for (std::size_t i = 0; i < canvas.samples.size(); i += channels)
        std::memcpy(&canvas.samples[i], border, channels);
    for (int y = 0; y < picture.size.height; ++y) {
        const std::uint8_t* from = picture.row(y);
        std::uint8_t* to =
            canvas.row(plan.top + y) + static_cast<std::size_t>(plan.left) * channels;
        if (picture.channels() == channels) {
            std::memcpy(to, from, picture.row_bytes());
            continue;
        }
        for (int x = 0; x < picture.size.width; ++x, from += 3, to += 4) {
            std::memcpy(to, from, 3);
            to[3] = 255;
        }
    }
    canvas.meta = picture.meta;
    return canvas;
}

} // namespace

fit_plan plan_fit(job::image_size source, const job::fit_spec& spec)
{
    const window whole{0, 0, static_cast<double>(source.width), static_cast<double>(source.height)};
    if (!spec.width && !spec.height)
        return {.part = whole, .scaled = source, .canvas = source};

    const double scale_x = spec.width.value_or(0) / whole.width;
    const double scale_y = spec.height.value_or(0) / whole.height;
    const bool one_edge = !spec.width || !spec.height;
    const bool cover = spec.mode == job::fit_mode::cover;
    const double wanted =
        one_edge || cover ? std::max(scale_x, scale_y) : std::min(scale_x, scale_y);
    const double scale = spec.enlarge ? wanted : std::min(wanted, 1.0);

    if (cover && !one_edge) {
        const double shrunk_box = scale / wanted; // 1, or less because we may not enlarge
        return plan_cover(source,
                          {rounded(*spec.width * shrunk_box, *spec.width),
                           rounded(*spec.height * shrunk_box, *spec.height)},
                          scale);
    }
    const job::image_size scaled{rounded(whole.width * scale, spec.width.value_or(INT32_MAX)),
                                 rounded(whole.height * scale, spec.height.value_or(INT32_MAX))};
    if (spec.mode != job::fit_mode::pad || one_edge)
        return {.part = whole, .scaled = scaled, .canvas = scaled};
    return {.part = whole,
            .scaled = scaled,
            .canvas = {*spec.width, *spec.height},
            .left = (*spec.width - scaled.width) / 2,
            .top = (*spec.height - scaled.height) / 2};
}

base::result<pixels> fit(const pixels& source, const job::fit_spec& spec)
{
    const fit_plan plan = plan_fit(source.size, spec);
    if (plan.canvas.area() > decode_limits{}.pixels_max)
        return base::fail(errc::too_large, "fit image", job::to_string(plan.canvas));
    pixels scaled = resample(source, plan.part, plan.scaled);
    if (plan.canvas == plan.scaled)
        return scaled;
    return on_canvas(scaled, plan, spec.pad_color);
}

} // namespace engine::image
