#include "engine/http/response_parser.hpp"

#include "tests/support/compressed.hpp"
#include "tests/support/cuts.hpp"
#include "tests/support/recording_handler.hpp"

#include <cstdio>
#include <doctest/doctest.h>

using namespace engine;
using namespace engine::http;
using support::recording_handler;

namespace {

struct outcome {
    base::result<void> result;
    bool complete = false;
    bool keep_alive = false;
    std::optional<response_head> head;
    std::size_t surplus = 0; // bytes behind the answer
};

constexpr response_parser::limits roomy{4096, 1u << 20};

// Feeds pieces as a connection would, with the unread rest carried over, then closes.
outcome feed(const support::pieces& pieces, recording_handler& handler,
             response_parser::limits limits = roomy, bool answers_head = false,
             bool in_order = true)
{
    response_parser parser(limits, handler, answers_head);
    outcome out;
    std::string carry;
    for (const auto piece : pieces) {
        carry += piece;
        if (parser.complete() || carry.empty())
            continue;
        const auto used = parser.read(carry);
        out.head = parser.head();
        if (!used) {
            out.result = std::unexpected(used.error());
            return out;
        }
        carry.erase(0, *used);
    }
    out.surplus = carry.size();
    out.result = parser.end_of_stream(in_order);
    out.complete = parser.complete();
    out.keep_alive = parser.keep_alive();
    out.head = parser.head();
    return out;
}

std::error_code failure_of(std::string_view text, response_parser::limits limits = roomy)
{
    recording_handler handler;
    const auto out = feed({text}, handler, limits);
    return out.result ? std::error_code() : out.result.error().code;
}

} // namespace

TEST_CASE("an answer is the same however its bytes were cut")
{
    struct row {
        std::string text, body;
        int status;
        bool keep_alive;
    };
    const row rows[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello", "hello", 200, true},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
         "5\r\nhello\r\n1;x=\"y\"\r\n,\r\n0006\r\n world\r\n0\r\n\r\n",
         "hello, world", 200, true},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
         "5\r\nhello\r\n0\r\nX-Trailer: 1\r\nX-B: 2\r\n\r\n",
         "hello", 200, true},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "", 200, true},
        {"HTTP/1.1 200 OK\r\nX-A: b\r\n\r\nuntil close", "until close", 200, false},
        {"HTTP/1.1 429 \r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}", "{}", 429, false},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
         "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
         "ok", 200, true},
        {"HTTP/1.1 204 No Content\r\n\r\n", "", 204, true},
        {"HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n", "", 304, true},
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", 200, true},
        {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok", 200, false},
        {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", "ok", 200,
         true},
        {"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", "", 302, true},
        {"HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 2\r\n\r\nok", "ok", 200,
         true},
    };
    for (const auto& expected : rows) {
        CAPTURE(expected.text);
        support::for_each_cut(expected.text, [&](const support::pieces& pieces) {
            recording_handler handler;
            const auto out = feed(pieces, handler);
            REQUIRE(out.result.has_value());
            CHECK(out.complete);
            CHECK(out.keep_alive == expected.keep_alive);
            CHECK(handler.heads == 1);
            CHECK(handler.head->status == expected.status);
            CHECK(out.head->status == expected.status);
            CHECK(handler.body == expected.body);
            CHECK(out.surplus == 0);
        });
    }
}

TEST_CASE("the head has its reason and headers, with the space around values gone, and no trailers")
{
    recording_handler handler;
    const auto out = feed({"HTTP/1.1 200 Very OK\r\nX-A:  b c \t\r\nTransfer-Encoding: Chunked\r\n"
                           "x-a: 2\r\n\r\n0\r\nX-Trailer: 1\r\n\r\n"},
                          handler);
    REQUIRE(out.result.has_value());
    CHECK(out.head->reason == "Very OK");
    CHECK(out.head->headers.find("x-a") == "b c");
    CHECK(out.head->headers.size() == 3);
}

TEST_CASE("body pieces point into the bytes given and are handed out as they come")
{
    recording_handler handler;
    response_parser parser(roomy, handler, false);
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n";
    CHECK(parser.read(head).value() == head.size());
    CHECK(handler.heads == 1);
    CHECK(parser.read("abc").value() == 3);
    CHECK(handler.body == "abc");
    CHECK(!parser.complete());
    CHECK(parser.read("defNEXT").value() == 3); // stops at the end of the answer
    CHECK(parser.complete());
    CHECK(handler.pieces == 2);
}

TEST_CASE("the answer to HEAD ends with its head")
{
    recording_handler handler;
    const auto out =
        feed({"HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n"}, handler, roomy, true);
    CHECK(out.result.has_value());
    CHECK(out.complete);
    CHECK(out.keep_alive);
}

