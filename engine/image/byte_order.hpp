// byte_order: numbers in file headers, read from and written to bytes. The caller has checked that
// the bytes are there.
#pragma once

#include "engine/base/bytes.hpp"

#include <cstdint>
#include <string_view>

namespace engine::image {

[[nodiscard]] inline std::uint32_t big16(const std::uint8_t* at)
{
    return static_cast<std::uint32_t>(at[0]) << 8 | at[1];
}
[[nodiscard]] inline std::uint32_t big32(const std::uint8_t* at)
{
    return big16(at) << 16 | big16(at + 2);
}
[[nodiscard]] inline std::uint32_t little16(const std::uint8_t* at)
{
    return static_cast<std::uint32_t>(at[1]) << 8 | at[0];
}
[[nodiscard]] inline std::uint32_t little24(const std::uint8_t* at)
{
    return static_cast<std::uint32_t>(at[2]) << 16 | little16(at);
}
[[nodiscard]] inline std::uint32_t little32(const std::uint8_t* at)
{
    return little16(at + 2) << 16 | little16(at);
}

inline void append_big32(base::byte_buffer& out, std::uint32_t value)
{
    for (const int shift : {24, 16, 8, 0})
        out.push_back(static_cast<std::uint8_t>(value >> shift));
}
inline void append_bytes(base::byte_buffer& out, base::byte_view bytes)
{
    out.insert(out.end(), bytes.begin(), bytes.end());
}

// Do the bytes start with that text (which may hold zeros)?
[[nodiscard]] inline bool starts_with(base::byte_view bytes, std::string_view text)
{
    return base::as_text(bytes).substr(0, text.size()) == text;
}

} // namespace engine::image
