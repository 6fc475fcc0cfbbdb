#include "engine/http/sse_parser.hpp"

#include "tests/support/cuts.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/naive_sse.hpp"

#include <doctest/doctest.h>
#include <string>
#include <utility>

using namespace engine::http;
using support::sse_event;
using support::sse_reading;

namespace {

// What the parser makes of a body that comes in these pieces; its failure's message instead of an
// event when there is one.
sse_reading read_pieces(const support::pieces& body, sse_limits limits = {})
{
    sse_parser parser(limits);
    sse_reading out;
    for (std::string_view bytes : body)
        for (;;) {
            const auto token = parser.next(bytes);
            if (!token) {
                out.rest = {"failed", token.error().message()};
                return out;
            }
            if (token->kind == sse_kind::need_more) {
                REQUIRE(bytes.empty());
                break;
            }
            if (token->kind == sse_kind::data) {
                REQUIRE(!token->data.empty());
                out.rest.data += token->data;
                continue;
            }
            out.rest.name = parser.event_name();
            out.events.push_back(std::exchange(out.rest, {}));
        }
    out.rest.name = parser.event_name();
    out.event_pending = parser.event_pending();
    out.line_pending = parser.line_pending();
    return out;
}

std::vector<sse_event> events_of(std::string_view body)
{
    return read_pieces({body}).events;
}

// Shapes that each rule of the standard has an opinion about.
const std::string_view shapes[] = {
    "",
    "\n",
    "\r",
    "\r\n",
    "\n\n\n",
    "data: a\n\n",
    "data: a\r\r",
    "data: a\r\n\r\n",
    "data: a\r\n\n",
    "data: a\n\r\n",
    "data: a\n\rdata: b\r\n\r",
    "data:a\n\n",
    "data:  two spaces\n\n",
    "data\n\n",
    "data:\n\n",
    "data: \n\n",
    "data\ndata\n\n",
    "data: a\ndata: b\ndata\ndata: c\n\n",
    "event: x\n\n",
    "event: x\n\ndata: a\n\n",
    "event: x\ndata: a\n\ndata: b\n\n",
    "data: a\nevent: late\n\n",
    "event: x\nevent: y\ndata: a\n\n",
    "event: x\nevent\ndata: a\n\n",
    "event: x\nevent:\ndata: a\n\n",
    ": comment\n\ndata: a\n: more: comment\ndata: b\n\n",
    ":\n:\r:\r\ndata: a\n\n",
    "id: 7\nretry: 10\nx: y\ndata: a\n\n",
    " data: a\n\ndata : b\n\ndatax: c\n\ndat: d\n\nDATA: e\n\n",
    "data: a: b :c\n\n",
    "\xEF\xBB\xBF"
    "data: a\n\n",
    "\xEF\xBB\xBF\xEF\xBB\xBF"
    "data: a\n\n",
    "\xEF\xBB"
    "data: a\n\n",
    "\xEF"
    "\n\ndata: a\n\n",
    "data: a\n\n\xEF\xBB\xBF"
    "data: b\n\n",
    "data: a",
    "data: a\n",
    "data: a\r",
    "data",
    "data:",
    "event: x",
    "event: x\ndata: [DONE]",
    "data: \xFF\xFE\n\n",
};

} // namespace

TEST_CASE("a body reads as the standard says, wherever it is cut, once or twice")
{
    for (const std::string_view shape : shapes) {
        CAPTURE(shape);
        const sse_reading expected = support::naive_sse(shape);
        support::for_each_cut(shape,
                              [&](const auto& cut) { REQUIRE(read_pieces(cut) == expected); });
        support::for_each_pair_of_cuts(
            shape, [&](const auto& cut) { REQUIRE(read_pieces(cut) == expected); });
    }
}

TEST_CASE("a NUL byte is data like any other")
{
    const std::string_view body("data: a\0b\n\n", 11);
    CHECK(events_of(body) == std::vector<sse_event>{{"", {"a\0b", 3}}});
}

TEST_CASE("the recorded streams read the same at every cut")
{
    const auto names = support::golden_names("contract", ".sse");
    CHECK(names.size() >= 11);
    for (const std::string& name : names) {
        CAPTURE(name);
        const std::string body = support::golden(name);
        const sse_reading expected = support::naive_sse(body);
        CHECK(expected.events.size() + expected.event_pending >= 1);
        support::for_each_cut(body,
                              [&](const auto& cut) { REQUIRE(read_pieces(cut) == expected); });
        // Whatever ends the lines, the events are the same.
        for (const std::string_view end : {"\r", "\r\n"}) {
            std::string other;
            for (const char c : body)
                if (c == '\n')
                    other += end;
                else if (c != '\r')
                    other += c;
            support::for_each_cut(other, [&](const auto& cut) {
                REQUIRE(read_pieces(cut).events == expected.events);
            });
        }
    }
}

