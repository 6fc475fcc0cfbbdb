// base64_kernel: the inner loops of base64, one per instruction set, chosen once at run time.
//
// Only base64.cpp calls them; the choice is visible so that tests hold every loop against the same
// reference and benchmarks can compare them. Built with target attributes, not -march: one binary
// runs everywhere.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace engine::base {

enum class base64_isa { table, ssse3, avx2 };

// What __builtin_cpu_supports() says of this machine. `table` is always there.
[[nodiscard]] bool base64_isa_supported(base64_isa isa);
// The fastest one there is, asked once per process.
[[nodiscard]] base64_isa best_base64_isa();

struct base64_kernel {
    // Decodes whole groups of four from the front as long as they hold nothing but the alphabet and
    // there is room; returns the characters read, a multiple of 4. Bytes written are 3/4 of that;
    // the rest of the room may be scribbled over. May stop early: what is left goes group by group.
    std::size_t (*decode)(const char* text, std::size_t text_bytes, std::uint8_t* room,
                          std::size_t room_bytes);
    // Encodes whole groups of three from the front; returns the bytes read, a multiple of 3. Never
    // writes past 4/3 of `bytes_count`. May stop early in the same way.
    std::size_t (*encode)(const std::uint8_t* bytes, std::size_t bytes_count, char* out);
};
[[nodiscard]] const base64_kernel& kernel_of(base64_isa isa);

inline constexpr char base64_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// The six bits of each character; 0xFF for bytes outside the alphabet.
inline constexpr std::array<std::uint8_t, 256> base64_sextets = [] {
    std::array<std::uint8_t, 256> sextets{};
    sextets.fill(0xFF);
    for (std::uint8_t i = 0; i < 64; ++i)
        sextets[static_cast<unsigned char>(base64_alphabet[i])] = i;
    return sextets;
}();

} // namespace engine::base
