// leading_text: finds a member of an object whose text has only begun to arrive.
#pragma once

#include <string_view>

namespace engine::provider {

// The text of the outermost object's member `name`, if it lies whole in `beginning`, the first
// bytes of a JSON document; else nothing. Only a plain text: one with escapes is passed over, and
// so is what is no JSON. Pure.
[[nodiscard]] std::string_view leading_text(std::string_view beginning, std::string_view name);

} // namespace engine::provider
