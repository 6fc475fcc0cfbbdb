#include "engine/http/body_decoder.hpp"

#include "engine/base/assert.hpp"
#include "engine/http/errc.hpp"
#include "engine/http/message.hpp"

#include <array>
#include <cstddef>
#include <limits>
#include <new>
#include <string>
#include <zlib.h>

namespace engine::http {

namespace {

constexpr int window_bits = 15;             // the largest, as any sender may use it
constexpr int gzip_bits = window_bits + 16; // zlib.h: "Add 16 to decode only the gzip format"
constexpr int raw_bits = -window_bits;

// RFC 1950 section 2.2: method 8, a window of at most 32 KiB, and a multiple of 31 together.
bool begins_zlib(unsigned char first, unsigned char second)
{
    return (first & 0x0F) == 8 && (first >> 4) <= 7 && (first * 256 + second) % 31 == 0;
}

} // namespace

struct body_decoder::codec {
    codec() = default;
    codec(const codec&) = delete;
    codec& operator=(const codec&) = delete;
    ~codec()
    {
        if (open)
            inflateEnd(&stream);
    }

    void start(int bits)
    {
        if (inflateInit2(&stream, bits) != Z_OK)
            throw std::bad_alloc();
        open = true;
    }

    bool gzip = true;
    std::string held; // the first byte of "deflate", until the second says what it is
    z_stream stream{};
    bool open = false;
    bool begun = false; // a byte came
    bool whole = false; // the last byte read ended a stream
    std::array<char, 32 * 1024> room;
};

bool body_decoder::knows(std::string_view encoding)
{
    return same_name(encoding, "gzip") || same_name(encoding, "x-gzip") ||
           same_name(encoding, "deflate");
}

body_decoder::body_decoder(std::string_view encoding) : codec_(std::make_unique<codec>())
{
    ENGINE_ASSERT(knows(encoding));
    codec_->gzip = !same_name(encoding, "deflate");
    if (codec_->gzip)
        codec_->start(gzip_bits);
}

body_decoder::~body_decoder() = default;

base::result<bool> body_decoder::read(std::string_view packed, const taker& take)
{
    auto& state = *codec_;
    if (packed.empty())
        return true;
    state.begun = true;
    if (!state.open) {
        state.held += packed;
        if (state.held.size() < 2)
            return true;
        const auto* first = reinterpret_cast<const unsigned char*>(state.held.data());
        state.start(begins_zlib(first[0], first[1]) ? window_bits : raw_bits);
        packed = state.held;
    }
    ENGINE_ASSERT(packed.size() <= std::numeric_limits<uInt>::max());
    auto& stream = state.stream;
    // zlib.h promises not to write here; its type is from before const.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    for (;;) {
        if (state.whole && stream.avail_in > 0) {
            // A gzip file may have several members (RFC 1952 section 2.2).
            if (!state.gzip || inflateReset(&stream) != Z_OK)
                return base::fail(errc::corrupt_encoding, "decompress answer",
                                  "bytes behind its end");
            state.whole = false;
        }
        stream.next_out = reinterpret_cast<Bytef*>(state.room.data());
        stream.avail_out = static_cast<uInt>(state.room.size());
        const int said = state.whole ? Z_BUF_ERROR : inflate(&stream, Z_NO_FLUSH);
        const std::size_t made = state.room.size() - stream.avail_out;
        if (made > 0 && !take(std::string_view(state.room.data(), made)))
            return false;
        if (said == Z_MEM_ERROR)
            throw std::bad_alloc();
        if (said == Z_STREAM_END)
            state.whole = true;
        else if (said == Z_BUF_ERROR)
            break; // nothing to read, or nothing to say without more of it
        else if (said != Z_OK)
            return base::fail(errc::corrupt_encoding, "decompress answer",
                              stream.msg != nullptr ? stream.msg : "not in its format");
    }
    state.held.clear();
    return true;
}

base::result<void> body_decoder::finish() const
{
    if (codec_->begun && !codec_->whole)
        return base::fail(errc::truncated, "decompress answer",
                          "the compressed body ends in the middle");
    return {};
}

} // namespace engine::http
