#include "engine/base/money.hpp"

#include <doctest/doctest.h>

using namespace engine::base;

TEST_CASE("dollars are read exactly or not at all")
{
    CHECK(parse_usd("25")->count == 25'000'000);
    CHECK(parse_usd("0.005")->count == 5'000);
    CHECK(parse_usd("0.000001")->count == 1);
    for (const char* text :
         {"", ".5", "1.", "-1", "1e3", "$5", "0.0000001", "1,5", "9999999999", " 1"})
        CHECK_MESSAGE(!parse_usd(text), text);
}

TEST_CASE("dollars are printed with two decimals at least and no idle zeros")
{
    CHECK(format_usd({25'000'000}) == "$25.00");
    CHECK(format_usd({41'200}) == "$0.0412");
    CHECK(format_usd({5'000}) == "$0.005");
    CHECK(format_usd({1'999'999}, 2) == "$2.00");
    CHECK(format_usd({-500'000}) == "-$0.50");
    CHECK(microusd_from_usd(0.1 + 0.2).count == 300'000);
}
