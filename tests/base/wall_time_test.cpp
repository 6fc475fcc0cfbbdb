#include "engine/base/wall_time.hpp"

#include <doctest/doctest.h>

using namespace engine::base;
using namespace std::chrono_literals;

TEST_CASE("times are written and read in RFC 3339 and as HTTP dates")
{
    const auto time = parse_rfc3339("2026-11-25T10:00:05.120Z");
    REQUIRE(time);
    CHECK(format_rfc3339(*time) == "2026-11-25T10:00:05.120Z");
    CHECK(format_http_date(*time) == "Wed, 25 Nov 2026 10:00:05 GMT");
    CHECK(*parse_http_date("Wed, 25 Nov 2026 10:00:05 GMT") == *time - 120ms);
    for (const char* text :
         {"", "2026-13-25T10:00:05.120Z", "2026-11-25 10:00:05.120Z", "2026-02-30T10:00:05.120Z"})
        CHECK_MESSAGE(!parse_rfc3339(text), text);
    CHECK(!parse_http_date("Wednesday, 25-Nov-26 10:00:05 GMT"));
}

TEST_CASE("durations read like a person says them")
{
    CHECK(format_duration(850ms) == "850 ms");
    CHECK(format_duration(12'400ms) == "12.4 s");
    CHECK(format_duration(185s) == "3 min 05 s");
    CHECK(format_duration(7h + 12min) == "7 h 12 min");
}
