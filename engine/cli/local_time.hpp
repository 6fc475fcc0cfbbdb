// local_time: the calendar of the machine: where a day begins, and which moment "08:00" means.
//
// The zone is the one of the process (TZ, else /etc/localtime). C++20's own zones are not in
// libstdc++ 12, so this is the C library's.
#pragma once

#include "engine/base/wall_time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace engine::cli {

// The beginning of the local day in which `now` lies.
[[nodiscard]] base::wall_time local_midnight(base::wall_time now);
// That of the day after.
[[nodiscard]] base::wall_time next_local_midnight(base::wall_time now);

// "2026-11-21T22:00Z": RFC 3339 in UTC, of which seconds and their parts may be left out.
[[nodiscard]] std::optional<base::wall_time> parse_moment(std::string_view text);

// "08:00" or "23:30:15", the next time after `now` at which a local clock shows that; or what
// parse_moment() takes, which may have passed. Nothing when it is neither.
[[nodiscard]] std::optional<base::wall_time> parse_deadline(std::string_view text,
                                                            base::wall_time now);

// "08:00 on Sun 22 Nov", by the local clock.
[[nodiscard]] std::string local_text(base::wall_time when);

// What a deadline means for work that takes about so long; a line.
[[nodiscard]] std::string deadline_line(base::wall_time deadline, base::wall_time now,
                                        std::chrono::milliseconds needed);

} // namespace engine::cli
