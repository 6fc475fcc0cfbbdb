// local_time: see the header.
#include "engine/cli/local_time.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <fmt/format.h>

namespace engine::cli {

namespace {

std::tm local_parts(base::wall_time when)
{
    const auto seconds = static_cast<std::time_t>(
        std::chrono::floor<std::chrono::seconds>(when.time_since_epoch()).count());
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    return parts;
}

// mktime() brings days and hours that do not exist (the 32nd, 02:30 in spring) to ones that do.
base::wall_time moment(std::tm parts)
{
    parts.tm_isdst = -1; // whatever holds then: a day may have 23 or 25 hours
    return base::wall_time(std::chrono::seconds(std::mktime(&parts)));
}

base::wall_time midnight(base::wall_time now, int days_on)
{
    std::tm parts = local_parts(now);
    parts.tm_mday += days_on;
    parts.tm_hour = parts.tm_min = parts.tm_sec = 0;
    return moment(parts);
}

// "08:00", "8:00", "23:30:15".
std::optional<std::tm> parse_clock(std::string_view text)
{
    int fields[3] = {0, 0, 0};
    constexpr int most[3] = {23, 59, 59};
    int count = 0;
    while (count < 3) {
        const auto colon = text.find(':');
        const auto word = text.substr(0, colon);
        const auto end = word.data() + word.size();
        if (word.empty() || word.size() > 2 || (count > 0 && word.size() != 2))
            return std::nullopt;
        const auto read = std::from_chars(word.data(), end, fields[count]);
        if (read.ec != std::errc{} || read.ptr != end || fields[count] < 0 ||
            fields[count] > most[count])
            return std::nullopt;
        ++count;
        if (colon == std::string_view::npos)
            break;
        text.remove_prefix(colon + 1);
        if (count == 3)
            return std::nullopt;
    }
    if (count < 2)
        return std::nullopt;
    std::tm parts{};
    parts.tm_hour = fields[0];
    parts.tm_min = fields[1];
    parts.tm_sec = fields[2];
    return parts;
}

} // namespace

base::wall_time local_midnight(base::wall_time now)
{
    return midnight(now, 0);
}

base::wall_time next_local_midnight(base::wall_time now)
{
    return midnight(now, 1);
}

std::optional<base::wall_time> parse_moment(std::string_view text)
{
    constexpr std::string_view whole = "2026-11-21T22:00:00.000Z";
    if (text.size() < 17 || text.size() > whole.size() || text.back() != 'Z')
        return std::nullopt;
    const auto given = text.substr(0, text.size() - 1);
    return base::parse_rfc3339(std::string(given) + std::string(whole.substr(given.size())));
}

std::optional<base::wall_time> parse_deadline(std::string_view text, base::wall_time now)
{
    const auto clock = parse_clock(text);
    if (!clock)
        return parse_moment(text);
    std::tm parts = local_parts(now);
    parts.tm_hour = clock->tm_hour;
    parts.tm_min = clock->tm_min;
    parts.tm_sec = clock->tm_sec;
    const auto today = moment(parts);
    if (today > now)
        return today;
    ++parts.tm_mday;
    return moment(parts);
}

std::string local_text(base::wall_time when)
{
    const std::tm parts = local_parts(when);
    char text[64] = {};
    const auto length = std::strftime(text, sizeof text, "%H:%M on %a %d %b", &parts);
    return std::string(text, length);
}

std::string deadline_line(base::wall_time deadline, base::wall_time now,
                          std::chrono::milliseconds needed)
{
    const auto left = std::max(deadline - now, std::chrono::milliseconds(0));
    auto line =
        fmt::format("deadline: {}, in {}", local_text(deadline), base::format_duration(left));
    if (needed > left)
        line += fmt::format("; too short: about {} are needed, what is left then stays open",
                            base::format_duration(needed));
    return line + "\n";
}

} // namespace engine::cli
