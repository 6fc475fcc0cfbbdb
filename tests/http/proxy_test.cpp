#include "engine/http/proxy.hpp"

#include "engine/http/errc.hpp"

#include <doctest/doctest.h>
#include <map>

using namespace engine;
using namespace engine::http;

namespace {

using variables = std::map<std::string, std::string, std::less<>>;

base::result<proxy_settings> read(const variables& set)
{
    return read_proxy_variables([&](std::string_view name) -> std::optional<std::string> {
        const auto found = set.find(name);
        return found == set.end() ? std::nullopt : std::optional(found->second);
    });
}

// "host:port" of the proxy that `address` goes through, or "direct".
std::string way(const variables& set, std::string_view address)
{
    const auto settings = read(set);
    REQUIRE(settings.has_value());
    const auto* proxy = proxy_for(*settings, parse_url(address).value().where);
    return proxy == nullptr ? "direct" : proxy->host + ":" + std::to_string(proxy->port);
}

bool covers(std::string_view list, std::string_view address)
{
    return no_proxy_list(list).covers(parse_url(address).value().where);
}

} // namespace

TEST_CASE("a proxy's address is read with and without scheme, port and credentials")
{
    struct row {
        std::string text;
        proxy_address expected;
    };
    const row rows[] = {
        {"http://proxy.example:3128", {false, "proxy.example", 3128, "", ""}},
        {"http://proxy.example:3128/", {false, "proxy.example", 3128, "", ""}},
        {"proxy.example:3128", {false, "proxy.example", 3128, "", ""}},
        {"Proxy.Example", {false, "proxy.example", 80, "", ""}},
        {"HTTPS://proxy.example", {true, "proxy.example", 443, "", ""}},
        {"http://[::1]:3128", {false, "::1", 3128, "", ""}},
        {"http://10.0.0.1:3128", {false, "10.0.0.1", 3128, "", ""}},
        {"http://me:secret@proxy.example:3128", {false, "proxy.example", 3128, "me", "secret"}},
        {"me:secret@proxy.example:3128", {false, "proxy.example", 3128, "me", "secret"}},
        {"http://me@proxy.example", {false, "proxy.example", 80, "me", ""}},
        {"http://me:p%40ss%3aword%25@proxy.example",
         {false, "proxy.example", 80, "me", "p@ss:word%"}},
        {"http://me:a:b@c@proxy.example", {false, "proxy.example", 80, "me", "a:b@c"}},
    };
    for (const auto& [text, expected] : rows) {
        CAPTURE(text);
        const auto read = parse_proxy(text);
        REQUIRE(read.has_value());
        CHECK(*read == expected);
    }
}

TEST_CASE("a proxy that cannot be one is refused, and its password is not shown")
{
    for (const std::string text :
         {"", "http://", "ftp://proxy.example", "socks5://proxy.example:1080",
          "socks5h://me:canary@proxy.example:1080", "http://proxy.example/path",
          "http://proxy.example?canary@x", "http://me:canary@", "http://me:canary@pro xy",
          "http://me:canary%4@proxy.example", "http://me:canary%zz@proxy.example",
          "http://me:canary%0d%0aX:1@proxy.example", "http://m%3Ae:canary@proxy.example",
          "http://me:canary@proxy.example:0", "http://me:can/ary@proxy.example",
          "http://me:canary#@proxy.example"}) {
        CAPTURE(text);
        const auto read = parse_proxy(text);
        REQUIRE(!read.has_value());
        CHECK(read.error().code == errc::malformed_url);
        CHECK(read.error().message().find("canary") == std::string::npos);
        CHECK(!read.error().detail.empty());
    }
    CHECK(parse_proxy("socks5://p:1080").error().detail.find("SOCKS") != std::string::npos);
}

