// json: a JSON document as a value tree, read strictly and written canonically.
//
// For small documents (requests, errors, ledger lines, tables); images never pass through here.
// Reading is simdjson's DOM, behind this one door: it refuses trailing garbage, bad UTF-8, lone
// surrogates and integers beyond 64 bits. Members keep the order in which they came; of two members
// with one name the first wins.
#pragma once

#include "engine/base/money.hpp"
#include "engine/base/result.hpp"

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace engine::base {

class json {
public:
    using array = std::vector<json>;
    using member = std::pair<std::string, json>;
    using object = std::vector<member>;

    json() = default; // null
    json(std::nullptr_t) {}
    json(bool value) : value_(value) {}
    json(double value) : value_(value) {}
    template <std::integral T>
        requires(!std::same_as<T, bool> && !std::same_as<T, char>)
    json(T value) : value_(static_cast<std::int64_t>(value))
    {}
    json(std::string value) : value_(std::move(value)) {}
    json(std::string_view value) : value_(std::string(value)) {}
    json(const char* value) : value_(std::string(value)) {}
    json(array value) : value_(std::move(value)) {}
    json(object value) : value_(std::move(value)) {}
    json(microusd value) : value_(value.usd()) {}

    // {{"type", "error"}, {"code", 3}}
    [[nodiscard]] static json make_object(std::initializer_list<member> members = {})
    {
        return json(object(members));
    }

    [[nodiscard]] bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
    [[nodiscard]] bool is_bool() const { return std::holds_alternative<bool>(value_); }
    [[nodiscard]] bool is_number() const
    {
        return is_integer() || std::holds_alternative<double>(value_);
    }
    [[nodiscard]] bool is_integer() const { return std::holds_alternative<std::int64_t>(value_); }
    [[nodiscard]] bool is_string() const { return std::holds_alternative<std::string>(value_); }
    [[nodiscard]] bool is_array() const { return std::holds_alternative<array>(value_); }
    [[nodiscard]] bool is_object() const { return std::holds_alternative<object>(value_); }

    // The value if it is of that kind, else the fallback. Outside documents are read by asking,
    // never by assuming.
    [[nodiscard]] std::string_view text_or(std::string_view fallback) const;
    [[nodiscard]] std::int64_t integer_or(std::int64_t fallback) const; // a whole double counts
    [[nodiscard]] double number_or(double fallback) const;
    [[nodiscard]] bool bool_or(bool fallback) const;
    // Empty for other kinds. Live as long as this value.
    [[nodiscard]] const array& items() const;
    [[nodiscard]] const object& members() const;

    // The member's value, or a null that lives for ever when this is no object or has no such
    // member.
    [[nodiscard]] const json& operator[](std::string_view name) const;
    [[nodiscard]] bool contains(std::string_view name) const;

    // Adds or replaces a member; this must be an object or null (which becomes one).
    json& set(std::string_view name, json value);
    // Appends; this must be an array or null (which becomes one).
    json& push(json value);
    // Removes a member if there is one.
    void erase(std::string_view name);

    // One line, UTF-8, no spaces; control characters and '"' escaped; invalid UTF-8 becomes U+FFFD.
    [[nodiscard]] std::string dump() const;
    // Two-space indentation, for files people read.
    [[nodiscard]] std::string dump_pretty() const;

    friend bool operator==(const json&, const json&) = default;

private:
    std::variant<std::monostate, bool, std::int64_t, double, std::string, array, object> value_;
};

enum class json_errc { malformed = 1, too_large };
[[nodiscard]] std::error_code make_error_code(json_errc code);

// Reads one whole document of at most `bytes_max` bytes and 200 levels. `where` names it in the
// failure.
[[nodiscard]] result<json> parse_json(std::string_view text, std::string_view where,
                                      std::size_t bytes_max = 64u << 20);

// `text` as a JSON string literal with its quotes, appended to `out`.
void append_json_string(std::string& out, std::string_view text);

} // namespace engine::base

template <>
struct std::is_error_code_enum<engine::base::json_errc> : std::true_type {};
