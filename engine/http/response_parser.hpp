// response_parser: the bytes of one HTTP/1.x answer, however they were cut, as a head and pieces of
// body.
//
// No I/O. Body pieces point into the bytes given, or, of a compressed body, into the decoder's
// room. Interim answers (1xx) are skipped. It wraps Beast's parser, which finds the framing, and
// adds what that does not decide: a bound on all heads together, encodings, and what the handler
// says. Fuzzed by tests/fuzz/http_response_fuzz.cpp.
#pragma once

#include "engine/http/client.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace engine::http {

class response_parser {
public:
    struct limits {
        std::size_t header_bytes_max = 32 * 1024;  // all heads together, also interim ones
        std::uint64_t body_bytes_max = 512u << 20; // before and after decompression
    };
    // `handler` must outlive the parser. The answer to HEAD has no body whatever its headers say.
    response_parser(limits bounds, response_handler& handler, bool answers_head);
    ~response_parser();
    response_parser(const response_parser&) = delete;
    response_parser& operator=(const response_parser&) = delete;

    // Reads from the front and returns how many bytes were used; the rest must come again, with
    // more behind it. Stops at the end of the answer. Failures: malformed_response,
    // header_too_large, response_too_large, unsupported_encoding, corrupt_encoding, truncated (the
    // compressed bytes end too early), refused_by_handler, or the handler's own. After one, only
    // head() may be called.
    [[nodiscard]] base::result<std::size_t> read(std::string_view bytes);
    // The peer closed. `in_order` is false for a reset or a TLS stream without its goodbye.
    // Failures: connection_closed before the head is complete, truncated after it.
    [[nodiscard]] base::result<void> end_of_stream(bool in_order);

    [[nodiscard]] bool complete() const;
    // Whether the peer keeps the connection for another request; asked when complete.
    [[nodiscard]] bool keep_alive() const;
    // The final head, once it was read.
    [[nodiscard]] const std::optional<response_head>& head() const;

private:
    struct codec;
    std::unique_ptr<codec> codec_;
};

} // namespace engine::http
