#include "engine/http/proxy.hpp"

#include "engine/base/ascii.hpp"
#include "engine/base/base64.hpp"
#include "engine/base/bytes.hpp"
#include "engine/http/errc.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>

namespace engine::http {

namespace {

using address_bytes = std::vector<std::uint8_t>;

std::unexpected<base::failure> refuse(std::string_view text, std::string detail)
{
    // With a user part the text may hold a password, and is not shown.
    const bool has_user = text.find('@') != std::string_view::npos;
    return base::fail(errc::malformed_url,
                      has_user ? "proxy" : "proxy '" + base::clean_detail(text, 200) + "'",
                      std::move(detail));
}

template <class Number>
std::optional<Number> read_number(std::string_view text, Number max)
{
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value > max)
        return std::nullopt;
    return value;
}

// "%40" to "@"; nothing for a percent sign without its two digits, or a control byte.
std::optional<std::string> decode(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            unsigned value = 0;
            const auto digits = text.substr(i + 1, 2);
            const auto [end, error] =
                std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
            if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2)
                return std::nullopt;
            c = static_cast<char>(value);
            i += 2;
        }
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
            return std::nullopt;
        out += c;
    }
    return out;
}

// The bytes of an address; an IPv4 one that was written as IPv6 (::ffff:10.0.0.1) as IPv4.
std::optional<address_bytes> read_address(const std::string& text)
{
    address_bytes bytes(16);
    if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) {
        bytes.resize(4);
        return bytes;
    }
    if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1)
        return std::nullopt;
    static constexpr std::uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    if (std::equal(std::begin(mapped), std::end(mapped), bytes.begin()))
        bytes.erase(bytes.begin(), bytes.begin() + 12);
    return bytes;
}

bool same_network(const address_bytes& a, const address_bytes& b, unsigned bits)
{
    if (a.size() != b.size())
        return false;
    for (std::size_t i = 0; i < a.size() && bits > 0; ++i) {
        const unsigned here = std::min(bits, 8u);
        const auto mask = static_cast<std::uint8_t>(0xFF00u >> here);
        if (((a[i] ^ b[i]) & mask) != 0)
            return false;
        bits -= here;
    }
    return true;
}

bool is_this_machine(const std::string& host)
{
    if (host == "localhost" || host.ends_with(".localhost")) // RFC 6761 section 6.3
        return true;
    const auto address = read_address(host);
    static const address_bytes loopback_6{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    return address && (*address == loopback_6 || same_network(*address, {127, 0, 0, 0}, 8));
}

} // namespace

base::result<proxy_address> parse_proxy(std::string_view text)
{
    const auto scheme_end = text.find("://");
    const bool has_scheme = scheme_end != std::string_view::npos;
    const auto scheme =
        has_scheme ? base::lowered(text.substr(0, scheme_end)) : std::string("http");
    if (scheme.starts_with("socks"))
        return refuse(text, "SOCKS is not spoken; give an http:// or https:// proxy");
    if (scheme != "http" && scheme != "https")
        return refuse(text, "must begin with http:// or https://");

    auto rest = has_scheme ? text.substr(scheme_end + 3) : text;
    proxy_address proxy;
    if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
        const auto colon = std::min(rest.find(':'), at);
        auto user = decode(rest.substr(0, colon));
        auto password = decode(colon < at ? rest.substr(colon + 1, at - colon - 1) : "");
        const bool ends_early = rest.substr(0, at).find_first_of("/?#") != std::string_view::npos;
        // RFC 7617 section 2: the user ends at the first colon.
        if (ends_early || !user || !password || user->find(':') != std::string::npos)
            return refuse(text, "user or password are not percent-encoded as they must be");
        proxy.user = std::move(*user);
        proxy.password = std::move(*password);
        rest.remove_prefix(at + 1);
    }
    const auto place = parse_base_url(scheme + "://" + std::string(rest));
    if (!place)
        return refuse(text, place.error().detail);
    if (!place->base_path.empty())
        return refuse(text, "a path is not allowed here");
    proxy.tls = place->tls;
    proxy.host = place->host;
    proxy.port = place->port;
    return proxy;
}

std::string to_string(const proxy_address& proxy)
{
    return to_string(endpoint{proxy.tls, proxy.host, proxy.port, ""});
}

std::string proxy_authorization(const proxy_address& proxy)
{
    if (proxy.user.empty() && proxy.password.empty())
        return {};
    const auto pair = proxy.user + ":" + proxy.password;
    return "Basic " + base::encode_base64(base::as_bytes(pair));
}

