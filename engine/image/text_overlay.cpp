#include "engine/image/text_overlay.hpp"

#include "engine/image/glyph_ink.hpp"
#include "engine/image/srgb.hpp"
#include "engine/image/text_layout.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <utility>

namespace engine::image {

namespace {

constexpr double em_min = 1, em_max = 4096; // pixels; smaller has no shape, larger no picture

void blend(pixels& picture, const ink& drawn, job::rgba_color color)
{
    const auto& tables = tables_of_srgb();
    const float source[3] = {tables.to_linear[color.red], tables.to_linear[color.green],
                             tables.to_linear[color.blue]};
    const int top = std::max(0, drawn.top);
    const int bottom = std::min(picture.size.height, drawn.top + drawn.height);
    const int left = std::max(0, drawn.left);
    const int right = std::min(picture.size.width, drawn.left + drawn.width);
    for (int y = top; y < bottom; ++y) {
        const std::uint8_t* cover = drawn.row(y - drawn.top) + (left - drawn.left);
        std::uint8_t* to = picture.row(y) + static_cast<std::size_t>(left) * picture.channels();
        for (int x = left; x < right; ++x, ++cover, to += picture.channels()) {
            if (*cover == 0)
                continue;
            const float above =
                static_cast<float>(*cover) * static_cast<float>(color.alpha) / (255.0f * 255.0f);
            const float below = picture.has_alpha ? static_cast<float>(to[3]) / 255.0f : 1.0f;
            const float together = above + below * (1 - above);
            if (together <= 0)
                continue;
            for (int c = 0; c < 3; ++c)
                to[c] = tables.encode(
                    (source[c] * above + tables.to_linear[to[c]] * below * (1 - above)) / together);
            if (picture.has_alpha)
                to[3] = static_cast<std::uint8_t>(together * 255 + 0.5f);
        }
    }
}

base::result<font_set> open_fonts(const job::text_spec& spec, const font_bytes& fonts)
{
    std::vector<font_source> sources;
    for (const auto& wanted : spec.fonts) {
        const auto found = fonts.find(wanted.sha256);
        if (found == fonts.end())
            return base::fail(errc::bad_font, "open font " + wanted.path, "its bytes are not here");
        sources.push_back({wanted.path, found->second});
    }
    if (sources.empty())
        return base::fail(errc::bad_font, "set text", "no font is named");
    return font_set::open(sources);
}

double outline_of(const job::text_spec& spec, job::image_size output)
{
    return spec.outline ? spec.outline->width.of(output.height) : 0;
}

base::result<void> draw_text(pixels& picture, const job::text_spec& spec, const font_bytes& fonts)
{
    const auto opened = open_fonts(spec, fonts);
    if (!opened)
        return std::unexpected(opened.error());
    const auto layout = place_text(spec, picture.size, *opened);
    if (!layout)
        return std::unexpected(layout.error());

    const int height = picture.size.height;
    const double grown = outline_of(spec, picture.size);
    const ink_wish place{.canvas = picture.size,
                         .left = spec.box.x.of(picture.size.width) + grown,
                         .top = spec.box.y.of(height) + grown};
    if (spec.shadow) {
        const double blurred = spec.shadow->blur.of(height);
        ink_wish below = place;
        below.left += spec.shadow->x.of(height);
        below.top += spec.shadow->y.of(height);
        below.grown = grown;
        below.margin = static_cast<int>(std::ceil(blurred * 1.5)) + 1;
        auto drawn = draw_glyphs(*opened, *layout, below);
        if (!drawn)
            return std::unexpected(drawn.error());
        blur(*drawn, blurred);
        blend(picture, *drawn, spec.shadow->color);
    }
    if (grown > 0) {
        ink_wish around = place;
        around.grown = grown;
        const auto drawn = draw_glyphs(*opened, *layout, around);
        if (!drawn)
            return std::unexpected(drawn.error());
        blend(picture, *drawn, spec.outline->color);
    }
    const auto drawn = draw_glyphs(*opened, *layout, place);
    if (!drawn)
        return std::unexpected(drawn.error());
    blend(picture, *drawn, spec.color);
    return {};
}

} // namespace

base::result<text_layout> place_text(const job::text_spec& spec, job::image_size output,
                                     const font_set& fonts)
{
    const int width = output.width, height = output.height;
    const double left = spec.box.x.of(width), top = spec.box.y.of(height);
    const double box_width = spec.box.width.of(width), box_height = spec.box.height.of(height);
    if (left < -0.5 || top < -0.5 || left + box_width > width + 0.5 ||
        top + box_height > height + 0.5)
        return base::fail(
            errc::text_too_large, "set text",
            fmt::format(
                "its box ({:.0f},{:.0f} {:.0f}x{:.0f}) is not inside the output, which is {}", left,
                top, box_width, box_height, job::to_string(output)));
    const double size = std::clamp(spec.size.of(height), em_min, em_max);
    const double grown = outline_of(spec, output);
    return lay_out(
        fonts, spec.text,
        {.width = box_width - 2 * grown,
         .height = box_height - 2 * grown,
         .size_max = size,
         .size_min = spec.fit ? std::clamp(spec.min_size.of(height), em_min, size) : size,
         .line_height = spec.line_height,
         .lines_max = spec.lines_max,
         .align = spec.align,
         .valign = spec.valign});
}

base::result<void> draw_texts(pixels& picture, const std::vector<job::text_spec>& texts,
                              const font_bytes& fonts)
{
    for (const auto& spec : texts)
        if (!spec.text.empty())
            if (auto drawn = draw_text(picture, spec, fonts); !drawn)
                return drawn;
    return {};
}

} // namespace engine::image
