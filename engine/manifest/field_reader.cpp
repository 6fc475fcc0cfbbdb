#include "engine/manifest/field_reader.hpp"

#include "engine/base/nearest_name.hpp"
#include "engine/manifest/scalar.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace engine::manifest {

namespace {

// A bound, for messages; all of them are whole.
std::string plain(double bound)
{
    return std::to_string(static_cast<std::int64_t>(bound));
}

bool is_number(const yaml_node& node)
{
    const auto kind = scalar_kind_of(node);
    return node.is_scalar() && (kind == scalar_kind::integer || kind == scalar_kind::real);
}

// What to do about a value of the wrong kind, if there is something to say.
std::string number_hint(const yaml_node& node)
{
    if (!node.is_scalar() || node.text.empty())
        return {};
    if (!node.plain && scalar_real(node.text))
        return "; remove the quotes";
    std::string bare = node.text;
    std::erase(bare, '_');
    if (bare.size() != node.text.size() && scalar_real(bare))
        return "; write " + bare;
    return {};
}

// The nearest known key, or one that the name is the beginning of, as "api_key" of "api_key_env".
std::string suggestion(std::string_view name, std::span<const std::string_view> known)
{
    auto near = base::did_you_mean(name, known);
    if (near.empty() && name.size() >= 3)
        for (const auto key : known)
            if (key.starts_with(name) || name.starts_with(key))
                return "; did you mean '" + std::string(key) + "'?";
    return near;
}

} // namespace

void field_reader::error(std::uint32_t offset, std::string message) const
{
    found_.error(source_.name(), source_.mark_at(offset), std::move(message));
}

void field_reader::warn(std::uint32_t offset, std::string message) const
{
    found_.warn(source_.name(), source_.mark_at(offset), std::move(message));
}

bool field_reader::mapping(const yaml_node& node, std::string_view name,
                           std::span<const std::string_view> known) const
{
    if (!named_mapping(node, name))
        return false;
    for (const auto& entry : node.entries)
        if (!is_private_key(entry.key) && std::ranges::find(known, entry.key) == known.end())
            error(entry.key_offset, "unknown key '" + entry.key + "' in " + std::string(name) +
                                        suggestion(entry.key, known));
    return true;
}

bool field_reader::named_mapping(const yaml_node& node, std::string_view name) const
{
    if (!node.is_map())
        error(node.offset, std::string(name) + ": expected a mapping, found " + describe(node));
    return node.is_map();
}

bool field_reader::list(const yaml_node& node, std::string_view name) const
{
    if (!node.is_list())
        error(node.offset, std::string(name) + ": expected a list, found " + describe(node));
    return node.is_list();
}

std::optional<bool> field_reader::flag(const yaml_node& node, std::string_view name) const
{
    if (scalar_kind_of(node) == scalar_kind::boolean)
        return node.text.front() == 't' || node.text.front() == 'T';
    constexpr std::array<std::string_view, 12> old_true = {
        "yes", "Yes", "YES", "on", "On", "ON", "y", "Y", "true", "True", "TRUE", "1"};
    constexpr std::array<std::string_view, 12> old_false = {
        "no", "No", "NO", "off", "Off", "OFF", "n", "N", "false", "False", "FALSE", "0"};
    std::string hint;
    if (node.is_scalar() && std::ranges::find(old_true, node.text) != old_true.end())
        hint = "; write true";
    if (node.is_scalar() && std::ranges::find(old_false, node.text) != old_false.end())
        hint = "; write false";
    error(node.offset,
          std::string(name) + ": expected true or false, found " + describe(node) + hint);
    return std::nullopt;
}

std::optional<std::int64_t> field_reader::whole(const yaml_node& node, std::string_view name,
                                                std::int64_t low, std::int64_t high) const
{
    const auto expected = std::string(name) + ": expected a whole number from " +
                          std::to_string(low) + " to " + std::to_string(high) + ", found " +
                          describe(node);
    const auto value = is_number(node) ? scalar_real(node.text) : std::nullopt;
    if (!value || *value != std::floor(*value) || *value < static_cast<double>(low) ||
        *value > static_cast<double>(high)) {
        error(node.offset, expected + number_hint(node));
        return std::nullopt;
    }
    return static_cast<std::int64_t>(*value);
}

