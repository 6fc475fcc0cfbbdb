// identifier: the ids that the look-alike gives: a prefix and 32 hexadecimal digits, the same for
// the same seed and serial, and of no use to guess others.
#pragma once

#include "engine/base/random.hpp"

#include <cstdint>
#include <fmt/format.h>
#include <string>
#include <string_view>

namespace engine::sim {

[[nodiscard]] inline std::string identifier(std::string_view prefix, std::uint64_t seed,
                                            std::uint64_t serial)
{
    base::random number(seed ^ serial * 0x9E3779B97F4A7C15u ^ base::stable_hash(prefix));
    const std::uint64_t high = number(), low = number();
    return fmt::format("{}{:016x}{:016x}", prefix, high, low);
}

} // namespace engine::sim
