// wall_time: points on the calendar, as text. Durations inside the engine are steady; these are for
// records.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace engine::base {

using wall_time = std::chrono::sys_time<std::chrono::milliseconds>;

// RFC 3339, UTC, milliseconds: "2026-11-20T10:00:05.123Z".
[[nodiscard]] std::string format_rfc3339(wall_time time);
[[nodiscard]] std::optional<wall_time> parse_rfc3339(std::string_view text);

// RFC 9110 IMF-fixdate, as in Retry-After and Date: "Wed, 25 Nov 2026 10:00:05 GMT". The two
// obsolete forms are refused.
[[nodiscard]] std::string format_http_date(wall_time time);
[[nodiscard]] std::optional<wall_time> parse_http_date(std::string_view text);

// "850 ms", "12.4 s", "3 min 05 s", "7 h 12 min": for people.
[[nodiscard]] std::string format_duration(std::chrono::milliseconds duration);

} // namespace engine::base
