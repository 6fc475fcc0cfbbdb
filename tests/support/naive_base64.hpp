// naive_base64: base64 written to be obviously right, as the reference for the fast one.
#pragma once

#include "engine/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace support {

inline constexpr std::string_view naive_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

[[nodiscard]] inline std::string naive_base64_encode(engine::base::byte_view bytes)
{
    std::string out;
    unsigned bits = 0;
    int held = 0;
    for (const std::uint8_t byte : bytes) {
        bits = (bits << 8 | byte) & 0xFFFF;
        for (held += 8; held >= 6; held -= 6)
            out += naive_alphabet[bits >> (held - 6) & 63];
    }
    if (held > 0)
        out += naive_alphabet[bits << (6 - held) & 63];
    while (out.size() % 4 != 0)
        out += '=';
    return out;
}

struct naive_decoded {
    engine::base::byte_buffer bytes; // of the complete groups before `read`
    std::size_t read = 0;            // up to the first byte that does not belong
    bool whole = false;              // what was read is a complete text
};

[[nodiscard]] inline naive_decoded naive_base64_decode(std::string_view text)
{
    naive_decoded out;
    unsigned group = 0;
    int characters = 0; // in the group, padding included
    int padding = 0;
    for (const char c : text) {
        const std::size_t sextet = naive_alphabet.find(c);
        const bool finished = characters == 4; // by padding; other full groups start anew below
        if (finished)
            break;
        if (sextet != std::string_view::npos && padding == 0) {
            group = group << 6 | static_cast<unsigned>(sextet);
        } else if (c == '=' && characters >= 2) {
            const unsigned unused = padding > 0 ? 0 : group & (characters == 2 ? 0xFU : 0x3U);
            if (unused != 0)
                break;
            group <<= 6;
            ++padding;
        } else {
            break;
        }
        ++out.read;
        if (++characters == 4) {
            for (int i = 0; i < 3 - padding; ++i)
                out.bytes.push_back(static_cast<std::uint8_t>(group >> (16 - 8 * i)));
            group = 0;
            if (padding == 0)
                characters = 0;
        }
    }
    out.whole = characters == 0 || characters == 4;
    return out;
}

} // namespace support
