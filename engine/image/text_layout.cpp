#include "engine/image/text_layout.hpp"

#include "engine/base/utf8.hpp"
#include "engine/image/code_points.hpp"
#include "engine/image/font_faces.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <memory>
#include <raqm.h>
#include <string>
#include <utility>

namespace engine::image {

namespace {

constexpr double shaping_size = 256; // pixels an em; results are kept in ems

struct raqm_deleter {
    void operator()(raqm_t* one) const { raqm_destroy(one); }
};

struct shaped_glyph {
    std::size_t font = 0;
    std::uint32_t glyph = 0;
    std::uint32_t cluster = 0;        // the character it begins at, within what was shaped
    double advance = 0, x = 0, y = 0; // ems
};

struct paragraph {
    std::size_t start = 0; // in the whole text
    code_points text;
    std::vector<std::size_t> fonts; // of each character
    std::vector<bool> may_break;    // behind each character
    std::vector<double> advances;   // ems; what a cluster takes stands at its first character
    bool right_to_left = false;
};

struct line {
    const paragraph* of = nullptr;
    std::size_t begin = 0, end = 0; // characters, blanks at the end left out
};

// Where a text stops fitting.
struct misfit {
    std::string why;
};

class setter {
public:
    setter(const font_set& fonts, const layout_wish& wish) : fonts_(fonts.inside()), wish_(wish) {}

    base::result<text_layout> run(std::string_view text)
    {
        if (!fonts_.set_size(shaping_size))
            return base::fail(errc::bad_font, "set text", "a font refuses its size");
        if (auto read = read_paragraphs(code_points_of(text)); !read)
            return std::unexpected(read.error());
        misfit last;
        for (double size = wish_.size_max;; size = std::max(wish_.size_min, size * 0.99)) {
            if (auto made = at_size(size, last))
                return std::move(*made);
            if (size <= wish_.size_min)
                break;
        }
        return base::fail(errc::text_too_large, "set text", last.why);
    }

private:
    base::result<void> read_paragraphs(const code_points& text)
    {
        std::u32string lacking;
        std::size_t begin = 0;
        for (;;) {
            const auto newline = std::find(text.begin() + static_cast<std::ptrdiff_t>(begin),
                                           text.end(), std::uint32_t{'\n'});
            paragraph one;
            one.start = begin;
            one.text.assign(text.begin() + static_cast<std::ptrdiff_t>(begin), newline);
            one.right_to_left = is_right_to_left(one.text);
            one.may_break = break_opportunities(one.text);
            choose_fonts(one);
            const auto glyphs = shape(one, 0, one.text.size());
            if (!glyphs)
                return std::unexpected(glyphs.error());
            one.advances.resize(one.text.size());
            for (const auto& glyph : *glyphs) {
                one.advances[glyph.cluster] += glyph.advance;
                const auto character = static_cast<char32_t>(one.text[glyph.cluster]);
                if (glyph.glyph == 0 && !lacking.contains(character))
                    lacking += character;
                ascent_ = std::max(ascent_, fonts_.faces[glyph.font].ascent);
                descent_ = std::max(descent_, fonts_.faces[glyph.font].descent);
            }
            paragraphs_.push_back(std::move(one));
            if (newline == text.end())
                break;
            begin = static_cast<std::size_t>(newline - text.begin()) + 1;
        }
        if (!lacking.empty())
            return base::fail(errc::missing_glyph, "set text",
                              "no font has " + name_characters(lacking));
        return {};
    }

    // The first font that has a character with its marks, else the first with the character itself.
    void choose_fonts(paragraph& one) const
    {
        const auto& text = one.text;
        one.fonts.resize(text.size());
        for (std::size_t begin = 0; begin < text.size();) {
            std::size_t end = begin + 1;
            while (end < text.size() && is_attached(text[end]))
                ++end;
            const std::size_t before = begin > 0 ? one.fonts[begin - 1] : 0;
            const auto chosen = is_blank(text[begin]) && fonts_.has(before, text[begin])
                                    ? before // a blank does not end a run of letters
                                    : font_for({text.begin() + static_cast<std::ptrdiff_t>(begin),
                                                text.begin() + static_cast<std::ptrdiff_t>(end)});
            std::fill(one.fonts.begin() + static_cast<std::ptrdiff_t>(begin),
                      one.fonts.begin() + static_cast<std::ptrdiff_t>(end), chosen);
            begin = end;
        }
    }

