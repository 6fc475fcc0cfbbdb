#include "engine/manifest/overlay_reader.hpp"

#include "engine/manifest/keys.hpp"
#include "engine/manifest/scalar.hpp"

#include <array>
#include <string>
#include <utility>

namespace engine::manifest {

namespace {

constexpr double length_max = 16'384; // pixels; image/ goes no further

struct length_range {
    double low = 0;
    bool open_low = false; // the bound itself is refused
    double percent_max = 100;
};

// Pixels, or percent of the output: 40 or "5%".
std::optional<job::output_length> read_length(const yaml_node& node, std::string_view name,
                                              const field_reader& fields, length_range range = {})
{
    const auto good = [&](double value, double high) {
        return value <= high && (range.open_low ? value > range.low : value >= range.low);
    };
    const auto kind = scalar_kind_of(node);
    if (node.is_scalar() && (kind == scalar_kind::integer || kind == scalar_kind::real)) {
        const auto value = scalar_real(node.text);
        if (value && good(*value, length_max))
            return job::output_length{*value, false};
    }
    if (node.is_scalar() && node.text.ends_with('%')) {
        const auto value = scalar_real(std::string_view(node.text).substr(0, node.text.size() - 1));
        if (value && good(*value, range.percent_max))
            return job::output_length{*value, true};
    }
    std::string hint;
    if (node.is_scalar() && node.text.ends_with("px"))
        hint = "; write " + node.text.substr(0, node.text.size() - 2);
    fields.error(node.offset, std::string(name) +
                                  ": expected pixels or percent of the output, such as 40 or "
                                  "\"5%\", " +
                                  (range.low < 0    ? ""
                                   : range.open_low ? "above 0, "
                                                    : "from 0, ") +
                                  "found " + describe(node) + hint);
    return std::nullopt;
}

void read_length_into(job::output_length& target, const yaml_node& node, std::string_view key,
                      std::string_view name, const field_reader& fields, length_range range = {})
{
    if (const auto* entry = node.find(key))
        if (const auto value = read_length(*entry->value, name, fields, range))
            target = *value;
}

void read_color_into(job::rgba_color& target, const yaml_node& node, std::string_view name,
                     const field_reader& fields)
{
    if (const auto* entry = node.find("color"))
        if (const auto value = read_color(*entry->value, name, fields))
            target = *value;
}

std::vector<font_plan> read_fonts(const yaml_node& node, const field_reader& fields)
{
    std::vector<font_plan> fonts;
    const auto add = [&](const yaml_node& one) {
        if (auto file = fields.text(one, "font"))
            fonts.push_back({std::move(*file), one.offset});
    };
    if (!node.is_list()) {
        add(node);
        return fonts;
    }
    if (node.items.empty() || node.items.size() > job::fonts_max)
        fields.error(node.offset, "font: expected 1 to " + std::to_string(job::fonts_max) +
                                      " files, found " + std::to_string(node.items.size()));
    else
        for (const auto& one : node.items)
            add(*one);
    return fonts;
}

job::text_box read_box(const yaml_node& node, const field_reader& fields)
{
    job::text_box box;
    if (!fields.mapping(node, "box", keys::box))
        return box;
    read_length_into(box.x, node, "x", "box.x", fields);
    read_length_into(box.y, node, "y", "box.y", fields);
    read_length_into(box.width, node, "width", "box.width", fields, {.open_low = true});
    read_length_into(box.height, node, "height", "box.height", fields, {.open_low = true});
    // What is not given reaches to the other edge.
    if (!node.find("width") && box.x.percent)
        box.width.value = 100 - box.x.value;
    if (!node.find("height") && box.y.percent)
        box.height.value = 100 - box.y.value;
    const auto inside = [&](job::output_length start, job::output_length length,
                            std::string_view names) {
        if (start.percent && length.percent && start.value + length.value > 100)
            fields.error(node.offset,
                         "box: " + std::string(names) + " are more than 100% together");
    };
    inside(box.x, box.width, "x and width");
    inside(box.y, box.height, "y and height");
    return box;
}

std::optional<job::text_outline> read_outline(const yaml_node& node, const field_reader& fields)
{
    if (!fields.mapping(node, "outline", keys::outline))
        return std::nullopt;
    job::text_outline outline;
    read_color_into(outline.color, node, "outline.color", fields);
    if (!node.find("width"))
        fields.error(node.offset, "outline needs a width");
    read_length_into(outline.width, node, "width", "outline.width", fields,
                     {.open_low = true, .percent_max = 20});
    return outline;
}

std::optional<job::text_shadow> read_shadow(const yaml_node& node, const field_reader& fields)
{
    if (!fields.mapping(node, "shadow", keys::shadow))
        return std::nullopt;
    job::text_shadow shadow;
    read_color_into(shadow.color, node, "shadow.color", fields);
    if (!node.find("x") && !node.find("y") && !node.find("blur"))
        fields.error(node.offset, "shadow: expected x, y or blur; without them nobody sees it");
    constexpr length_range either_way{.low = -1000, .percent_max = 20};
    read_length_into(shadow.x, node, "x", "shadow.x", fields, either_way);
    read_length_into(shadow.y, node, "y", "shadow.y", fields, either_way);
    read_length_into(shadow.blur, node, "blur", "shadow.blur", fields, {.percent_max = 20});
    return shadow;
}

std::optional<text_plan> read_text(const yaml_node& node, const field_reader& fields)
{
    if (!fields.mapping(node, "text", keys::text))
        return std::nullopt;
    text_plan plan;
    plan.offset = node.offset;
    auto& spec = plan.spec;
    if (const auto* entry = node.find("text"))
        plan.text = fields.templated(*entry->value, "text");
    else
        fields.error(node.offset, "a text needs 'text', the words");
    if (const auto* entry = node.find("font"))
        plan.fonts = read_fonts(*entry->value, fields);
    else
        fields.error(node.offset, "a text needs a font, a file such as fonts/Some.ttf");
    read_length_into(spec.size, node, "size", "size", fields, {.open_low = true});
    if (const auto* entry = node.find("fit"))
        spec.fit = fields.flag(*entry->value, "fit").value_or(false);
    if (const auto* entry = node.find("min_size"); entry && !spec.fit)
        fields.error(entry->key_offset, "min_size goes with fit: true");
    read_length_into(spec.min_size, node, "min_size", "min_size", fields, {.open_low = true});
    read_color_into(spec.color, node, "color", fields);
    if (const auto* entry = node.find("box"))
        spec.box = read_box(*entry->value, fields);
    if (const auto* entry = node.find("align"))
        if (const auto word = fields.word(*entry->value, "align", job::text_align_names))
            spec.align = static_cast<job::text_align>(*word);
    if (const auto* entry = node.find("valign"))
        if (const auto word = fields.word(*entry->value, "valign", job::text_valign_names))
            spec.valign = static_cast<job::text_valign>(*word);
    if (const auto* entry = node.find("line_height"))
        spec.line_height = fields.number(*entry->value, "line_height", 0, 10, true).value_or(1.2);
    if (const auto* entry = node.find("max_lines"))
        if (const auto lines = fields.whole(*entry->value, "max_lines", 1, 1000))
            spec.lines_max = static_cast<int>(*lines);
    if (const auto* entry = node.find("outline"))
        spec.outline = read_outline(*entry->value, fields);
    if (const auto* entry = node.find("shadow"))
        spec.shadow = read_shadow(*entry->value, fields);
    return plan;
}

} // namespace

std::optional<job::rgba_color> read_color(const yaml_node& node, std::string_view name,
                                          const field_reader& fields)
{
    const auto color =
        node.is_scalar() ? job::parse_color(node.text) : std::optional<job::rgba_color>{};
    if (!color)
        fields.error(node.offset,
                     std::string(name) +
                         ": expected a color such as \"#ffffff\", \"#ff000080\", "
                         "white, black or transparent, found " +
                         describe(node) +
                         (node.is_null() ? "; '#' starts a comment, put it in quotes" : ""));
    return color;
}

std::optional<job::key_spec> read_key_background(const yaml_node& node, const field_reader& fields)
{
    if (!fields.mapping(node, "key_background", keys::key_background))
        return std::nullopt;
    job::key_spec key;
    if (const auto* entry = node.find("color");
        entry && !(entry->value->is_scalar() && entry->value->text == "auto")) {
        key.color = read_color(*entry->value, "key_background.color", fields);
        if (key.color && key.color->alpha < 255)
            fields.error(entry->value->offset,
                         "key_background.color: expected the color that the background has, such "
                         "as \"#00ff00\", or auto, found one that lets something through");
    }
    if (const auto* entry = node.find("tolerance"))
        key.tolerance = fields.number(*entry->value, "key_background.tolerance", 0, 1, true)
                            .value_or(key.tolerance);
    if (const auto* entry = node.find("softness"))
        key.softness =
            fields.number(*entry->value, "key_background.softness", 0, 1).value_or(key.softness);
    if (const auto* entry = node.find("holes"))
        key.holes = fields.flag(*entry->value, "key_background.holes").value_or(true);
    return key;
}

std::vector<text_plan> read_texts(const yaml_node& node, const field_reader& fields)
{
    std::vector<text_plan> texts;
    const auto add = [&](const yaml_node& one) {
        if (auto text = read_text(one, fields))
            texts.push_back(std::move(*text));
    };
    if (!node.is_list()) {
        add(node);
        return texts;
    }
    if (node.items.empty() || node.items.size() > job::texts_max)
        fields.error(node.offset, "text: expected 1 to " + std::to_string(job::texts_max) +
                                      " texts, found " + std::to_string(node.items.size()));
    else
        for (const auto& one : node.items)
            add(*one);
    return texts;
}

} // namespace engine::manifest
