// glob: shell-like patterns over names, for --only and --exclude. Pure.
#pragma once

#include <string_view>

namespace engine::base {

// `*` any run, `?` any one character, `[a-z]`/`[!a-z]` a set; everything else itself. `/` is an
// ordinary character, as item ids have no folders. Runs in O(pattern * name) at worst.
[[nodiscard]] bool glob_matches(std::string_view pattern, std::string_view name);

} // namespace engine::base
