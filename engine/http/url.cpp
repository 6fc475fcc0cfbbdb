#include "engine/http/url.hpp"

#include "engine/base/ascii.hpp"
#include "engine/http/errc.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <netinet/in.h>
#include <optional>

namespace engine::http {

namespace {

std::unexpected<base::failure> refuse(std::string_view text, std::string detail)
{
    // A user part may be a password; such an address is not shown.
    const bool has_user = text.find('@') != std::string_view::npos;
    return base::fail(errc::malformed_url,
                      has_user ? "address" : "address '" + base::clean_detail(text, 200) + "'",
                      std::move(detail));
}

bool is_hex_digit(char c)
{
    return base::is_digit(c) || (base::lower(c) >= 'a' && base::lower(c) <= 'f');
}

// RFC 3986 `pchar` and '/', without the percent sign.
bool is_path_byte(char c)
{
    return base::is_plain(c, "-._~!$&'()*+,;=:@/");
}

bool is_path(std::string_view path)
{
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (path[i] == '%') {
            if (i + 2 >= path.size() || !is_hex_digit(path[i + 1]) || !is_hex_digit(path[i + 2]))
                return false;
            i += 2;
        } else if (!is_path_byte(path[i])) {
            return false;
        }
    }
    return true;
}

bool has_dot_segment(std::string_view path)
{
    for (std::size_t start = 0; start < path.size();) {
        const auto end = std::min(path.find('/', start), path.size());
        const auto segment = path.substr(start, end - start);
        if (segment == "." || segment == "..")
            return true;
        start = end + 1;
    }
    return false;
}

template <int Family, class Address>
std::optional<std::string> canonical_address(const std::string& text)
{
    Address address{};
    std::array<char, INET6_ADDRSTRLEN> canonical{};
    if (::inet_pton(Family, text.c_str(), &address) != 1 ||
        ::inet_ntop(Family, &address, canonical.data(), canonical.size()) == nullptr)
        return std::nullopt;
    return std::string(canonical.data());
}

bool is_host_name(std::string_view host)
{
    if (host.empty() || host.size() > 253) // RFC 1035 section 2.3.4
        return false;
    std::size_t label_bytes = 0;
    for (std::size_t i = 0; i <= host.size(); ++i) {
        if (i == host.size() || host[i] == '.') {
            if (label_bytes == 0 || label_bytes > 63 || host[i - 1] == '-')
                return false;
            label_bytes = 0;
            continue;
        }
        const char c = host[i];
        const bool allowed = base::is_digit(c) || (c >= 'a' && c <= 'z') || c == '_' ||
                             (c == '-' && label_bytes > 0);
        if (!allowed)
            return false;
        ++label_bytes;
    }
    return true;
}

// "a.b", "1.2.3.4" or "[::1]" to what is connected to; nothing for anything else.
std::optional<std::string> read_host(std::string_view text)
{
    if (text.starts_with('['))
        return canonical_address<AF_INET6, in6_addr>(std::string(text.substr(1, text.size() - 2)));
    std::string host(text);
    std::ranges::transform(host, host.begin(), base::lower);
    if (!is_host_name(host))
        return std::nullopt;
    // A last label of digits makes it an IPv4 address (WHATWG URL), which must then be a whole one.
    const std::string_view last_label =
        std::string_view(host).substr(host.rfind('.') + 1); // npos + 1 = 0
    if (std::ranges::all_of(last_label, base::is_digit))
        return canonical_address<AF_INET, in_addr>(host);
    return host;
}

std::optional<std::uint16_t> read_port(std::string_view text)
{
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || port == 0)
        return std::nullopt;
    return port;
}

struct split_address {
    endpoint where; // base_path is empty
    std::string path, query;
    bool has_query = false, has_fragment = false;
};

base::result<split_address> split(std::string_view text)
{
    split_address out;
    const auto scheme_end = text.find("://");
    std::string scheme(text.substr(0, scheme_end));
    std::ranges::transform(scheme, scheme.begin(), base::lower);
    if (scheme_end == std::string_view::npos || (scheme != "http" && scheme != "https"))
        return refuse(text, "must begin with https:// or http://");
    out.where.tls = scheme == "https";
    std::string_view rest = text.substr(scheme.size() + 3);

    const auto authority_end = std::min(rest.find_first_of("/?#"), rest.size());
    std::string_view authority = rest.substr(0, authority_end);
    rest.remove_prefix(authority_end);
    if (authority.find('@') != std::string_view::npos)
        return refuse(text, "a user part is not allowed; give the key in the environment");

    const bool bracketed = authority.starts_with('[');
    const auto host_end = bracketed ? authority.find(']') + 1 : authority.find(':');
    if (bracketed && host_end == 0)
        return refuse(text, "an IPv6 address needs its closing bracket");
    const auto host_text = authority.substr(0, host_end);
    auto port_text = authority.substr(std::min(host_end, authority.size()));
    auto host = read_host(host_text);
    if (!host)
        return refuse(text, "the host is not a name (ASCII, internationalised names as xn--...) or "
                            "an IP address");
    out.where.host = std::move(*host);
    out.where.port = out.where.tls ? 443 : 80;
    if (!port_text.empty()) {
        const auto port =
            port_text.starts_with(':') ? read_port(port_text.substr(1)) : std::nullopt;
        if (!port)
            return refuse(text, "the port must be a number from 1 to 65535");
        out.where.port = *port;
    }

    if (const auto hash = rest.find('#'); hash != std::string_view::npos) {
        out.has_fragment = true;
        rest = rest.substr(0, hash);
    }
    if (const auto mark = rest.find('?'); mark != std::string_view::npos) {
        out.has_query = true;
        out.query = rest.substr(mark + 1);
        rest = rest.substr(0, mark);
    }
    out.path = rest;
    // Queries of signed addresses hold all sorts of bytes; what is visible cannot end a line.
    if (!is_path(out.path) ||
        !std::ranges::all_of(out.query, [](char c) { return c > 0x20 && c < 0x7F; }))
        return refuse(text, "the path holds a byte that must be percent-encoded");
    if (has_dot_segment(out.path))
        return refuse(text, "the path must not hold '.' or '..'");
    return out;
}

} // namespace

base::result<endpoint> parse_base_url(std::string_view text)
{
    auto parts = split(text);
    if (!parts)
        return std::unexpected(parts.error());
    if (parts->has_query || parts->has_fragment)
        return refuse(text, "a query or fragment is not allowed here");
    parts->where.base_path = std::move(parts->path);
    while (parts->where.base_path.ends_with('/'))
        parts->where.base_path.pop_back();
    return std::move(parts->where);
}

base::result<url> parse_url(std::string_view text)
{
    auto parts = split(text);
    if (!parts)
        return std::unexpected(parts.error());
    url out{std::move(parts->where), parts->path.empty() ? "/" : std::move(parts->path)};
    if (parts->has_query)
        out.target += "?" + parts->query;
    return out;
}

std::string host_header(const endpoint& where)
{
    const bool ipv6 = where.host.find(':') != std::string::npos;
    std::string text = ipv6 ? "[" + where.host + "]" : where.host;
    if (where.port != (where.tls ? 443 : 80))
        text += ":" + std::to_string(where.port);
    return text;
}

std::string to_string(const endpoint& where)
{
    return (where.tls ? "https://" : "http://") + host_header(where) + where.base_path;
}

} // namespace engine::http
