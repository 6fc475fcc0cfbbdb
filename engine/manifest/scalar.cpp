#include "engine/manifest/scalar.hpp"

#include "engine/base/utf8.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace engine::manifest {

namespace {

bool all_of_set(std::string_view text, std::string_view set)
{
    return !text.empty() && text.find_first_not_of(set) == std::string_view::npos;
}

constexpr std::string_view digits = "0123456789";

std::string_view without_sign(std::string_view text)
{
    if (text.starts_with('+') || text.starts_with('-'))
        text.remove_prefix(1);
    return text;
}

struct based_digits {
    std::string_view text;
    int base = 10;
};

std::optional<based_digits> integer_digits(std::string_view text)
{
    if (text.starts_with("0o") && all_of_set(text.substr(2), "01234567"))
        return based_digits{text.substr(2), 8};
    if (text.starts_with("0x") && all_of_set(text.substr(2), "0123456789abcdefABCDEF"))
        return based_digits{text.substr(2), 16};
    if (all_of_set(without_sign(text), digits))
        return based_digits{text.starts_with('+') ? text.substr(1) : text, 10};
    return std::nullopt;
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool has_real_shape(std::string_view text)
{
    text = without_sign(text);
    const auto exponent = text.find_first_of("eE");
    if (exponent != std::string_view::npos) {
        if (!all_of_set(without_sign(text.substr(exponent + 1)), digits))
            return false;
        text = text.substr(0, exponent);
    }
    const auto dot = text.find('.');
    if (dot == std::string_view::npos)
        return all_of_set(text, digits);
    const auto before = text.substr(0, dot);
    const auto behind = text.substr(dot + 1);
    const auto blank_or_digits = [](std::string_view part) {
        return part.empty() || all_of_set(part, digits);
    };
    return blank_or_digits(before) && blank_or_digits(behind) &&
           !(before.empty() && behind.empty());
}

// How JSON writes numbers: no leading zeros, no bare dots. "012" is a product number, not twelve.
bool is_json_number(std::string_view text)
{
    if (text.starts_with('+') || !has_real_shape(text))
        return false;
    text = without_sign(text);
    const auto whole = text.substr(0, text.find_first_not_of(digits));
    const auto dot = text.find('.');
    const bool bare_dot =
        dot != std::string_view::npos &&
        (dot + 1 == text.size() || digits.find(text[dot + 1]) == std::string_view::npos);
    return !whole.empty() && (whole.size() == 1 || whole.front() != '0') && !bare_dot;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> names)
{
    for (const auto name : names)
        if (text == name)
            return true;
    return false;
}

} // namespace

scalar_kind scalar_kind_of(std::string_view text)
{
    if (is_one_of(text, {"", "~", "null", "Null", "NULL"}))
        return scalar_kind::null;
    if (is_one_of(text, {"true", "True", "TRUE", "false", "False", "FALSE"}))
        return scalar_kind::boolean;
    if (scalar_integer(text))
        return scalar_kind::integer;
    return scalar_real(text) ? scalar_kind::real : scalar_kind::text;
}

scalar_kind scalar_kind_of(const yaml_node& node)
{
    if (!node.is_scalar())
        return scalar_kind::null;
    return node.plain ? scalar_kind_of(node.text) : scalar_kind::text;
}

std::optional<std::int64_t> scalar_integer(std::string_view text)
{
    const auto shape = integer_digits(text);
    if (!shape)
        return std::nullopt;
    std::int64_t value = 0;
    const auto* end = shape->text.data() + shape->text.size();
    const auto read = std::from_chars(shape->text.data(), end, value, shape->base);
    return read.ec == std::errc{} && read.ptr == end ? std::optional(value) : std::nullopt;
}

std::optional<double> scalar_real(std::string_view text)
{
    if (const auto whole = scalar_integer(text))
        return static_cast<double>(*whole);
    if (is_one_of(without_sign(text), {".inf", ".Inf", ".INF"}))
        return text.starts_with('-') ? -std::numeric_limits<double>::infinity()
                                     : std::numeric_limits<double>::infinity();
    if (is_one_of(text, {".nan", ".NaN", ".NAN"}))
        return std::numeric_limits<double>::quiet_NaN();
    if (!has_real_shape(text))
        return std::nullopt;
    if (text.starts_with('+'))
        text.remove_prefix(1);
    double value = 0;
    const auto* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    if (read.ec == std::errc::result_out_of_range) // 1e999
        return std::numeric_limits<double>::infinity();
    return read.ec == std::errc{} && read.ptr == end ? std::optional(value) : std::nullopt;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text)
{
    constexpr std::array<std::pair<std::string_view, double>, 4> units = {
        {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}}};
    const auto unit_start = text.find_first_not_of("0123456789.");
    if (unit_start == 0 || unit_start == std::string_view::npos)
        return std::nullopt;
    const auto number = text.substr(0, unit_start);
    if (!all_of_set(number.substr(0, 1), digits) || number.ends_with('.') ||
        !has_real_shape(number))
        return std::nullopt;
    for (const auto& [unit, ms] : units)
        if (text.substr(unit_start) == unit) {
            const double total = std::round(scalar_real(number).value_or(0) * ms);
            if (total > 1e12) // 31 years; the caller's range is tighter
                return std::nullopt;
            return std::chrono::milliseconds(static_cast<std::int64_t>(total));
        }
    return std::nullopt;
}

std::string describe(const yaml_node& node)
{
    constexpr std::size_t shown_max = 60;
    switch (node.type) {
    case yaml_node::kind::null:
        return "nothing";
    case yaml_node::kind::list:
        return "a list";
    case yaml_node::kind::map:
        return "a mapping";
    case yaml_node::kind::scalar:
        break;
    }
    const auto shown = node.text.substr(0, base::utf8_prefix(node.text, shown_max)) +
                       (node.text.size() > shown_max ? "..." : "");
    switch (scalar_kind_of(node)) {
    case scalar_kind::null:
        return "nothing";
    case scalar_kind::boolean:
        return shown;
    case scalar_kind::integer:
    case scalar_kind::real:
        return "the number " + shown;
    case scalar_kind::text:
        break;
    }
    return shown.empty() ? "an empty text" : "the text '" + shown + "'";
}

base::json to_json(const yaml_node& node)
{
    if (node.is_list()) {
        base::json::array items;
        for (const auto& item : node.items)
            items.push_back(to_json(*item));
        return items;
    }
    if (node.is_map()) {
        base::json::object members;
        for (const auto& entry : node.entries)
            members.emplace_back(entry.key, to_json(*entry.value));
        return members;
    }
    switch (scalar_kind_of(node)) {
    case scalar_kind::null:
        return {};
    case scalar_kind::boolean:
        return node.text.front() == 't' || node.text.front() == 'T';
    case scalar_kind::integer:
        return *scalar_integer(node.text);
    case scalar_kind::real:
        return *scalar_real(node.text);
    case scalar_kind::text:
        break;
    }
    return node.text;
}

base::json variable_json(std::string_view text, bool number)
{
    if (number && is_json_number(text)) {
        if (const auto whole = scalar_integer(text))
            return *whole;
        if (const auto real = scalar_real(text); real && std::isfinite(*real))
            return *real;
    }
    return text;
}

} // namespace engine::manifest