    [[nodiscard]] std::size_t font_for(const code_points& cluster) const
    {
        std::optional<std::size_t> with_letter;
        for (std::size_t i = 0; i < fonts_.faces.size(); ++i) {
            if (!fonts_.has(i, cluster.front()))
                continue;
            if (std::ranges::all_of(cluster, [&](auto one) { return fonts_.has(i, one); }))
                return i;
            if (!with_letter)
                with_letter = i;
        }
        return with_letter.value_or(0);
    }

    // Characters begin to end of a paragraph as one line, in the paragraph's direction.
    [[nodiscard]] base::result<std::vector<shaped_glyph>>
    shape(const paragraph& one, std::size_t begin, std::size_t end) const
    {
        std::vector<shaped_glyph> glyphs;
        if (begin == end)
            return glyphs;
        const auto refuse = [] { return base::fail(errc::bad_font, "set text", "shaping failed"); };
        const std::unique_ptr<raqm_t, raqm_deleter> shaper(raqm_create());
        auto* const rq = shaper.get();
        bool good = rq && raqm_set_text(rq, one.text.data() + begin, end - begin) &&
                    raqm_set_par_direction(rq, one.right_to_left ? RAQM_DIRECTION_RTL
                                                                 : RAQM_DIRECTION_LTR) &&
                    raqm_set_freetype_face(rq, fonts_.faces.front().handle) &&
                    raqm_set_freetype_load_flags(rq, font_load_flags);
        for (std::size_t at = begin; good && at < end;) {
            std::size_t next = at + 1;
            while (next < end && one.fonts[next] == one.fonts[at])
                ++next;
            good = raqm_set_freetype_face_range(rq, fonts_.faces[one.fonts[at]].handle, at - begin,
                                                next - at);
            at = next;
        }
        if (!good || !raqm_layout(rq))
            return refuse();
        std::size_t count = 0;
        const raqm_glyph_t* found = raqm_get_glyphs(rq, &count);
        if (!found && count > 0)
            return refuse();
        constexpr double unit = 1 / (64 * shaping_size);
        for (std::size_t i = 0; i < count; ++i) {
            const auto& glyph = found[i];
            const auto font =
                std::ranges::find(fonts_.faces, glyph.ftface, &font_set::parts::face::handle);
            if (font == fonts_.faces.end() || glyph.cluster >= end - begin)
                return refuse();
            glyphs.push_back({static_cast<std::size_t>(font - fonts_.faces.begin()), glyph.index,
                              glyph.cluster + static_cast<std::uint32_t>(begin),
                              glyph.x_advance * unit, glyph.x_offset * unit,
                              glyph.y_offset * unit});
        }
        return glyphs;
    }

    std::optional<text_layout> at_size(double size, misfit& why) const
    {
        std::vector<line> lines;
        for (const auto& one : paragraphs_)
            if (!break_lines(one, size, lines, why))
                return std::nullopt;
        const int lines_max = wish_.lines_max.value_or(1 << 20);
        if (static_cast<int>(lines.size()) > lines_max) {
            why.why = fmt::format("takes {} lines at {:.1f} pixels, and {} may be", lines.size(),
                                  size, lines_max);
            return std::nullopt;
        }
        const double step = wish_.line_height * size;
        const double height =
            step * static_cast<double>(lines.size() - 1) + (ascent_ + descent_) * size;
        if (height > wish_.height + slack) {
            why.why =
                fmt::format("is {:.0f} pixels high at {:.1f} pixels a letter ({} line{}), and "
                            "the box has {:.0f}",
                            height, size, lines.size(), lines.size() == 1 ? "" : "s", wish_.height);
            return std::nullopt;
        }
        const double spare = wish_.height - height;
        double baseline = ascent_ * size + (wish_.valign == job::text_valign::top      ? 0.0
                                            : wish_.valign == job::text_valign::middle ? spare / 2
                                                                                       : spare);
        text_layout made;
        made.size = size;
        made.lines = static_cast<int>(lines.size());
        for (const auto& one : lines) {
            if (!place_line(one, size, baseline, made, why))
                return std::nullopt;
            baseline += step;
        }
        return made;
    }

