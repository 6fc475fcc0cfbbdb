#include "engine/base/json.hpp"

#include <doctest/doctest.h>

using namespace engine::base;

TEST_CASE("a document reads back as it was written")
{
    const auto value = json::make_object({{"name", "caf\u00e9 \"x\"\n"},
                                          {"count", 3},
                                          {"price", 0.04},
                                          {"none", nullptr},
                                          {"list", json::array{1, true, "a"}}});
    const auto again = parse_json(value.dump(), "test");
    REQUIRE(again);
    CHECK(*again == value);
    CHECK(parse_json(value.dump_pretty(), "test").value() == value);
}

TEST_CASE("broken documents are refused, whatever is wrong with them")
{
    for (const char* text : {"", "{", "{}x", "{\"a\":1,}", "\"\\ud83d\"", "\"\x01\"", "\"\xff\"",
                             "[1 2]", "nul", "123456789012345678901234567890"})
        CHECK_MESSAGE(!parse_json(text, "test"), text);
    CHECK(parse_json("[]", "test", 1).error().code == json_errc::too_large);
    CHECK(!parse_json(std::string(100'000, '['), "test"));
}

TEST_CASE("members that are not there read as null, and wrong kinds as the fallback")
{
    const auto value = parse_json(R"({"a":{"b":7},"s":"x"})", "test").value();
    CHECK(value["a"]["b"].integer_or(0) == 7);
    CHECK(value["a"]["nope"]["deeper"].is_null());
    CHECK(value["s"].integer_or(-1) == -1);
    CHECK(value["a"].text_or("no") == "no");
}

TEST_CASE("invalid UTF-8 never reaches a written document")
{
    CHECK(json("a\xff\xfe"
               "b")
              .dump() == "\"a\xEF\xBF\xBD\xEF\xBF\xBD"
                         "b\"");
}

TEST_CASE("a megabyte of invalid bytes is written in one pass and without deep recursion")
{
    const std::string written = json(std::string(1'000'000, '\xff')).dump();
    CHECK(written.size() == 3'000'002);
    CHECK(parse_json(written, "test").has_value());
}

TEST_CASE("numbers beyond 64 bits are written so that they read back")
{
    for (const char* text : {"22422224222222244E4", "18446744073709551615", "9223372036854775808",
                             "-9223372036854775808", "-22422224222222244E4", "1e300", "5e-324"}) {
        const auto value = parse_json(text, "test");
        REQUIRE_MESSAGE(value, text);
        const auto again = parse_json(value->dump(), "test");
        REQUIRE_MESSAGE(again, value->dump());
        CHECK_MESSAGE(again->number_or(0) == value->number_or(1), text);
    }
    CHECK(json(-0.0).dump() == "0");
}
