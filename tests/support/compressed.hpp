// compressed: bytes in the formats of Content-Encoding, made by zlib's other half.
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>
#include <zlib.h>

namespace support {

enum class wrapping { gzip, zlib, raw };

[[nodiscard]] inline std::string compressed(std::string_view plain, wrapping how)
{
    const int bits = how == wrapping::gzip ? 31 : how == wrapping::zlib ? 15 : -15;
    z_stream stream{};
    if (deflateInit2(&stream, 9, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        std::abort();
    std::string out(deflateBound(&stream, plain.size()) + 32, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
    stream.avail_in = static_cast<uInt>(plain.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
        std::abort();
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

} // namespace support
