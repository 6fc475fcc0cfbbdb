#include "engine/base/wall_time.hpp"

#include <array>
#include <cstdio>

namespace engine::base {

namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 7> weekdays = {"Sun", "Mon", "Tue", "Wed",
                                                      "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Exactly `width` digits at `at`, or -1.
int digits(std::string_view text, std::size_t at, std::size_t width)
{
    if (at + width > text.size())
        return -1;
    int value = 0;
    for (std::size_t i = at; i < at + width; ++i) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

std::optional<wall_time> assemble(int year_, int month_, int day_, int hour, int minute, int second,
                                  int millisecond)
{
    if (year_ < 0 || month_ < 1 || day_ < 1 || hour < 0 || minute < 0 || second < 0 ||
        millisecond < 0)
        return std::nullopt;
    const year_month_day date{year{year_}, month{static_cast<unsigned>(month_)},
                              day{static_cast<unsigned>(day_)}};
    if (!date.ok() || hour > 23 || minute > 59 || second > 60)
        return std::nullopt;
    return sys_days(date) + hours(hour) + minutes(minute) + seconds(second) +
           milliseconds(millisecond);
}

} // namespace

std::string format_rfc3339(wall_time time)
{
    const auto day_point = floor<days>(time);
    const year_month_day date(day_point);
    const hh_mm_ss clock(time - day_point);
    char text[40];
    std::snprintf(
        text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
    return text;
}

std::optional<wall_time> parse_rfc3339(std::string_view text)
{
    if (text.size() != 24 || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
        text[13] != ':' || text[16] != ':' || text[19] != '.' || text[23] != 'Z')
        return std::nullopt;
    return assemble(digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2), digits(text, 11, 2),
                    digits(text, 14, 2), digits(text, 17, 2), digits(text, 20, 3));
}

std::string format_http_date(wall_time time)
{
    const auto day_point = floor<days>(time);
    const year_month_day date(day_point);
    const hh_mm_ss clock(time - day_point);
    char text[48];
    std::snprintf(
        text, sizeof text, "%s, %02u %s %04d %02d:%02d:%02d GMT",
        weekdays[weekday(day_point).c_encoding()].data(), static_cast<unsigned>(date.day()),
        months[static_cast<unsigned>(date.month()) - 1].data(), static_cast<int>(date.year()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()));
    return text;
}

std::optional<wall_time> parse_http_date(std::string_view text)
{
    if (text.size() != 29 || text[3] != ',' || text[4] != ' ' || text.substr(25) != " GMT" ||
        text[19] != ':' || text[22] != ':')
        return std::nullopt;
    int month_ = 0;
    for (std::size_t i = 0; i < months.size(); ++i)
        if (text.substr(8, 3) == months[i])
            month_ = static_cast<int>(i) + 1;
    return assemble(digits(text, 12, 4), month_, digits(text, 5, 2), digits(text, 17, 2),
                    digits(text, 20, 2), digits(text, 23, 2), 0);
}

std::string format_duration(milliseconds duration)
{
    const auto total = duration.count() < 0 ? 0 : duration.count();
    char text[48];
    if (total < 1000)
        std::snprintf(text, sizeof text, "%lld ms", static_cast<long long>(total));
    else if (total < 60'000)
        std::snprintf(text, sizeof text, "%.1f s", static_cast<double>(total) / 1000.0);
    else if (total < 3'600'000)
        std::snprintf(text, sizeof text, "%lld min %02lld s",
                      static_cast<long long>(total / 60'000),
                      static_cast<long long>(total / 1000 % 60));
    else
        std::snprintf(text, sizeof text, "%lld h %02lld min",
                      static_cast<long long>(total / 3'600'000),
                      static_cast<long long>(total / 60'000 % 60));
    return text;
}

} // namespace engine::base
