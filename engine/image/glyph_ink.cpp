#include "engine/image/glyph_ink.hpp"

#include "engine/image/font_faces.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <ft2build.h>
#include <memory>
#include FT_FREETYPE_H
#include FT_GLYPH_H
#include FT_OUTLINE_H
#include FT_STROKER_H

namespace engine::image {

namespace {

// From left and top up to, not including, right and bottom.
struct area {
    int left = 0, top = 0, right = 0, bottom = 0;
    [[nodiscard]] bool empty() const { return left >= right || top >= bottom; }
    [[nodiscard]] area within(area other) const
    {
        return {std::max(left, other.left), std::max(top, other.top), std::min(right, other.right),
                std::min(bottom, other.bottom)};
    }
};

struct glyph_deleter {
    void operator()(FT_Glyph one) const { FT_Done_Glyph(one); }
};
using owned_glyph = std::unique_ptr<FT_GlyphRec_, glyph_deleter>;
struct stroker_deleter {
    void operator()(FT_Stroker one) const { FT_Stroker_Done(one); }
};

// 26.6 fixed point, far outside of every picture at most.
FT_Pos to_fixed(double pixels)
{
    return std::lround(std::clamp(pixels, -1e6, 1e6) * 64);
}

class inking {
public:
    inking(const font_set& fonts, const text_layout& layout, const ink_wish& wish)
        : fonts_(fonts.inside()), layout_(layout), wish_(wish)
    {}

    base::result<ink> run()
    {
        if (!fonts_.set_size(layout_.size))
            return base::fail(errc::bad_font, "draw text", "a font refuses its size");
        if (wish_.grown > 0) {
            FT_Stroker made = nullptr;
            if (FT_Stroker_New(fonts_.library, &made) != 0)
                return base::fail(errc::bad_font, "draw text", "no outline");
            stroker_.reset(made);
            FT_Stroker_Set(made, to_fixed(wish_.grown), FT_STROKER_LINECAP_ROUND,
                           FT_STROKER_LINEJOIN_ROUND, 0);
        }
        // Twice over the letters: how far they reach, then themselves. Nothing else is held.
        area reach{1 << 30, 1 << 30, -(1 << 30), -(1 << 30)};
        for (const auto& one : layout_.glyphs) {
            const auto glyph = load(one);
            if (!glyph)
                return refused(one);
            if (const auto part = area_of(*glyph.get(), one); !part.empty())
                reach = {std::min(reach.left, part.left), std::min(reach.top, part.top),
                         std::max(reach.right, part.right), std::max(reach.bottom, part.bottom)};
        }
        ink drawn;
        if (reach.empty())
            return drawn;
        drawn.left = reach.left - wish_.margin;
        drawn.top = reach.top - wish_.margin;
        drawn.width = reach.right - reach.left + 2 * wish_.margin;
        drawn.height = reach.bottom - reach.top + 2 * wish_.margin;
        drawn.cover.resize(static_cast<std::size_t>(drawn.width) *
                           static_cast<std::size_t>(drawn.height));
        for (const auto& one : layout_.glyphs) {
            const auto glyph = load(one);
            if (!glyph || !put(*glyph.get(), one, drawn))
                return refused(one);
        }
        return drawn;
    }

private:
    [[nodiscard]] std::unexpected<base::failure> refused(const placed_glyph& one) const
    {
        return base::fail(
            errc::bad_font, "draw text",
            fmt::format("glyph {} of {} cannot be drawn", one.glyph, fonts_.faces[one.font].name));
    }

    // Grown if need be. Null when FreeType refuses.
    [[nodiscard]] owned_glyph load(const placed_glyph& one) const
    {
        FT_Face face = fonts_.faces[one.font].handle;
        FT_Glyph loaded = nullptr;
        if (FT_Load_Glyph(face, one.glyph, font_load_flags) != 0 ||
            face->glyph->format != FT_GLYPH_FORMAT_OUTLINE ||
            FT_Get_Glyph(face->glyph, &loaded) != 0)
            return nullptr;
        owned_glyph glyph(loaded);
        if (!stroker_ || outline_of(*glyph).n_points == 0)
            return glyph;
        FT_Glyph grown = glyph.get();
        // Makes a copy when it is told not to destroy the old one.
        if (FT_Glyph_StrokeBorder(&grown, stroker_.get(), 0, 0) != 0)
            return nullptr;
        return owned_glyph(grown);
    }

    static FT_Outline& outline_of(FT_GlyphRec& glyph)
    {
        return reinterpret_cast<FT_OutlineGlyphRec&>(glyph).outline;
    }

