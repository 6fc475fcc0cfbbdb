#include "engine/base/json.hpp"

#include "engine/base/assert.hpp"
#include "engine/base/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <simdjson.h>

namespace engine::base {

namespace {

struct json_category final : std::error_category {
    [[nodiscard]] const char* name() const noexcept override { return "json"; }
    [[nodiscard]] std::string message(int code) const override
    {
        return code == static_cast<int>(json_errc::too_large) ? "JSON document too large"
                                                              : "malformed JSON";
    }
};

constexpr int depth_max = 200;

json from_dom(simdjson::dom::element element)
{
    switch (element.type()) {
    case simdjson::dom::element_type::ARRAY: {
        json::array items;
        for (const auto item : element.get_array().value_unsafe())
            items.push_back(from_dom(item));
        return items;
    }
    case simdjson::dom::element_type::OBJECT: {
        json::object members;
        for (const auto field : element.get_object().value_unsafe())
            members.emplace_back(std::string(field.key), from_dom(field.value));
        return members;
    }
    case simdjson::dom::element_type::INT64:
        return element.get_int64().value_unsafe();
    case simdjson::dom::element_type::UINT64: // beyond int64: keep the magnitude
        return static_cast<double>(element.get_uint64().value_unsafe());
    case simdjson::dom::element_type::DOUBLE:
        return element.get_double().value_unsafe();
    case simdjson::dom::element_type::STRING:
        return std::string_view(element.get_string().value_unsafe());
    case simdjson::dom::element_type::BOOL:
        return element.get_bool().value_unsafe();
    case simdjson::dom::element_type::NULL_VALUE:
        break;
    }
    return {};
}

// Valid UTF-8 as the inside of a JSON string literal.
void append_escaped(std::string& out, std::string_view text)
{
    std::size_t start = 0; // of the run that needs no escape
    const auto flush = [&](std::size_t end) { out += text.substr(start, end - start); };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F)
            continue;
        flush(i);
        start = i + 1;
        constexpr char digits[] = "0123456789abcdef";
        switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            out += "\\u00";
            out += digits[c >> 4];
            out += digits[c & 15];
        }
    }
    flush(text.size());
}

void append_number(std::string& out, double value)
{
    if (!std::isfinite(value)) {
        out += "null";
        return;
    }
    // to_chars gives the shortest text that reads back the same. From 2^63 on that may be a row of
    // digits without a point, which a reader takes for an integer of too many bits.
    value += 0.0; // equal values have one text: -0 becomes 0
    char text[40];
    const auto end =
        std::abs(value) < 0x1p63
            ? std::to_chars(text, text + sizeof text, value).ptr
            : std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
    out.append(text, end);
}

void newline(std::string& out, int indent, int level)
{
    if (indent == 0)
        return;
    out += '\n';
    out.append(static_cast<std::size_t>(indent * level), ' ');
}

void write(std::string& out, const json& value, int indent, int level)
{
    if (value.is_null()) {
        out += "null";
    } else if (value.is_bool()) {
        out += value.bool_or(false) ? "true" : "false";
    } else if (value.is_integer()) {
        out += std::to_string(value.integer_or(0));
    } else if (value.is_number()) {
        append_number(out, value.number_or(0));
    } else if (value.is_string()) {
        append_json_string(out, value.text_or({}));
    } else if (value.is_array()) {
        out += '[';
        bool first = true;
        for (const auto& item : value.items()) {
            if (!std::exchange(first, false))
                out += ',';
            newline(out, indent, level + 1);
            write(out, item, indent, level + 1);
        }
        if (!first)
            newline(out, indent, level);
        out += ']';
    } else {
        out += '{';
        bool first = true;
        for (const auto& [name, member] : value.members()) {
            if (!std::exchange(first, false))
                out += ',';
            newline(out, indent, level + 1);
            append_json_string(out, name);
            out += indent == 0 ? ":" : ": ";
            write(out, member, indent, level + 1);
        }
        if (!first)
            newline(out, indent, level);
        out += '}';
    }
}

} // namespace

