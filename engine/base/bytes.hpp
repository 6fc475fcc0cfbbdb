// bytes: the names for runs of binary data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace engine::base {

using byte_view = std::span<const std::uint8_t>; // borrowed; the owner must outlive it
using byte_buffer = std::vector<std::uint8_t>;   // owned

[[nodiscard]] inline byte_view as_bytes(std::string_view text)
{
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
[[nodiscard]] inline std::string_view as_text(byte_view bytes)
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace engine::base