    // As much as fits into every line.
    bool break_lines(const paragraph& one, double size, std::vector<line>& lines, misfit& why) const
    {
        const double width_max = (wish_.width + slack) / size; // ems
        const auto trimmed = [&](std::size_t begin, std::size_t end) {
            while (end > begin && is_blank(one.text[end - 1]))
                --end;
            return end;
        };
        std::size_t begin = 0, good = 0; // `good`: where the line could end so far
        double width = 0, blanks = 0;    // `blanks`: of the width, at its end
        if (one.text.empty())
            lines.push_back({&one, 0, 0});
        for (std::size_t i = 0; i < one.text.size(); ++i) {
            width += one.advances[i];
            blanks = is_blank(one.text[i]) ? blanks + one.advances[i] : 0;
            if (width - blanks > width_max && good > begin) {
                lines.push_back({&one, begin, trimmed(begin, good)});
                i = begin = good;
                width = one.advances[i];
                blanks = is_blank(one.text[i]) ? width : 0;
            }
            if (width - blanks > width_max) {
                why.why = fmt::format("'{}' is wider at {:.1f} pixels a letter than the box, which "
                                      "has {:.0f}",
                                      word_at(one, begin), size, wish_.width);
                return false;
            }
            if (one.may_break[i])
                good = i + 1;
        }
        if (begin < one.text.size())
            lines.push_back({&one, begin, trimmed(begin, one.text.size())});
        return true;
    }

    // For messages.
    static std::string word_at(const paragraph& one, std::size_t begin)
    {
        constexpr std::size_t shown_max = 30;
        std::string word;
        for (std::size_t i = begin; i < one.text.size() && i < begin + shown_max; ++i) {
            base::append_utf8(word, static_cast<char32_t>(one.text[i]));
            if (one.may_break[i])
                break;
        }
        return base::printable(word.substr(0, word.find_last_not_of(' ') + 1));
    }

    bool place_line(const line& one, double size, double baseline, text_layout& made,
                    misfit& why) const
    {
        const auto glyphs = shape(*one.of, one.begin, one.end);
        if (!glyphs) {
            why.why = glyphs.error().detail;
            return false;
        }
        double width = 0;
        for (const auto& glyph : *glyphs)
            width += glyph.advance * size;
        if (width > wish_.width + 2 * slack) { // joined otherwise than in the whole paragraph
            why.why = fmt::format("a line is wider at {:.1f} pixels a letter than the box, which "
                                  "has {:.0f}",
                                  size, wish_.width);
            return false;
        }
        const bool at_right = wish_.align == job::text_align::right ||
                              (wish_.align == job::text_align::start && one.of->right_to_left) ||
                              (wish_.align == job::text_align::end && !one.of->right_to_left);
        double x = wish_.align == job::text_align::center ? (wish_.width - width) / 2
                   : at_right                             ? wish_.width - width
                                                          : 0.0;
        for (const auto& glyph : *glyphs) {
            made.glyphs.push_back({glyph.font, glyph.glyph,
                                   static_cast<std::uint32_t>(one.of->start + glyph.cluster),
                                   x + glyph.x * size, baseline - glyph.y * size});
            x += glyph.advance * size;
        }
        return true;
    }

    static constexpr double slack = 0.25; // pixels: nobody sees it, and sums of fractions need it

    const font_set::parts& fonts_;
    const layout_wish& wish_;
    std::vector<paragraph> paragraphs_;
    double ascent_ = 0.1, descent_ = 0; // ems, the largest of the fonts that are used
};

} // namespace

base::result<text_layout> lay_out(const font_set& fonts, std::string_view text,
                                  const layout_wish& wish)
{
    return setter(fonts, wish).run(text);
}

} // namespace engine::image
