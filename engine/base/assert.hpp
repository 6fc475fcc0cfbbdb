// assert: a broken promise between our own functions ends the program, in every build. Never for
// outside input.
#pragma once

namespace engine::base {
// Prints the broken condition with its place and aborts.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;
} // namespace engine::base

#define ENGINE_ASSERT(condition)                                                                   \
    ((condition) ? static_cast<void>(0)                                                            \
                 : ::engine::base::assertion_failed(#condition, __FILE__, __LINE__))
