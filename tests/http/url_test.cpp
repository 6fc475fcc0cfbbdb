#include "engine/http/errc.hpp"
#include "engine/http/url.hpp"

#include <doctest/doctest.h>

using namespace engine::http;

TEST_CASE("a base URL is taken apart, with the scheme's own port and without its last slash")
{
    struct row {
        std::string text;
        endpoint expected;
        std::string host_header, shown;
    };
    const row rows[] = {
        {"https://api.openai.com/v1",
         {true, "api.openai.com", 443, "/v1"},
         "api.openai.com",
         "https://api.openai.com/v1"},
        {"https://API.OpenAI.com/v1///",
         {true, "api.openai.com", 443, "/v1"},
         "api.openai.com",
         "https://api.openai.com/v1"},
        {"http://localhost:8080",
         {false, "localhost", 8080, ""},
         "localhost:8080",
         "http://localhost:8080"},
        {"HTTP://127.0.0.1/", {false, "127.0.0.1", 80, ""}, "127.0.0.1", "http://127.0.0.1"},
        {"https://x.example:443/a/b%20c",
         {true, "x.example", 443, "/a/b%20c"},
         "x.example",
         "https://x.example/a/b%20c"},
        {"http://[::1]:8080/v1", {false, "::1", 8080, "/v1"}, "[::1]:8080", "http://[::1]:8080/v1"},
        {"https://[2001:DB8:0::1]",
         {true, "2001:db8::1", 443, ""},
         "[2001:db8::1]",
         "https://[2001:db8::1]"},
        {"https://x_y.example:8443",
         {true, "x_y.example", 8443, ""},
         "x_y.example:8443",
         "https://x_y.example:8443"},
        {"http://80.example.com:443",
         {false, "80.example.com", 443, ""},
         "80.example.com:443",
         "http://80.example.com:443"},
    };
    for (const auto& [text, expected, header, shown] : rows) {
        CAPTURE(text);
        const auto read = parse_base_url(text);
        REQUIRE(read.has_value());
        CHECK(*read == expected);
        CHECK(host_header(*read) == header);
        CHECK(to_string(*read) == shown);
        CHECK(parse_base_url(shown).value() == expected);
    }
}

TEST_CASE("what is not a plain http address is refused, with a reason and never with its password")
{
    for (const std::string text : {"",
                                   "http",
                                   "https:",
                                   "api.openai.com",
                                   "ftp://x.example",
                                   "https:/x.example",
                                   "https://",
                                   "https:///v1",
                                   "https://x.example/v1?key=1",
                                   "https://x.example/v1#part",
                                   "https://user:secret@x.example/v1",
                                   "https://user@x.example",
                                   "https://x.example:0",
                                   "https://x.example:65536",
                                   "https://x.example:",
                                   "https://x.example:8a",
                                   "https://x.example:-1",
                                   "https://[::1",
                                   "https://[::1]x",
                                   "https://[fe80::1%25eth0]",
                                   "https://[]",
                                   "https://[1.2.3.4]",
                                   "https://::1",
                                   "https://1.2.3",
                                   "https://1.2.3.256",
                                   "https://0x7f.1",
                                   "https://x..example",
                                   "https://.example",
                                   "https://example.",
                                   "https://-x.example",
                                   "https://x-.example",
                                   "https://ex ample",
                                   "https://ex%61mple.com",
                                   "https://b\xC3\xBC"
                                   "cher.example",
                                   "https://x.example/a b",
                                   "https://x.example/%",
                                   "https://x.example/%2",
                                   "https://x.example/%gg",
                                   "https://x.example/../v1",
                                   "https://x.example/v1/.",
                                   "https://x.example/\r\nHost: y",
                                   "https://x.example/\"",
                                   "https://x.example\\v1"}) {
        CAPTURE(text);
        const auto read = parse_base_url(text);
        REQUIRE(!read.has_value());
        CHECK(read.error().code == errc::malformed_url);
        CHECK(!read.error().detail.empty());
        CHECK(read.error().message().find("secret") == std::string::npos);
    }
    CHECK(!parse_base_url("https://" + std::string(64, 'a') + ".example").has_value());
    CHECK(!parse_base_url("https://" + std::string(300, 'a')).has_value());
}

TEST_CASE("a whole address keeps its query and drops its fragment")
{
    const auto signed_address =
        parse_url("https://cdn.example/i/1.png?sig=a%2Fb|c[1]&se=2026-11-20T10:00:00Z#top");
    REQUIRE(signed_address.has_value());
    CHECK(signed_address->where == endpoint{true, "cdn.example", 443, ""});
    CHECK(signed_address->target == "/i/1.png?sig=a%2Fb|c[1]&se=2026-11-20T10:00:00Z");
    CHECK(parse_url("http://x.example")->target == "/");
    CHECK(parse_url("http://x.example?")->target == "/?");
    CHECK(parse_url("http://x.example?a=1")->target == "/?a=1");
    CHECK(!parse_url("http://x.example/?a=1 2").has_value());
    CHECK(!parse_url("http://x.example/?a=\n").has_value());
    CHECK(!parse_url("data:image/png;base64,AAAA").has_value());
}