no_proxy_list::no_proxy_list(std::string_view text)
{
    static constexpr std::string_view separators = ", \t\r\n";
    for (;;) {
        text.remove_prefix(std::min(text.find_first_not_of(separators), text.size()));
        if (text.empty())
            return;
        const auto entry = text.substr(0, text.find_first_of(separators));
        text.remove_prefix(entry.size());
        if (entry == "*")
            everything_ = true;
        else if (auto made = read(entry))
            rules_.push_back(std::move(*made));
    }
}

std::optional<no_proxy_list::rule> no_proxy_list::read(std::string_view entry)
{
    rule made;
    const auto colon = entry.rfind(':');
    const bool bracketed = entry.starts_with('[');
    const bool only_colon = colon != std::string_view::npos && entry.find(':') == colon;
    const bool behind_bracket =
        bracketed && colon != 0 && colon != std::string_view::npos && entry[colon - 1] == ']';
    if (only_colon || behind_bracket) { // otherwise it is an IPv6 address
        const auto port = read_number<std::uint16_t>(entry.substr(colon + 1), 65535);
        if (!port || *port == 0)
            return std::nullopt;
        made.port = *port;
        entry = entry.substr(0, colon);
    }
    if (bracketed && entry.ends_with(']'))
        entry = entry.substr(1, entry.size() - 2);

    const auto slash = entry.find('/');
    if (auto address = read_address(std::string(entry.substr(0, slash)))) {
        made.bytes = std::move(*address);
        const auto bits = static_cast<unsigned>(made.bytes.size() * 8);
        const auto prefix = slash == std::string_view::npos
                                ? std::optional(bits)
                                : read_number<unsigned>(entry.substr(slash + 1), bits);
        if (!prefix)
            return std::nullopt;
        made.prefix_bits = *prefix;
        return made;
    }
    if (entry.starts_with("*."))
        entry.remove_prefix(1);
    if (entry.starts_with('.'))
        entry.remove_prefix(1);
    if (entry.ends_with('.'))
        entry.remove_suffix(1);
    if (entry.empty() || entry.find_first_of("*/[]:") != std::string_view::npos)
        return std::nullopt;
    made.domain = base::lowered(entry);
    return made;
}

bool no_proxy_list::matches(const rule& one, const endpoint& where)
{
    if (one.port != 0 && one.port != where.port)
        return false;
    if (one.domain.empty()) {
        const auto address = read_address(where.host);
        return address && same_network(*address, one.bytes, one.prefix_bits);
    }
    return where.host == one.domain || where.host.ends_with("." + one.domain);
}

bool no_proxy_list::covers(const endpoint& where) const
{
    return everything_ ||
           std::ranges::any_of(rules_, [&](const rule& one) { return matches(one, where); });
}

base::result<proxy_settings> read_proxy_variables(const variable_lookup& find)
{
    const auto value_of = [&find](std::string_view name) -> std::optional<std::string> {
        auto value = find(name);
        return value && !value->empty() ? value : std::nullopt;
    };
    const bool in_cgi = value_of("REQUEST_METHOD").has_value();
    const auto first_of = [&](std::initializer_list<std::string_view> names)
        -> base::result<std::optional<proxy_address>> {
        for (const auto name : names) {
            const auto value = name == "HTTP_PROXY" && in_cgi ? std::nullopt : value_of(name);
            if (!value)
                continue;
            auto read = parse_proxy(*value);
            if (!read)
                return base::fail(errc::malformed_url,
                                  std::string(name) + ": " + read.error().where,
                                  read.error().detail);
            return *read;
        }
        return std::nullopt;
    };
    const auto https = first_of({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
    if (!https)
        return std::unexpected(https.error());
    const auto http = first_of({"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"});
    if (!http)
        return std::unexpected(http.error());
    auto never = value_of("no_proxy");
    if (!never)
        never = value_of("NO_PROXY");
    return proxy_settings{*http, *https, no_proxy_list(never.value_or(""))};
}

const proxy_address* proxy_for(const proxy_settings& settings, const endpoint& where)
{
    const auto& chosen = where.tls ? settings.for_https : settings.for_http;
    if (!chosen || is_this_machine(where.host) || settings.direct.covers(where))
        return nullptr;
    return &*chosen;
}

} // namespace engine::http