TEST_CASE("the gateway's stream with CRLF, a comment and [DONE] gives its three events")
{
    const auto events = events_of(support::golden("contract/gen_stream_done_crlf.sse"));
    REQUIRE(events.size() == 3);
    CHECK(events[0].name == "image_generation.partial_image");
    CHECK(events[1].name == "image_generation.completed");
    CHECK(events[2] == sse_event{"", "[DONE]"});
}

TEST_CASE("a stream cut inside its last event leaves it pending, for the caller to judge")
{
    const auto reading = read_pieces({support::golden("contract/gen_stream_truncated.sse")});
    CHECK(reading.events.size() == 1);
    CHECK(reading.event_pending);
    CHECK(reading.line_pending);
    CHECK(reading.rest.name == "image_generation.completed");
}

TEST_CASE("random bodies in random pieces read as the standard says")
{
    const std::uint64_t seed = 20261120;
    MESSAGE("seed " << seed);
    engine::base::random dice(seed);
    const std::string_view words[] = {"data", "event",        "id",   ":",        ": ",
                                      " ",    "\n",           "\n",   "\r",       "\r\n",
                                      "a",    "\xEF\xBB\xBF", "\n\n", "data: x\n"};
    for (int round = 0; round < 20'000; ++round) {
        std::string body;
        for (std::uint64_t count = dice.below(24); count > 0; --count)
            body += words[dice.below(std::size(words))];
        const auto cut = support::random_pieces(body, dice, 6);
        CAPTURE(round);
        REQUIRE(read_pieces(cut) == support::naive_sse(body));
    }
}

TEST_CASE("the event's name is known while its data pass, when its line came first")
{
    sse_parser parser;
    std::string_view bytes = "event: image\ndata: {\"b64\"";
    const auto piece = parser.next(bytes);
    REQUIRE(piece);
    CHECK(piece->kind == sse_kind::data);
    CHECK(piece->data == "{\"b64\"");
    CHECK(parser.event_name() == "image");
    bytes = "\n\n\n";
    CHECK(parser.next(bytes)->kind == sse_kind::event_end);
    CHECK(parser.event_name() == "image");
    CHECK(parser.next(bytes)->kind == sse_kind::need_more);
    CHECK(parser.event_name().empty());
}

TEST_CASE("names over their bounds are malformed for good, and the bound itself is not")
{
    const sse_limits limits{.field_name_bytes_max = 8, .event_name_bytes_max = 10};
    const std::string_view fine = "12345678: x\nevent: 1234567890\ndata: a\n\n";
    CHECK(read_pieces({fine}, limits).events.size() == 1);
    for (const std::string_view bad : {"123456789: x\n", "data: a\n\nevent: 12345678901\n",
                                       "\xEF\xBB\xBF"
                                       "123456789"}) {
        const auto expected = read_pieces({bad}, limits);
        CHECK(expected.rest.name == "failed");
        CHECK(expected.rest.data.find("malformed event stream") != std::string::npos);
        support::for_each_pair_of_cuts(
            bad, [&](const auto& cut) { REQUIRE(read_pieces(cut, limits) == expected); });
    }

    sse_parser parser(limits);
    std::string_view bytes = "123456789: x\n\ndata: a\n\n";
    CHECK(parser.next(bytes).error().code == sse_errc::malformed_stream);
    bytes = "data: a\n\n";
    CHECK(!parser.next(bytes));
    std::string_view nothing;
    CHECK(!parser.next(nothing));
    parser.reset();
    bytes = "data: a\n\n";
    CHECK(parser.next(bytes)->data == "a");
}

TEST_CASE("reset forgets half a line, half a mark and half a line end")
{
    for (const char* before :
         {"\xEF", "\xEF\xBB\xBF", "data: a\r", "event: x", "dat", ": c", "event: x\ndata: a"}) {
        sse_parser parser;
        std::string_view bytes = before;
        while (parser.next(bytes)->kind != sse_kind::need_more) {
        }
        parser.reset();
        CHECK(!parser.line_pending());
        CHECK(!parser.event_pending());
        bytes = "\xEF\xBB\xBF"
                "data: b\n\n";
        CHECK(parser.next(bytes)->data == "b");
        CHECK(parser.event_name().empty());
    }
}

TEST_CASE("an event of 20 MB passes in the pieces it came in, and none of it is kept")
{
    std::string body = "event: big\ndata: ";
    body.append(20'000'000, 'A');
    body += "\r\n\r\n";
    sse_parser parser;
    std::size_t data_bytes = 0;
    std::size_t tokens = 0;
    for (std::size_t at = 0; at < body.size(); at += 65536) {
        std::string_view bytes = std::string_view(body).substr(at, 65536);
        const char* const begin = bytes.data();
        const char* const end = begin + bytes.size();
        for (;;) {
            const auto token = parser.next(bytes);
            REQUIRE(token);
            if (token->kind != sse_kind::data)
                break;
            ++tokens;
            data_bytes += token->data.size();
            // A view into our own bytes: nothing was copied.
            CHECK(token->data.data() >= begin);
            CHECK(token->data.data() + token->data.size() <= end);
        }
    }
    CHECK(data_bytes == 20'000'000);
    CHECK(tokens == (body.size() + 65535) / 65536);
}