TEST_CASE("credentials go into one header, and never into the proxy's name")
{
    const auto proxy = parse_proxy("http://Aladdin:open%20sesame@proxy.example:3128").value();
    CHECK(proxy_authorization(proxy) == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="); // RFC 7617
    CHECK(to_string(proxy) == "http://proxy.example:3128");
    CHECK(proxy_authorization(parse_proxy("http://proxy.example").value()).empty());
    CHECK(to_string(parse_proxy("https://[fd00::1]:8443").value()) == "https://[fd00::1]:8443");
}

TEST_CASE(
    "each variable leads to its scheme, lower case first, ALL_PROXY where nothing else is set")
{
    const std::string https = "https://api.example/v1", http = "http://gateway.example:4000/v1";
    CHECK(way({}, https) == "direct");
    CHECK(way({{"HTTPS_PROXY", "http://a:1"}}, https) == "a:1");
    CHECK(way({{"HTTPS_PROXY", "http://a:1"}}, http) == "direct");
    CHECK(way({{"HTTP_PROXY", "http://a:1"}}, http) == "a:1");
    CHECK(way({{"HTTP_PROXY", "http://a:1"}}, https) == "direct");
    CHECK(way({{"https_proxy", "b:2"}, {"HTTPS_PROXY", "a:1"}}, https) == "b:2");
    CHECK(way({{"http_proxy", "b:2"}, {"HTTP_PROXY", "a:1"}}, http) == "b:2");
    CHECK(way({{"ALL_PROXY", "c:3"}}, https) == "c:3");
    CHECK(way({{"all_proxy", "c:3"}}, http) == "c:3");
    CHECK(way({{"ALL_PROXY", "c:3"}, {"HTTPS_PROXY", "a:1"}}, https) == "a:1");
    CHECK(way({{"ALL_PROXY", "c:3"}, {"all_proxy", "d:4"}}, https) == "d:4");
    CHECK(way({{"HTTPS_PROXY", ""}, {"ALL_PROXY", "c:3"}}, https) == "c:3"); // empty = not set
    CHECK(way({{"HTTPS_PROXY", "a:1"}, {"NO_PROXY", "api.example"}}, https) == "direct");
    CHECK(way({{"HTTPS_PROXY", "a:1"}, {"no_proxy", "x"}, {"NO_PROXY", "*"}}, https) == "a:1");
}

TEST_CASE("HTTP_PROXY is not believed where a web server may have made it of a header")
{
    const variables cgi{{"REQUEST_METHOD", "GET"}, {"HTTP_PROXY", "evil:1"}};
    CHECK(way(cgi, "http://api.example/") == "direct");
    auto lower = cgi;
    lower["http_proxy"] = "good:2";
    CHECK(way(lower, "http://api.example/") == "good:2");
}

TEST_CASE("a variable that cannot be read is named, without its password")
{
    const auto bad = read({{"HTTPS_PROXY", "socks5://me:canary@proxy.example"}});
    REQUIRE(!bad.has_value());
    CHECK(bad.error().message().find("HTTPS_PROXY") == 0);
    CHECK(bad.error().message().find("canary") == std::string::npos);
}

TEST_CASE("this machine is never reached through a proxy")
{
    const variables all{{"ALL_PROXY", "a:1"}};
    for (const std::string here :
         {"http://127.0.0.1:8080/", "http://127.9.9.9/", "http://[::1]:1/", "http://localhost/",
          "https://api.localhost/", "http://[::ffff:127.0.0.1]/"})
        CHECK(way(all, here) == "direct");
    for (const std::string there : {"http://128.0.0.1/", "http://[::2]/", "http://notlocalhost/"})
        CHECK(way(all, there) == "a:1");
}

TEST_CASE("NO_PROXY knows domains, suffixes, ports, addresses, networks and the star")
{
    struct row {
        std::string list, address;
        bool covered;
    };
    const row rows[] = {
        {"", "http://example.com/", false},
        {"*", "http://example.com/", true},
        {" , * ,", "http://10.0.0.1/", true},
        {"example.com", "http://example.com/", true},
        {"Example.COM", "http://EXAMPLE.com/", true},
        {"example.com", "http://api.example.com/", true},
        {"example.com", "http://notexample.com/", false},
        {"example.com", "http://example.com.evil/", false},
        {"example.com.", "http://example.com/", true},
        {".example.com", "http://api.example.com/", true},
        {".example.com", "http://example.com/", true},
        {"*.example.com", "http://a.b.example.com/", true},
        {"*.example.com", "http://badexample.com/", false},
        {"a.example, b.example", "http://b.example/", true},
        {"a.example b.example", "http://b.example/", true},
        {"example.com:8443", "https://example.com:8443/", true},
        {"example.com:8443", "https://example.com/", false},
        {"example.com:443", "https://example.com/", true},
        {"example.com:443", "http://example.com/", false},
        {"example.com:0", "http://example.com/", false},
        {"example.com:x", "http://example.com/", false},
        {"10.1.2.3", "http://10.1.2.3/", true},
        {"10.1.2.3", "http://10.1.2.4/", false},
        {"10.1.2.3:80", "http://10.1.2.3/", true},
        {"10.1.2.3:81", "http://10.1.2.3/", false},
        {"10.0.0.0/8", "http://10.255.0.1/", true},
        {"10.0.0.0/8", "http://11.0.0.1/", false},
        {"10.9.9.9/8", "http://10.255.0.1/", true}, // bits behind the prefix do not count
        {"10.1.2.0/23", "http://10.1.3.9/", true},
        {"10.1.2.0/23", "http://10.1.4.9/", false},
        {"0.0.0.0/0", "http://8.8.8.8/", true},
        {"0.0.0.0/0", "http://[fd00::1]/", false},
        {"10.0.0.0/33", "http://10.0.0.1/", false},
        {"10.0.0.0/", "http://10.0.0.1/", false},
        {"10.0.0.0/8", "http://host-10-0-0-1.example/", false},
        {"fd00::/8", "http://[fd12::1]/", true},
        {"fd00::/8", "http://[fe00::1]/", false},
        {"fd00::1", "http://[fd00:0::1]/", true},
        {"[fd00::1]", "http://[fd00::1]:8080/", true},
        {"[fd00::1]:8080", "http://[fd00::1]:8080/", true},
        {"[fd00::1]:8080", "http://[fd00::1]:81/", false},
        {"::ffff:10.0.0.1", "http://10.0.0.1/", true},
        {"10.0.0.1", "http://[::ffff:10.0.0.1]/", true},
        {"<local>, 192.168.*, [, ], :, /, ., :80, [::1", "http://192.168.1.1/", false},
    };
    for (const auto& [list, address, covered] : rows) {
        CAPTURE(list);
        CAPTURE(address);
        CHECK(covers(list, address) == covered);
    }
}
