#include "engine/report/html_text.hpp"

#include "engine/base/ascii.hpp"
#include "engine/base/utf8.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace engine::report {

std::string escaped(std::string_view outside)
{
    std::string out;
    for (const char c : base::printable(outside)) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        case '\'':
            out += "&#39;";
            break;
        default:
            out += c;
        }
    }
    return out;
}

std::string relative_url(std::string_view path)
{
    std::string out = "./";
    for (const char c : path) {
        if (base::is_plain(c, "-_.~/"))
            out += c;
        else
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

std::string bytes_text(std::uint64_t bytes)
{
    constexpr std::string_view units[] = {"bytes", "kB", "MB", "GB", "TB", "PB"};
    auto amount = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (amount >= 999.5 && unit + 1 < std::size(units)) {
        amount /= 1000;
        ++unit;
    }
    return unit == 0 || amount >= 99.95 ? fmt::format("{:.0f} {}", amount, units[unit])
                                        : fmt::format("{:.1f} {}", amount, units[unit]);
}

std::string milliseconds_text(double ms)
{
    if (!(ms >= 0.05))
        return "0 ms";
    if (ms < 10)
        return fmt::format("{:.1f} ms", ms);
    return base::format_duration(
        std::chrono::milliseconds(static_cast<std::int64_t>(std::min(ms, 1e15))));
}

std::string count_text(std::int64_t count)
{
    std::string digits = std::to_string(count);
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > (count < 0 ? 1 : 0);
         at -= 3)
        digits.insert(static_cast<std::size_t>(at), 1, ',');
    return digits;
}

std::string minute_text(base::wall_time time)
{
    auto text = base::format_rfc3339(time).substr(0, 16);
    text[10] = ' ';
    return text + " UTC";
}

} // namespace engine::report
