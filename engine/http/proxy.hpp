// proxy: which requests go through which proxy, as the usual variables say. Pure.
//
// The variables have no standard; this follows what curl and Go have in common, and docs/network.md
// tells people. A target on this machine (localhost, 127.0.0.0/8, ::1) never goes through a proxy:
// the proxy's own machine is another one.
#pragma once

#include "engine/base/result.hpp"
#include "engine/http/url.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace engine::http {

struct proxy_address {
    bool tls = false; // TLS to the proxy itself, and inside it that to the target
    std::string host; // as in endpoint
    std::uint16_t port = 80;
    std::string user;     // decoded; empty together with the password = none
    std::string password; // a secret

    friend bool operator==(const proxy_address&, const proxy_address&) = default;
};

// "http://user:password@proxy.example:3128", "https://..." or "proxy.example:3128" (http). User and
// password may be percent-encoded. errc::malformed_url, also for SOCKS; what it shows never
// contains a user part.
[[nodiscard]] base::result<proxy_address> parse_proxy(std::string_view text);
// "http://proxy.example:3128": without user and password.
[[nodiscard]] std::string to_string(const proxy_address& proxy);
// "Basic dXNlcjpwYXNz" (RFC 7617), a secret; empty without credentials.
[[nodiscard]] std::string proxy_authorization(const proxy_address& proxy);

// Who is reached without a proxy: NO_PROXY. Entries are separated by commas or spaces:
//   *                                      everything
//   example.com, .example.com, *.example.com   the domain and all below it
//   10.1.2.3, fd00::1, 10.0.0.0/8, fd00::/8    addresses, when the target is given by address
// and each but `*` may end in a port (example.com:8443, [fd00::1]:8443). What is none of these is
// passed over, as everybody does.
class no_proxy_list {
public:
    no_proxy_list() = default;
    explicit no_proxy_list(std::string_view text);

    [[nodiscard]] bool covers(const endpoint& where) const;

private:
    struct rule {
        std::string domain;              // without dots around it; empty for an address
        std::vector<std::uint8_t> bytes; // 4 or 16
        unsigned prefix_bits = 0;
        std::uint16_t port = 0; // 0 = any
    };
    [[nodiscard]] static std::optional<rule> read(std::string_view entry);
    [[nodiscard]] static bool matches(const rule& one, const endpoint& where);

    bool everything_ = false;
    std::vector<rule> rules_;
};

struct proxy_settings {
    std::optional<proxy_address> for_http;  // targets that begin with http://; nothing = direct
    std::optional<proxy_address> for_https; // targets that begin with https://
    no_proxy_list direct;
};

// From HTTPS_PROXY, HTTP_PROXY, ALL_PROXY (for what the others leave open) and NO_PROXY; the
// lower-case name of each wins. `find` answers with a variable's value, nothing or "" when it is
// not set. HTTP_PROXY in upper case is not believed in a CGI program (REQUEST_METHOD is set), where
// it comes from a header of the caller (CVE-2016-5385). A failure names the variable.
using variable_lookup = std::function<std::optional<std::string>(std::string_view name)>;
[[nodiscard]] base::result<proxy_settings> read_proxy_variables(const variable_lookup& find);

// The proxy that leads to `where`, or null: it is reached directly. Lives in `settings`.
[[nodiscard]] const proxy_address* proxy_for(const proxy_settings& settings, const endpoint& where);

} // namespace engine::http
