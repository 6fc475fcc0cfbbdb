// output_reader: the `outputs` of a job.
#include "engine/base/nearest_name.hpp"
#include "engine/manifest/job_plan.hpp"
#include "engine/manifest/keys.hpp"
#include "engine/manifest/overlay_reader.hpp"
#include "engine/manifest/scalar.hpp"

#include <algorithm>

namespace engine::manifest {

namespace {

constexpr int edge_max = 16'384; // pixels; image/ goes no further

bool is_output_name(std::string_view name)
{
    constexpr std::string_view allowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    return !name.empty() && name.size() <= 64 &&
           name.find_first_not_of(allowed) == std::string_view::npos && name.front() != '.' &&
           name.front() != '-';
}

std::optional<job::fit_spec> read_fit(const yaml_node& node, job::output_format format,
                                      const field_reader& fields)
{
    if (!fields.mapping(node, "fit", keys::fit))
        return std::nullopt;
    job::fit_spec fit;
    const auto edge = [&](std::string_view key) -> std::optional<int> {
        const auto* entry = node.find(key);
        const auto value = entry
                               ? fields.whole(*entry->value, "fit." + std::string(key), 1, edge_max)
                               : std::nullopt;
        return value ? std::optional(static_cast<int>(*value)) : std::nullopt;
    };
    fit.width = edge("width");
    fit.height = edge("height");
    if (const auto* entry = node.find("mode"))
        if (const auto mode = fields.word(*entry->value, "fit.mode", job::fit_mode_names))
            fit.mode = static_cast<job::fit_mode>(*mode);
    if (const auto* entry = node.find("enlarge"))
        fit.enlarge = fields.flag(*entry->value, "fit.enlarge").value_or(false);
    if (const auto* entry = node.find("pad_color")) {
        if (const auto color = read_color(*entry->value, "fit.pad_color", fields))
            fit.pad_color = *color;
        if (fit.mode != job::fit_mode::pad)
            fields.error(entry->value->offset, "fit.pad_color goes with mode: pad");
        else if (fit.pad_color.alpha < 255 && format == job::output_format::jpeg)
            fields.error(entry->value->offset,
                         "fit.pad_color lets something through, but format jpeg has no alpha");
    }
    const bool has_width = node.find("width") != nullptr;
    const bool has_height = node.find("height") != nullptr;
    if (!has_width && !has_height)
        fields.error(node.offset, "fit: expected width, height or both");
    else if (fit.mode != job::fit_mode::contain && !(has_width && has_height))
        fields.error(node.offset,
                     "fit: mode " +
                         std::string(job::fit_mode_names[static_cast<std::size_t>(fit.mode)]) +
                         " needs both width and height");
    return fit;
}

// Keys that do not go together are refused: nothing that was asked for is silently ignored.
void check_combination(const yaml_node& node, const job::output_spec& spec,
                       const field_reader& fields)
{
    const auto refuse = [&](std::string_view key, std::string_view why) {
        if (const auto* entry = node.find(key))
            fields.error(entry->key_offset, std::string(key) + " " + std::string(why));
    };
    if (spec.format == job::output_format::original) {
        for (const auto key :
             {"quality", "lossless", "key_background", "fit", "text", "metadata", "background"})
            refuse(key, "cannot be with format original, which is the bytes as received; choose "
                        "png, jpeg or webp");
        return;
    }
    if (spec.format == job::output_format::png)
        refuse("quality", "goes with format jpeg or webp; png keeps every pixel");
    if (spec.format == job::output_format::jpeg && !node.find("background"))
        refuse("key_background", "goes with format png or webp; jpeg has no alpha, so say with "
                                 "background what takes its place");
    if (spec.format != job::output_format::webp)
        refuse("lossless", "goes with format webp");
    else if (spec.lossless)
        refuse("quality", "means nothing with lossless: true; leave one of them out");
}

output_plan read_output(const yaml_node& node, const field_reader& fields)
{
    output_plan plan;
    plan.offset = node.offset;
    if (const auto* entry = node.find("name")) {
        if (const auto name = fields.text(*entry->value, "name")) {
            plan.spec.name = *name;
            if (!is_output_name(*name))
                fields.error(
                    entry->value->offset,
                    "name: expected letters, digits, '_', '.' and '-', at most 64, found '" +
                        *name + "'");
        }
    } else {
        fields.error(node.offset, "an output needs a name");
    }
    bool format_known = true;
    if (const auto* entry = node.find("format")) {
        const auto format = fields.word(*entry->value, "format", job::output_format_names);
        format_known = format.has_value();
        if (format)
            plan.spec.format = static_cast<job::output_format>(*format);
    }
    if (const auto* entry = node.find("quality"))
        plan.spec.quality =
            static_cast<int>(fields.whole(*entry->value, "quality", 1, 100).value_or(85));
    if (const auto* entry = node.find("lossless"))
        plan.spec.lossless = fields.flag(*entry->value, "lossless").value_or(false);
    if (const auto* entry = node.find("key_background"))
        plan.spec.key_background = read_key_background(*entry->value, fields);
    if (const auto* entry = node.find("text"))
        plan.texts = read_texts(*entry->value, fields);
    if (const auto* entry = node.find("fit"))
        plan.spec.fit = read_fit(*entry->value, plan.spec.format, fields);
    if (const auto* entry = node.find("metadata"))
        if (const auto policy = fields.word(*entry->value, "metadata", job::metadata_policy_names))
            plan.spec.metadata = static_cast<job::metadata_policy>(*policy);
    if (const auto* entry = node.find("background"))
        if (const auto color = read_color(*entry->value, "background", fields))
            plan.spec.background = *color;
    if (const auto* entry = node.find("path"))
        plan.path = fields.templated(*entry->value, "path");
    if (format_known)
        check_combination(node, plan.spec, fields);
    return plan;
}

} // namespace

std::vector<output_plan> read_outputs(const yaml_node& node, const field_reader& fields)
{
    std::vector<output_plan> outputs;
    if (!fields.list(node, "outputs"))
        return outputs;
    if (node.items.empty())
        fields.error(node.offset, "outputs: expected at least one; leave the key out for the "
                                  "image as received");
    for (const auto& item : node.items) {
        if (!fields.mapping(*item, "an output", keys::output))
            continue;
        auto plan = read_output(*item, fields);
        const auto same = std::ranges::find_if(outputs, [&](const output_plan& other) {
            return !plan.spec.name.empty() && other.spec.name == plan.spec.name;
        });
        if (same != outputs.end())
            fields.error(item->find("name")->value->offset,
                         "a second output named '" + plan.spec.name + "'");
        outputs.push_back(std::move(plan));
    }
    return outputs;
}

} // namespace engine::manifest
