// base64: the standard alphabet with padding (RFC 4648 section 4), whole or as it comes.
//
// Pure. The decoder is the hot loop of a batch run: every image arrives as base64 inside JSON. It
// takes the text in pieces, keeps 0-3 characters over a cut, writes into the caller's buffer, and
// stops by itself at the first byte that cannot belong to the text, so nobody has to search for the
// closing quote first. It is strict: padding must be there, must be at the end and must be right,
// and the unused bits before it must be zero, so that every run of bytes has exactly one spelling.
// Fuzzed by tests/fuzz/base64_fuzz.cpp, timed by bench/stream_bench.cpp.
#pragma once

#include "engine/base/base64_kernel.hpp"
#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace engine::base {

enum class base64_errc {
    foreign_byte = 1, // a byte that is neither in the alphabet nor padding in its place
    cut_short,        // the text ends inside a group of four
    trailing_bits,    // bits that no byte uses are not zero before the padding
};
[[nodiscard]] std::error_code make_error_code(base64_errc code);

// Characters that `bytes` bytes take, padding included.
[[nodiscard]] constexpr std::size_t base64_encoded_bytes(std::size_t bytes)
{
    return (bytes + 2) / 3 * 4;
}
// Room that any text of `text_bytes` characters fits into, with the 3 bytes a carry may add.
[[nodiscard]] constexpr std::size_t base64_decoded_bytes_max(std::size_t text_bytes)
{
    return text_bytes / 4 * 3 + 3;
}

// Appends `bytes` as base64 with padding.
void append_base64(std::string& out, byte_view bytes, base64_isa isa = best_base64_isa());
[[nodiscard]] std::string encode_base64(byte_view bytes);
// A whole text. `where` names it in the failure, whose detail says at which byte it is wrong.
[[nodiscard]] result<byte_buffer> decode_base64(std::string_view text, std::string_view where);

enum class base64_stop {
    end_of_text,  // all of the piece was read
    out_of_room,  // fewer than 3 bytes of room are left: call again with the rest and new room
    foreign_byte, // text[read] is the byte that does not belong; reading on would stop there again
};
struct base64_progress {
    std::size_t read = 0;    // characters of the piece used up
    std::size_t written = 0; // bytes put into `room`
    base64_stop stop = base64_stop::end_of_text;
};

class base64_decoder {
public:
    // `isa` must be one this machine has; others than the best are for tests and comparisons.
    explicit base64_decoder(base64_isa isa = best_base64_isa());

    // Reads on. What is beyond `written` in `room` is scratch and may be overwritten. Room for
    // base64_decoded_bytes_max(text.size()) never runs out; less than 3 bytes get nowhere.
    [[nodiscard]] base64_progress decode(std::string_view text, std::span<std::uint8_t> room);

    // Whether what was read is a whole text: no error, or why not. Nothing read is a whole text.
    [[nodiscard]] std::error_code end() const;

    // Ready for another text.
    void reset();

private:
    [[nodiscard]] bool take_character(std::uint8_t sextet);
    [[nodiscard]] bool take_padding();
    std::size_t flush_group(std::uint8_t* room);

    const base64_kernel* kernel_;
    std::uint32_t bits_ = 0; // of the characters of the unfinished group, the last one lowest
    int pending_ = 0;        // how many characters those are
    int padding_ = 0;        // '=' read; with pending_ makes 4 when the text is complete
    bool dirty_ = false;     // stopped at '=' because of trailing bits
};

} // namespace engine::base

template <>
struct std::is_error_code_enum<engine::base::base64_errc> : std::true_type {};
