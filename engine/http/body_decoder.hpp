// body_decoder: a compressed body (gzip or deflate) as plain bytes, piece by piece, as it comes.
//
// No I/O, no bound of its own: who takes the pieces counts them and stops a bomb. At most 32 KiB of
// plain bytes exist at a time. Source: RFC 9110 section 8.4.1, RFC 1950-1952.
#pragma once

#include "engine/base/result.hpp"

#include <functional>
#include <memory>
#include <string_view>

namespace engine::http {

class body_decoder {
public:
    // Whether `encoding`, a value of Content-Encoding, can be decoded: "gzip", "x-gzip" or
    // "deflate", in any case. Two encodings on top of each other cannot.
    [[nodiscard]] static bool knows(std::string_view encoding);

    // "deflate" is read with the zlib wrapping that it should have and without it, as many servers
    // send it. `encoding` must be known.
    explicit body_decoder(std::string_view encoding);
    ~body_decoder();
    body_decoder(const body_decoder&) = delete;
    body_decoder& operator=(const body_decoder&) = delete;

    // Takes plain bytes, never none; false stops the reading.
    using taker = std::function<bool(std::string_view plain)>;
    // False when the taker stopped. errc::corrupt_encoding, also for bytes behind the end.
    [[nodiscard]] base::result<bool> read(std::string_view packed, const taker& take);
    // The body is over. errc::truncated unless its last byte was the last of a whole stream, or
    // there was none at all.
    [[nodiscard]] base::result<void> finish() const;

private:
    struct codec;
    std::unique_ptr<codec> codec_;
};

} // namespace engine::http