TEST_CASE("a stream that ends too early is told apart by where it ended")
{
    const std::string text = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    const auto head_end = text.find("hello");
    for (std::size_t length = 0; length < text.size(); ++length) {
        for (const bool in_order : {true, false}) {
            CAPTURE(length);
            recording_handler handler;
            const auto out =
                feed({std::string_view(text).substr(0, length)}, handler, roomy, false, in_order);
            REQUIRE(!out.result.has_value());
            CHECK(out.result.error().code ==
                  (length < head_end ? errc::connection_closed : errc::truncated));
            CHECK(!out.complete);
            CHECK(out.head.has_value() == (length >= head_end));
        }
    }
    const std::string chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    for (std::size_t length = chunked.find("2\r\n"); length < chunked.size(); ++length) {
        recording_handler handler;
        const auto out = feed({std::string_view(chunked).substr(0, length)}, handler);
        REQUIRE(!out.result.has_value());
        CHECK(out.result.error().code == errc::truncated);
    }
    // A body that lasts until close is whole only if the close was in order.
    recording_handler handler;
    const auto reset = feed({"HTTP/1.1 200 OK\r\n\r\nhel"}, handler, roomy, false, false);
    CHECK(reset.result.error().code == errc::truncated);
    // Closed between an interim and the final answer.
    recording_handler interim;
    const auto continued = feed({"HTTP/1.1 100 Continue\r\n\r\n"}, interim);
    CHECK(continued.result.error().code == errc::connection_closed);
}

TEST_CASE("what is not HTTP/1.x is malformed, at every cut")
{
    const std::string texts[] = {
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/2 200\r\n\r\n",
        "HTTP/1.2 200 OK\r\n\r\n",
        "HTTP/1.1  200 OK\r\n\r\n",
        "HTTP/1.1 20x OK\r\n\r\n",
        "HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n",
        "HTTP/1.1 200 OK\r\nNo colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nBad name: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\x01"
        "b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokxx0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
    };
    for (const auto& text : texts) {
        CAPTURE(text);
        support::for_each_cut(text, [&](const support::pieces& pieces) {
            recording_handler handler;
            const auto out = feed(pieces, handler);
            REQUIRE(!out.result.has_value());
            CHECK(out.result.error().code == errc::malformed_response);
        });
    }
}

TEST_CASE("heads over their bound are refused, in one piece or byte by byte, interim ones together")
{
    const response_parser::limits tight{300, 1u << 20};
    const std::string one_long = "HTTP/1.1 200 OK\r\nX: " + std::string(400, 'a') + "\r\n\r\n";
    std::string many = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 60; ++i)
        many += "X-A: b\r\n";
    many += "\r\n";
    std::string interim;
    for (int i = 0; i < 20; ++i)
        interim += "HTTP/1.1 100 Continue\r\n\r\n";
    const std::string endless_line = "HTTP/1.1 200 " + std::string(400, 'a');
    const std::string chunk_header =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(400, 'a');
    const std::string trailer =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: " + std::string(400, 'a');
    for (const auto& text : {one_long, many, interim, endless_line, chunk_header, trailer}) {
        CAPTURE(text);
        CHECK(failure_of(text, tight) == errc::header_too_large);
        support::for_each_cut(text, [&](const support::pieces& pieces) {
            recording_handler handler;
            const auto out = feed(pieces, handler, tight);
            REQUIRE(!out.result.has_value());
            CHECK(out.result.error().code == errc::header_too_large);
        });
    }
    const std::string fits =
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: " + std::string(200, 'a') + "\r\n\r\nok";
    CHECK(!failure_of(fits, tight));
}

TEST_CASE("bodies over their bound are refused, with the head known")
{
    const response_parser::limits tight{4096, 10};
    const std::string texts[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n6\r\nabcdef\r\n",
        "HTTP/1.1 200 OK\r\n\r\nabcdefghijk",
    };
    for (const auto& text : texts) {
        CAPTURE(text);
        support::for_each_cut(text, [&](const support::pieces& pieces) {
            recording_handler handler;
            const auto out = feed(pieces, handler, tight);
            REQUIRE(!out.result.has_value());
            CHECK(out.result.error().code == errc::response_too_large);
            CHECK(out.head->status == 200);
            CHECK(handler.body.size() <= 10);
        });
    }
}

TEST_CASE("a compression we do not speak is refused, with its status known and nothing handed out")
{
    for (const std::string header :
         {"Content-Encoding: zstd", "content-encoding: br", "Transfer-Encoding: gzip, chunked",
          "Content-Encoding: gzip, gzip", "Content-Encoding: gzip\r\nContent-Encoding: gzip"}) {
        recording_handler handler;
        const auto out = feed({"HTTP/1.1 502 Bad Gateway\r\n" + header + "\r\n\r\nxx"}, handler);
        REQUIRE(!out.result.has_value());
        CHECK(out.result.error().code == errc::unsupported_encoding);
        CHECK(out.head->status == 502);
        CHECK(handler.heads == 0);
    }
}

