// message_writer: heads as bytes for the wire, refusing what could be read as something else. Pure.
#pragma once

#include "engine/http/message.hpp"
#include "engine/http/url.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace engine::http {

// RFC 9110 section 5.6.2: what methods and header names are made of.
[[nodiscard]] bool is_token(std::string_view text);

// Request line and headers with the empty line, for HTTP/1.1 over a kept connection.
// errc::invalid_request for a method, target or header that must not go on the wire.
[[nodiscard]] base::result<std::string> request_head_text(const endpoint& where,
                                                          const request& wanted);

// How the end of an answer's body is told.
struct answer_framing {
    std::optional<std::uint64_t> content_length; // nothing and not chunked = until close
    bool chunked = false;
    bool keep_alive = true;
    bool has_body = true; // false for 1xx, 204, 304: no framing header at all
};
// Status line and headers with the empty line. Headers must have passed check_headers().
[[nodiscard]] std::string response_head_text(int status, const header_list& headers,
                                             const answer_framing& framing, std::string_view date);

// "Not Found"; "" for a status without a usual name.
[[nodiscard]] std::string_view reason_of(int status);

} // namespace engine::http
