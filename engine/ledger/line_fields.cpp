#include "engine/ledger/line_fields.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace engine::ledger {

namespace {

// Just below what base::microusd holds, so that a million times it fits into 64 bits.
constexpr double usd_max = 9e12;

} // namespace

const base::json& line_fields::find(std::string_view name)
{
    static const base::json null;
    const auto& members = object_.members();
    const std::size_t start = next_;
    for (std::size_t i = 0; i < members.size(); ++i) {
        const std::size_t at = (start + i) % members.size();
        if (members[at].first == name) {
            next_ = at + 1;
            return members[at].second;
        }
    }
    return null;
}

void line_fields::complain(std::string_view name, std::string_view expected)
{
    if (problem_.empty())
        problem_ = "'" + std::string(name) + "' must be " + std::string(expected);
}

std::string line_fields::text(std::string_view name)
{
    const auto& found = find(name);
    if (!found.is_string() && !found.is_null())
        complain(name, "a text or null");
    return std::string(found.text_or({}));
}

std::string line_fields::text_required(std::string_view name)
{
    auto value = text(name);
    if (value.empty())
        complain(name, "a text that is not empty");
    return value;
}

std::int64_t line_fields::integer(std::string_view name)
{
    const auto& found = find(name);
    if (!found.is_integer() && !found.is_null())
        complain(name, "a whole number");
    return found.integer_or(0);
}

int line_fields::small_integer(std::string_view name)
{
    const auto value = integer(name);
    if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max())
        complain(name, "a whole number of at most 32 bits");
    return static_cast<int>(value);
}

std::uint64_t line_fields::unsigned_integer(std::string_view name)
{
    const auto& found = find(name);
    const double value = found.number_or(0);
    if ((!found.is_number() && !found.is_null()) || value < 0) {
        complain(name, "a whole number that is not negative");
        return 0;
    }
    // base::json keeps what is beyond 63 bits as a double.
    if (!found.is_integer())
        return value < 0x1p64 ? static_cast<std::uint64_t>(value)
                              : std::numeric_limits<std::uint64_t>::max();
    return static_cast<std::uint64_t>(found.integer_or(0));
}

std::optional<double> line_fields::optional_number(std::string_view name)
{
    const auto& found = find(name);
    if (found.is_null())
        return std::nullopt;
    if (!found.is_number())
        complain(name, "a number or null");
    return found.number_or(0);
}

double line_fields::number(std::string_view name)
{
    return optional_number(name).value_or(0);
}

bool line_fields::flag(std::string_view name)
{
    const auto& found = find(name);
    if (!found.is_bool() && !found.is_null())
        complain(name, "true or false");
    return found.bool_or(false);
}

std::optional<base::microusd> line_fields::optional_usd(std::string_view name)
{
    const auto value = optional_number(name);
    if (!value)
        return std::nullopt;
    return base::microusd_from_usd(std::clamp(*value, -usd_max, usd_max));
}

base::microusd line_fields::usd(std::string_view name)
{
    return optional_usd(name).value_or(base::microusd{});
}

std::optional<base::wall_time> line_fields::optional_time(std::string_view name)
{
    const auto value = text(name);
    if (value.empty())
        return std::nullopt;
    const auto time = base::parse_rfc3339(value);
    if (!time)
        complain(name, "a time like 2026-11-20T10:00:05.123Z");
    return time;
}

base::json line_fields::document(std::string_view name)
{
    return find(name);
}

std::optional<line_fields> line_fields::object(std::string_view name)
{
    const auto& found = find(name);
    if (found.is_null())
        return std::nullopt;
    if (!found.is_object())
        complain(name, "an object or null");
    return line_fields(found, problem_);
}

std::map<std::string, std::string> line_fields::texts(std::string_view name)
{
    std::map<std::string, std::string> all;
    if (const auto inside = object(name))
        for (const auto& [key, value] : inside->object_.members()) {
            if (!value.is_string())
                complain(name, "an object of texts");
            all.emplace(key, value.text_or({}));
        }
    return all;
}

std::map<std::string, std::int64_t> line_fields::counts(std::string_view name)
{
    std::map<std::string, std::int64_t> all;
    if (const auto inside = object(name))
        for (const auto& [key, value] : inside->object_.members()) {
            if (!value.is_integer())
                complain(name, "an object of whole numbers");
            all.emplace(key, value.integer_or(0));
        }
    return all;
}

} // namespace engine::ledger
