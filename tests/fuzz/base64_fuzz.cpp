// Any text through the base64 decoder of every instruction set, in pieces and small rooms that the
// first bytes choose, against the naive reference; and any bytes through every encoder.
#include "engine/base/assert.hpp"
#include "engine/base/base64.hpp"
#include "tests/support/naive_base64.hpp"

#include <algorithm>

using namespace engine::base;

namespace {

void check_decoder(base64_isa isa, std::string_view text, std::size_t piece_bytes,
                   std::size_t room_bytes, const support::naive_decoded& expected)
{
    base64_decoder decoder(isa);
    byte_buffer room(room_bytes);
    byte_buffer bytes;
    std::size_t read = 0;
    for (;;) {
        const auto piece = text.substr(read, piece_bytes);
        const auto at = decoder.decode(piece, room);
        bytes.insert(bytes.end(), room.begin(),
                     room.begin() + static_cast<std::ptrdiff_t>(at.written));
        read += at.read;
        ENGINE_ASSERT(at.read > 0 || at.stop != base64_stop::out_of_room);
        if (piece.empty() || at.stop == base64_stop::foreign_byte)
            break;
    }
    ENGINE_ASSERT(read == expected.read);
    ENGINE_ASSERT(bytes == expected.bytes);
    ENGINE_ASSERT(!decoder.end() == expected.whole);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 2)
        return 0;
    const std::size_t piece_bytes = 1 + data[0];
    const std::size_t room_bytes = 3 + data[1];
    const byte_view bytes(data + 2, size - 2);
    const std::string_view text = as_text(bytes);
    const auto expected = support::naive_base64_decode(text);
    const std::string encoded = support::naive_base64_encode(bytes);
    for (const auto isa : {base64_isa::table, base64_isa::ssse3, base64_isa::avx2}) {
        if (!base64_isa_supported(isa))
            continue;
        check_decoder(isa, text, piece_bytes, room_bytes, expected);
        check_decoder(isa, text, std::max<std::size_t>(size, 1), base64_decoded_bytes_max(size),
                      expected);
        std::string out;
        append_base64(out, bytes, isa);
        ENGINE_ASSERT(out == encoded);
    }
    const auto whole = decode_base64(text, "fuzz");
    ENGINE_ASSERT(whole.has_value() == (expected.whole && expected.read == text.size()));
    ENGINE_ASSERT(!whole || *whole == expected.bytes);
    ENGINE_ASSERT(decode_base64(encoded, "fuzz").has_value());
    return 0;
}
