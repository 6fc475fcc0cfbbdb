// url: http and https addresses, read strictly. Pure. Source: RFC 3986, RFC 9110 section 4.2.
#pragma once

#include "engine/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace engine::http {

// Whom to connect to, and the path under which an API lives.
struct endpoint {
    bool tls = true;
    std::string host;         // lower case; an IPv6 literal without its brackets
    std::uint16_t port = 443; // 1..65535
    std::string base_path;    // "" or "/v1": begins with a slash, never ends with one

    friend bool operator==(const endpoint&, const endpoint&) = default;
};

// "https://api.openai.com/v1/". Only http and https; no user, no query, no fragment, no spaces or
// control bytes; IPv6 literals in brackets, without zone. A failure is errc::malformed_url, and
// what it shows never contains a user part (it may be a password).
[[nodiscard]] base::result<endpoint> parse_base_url(std::string_view text);

struct url {
    endpoint where;           // its base_path is empty
    std::string target = "/"; // path and query, as for request::target; a fragment is dropped
};

// A whole address, as an answer may contain one: "https://cdn.example/i/1.png?sig=x".
[[nodiscard]] base::result<url> parse_url(std::string_view text);

// "example.com", "example.com:8443", "[::1]:8080": the Host header; the scheme's own port is left
// out.
[[nodiscard]] std::string host_header(const endpoint& where);
// "https://example.com:8443/v1", for messages.
[[nodiscard]] std::string to_string(const endpoint& where);

} // namespace engine::http
