#include "engine/provider/retry_hint.hpp"

#include "engine/base/ascii.hpp"
#include "engine/base/result.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace engine::provider {

namespace {

using std::chrono::milliseconds;

constexpr std::string_view prefix = "x-ratelimit-";
constexpr std::size_t buckets_max = 16;
constexpr double milliseconds_max = 31.0 * 24 * 3600 * 1000;

// A plain decimal number at the start of `text`, which is moved behind it. No sign, no exponent.
std::optional<double> take_number(std::string_view& text)
{
    std::size_t length = 0;
    while (length < text.size() && length < 18 &&
           ((text[length] >= '0' && text[length] <= '9') || text[length] == '.'))
        ++length;
    double value = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + length, value, std::chars_format::fixed);
    if (error != std::errc{} || end != text.data() + length || length == 0)
        return std::nullopt;
    text.remove_prefix(length);
    return value;
}

std::optional<double> whole_number(std::string_view text)
{
    text = base::trimmed(text);
    const auto value = take_number(text);
    return text.empty() ? value : std::nullopt;
}

// Takes one unit off the front: its length in milliseconds, or 0.
double take_unit(std::string_view& text)
{
    // "ms" before "m": the longer unit first.
    constexpr std::pair<std::string_view, double> units[] = {
        {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
    for (const auto& [name, length] : units)
        if (text.starts_with(name)) {
            text.remove_prefix(name.size());
            return length;
        }
    return 0;
}

std::optional<milliseconds> bounded(double value_ms)
{
    if (!(value_ms >= 0) || value_ms > milliseconds_max)
        return std::nullopt;
    return milliseconds(static_cast<std::int64_t>(std::ceil(value_ms)));
}

// The number behind `word` in a message: "Limit 5" gives 5.
std::optional<double> number_after(std::string_view message, std::string_view word)
{
    const auto at = message.find(word);
    if (at == std::string_view::npos)
        return std::nullopt;
    auto rest = message.substr(at + word.size());
    return take_number(rest);
}

} // namespace

std::optional<milliseconds> parse_reset(std::string_view text)
{
    text = base::trimmed(text);
    double total = 0;
    bool any = false;
    while (!text.empty()) {
        const auto value = take_number(text);
        if (!value)
            return std::nullopt;
        if (text.empty() && !any)
            return bounded(*value * 1000); // bare seconds
        const double unit = take_unit(text);
        if (unit == 0)
            return std::nullopt;
        total += *value * unit;
        any = true;
    }
    return any ? bounded(total) : std::nullopt;
}

std::optional<milliseconds> parse_retry_after(const http::header_list& headers, base::wall_time now)
{
    if (const auto text = headers.find("retry-after-ms"))
        if (const auto value = whole_number(*text))
            return bounded(*value);
    const auto text = headers.find("retry-after");
    if (!text)
        return std::nullopt;
    if (const auto seconds = whole_number(*text))
        return bounded(*seconds * 1000);
    const auto when = base::parse_http_date(base::trimmed(*text));
    if (!when)
        return std::nullopt;
    const auto date = headers.find("date");
    const auto reference = date ? base::parse_http_date(base::trimmed(*date)).value_or(now) : now;
    return std::max(milliseconds(0), *when - reference);
}

std::vector<bucket_reading> parse_buckets(const http::header_list& headers)
{
    std::map<std::string, bucket_reading> found;
    for (const auto& header : headers) {
        const std::string name = base::lowered(header.name);
        if (!name.starts_with(prefix))
            continue;
        const auto rest = std::string_view(name).substr(prefix.size());
        const auto dash = rest.find('-');
        if (dash == std::string_view::npos || dash + 1 == rest.size())
            continue;
        const auto kind = rest.substr(0, dash);
        const std::string bucket(rest.substr(dash + 1, 40));
        if (!found.contains(bucket) && found.size() == buckets_max)
            continue;
        auto& reading = found[bucket];
        reading.bucket = bucket;
        if (kind == "limit")
            reading.limit = whole_number(header.value);
        else if (kind == "remaining")
            reading.remaining = whole_number(header.value);
        else if (kind == "reset")
            reading.reset = parse_reset(header.value);
    }
    std::vector<bucket_reading> all;
    for (auto& [name, reading] : found)
        all.push_back(std::move(reading));
    return all;
}

limit_text parse_limit_text(std::string_view message)
{
    limit_text text;
    constexpr std::string_view per_minute = " per min";
    if (const auto end = message.find(per_minute); end != std::string_view::npos) {
        const auto space = message.rfind(' ', end - (end > 0 ? 1 : 0));
        const auto name = space == std::string_view::npos
                              ? message.substr(0, end)
                              : message.substr(space + 1, end - space - 1);
        text.bucket = base::lowered(name.substr(0, 40));
    }
    text.limit = number_after(message, "Limit ");
    text.used = number_after(message, "Used ");
    text.requested = number_after(message, "Requested ");
    constexpr std::string_view wait = "try again in ";
    if (const auto at = message.find(wait); at != std::string_view::npos) {
        auto rest = message.substr(at + wait.size());
        rest = rest.substr(0, rest.find_first_not_of("0123456789.dhms"));
        while (!rest.empty() && rest.back() == '.') // the sentence's own full stop
            rest.remove_suffix(1);
        text.wait = parse_reset(rest);
    }
    return text;
}

std::map<std::string, std::string> limit_headers(const http::header_list& headers)
{
    std::map<std::string, std::string> kept;
    for (const auto& header : headers) {
        const std::string name = base::lowered(header.name);
        const bool wanted =
            name.starts_with(prefix) || name == "retry-after" || name == "retry-after-ms";
        if (wanted && kept.size() < 3 * buckets_max && name.size() <= 80)
            kept[name] = base::clean_detail(header.value, 100);
    }
    return kept;
}

} // namespace engine::provider
