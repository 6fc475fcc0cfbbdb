#include "engine/cli/local_time.hpp"

#include <cstdlib>
#include <ctime>
#include <doctest/doctest.h>
#include <string>

using namespace engine;

namespace {

// The zone of the process, for one test.
class zone {
public:
    explicit zone(const char* name)
    {
        if (const char* before = std::getenv("TZ"))
            before_ = before;
        ::setenv("TZ", name, 1);
        ::tzset();
    }
    ~zone()
    {
        if (before_)
            ::setenv("TZ", before_->c_str(), 1);
        else
            ::unsetenv("TZ");
        ::tzset();
    }
    zone(const zone&) = delete;
    zone& operator=(const zone&) = delete;

private:
    std::optional<std::string> before_;
};

// Central Europe as a rule, so that no zone files are needed.
constexpr const char* europe = "CET-1CEST,M3.5.0,M10.5.0/3";

base::wall_time at(const char* text)
{
    return base::parse_rfc3339(text).value();
}

std::string deadline(const char* text, const char* now)
{
    const auto when = cli::parse_deadline(text, at(now));
    return when ? base::format_rfc3339(*when) : "nothing";
}

} // namespace

TEST_CASE("a time of day is its next occurrence by the local clock")
{
    const zone local(europe);
    CHECK(deadline("08:00", "2026-11-21T20:00:00.000Z") == "2026-11-22T07:00:00.000Z");
    CHECK(deadline("08:00", "2026-11-21T06:59:59.000Z") == "2026-11-21T07:00:00.000Z");
    CHECK(deadline("08:00", "2026-11-21T07:00:00.000Z") == "2026-11-22T07:00:00.000Z");
    CHECK(deadline("8:00:30", "2026-11-21T07:00:00.000Z") == "2026-11-21T07:00:30.000Z");
    CHECK(deadline("08:00", "2026-12-31T20:00:00.000Z") == "2027-01-01T07:00:00.000Z");
}

TEST_CASE("the night in which the clocks change has another length")
{
    const zone local(europe);
    CHECK(deadline("08:00", "2026-10-24T20:00:00.000Z") == "2026-10-25T07:00:00.000Z");
    CHECK(deadline("08:00", "2026-03-28T20:00:00.000Z") == "2026-03-29T06:00:00.000Z");
    const auto noon = at("2026-10-25T12:00:00.000Z");
    CHECK(cli::next_local_midnight(noon) - cli::local_midnight(noon) == std::chrono::hours(25));
}

TEST_CASE("a whole time is taken as it is, and nonsense is not")
{
    const zone local(europe);
    const char* now = "2026-11-21T20:00:00.000Z";
    for (const char* text :
         {"2026-11-22T08:00Z", "2026-11-22T08:00:00Z", "2026-11-22T08:00:00.000Z"})
        CHECK_MESSAGE(deadline(text, now) == "2026-11-22T08:00:00.000Z", text);
    for (const char* text :
         {"", "8", "24:00", "08:60", "08:0", "8am", "08:00:00:00", ":", "-1:00", "008:00"})
        CHECK_MESSAGE(deadline(text, now) == "nothing", text);
}

TEST_CASE("a day begins at local midnight")
{
    const zone local(europe);
    CHECK(base::format_rfc3339(cli::local_midnight(at("2026-11-21T23:30:00.000Z"))) ==
          "2026-11-21T23:00:00.000Z");
    CHECK(base::format_rfc3339(cli::local_midnight(at("2026-11-21T22:30:00.000Z"))) ==
          "2026-11-20T23:00:00.000Z");
}

TEST_CASE("a deadline that is too near says what is missing")
{
    const zone local(europe);
    const auto now = at("2026-11-21T20:00:00.000Z");
    const auto when = at("2026-11-22T07:00:00.000Z");
    CHECK(cli::deadline_line(when, now, std::chrono::hours(2)) ==
          "deadline: 08:00 on Sun 22 Nov, in 11 h 00 min\n");
    CHECK(cli::deadline_line(when, now, std::chrono::hours(15)) ==
          "deadline: 08:00 on Sun 22 Nov, in 11 h 00 min; too short: about 15 h 00 min are needed, "
          "what is left then stays open\n");
}
