#include "engine/http/request_parser.hpp"

#include "tests/support/cuts.hpp"

#include <doctest/doctest.h>

using namespace engine::http;

namespace {

// Feeds pieces; the status it was refused with, or 0.
int feed(const support::pieces& pieces, request_parser& parser)
{
    std::string carry;
    for (const auto piece : pieces) {
        carry += piece;
        if (parser.complete())
            break;
        carry.erase(0, parser.read(carry));
        if (parser.refused_with() != 0)
            break;
    }
    return parser.refused_with();
}

} // namespace

TEST_CASE("a request is the same however its bytes were cut")
{
    const std::string texts[] = {
        "POST /v1/images/edits?a=1&b=?2 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
        "POST /v1/images/edits?a=1&b=?2 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        "2\r\nhe\r\n3\r\nllo\r\n0\r\nX-Trailer: 1\r\n\r\n",
    };
    for (const auto& text : texts) {
        support::for_each_cut(text, [&](const support::pieces& pieces) {
            request_parser parser(1024, 1024);
            CHECK(!parser.begun());
            CHECK(feed(pieces, parser) == 0);
            REQUIRE(parser.complete());
            CHECK(parser.begun());
            CHECK(parser.keep_alive());
            CHECK(parser.speaks_http_1_1());
            const auto request = parser.take();
            CHECK(request.method == "POST");
            CHECK(request.target == "/v1/images/edits?a=1&b=?2");
            CHECK(request.path == "/v1/images/edits");
            CHECK(request.query == "a=1&b=?2");
            CHECK(request.headers.find("host") == "x");
            CHECK(request.headers.size() == 2);
            CHECK(request.body == "hello");
        });
    }
}

TEST_CASE("old or closing clients are not kept")
{
    request_parser old(1024, 1024);
    CHECK(feed({"GET / HTTP/1.0\r\n\r\n"}, old) == 0);
    CHECK(old.complete());
    CHECK(!old.keep_alive());
    CHECK(!old.speaks_http_1_1());
    request_parser closing(1024, 1024);
    CHECK(feed({"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"}, closing) == 0);
    CHECK(!closing.keep_alive());
}

TEST_CASE("bad requests are refused with the status that says why, at every cut")
{
    struct row {
        std::string text;
        int status;
    };
    const row rows[] = {
        {"NONSENSE\r\n\r\n", 400},
        {"GET / HTTP/3.0\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nbad header\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n", 400},
        {"POST / HTTP/1.1\r\nContent-Length: 101\r\n\r\n", 413},
        {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + std::string(101, 'x'),
         413},
        {"GET / HTTP/1.1\r\nX: " + std::string(600, 'a') + "\r\n\r\n", 431},
        {"GET /" + std::string(600, 'a'), 431},
        {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(600, 'a'), 431},
    };
    for (const auto& [text, status] : rows) {
        CAPTURE(text);
        support::for_each_cut(text, [&, wanted = status](const support::pieces& pieces) {
            request_parser parser(512, 100);
            CHECK(feed(pieces, parser) == wanted);
            CHECK(!parser.complete());
        });
    }
}

TEST_CASE("a client that waits for 100 Continue is noticed between head and body")
{
    const std::string head = "PUT / HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n";
    request_parser parser(1024, 1024);
    CHECK(!parser.waits_for_continue());
    CHECK(feed({head}, parser) == 0);
    CHECK(parser.waits_for_continue());
    CHECK(parser.read("o") == 1);
    CHECK(!parser.waits_for_continue());
    CHECK(parser.read("k") == 1);
    CHECK(parser.complete());
    CHECK(!parser.waits_for_continue());
}
