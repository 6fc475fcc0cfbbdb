// output_path: whether a path may be written inside the output folder. Pure.
#pragma once

#include <string>
#include <string_view>

namespace engine::manifest {

// "" when the path is good, else what is wrong with it, as the end of a sentence that starts with
// the path: "leaves the output folder ('..')". Good is: relative, UTF-8, no empty, "." or ".."
// component, no component over 240 bytes (NAME_MAX is 255 on Linux; temporary names need some), at
// most 1,000 bytes, no control characters, and none of the names that the
// engine keeps for itself.
[[nodiscard]] std::string check_output_path(std::string_view path);

// The same for an item's name: not empty, at most 200 characters, no control characters.
[[nodiscard]] std::string check_item_id(std::string_view id);

} // namespace engine::manifest
