#include "engine/http/errc.hpp"
#include "engine/http/message.hpp"
#include "engine/http/message_writer.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace engine::http;

namespace {

const endpoint local{false, "localhost", 8080, "/v1"};

body_piece piece(std::string text)
{
    return std::make_shared<const std::string>(std::move(text));
}

} // namespace

TEST_CASE("headers are found without case, the first of a name wins, and order is kept")
{
    header_list headers;
    CHECK(headers.empty());
    headers.add("X-Request-Id", "one");
    headers.add("content-type", "a");
    headers.add("x-request-id", "two");
    CHECK(headers.find("x-REQUEST-id") == "one");
    CHECK(!headers.find("x-request").has_value());
    CHECK(headers.contains("Content-Type"));
    CHECK(headers.size() == 3);
    headers.remove("X-REQUEST-ID");
    CHECK(headers.size() == 1);
    CHECK(headers.begin()->name == "content-type");
    CHECK(same_name("A-b", "a-B"));
    CHECK(!same_name("a[", "a{")); // letters only: these differ in the case bit as well
}

TEST_CASE("a header that could smuggle a line into a message is refused without showing its value")
{
    for (const std::string name : {"", "a b", "a:", "a\r\n", "\xC3\xA4", "a\t"}) {
        header_list headers;
        headers.add(name, "v");
        CHECK(check_headers(headers).error().code == errc::invalid_request);
    }
    for (const std::string& value :
         {std::string("secret\r\nX: 1"), std::string("secret\n"), std::string("secret\0", 7),
          std::string("secret\r"), std::string("secret\x7F"), std::string("secret\x1B[0m")}) {
        header_list headers;
        headers.add("Authorization", value);
        const auto checked = check_headers(headers);
        REQUIRE(!checked.has_value());
        CHECK(checked.error().code == errc::invalid_request);
        CHECK(checked.error().message().find("secret") == std::string::npos);
    }
    header_list fine;
    fine.add("X-Note", "tab\tand \xC3\xA4 are fine");
    CHECK(check_headers(fine).has_value());
}

TEST_CASE("a request's head names the host, the length and no compression unless asked for")
{
    request wanted;
    wanted.method = "POST";
    wanted.target = "/v1/images/generations?x=1";
    wanted.headers.add("Content-Type", "application/json");
    wanted.body = {piece("{\"a\":"), piece(""), piece("1}")};
    CHECK(request_head_text(local, wanted).value() == "POST /v1/images/generations?x=1 HTTP/1.1\r\n"
                                                      "Host: localhost:8080\r\n"
                                                      "Content-Type: application/json\r\n"
                                                      "Accept-Encoding: identity\r\n"
                                                      "Content-Length: 7\r\n\r\n");
    request models;
    models.target = "/v1/models";
    CHECK(request_head_text({true, "::1", 443, ""}, models).value() ==
          "GET /v1/models HTTP/1.1\r\nHost: [::1]\r\nAccept-Encoding: identity\r\n\r\n");
    models.accept_compressed = true;
    CHECK(request_head_text({true, "::1", 443, ""}, models).value() ==
          "GET /v1/models HTTP/1.1\r\nHost: [::1]\r\nAccept-Encoding: gzip, deflate\r\n\r\n");
    request empty_post;
    empty_post.method = "POST";
    CHECK(request_head_text(local, empty_post)->find("Content-Length: 0\r\n") != std::string::npos);
}

TEST_CASE("a request that must not go on the wire is refused before anything is connected")
{
    for (const std::string target : {"", "v1", "/a b", "/a\r\nX: 1", "/#part", "/\xC3\xA4"}) {
        request wanted;
        wanted.target = target;
        CHECK(request_head_text(local, wanted).error().code == errc::invalid_request);
    }
    for (const std::string method : {"", "GE T", "GET\r\n"}) {
        request wanted;
        wanted.method = method;
        CHECK(request_head_text(local, wanted).error().code == errc::invalid_request);
    }
    for (const std::string name : {"Host", "content-length", "Transfer-Encoding", "Connection",
                                   "Accept-Encoding", "Expect", "Upgrade"}) {
        request wanted;
        wanted.headers.add(name, "x");
        const auto text = request_head_text(local, wanted);
        REQUIRE(!text.has_value());
        CHECK(text.error().code == errc::invalid_request);
    }
    request smuggling;
    smuggling.headers.add("X", "a\r\nY: b");
    CHECK(!request_head_text(local, smuggling).has_value());
    request options;
    options.method = "OPTIONS";
    options.target = "*";
    CHECK(request_head_text(local, options).has_value());
}

TEST_CASE("an answer's head says how its body ends")
{
    header_list headers;
    headers.add("Content-Type", "text/plain");
    const answer_framing whole{5, false, true, true};
    CHECK(response_head_text(200, headers, whole, "now") ==
          "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n"
          "Connection: keep-alive\r\n\r\n");
    const answer_framing chunked{std::nullopt, true, true, true};
    CHECK(response_head_text(429, {}, chunked, "now") ==
          "HTTP/1.1 429 Too Many Requests\r\nDate: now\r\nTransfer-Encoding: chunked\r\n"
          "Connection: keep-alive\r\n\r\n");
    const answer_framing until_close{std::nullopt, false, false, true};
    CHECK(response_head_text(299, {}, until_close, "now") ==
          "HTTP/1.1 299 \r\nDate: now\r\nConnection: close\r\n\r\n");
    const answer_framing none{std::nullopt, true, true, false};
    CHECK(response_head_text(204, {}, none, "now") ==
          "HTTP/1.1 204 No Content\r\nDate: now\r\nConnection: keep-alive\r\n\r\n");
}

TEST_CASE("every code has a sentence of its own")
{
    std::vector<std::string> seen;
    for (int code = static_cast<int>(errc::invalid_request);
         code <= static_cast<int>(errc::listen_failed); ++code) {
        const auto text = make_error_code(static_cast<errc>(code)).message();
        CHECK(std::find(seen.begin(), seen.end(), text) == seen.end());
        seen.push_back(text);
    }
    CHECK(std::string(make_error_code(errc::truncated).category().name()) == "http");
    CHECK(make_error_code(static_cast<errc>(99)).message() == "unknown HTTP failure");
}
