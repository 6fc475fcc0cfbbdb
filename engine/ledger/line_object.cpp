#include "engine/ledger/line_object.hpp"

#include "engine/base/redact.hpp"
#include "engine/base/utf8.hpp"

#include <algorithm>
#include <utility>

namespace engine::ledger {

namespace {

// Hashes are ours and hold no secret. A short key that happens to be in one must not spoil it.
bool is_sha256_hex(std::string_view text)
{
    return text.size() == 64 && std::ranges::all_of(text, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

// Deeper than any row, and far from the 200 levels of base::parse_json.
constexpr int document_levels_max = 100;

// False when it is too large or too deep: then `out` is of no use.
bool append_document(std::string& out, const base::json& value, std::size_t bytes_max, int level)
{
    if (out.size() > bytes_max || level > document_levels_max)
        return false;
    if (value.is_string()) {
        append_clean_text(out, value.text_or({}), bytes_max);
    } else if (value.is_array()) {
        out += '[';
        for (bool first = true; const auto& item : value.items()) {
            if (!std::exchange(first, false))
                out += ',';
            if (!append_document(out, item, bytes_max, level + 1))
                return false;
        }
        out += ']';
    } else if (value.is_object()) {
        out += '{';
        for (bool first = true; const auto& [name, member] : value.members()) {
            if (!std::exchange(first, false))
                out += ',';
            append_identity(out, name);
            out += ':';
            if (!append_document(out, member, bytes_max, level + 1))
                return false;
        }
        out += '}';
    } else {
        out += value.dump();
    }
    return out.size() <= bytes_max;
}

} // namespace

void append_clean_text(std::string& out, std::string_view value, std::size_t bytes_max)
{
    // Redacted before it is cut: half a key is still half a key.
    const std::string clean = base::redact_secrets(std::string(value));
    base::append_json_string(
        out, std::string_view(clean).substr(0, base::utf8_prefix(clean, bytes_max)));
}

void append_identity(std::string& out, std::string_view value)
{
    if (is_sha256_hex(value))
        base::append_json_string(out, value);
    else
        base::append_json_string(out, base::redact_known_secrets(std::string(value)));
}

std::string& line_object::open(std::string_view name)
{
    if (!std::exchange(first_, false))
        out_ += ',';
    out_ += '"';
    out_ += name;
    out_ += "\":";
    return out_;
}

void line_object::text(std::string_view name, std::string_view value, std::size_t bytes_max)
{
    if (value.empty())
        null(name);
    else
        append_clean_text(open(name), value, bytes_max);
}

void line_object::identity(std::string_view name, std::string_view value)
{
    append_identity(open(name), value);
}

void line_object::identity_or_null(std::string_view name, std::string_view value)
{
    if (value.empty())
        null(name);
    else
        identity(name, value);
}

void line_object::word(std::string_view name, std::string_view value)
{
    base::append_json_string(open(name), value);
}

void line_object::number(std::string_view name, std::int64_t value)
{
    open(name) += std::to_string(value);
}

void line_object::number(std::string_view name, std::uint64_t value)
{
    open(name) += std::to_string(value);
}

void line_object::number(std::string_view name, double value)
{
    open(name) += base::json(value).dump();
}

void line_object::number(std::string_view name, std::optional<double> value)
{
    if (value)
        number(name, *value);
    else
        null(name);
}

void line_object::time(std::string_view name, base::wall_time value)
{
    using namespace std::chrono;
    constexpr base::wall_time first = sys_days(year{1} / 1 / 1);
    constexpr base::wall_time last = sys_days(year{10'000} / 1 / 1) - milliseconds(1);
    word(name, base::format_rfc3339(std::clamp(value, first, last)));
}

void line_object::flag(std::string_view name, bool value)
{
    open(name) += value ? "true" : "false";
}

void line_object::null(std::string_view name)
{
    open(name) += "null";
}

void line_object::usd(std::string_view name, base::microusd value)
{
    // By hand, because a double would print a millionth as 1e-06.
    const std::uint64_t magnitude = value.count < 0 ? 0 - static_cast<std::uint64_t>(value.count)
                                                    : static_cast<std::uint64_t>(value.count);
    std::string& out = open(name);
    if (value.count < 0)
        out += '-';
    out += std::to_string(magnitude / 1'000'000);
    std::string decimals = std::to_string(1'000'000 + magnitude % 1'000'000);
    decimals[0] = '.';
    decimals.erase(decimals.find_last_not_of('0') + 1);
    if (decimals.size() > 1)
        out += decimals;
}

void line_object::document(std::string_view name, const base::json& value, std::size_t bytes_max)
{
    std::string text;
    const bool fits = append_document(text, value, bytes_max, 0);
    open(name) += fits ? std::string_view(text) : std::string_view("null");
}

} // namespace engine::ledger
