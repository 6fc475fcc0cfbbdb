#include "engine/job/output_spec.hpp"

#include "engine/base/sha256.hpp"

#include <charconv>

namespace engine::job {

namespace {

int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

std::string color(rgba_color c)
{
    return std::to_string(c.red) + "," + std::to_string(c.green) + "," + std::to_string(c.blue) +
           "," + std::to_string(c.alpha);
}

// The shortest digits that mean the number, whatever the locale.
std::string number(double value)
{
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    return std::string(digits.data(), end);
}

std::string length(output_length value)
{
    return number(value.value) + (value.percent ? "%" : "px");
}

std::string recipe_text(const key_spec& key)
{
    return " key " + (key.color ? color(*key.color) : "auto") + " " + number(key.tolerance) + " " +
           number(key.softness) + (key.holes ? "" : " border");
}

std::string recipe_text(const text_spec& spec)
{
    std::string text = " text " + std::to_string(spec.text.size()) + ":" + spec.text;
    for (const auto& font : spec.fonts)
        text += " " + font.sha256;
    text += " " + length(spec.size) + (spec.fit ? " fit " + length(spec.min_size) : "") + " " +
            color(spec.color);
    for (const auto& edge : {spec.box.x, spec.box.y, spec.box.width, spec.box.height})
        text += " " + length(edge);
    text += " " + std::string(text_align_names[static_cast<std::size_t>(spec.align)]) + " " +
            std::string(text_valign_names[static_cast<std::size_t>(spec.valign)]) + " " +
            number(spec.line_height) + " " + std::to_string(spec.lines_max.value_or(0));
    if (spec.outline)
        text += " outline " + color(spec.outline->color) + " " + length(spec.outline->width);
    if (spec.shadow)
        text += " shadow " + color(spec.shadow->color) + " " + length(spec.shadow->x) + " " +
                length(spec.shadow->y) + " " + length(spec.shadow->blur);
    return text;
}

} // namespace

std::string recipe_of(const output_spec& spec)
{
    std::string text = "darkroom-recipe-1 " + std::string(name_of(spec.format));
    if (spec.format != output_format::original) {
        text += " q" + std::to_string(spec.quality) + (spec.lossless ? " lossless" : "") + " " +
                std::string(metadata_policy_names[static_cast<std::size_t>(spec.metadata)]) + " " +
                color(spec.background);
        if (spec.fit)
            text += " fit " + std::to_string(spec.fit->width.value_or(0)) + "x" +
                    std::to_string(spec.fit->height.value_or(0)) + " " +
                    std::string(fit_mode_names[static_cast<std::size_t>(spec.fit->mode)]) +
                    (spec.fit->enlarge ? " enlarge " : " ") + color(spec.fit->pad_color);
        if (spec.key_background)
            text += recipe_text(*spec.key_background);
        for (const auto& one : spec.texts)
            text += recipe_text(one);
    }
    return base::sha256_hex(text).substr(0, 16);
}

std::optional<rgba_color> parse_color(std::string_view text)
{
    if (text == "white")
        return rgba_color{};
    if (text == "black")
        return rgba_color{0, 0, 0, 255};
    if (text == "transparent")
        return rgba_color{0, 0, 0, 0};
    if (text.empty() || text.front() != '#')
        return std::nullopt;
    text.remove_prefix(1);
    if (text.size() != 3 && text.size() != 6 && text.size() != 8)
        return std::nullopt;
    std::array<std::uint8_t, 4> channels = {0, 0, 0, 255};
    const std::size_t width = text.size() == 3 ? 1 : 2;
    for (std::size_t i = 0; i * width < text.size(); ++i) {
        const int high = hex_digit(text[i * width]);
        const int low = hex_digit(text[i * width + width - 1]);
        if (high < 0 || low < 0)
            return std::nullopt;
        channels[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return rgba_color{channels[0], channels[1], channels[2], channels[3]};
}

} // namespace engine::job
