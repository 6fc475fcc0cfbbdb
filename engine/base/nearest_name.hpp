// nearest_name: the "did you mean" of every error message.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace engine::base {

// The candidate with the smallest edit distance (insert, delete, replace, swap of neighbours) to
// `name`, if it is near enough to be a slip: at most a third of the name's length, at least 1.
// Empty if none is.
[[nodiscard]] std::string nearest_name(std::string_view name,
                                       std::span<const std::string_view> candidates);

// "; did you mean 'size'?" or nothing: appended to a message as it is.
[[nodiscard]] std::string did_you_mean(std::string_view name,
                                       std::span<const std::string_view> candidates);

} // namespace engine::base