    // On the canvas, cut to it and the margin.
    [[nodiscard]] area area_of(FT_GlyphRec& glyph, const placed_glyph& one) const
    {
        FT_BBox box;
        FT_Outline_Get_CBox(&outline_of(glyph), &box);
        const auto pixel = [](double place) {
            return static_cast<int>(std::floor(std::clamp(place, -1e6, 1e6)));
        };
        const double x = wish_.left + one.x, y = wish_.top + one.y;
        const area part{pixel(x + static_cast<double>(box.xMin) / 64),
                        pixel(y - static_cast<double>(box.yMax) / 64),
                        pixel(x + static_cast<double>(box.xMax) / 64) + 1,
                        pixel(y - static_cast<double>(box.yMin) / 64) + 1};
        if (box.xMin >= box.xMax || box.yMin >= box.yMax)
            return {};
        return part.within({-wish_.margin, -wish_.margin, wish_.canvas.width + wish_.margin,
                            wish_.canvas.height + wish_.margin});
    }

    bool put(FT_GlyphRec& glyph, const placed_glyph& one, ink& drawn)
    {
        const area part = area_of(glyph, one);
        if (part.empty())
            return true;
        const int width = part.right - part.left, height = part.bottom - part.top;
        scratch_.assign(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), 0);
        FT_Bitmap bitmap{};
        bitmap.width = static_cast<unsigned>(width);
        bitmap.rows = static_cast<unsigned>(height);
        bitmap.pitch = width; // the first row is the top one
        bitmap.buffer = scratch_.data();
        bitmap.num_grays = 256;
        bitmap.pixel_mode = FT_PIXEL_MODE_GRAY;
        // FreeType counts upwards from the lower left corner of the bitmap.
        auto& outline = outline_of(glyph);
        FT_Outline_Translate(&outline, to_fixed(wish_.left + one.x - part.left),
                             to_fixed(part.bottom - wish_.top - one.y));
        if (FT_Outline_Get_Bitmap(fonts_.library, &outline, &bitmap) != 0)
            return false;
        for (int y = 0; y < height; ++y) {
            const std::uint8_t* from =
                scratch_.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width);
            std::uint8_t* to = drawn.row(part.top + y - drawn.top) + (part.left - drawn.left);
            for (int x = 0; x < width; ++x) { // letters may overlap: where one is, there is ink
                const int open = (255 - to[x]) * (255 - from[x]);
                to[x] = static_cast<std::uint8_t>(255 - (open + 127) / 255);
            }
        }
        return true;
    }

    const font_set::parts& fonts_;
    const text_layout& layout_;
    const ink_wish& wish_;
    std::unique_ptr<FT_StrokerRec_, stroker_deleter> stroker_;
    std::vector<std::uint8_t> scratch_;
};

// A sliding mean along lines; `step` from one pixel of a line to the next.
void mean_along(const std::vector<std::uint8_t>& from, std::vector<std::uint8_t>& to,
                std::size_t lines, std::size_t line_step, std::size_t count, std::size_t step,
                std::size_t radius)
{
    const auto width = static_cast<std::uint32_t>(2 * radius + 1);
    for (std::size_t line = 0; line < lines; ++line) {
        const std::size_t start = line * line_step;
        std::uint32_t sum = 0;
        for (std::size_t i = 0; i < std::min(radius, count); ++i)
            sum += from[start + i * step];
        for (std::size_t i = 0; i < count; ++i) {
            if (i + radius < count)
                sum += from[start + (i + radius) * step];
            to[start + i * step] = static_cast<std::uint8_t>((sum + width / 2) / width);
            if (i >= radius)
                sum -= from[start + (i - radius) * step];
        }
    }
}

} // namespace

base::result<ink> draw_glyphs(const font_set& fonts, const text_layout& layout,
                              const ink_wish& wish)
{
    return inking(fonts, layout, wish).run();
}

void blur(ink& drawn, double radius)
{
    // Three means of this width look like a Gauss curve (SVG 1.1, feGaussianBlur).
    const auto reach = static_cast<std::size_t>(std::lround(radius / 2 * 1.88 / 2));
    if (reach == 0 || drawn.cover.empty())
        return;
    const auto width = static_cast<std::size_t>(drawn.width);
    const auto height = static_cast<std::size_t>(drawn.height);
    std::vector<std::uint8_t> other(drawn.cover.size());
    for (int pass = 0; pass < 3; ++pass) {
        mean_along(drawn.cover, other, height, width, width, 1, reach);
        mean_along(other, drawn.cover, width, 1, height, width, reach);
    }
}

} // namespace engine::image