std::optional<double> field_reader::number(const yaml_node& node, std::string_view name, double low,
                                           double high, bool open_low) const
{
    const auto value = is_number(node) ? scalar_real(node.text) : std::nullopt;
    if (value && *value >= low && *value <= high && !(open_low && *value == low))
        return value;
    error(node.offset, std::string(name) + ": expected a number " +
                           (open_low ? "above " : "from ") + plain(low) + " to " + plain(high) +
                           ", found " + describe(node) + number_hint(node));
    return std::nullopt;
}

std::optional<base::microusd> field_reader::usd(const yaml_node& node, std::string_view name,
                                                double high) const
{
    const auto value = is_number(node) ? scalar_real(node.text) : std::nullopt;
    if (!value || !(*value >= 0 && *value <= high)) {
        std::string hint = number_hint(node);
        if (node.is_scalar() && node.text.starts_with('$'))
            hint = "; leave out the '$'";
        error(node.offset, std::string(name) + ": expected US dollars from 0 to " + plain(high) +
                               ", found " + describe(node) + hint);
        return std::nullopt;
    }
    // The text is exact where it has at most six decimals; 1e-3 and the like go by the number.
    if (const auto exact = base::parse_usd(node.text))
        return exact;
    return base::microusd_from_usd(*value);
}

std::optional<std::string> field_reader::text(const yaml_node& node, std::string_view name) const
{
    if (node.is_scalar() && scalar_kind_of(node) == scalar_kind::text && !node.text.empty())
        return node.text;
    const bool bare = node.is_scalar() && scalar_kind_of(node) != scalar_kind::text;
    error(node.offset, std::string(name) + ": expected text, found " + describe(node) +
                           (bare ? "; put it in quotes: \"" + node.text + "\"" : ""));
    return std::nullopt;
}

std::optional<std::chrono::milliseconds>
field_reader::duration(const yaml_node& node, std::string_view name, std::chrono::milliseconds low,
                       std::chrono::milliseconds high) const
{
    const auto in_words = [](std::chrono::milliseconds ms) {
        const auto count = ms.count();
        if (count % 3'600'000 == 0)
            return std::to_string(count / 3'600'000) + "h";
        return count % 1000 == 0 ? std::to_string(count / 1000) + "s"
                                 : std::to_string(count) + "ms";
    };
    const auto value = node.is_scalar() ? parse_duration(node.text) : std::nullopt;
    if (value && *value >= low && *value <= high)
        return value;
    error(node.offset, std::string(name) + ": expected a time from " + in_words(low) + " to " +
                           in_words(high) + " with its unit, such as 300s or 5m, found " +
                           describe(node) +
                           (is_number(node) ? "; for seconds write " + node.text + "s" : ""));
    return std::nullopt;
}

std::optional<std::size_t> field_reader::word(const yaml_node& node, std::string_view name,
                                              std::span<const std::string_view> words) const
{
    const auto found = node.is_scalar() ? std::ranges::find(words, node.text) : words.end();
    if (found != words.end())
        return static_cast<std::size_t>(found - words.begin());
    error(node.offset, std::string(name) + ": expected " + alternatives(words) + ", found " +
                           describe(node) +
                           (node.is_scalar() ? base::did_you_mean(node.text, words) : ""));
    return std::nullopt;
}

std::optional<text_field> field_reader::templated(const yaml_node& node,
                                                  std::string_view name) const
{
    const auto written = text(node, name);
    if (!written)
        return std::nullopt;
    std::vector<template_text::complaint> wrong;
    text_field field{template_text(*written, wrong), node.offset};
    for (const auto& one : wrong)
        found_.error(source_.name(), mark_of(source_, node.offset, one.occurrence),
                     std::string(name) + ": " + one.message);
    return wrong.empty() ? std::optional(std::move(field)) : std::nullopt;
}

std::string alternatives(std::span<const std::string_view> words)
{
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0)
            text += i + 1 == words.size() ? " or " : ", ";
        text += words[i];
    }
    return text;
}

} // namespace engine::manifest