TEST_CASE("what the handler says comes back as it is, and what it throws as one code")
{
    const std::string text = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    recording_handler no_head;
    no_head.refuse_head = true;
    CHECK(feed({text}, no_head).result.error().code == std::errc::not_supported);
    recording_handler no_body;
    no_body.refuse_body_after = 2;
    const auto out = feed({text}, no_body);
    CHECK(out.result.error().code == std::errc::no_space_on_device);
    CHECK(out.result.error().where == "write image");
    CHECK(out.head->status == 200);
    recording_handler broken;
    broken.throw_in_body = true;
    const auto thrown = feed({text}, broken);
    CHECK(thrown.result.error().code == errc::refused_by_handler);
    CHECK(thrown.result.error().detail == "the handler is broken");
}

TEST_CASE("a compressed body is handed out plain, with every framing and at every cut")
{
    const std::string plain = "{\"data\":[]} " + std::string(200, 'x');
    for (const auto& [name, how] : {std::pair("gzip", support::wrapping::gzip),
                                    std::pair("deflate", support::wrapping::zlib)}) {
        const auto packed = support::compressed(plain, how);
        const std::string head =
            "HTTP/1.1 200 OK\r\nContent-Encoding: " + std::string(name) + "\r\n";
        char size[20];
        (void)std::snprintf(size, sizeof size, "%zx", packed.size());
        const std::string texts[] = {
            head + "Content-Length: " + std::to_string(packed.size()) + "\r\n\r\n" + packed,
            head + "Transfer-Encoding: chunked\r\n\r\n" + size + "\r\n" + packed + "\r\n0\r\n\r\n",
            head + "\r\n" + packed,
        };
        for (const auto& text : texts) {
            support::for_each_cut(text, [&](const support::pieces& pieces) {
                recording_handler handler;
                const auto out = feed(pieces, handler);
                REQUIRE(out.result.has_value());
                CHECK(out.complete);
                CHECK(handler.body == plain);
            });
        }
    }
    // No body, no decompression: what the header speaks of is not there.
    for (const std::string text : {"HTTP/1.1 304 Not Modified\r\nContent-Encoding: gzip\r\n\r\n",
                                   "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
                                   "Content-Length: 0\r\n\r\n"}) {
        recording_handler handler;
        CHECK(feed({text}, handler).complete);
    }
}

TEST_CASE("a compressed body that is cut or bent inside its framing is never complete")
{
    const auto packed = support::compressed("hello", support::wrapping::gzip);
    auto bent = packed;
    bent[bent.size() - 6] = static_cast<char>(bent[bent.size() - 6] ^ 1); // of its checksum
    struct row {
        std::string body;
        errc code;
    };
    const row rows[] = {{packed.substr(0, packed.size() - 1), errc::truncated},
                        {packed.substr(0, 3), errc::truncated},
                        {bent, errc::corrupt_encoding},
                        {packed + "x", errc::corrupt_encoding},
                        {"hello", errc::corrupt_encoding}};
    for (const auto& [body, code] : rows) {
        for (const bool until_close : {false, true}) {
            const std::string head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n";
            const auto length = "Content-Length: " + std::to_string(body.size()) + "\r\n";
            recording_handler handler;
            const auto out = feed({head + (until_close ? "" : length) + "\r\n" + body}, handler);
            REQUIRE(!out.result.has_value());
            // One trailing byte may begin another member.
            const bool may_be_cut = code == errc::corrupt_encoding && body == packed + "x";
            CHECK((out.result.error().code == code ||
                   (may_be_cut && out.result.error().code == errc::truncated)));
            CHECK(!out.complete);
            CHECK(out.head->status == 200);
        }
    }
}

TEST_CASE("the bound on a body counts what it becomes, and what it was")
{
    const response_parser::limits tight{4096, 1000};
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n";
    recording_handler handler;
    const auto bomb =
        head + support::compressed(std::string(1'000'000, 'x'), support::wrapping::gzip);
    const auto out = feed({bomb}, handler, tight);
    REQUIRE(!out.result.has_value());
    CHECK(out.result.error().code == errc::response_too_large);
    CHECK(handler.body.size() <= 1000);
    CHECK(!failure_of(head + support::compressed(std::string(1000, 'x'), support::wrapping::gzip),
                      tight));

    std::string nothing_for_ever = head;
    for (int i = 0; i < 100; ++i)
        nothing_for_ever += support::compressed("", support::wrapping::gzip);
    CHECK(failure_of(nothing_for_ever, tight) == errc::response_too_large);
}

TEST_CASE("what the handler says about plain bytes stops the decompression")
{
    const auto text = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" +
                      support::compressed(std::string(500'000, 'x'), support::wrapping::gzip);
    recording_handler no_body;
    no_body.refuse_body_after = 2;
    const auto out = feed({text}, no_body);
    CHECK(out.result.error().code == std::errc::no_space_on_device);
    CHECK(no_body.pieces == 1);
    recording_handler broken;
    broken.throw_in_body = true;
    CHECK(feed({text}, broken).result.error().code == errc::refused_by_handler);
}