std::string_view json::text_or(std::string_view fallback) const
{
    const auto* text = std::get_if<std::string>(&value_);
    return text ? std::string_view(*text) : fallback;
}

std::int64_t json::integer_or(std::int64_t fallback) const
{
    if (const auto* whole = std::get_if<std::int64_t>(&value_))
        return *whole;
    if (const auto* number = std::get_if<double>(&value_))
        if (std::abs(*number) < 9e15 && std::trunc(*number) == *number)
            return static_cast<std::int64_t>(*number);
    return fallback;
}

double json::number_or(double fallback) const
{
    if (const auto* whole = std::get_if<std::int64_t>(&value_))
        return static_cast<double>(*whole);
    const auto* number = std::get_if<double>(&value_);
    return number ? *number : fallback;
}

bool json::bool_or(bool fallback) const
{
    const auto* flag = std::get_if<bool>(&value_);
    return flag ? *flag : fallback;
}

const json::array& json::items() const
{
    static const array none;
    const auto* items = std::get_if<array>(&value_);
    return items ? *items : none;
}

const json::object& json::members() const
{
    static const object none;
    const auto* members = std::get_if<object>(&value_);
    return members ? *members : none;
}

const json& json::operator[](std::string_view name) const
{
    static const json null;
    for (const auto& [key, value] : members())
        if (key == name)
            return value;
    return null;
}

bool json::contains(std::string_view name) const
{
    return std::ranges::any_of(members(), [&](const member& m) { return m.first == name; });
}

json& json::set(std::string_view name, json value)
{
    if (is_null())
        value_ = object{};
    auto* members = std::get_if<object>(&value_);
    ENGINE_ASSERT(members != nullptr);
    for (auto& [key, old] : *members)
        if (key == name) {
            old = std::move(value);
            return *this;
        }
    members->emplace_back(std::string(name), std::move(value));
    return *this;
}

json& json::push(json value)
{
    if (is_null())
        value_ = array{};
    auto* items = std::get_if<array>(&value_);
    ENGINE_ASSERT(items != nullptr);
    items->push_back(std::move(value));
    return *this;
}

void json::erase(std::string_view name)
{
    if (auto* members = std::get_if<object>(&value_))
        std::erase_if(*members, [&](const member& m) { return m.first == name; });
}

std::string json::dump() const
{
    std::string out;
    write(out, *this, 0, 0);
    return out;
}

std::string json::dump_pretty() const
{
    std::string out;
    write(out, *this, 2, 0);
    out += '\n';
    return out;
}

std::error_code make_error_code(json_errc code)
{
    static const json_category category;
    return {static_cast<int>(code), category};
}

result<json> parse_json(std::string_view text, std::string_view where, std::size_t bytes_max)
{
    if (text.size() > bytes_max)
        return fail(json_errc::too_large, std::string(where),
                    std::to_string(text.size()) + " bytes");
    try {
        thread_local simdjson::dom::parser parser;
        (void)parser.allocate(std::max<std::size_t>(text.size(), 1024), depth_max);
        const simdjson::padded_string padded(text);
        const auto parsed = parser.parse(padded);
        if (parsed.error() != simdjson::SUCCESS)
            return fail(json_errc::malformed, std::string(where),
                        simdjson::error_message(parsed.error()));
        return from_dom(parsed.value_unsafe());
    } catch (const simdjson::simdjson_error& error) {
        return fail(json_errc::malformed, std::string(where), error.what());
    }
}

void append_json_string(std::string& out, std::string_view text)
{
    out += '"';
    // Bytes that are not UTF-8 are rare: each ends a run of good text and is written as U+FFFD.
    for (;;) {
        const std::size_t invalid = find_invalid_utf8(text).value_or(text.size());
        append_escaped(out, text.substr(0, invalid));
        if (invalid == text.size())
            break;
        out += "\xEF\xBF\xBD";
        text.remove_prefix(invalid + 1);
    }
    out += '"';
}

} // namespace engine::base
