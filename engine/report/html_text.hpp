// html_text: outside text made safe for a page, and quantities as people read them. Pure.
#pragma once

#include "engine/base/wall_time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace engine::report {

// For the inside of elements and of quoted attributes: & < > " ' escaped, control bytes and broken
// UTF-8 replaced. Bidirectional overrides become '?': they could make a price read backwards.
[[nodiscard]] std::string escaped(std::string_view outside);

// A relative path as a URL that stays relative: "./" in front, everything but letters, digits and
// -_.~/ percent-encoded. So "javascript:x" is a file of that name.
[[nodiscard]] std::string relative_url(std::string_view path);

[[nodiscard]] std::string bytes_text(std::uint64_t bytes);   // "2.1 MB", decimal units
[[nodiscard]] std::string milliseconds_text(double ms);      // "12.3 s"
[[nodiscard]] std::string count_text(std::int64_t count);    // "12,345"
[[nodiscard]] std::string minute_text(base::wall_time time); // "2026-11-20 10:00 UTC"

} // namespace engine::report
