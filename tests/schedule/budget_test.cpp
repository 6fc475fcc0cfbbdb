#include "engine/schedule/budget.hpp"

#include <doctest/doctest.h>

using namespace engine::schedule;
using engine::base::microusd;

TEST_CASE("a reservation fits up to the last millionth of the cap")
{
    budget money(microusd{1'000'000}, microusd{200'000});
    CHECK(money.fits({800'000}));
    CHECK(!money.fits({800'001}));
    money.reserve({500'000});
    CHECK(money.fits({300'000}));
    CHECK(!money.fits({300'001}));
    CHECK(!money.hopeless({300'001})); // what is reserved may turn out cheaper
    CHECK(money.hopeless({800'001}));
}

TEST_CASE("a settlement replaces the reservation by what is counted")
{
    budget money(microusd{1'000'000}, {});
    money.reserve({600'000});
    money.settle({600'000}, {100'000});
    CHECK(money.reserved() == microusd{0});
    CHECK(money.spent() == microusd{100'000});
    CHECK(money.spent_this_run() == microusd{100'000});
    CHECK(money.fits({900'000}));
    CHECK(money.over_reserve() == 0);
}

TEST_CASE("a settlement above its reservation is counted, told, and stops the rest")
{
    budget money(microusd{1'000'000}, {});
    money.reserve({900'000});
    money.settle({900'000}, {1'200'000});
    CHECK(money.spent() == microusd{1'200'000});
    CHECK(money.over_reserve() == 1);
    CHECK(money.over_reserve_amount() == microusd{300'000});
    CHECK(!money.fits({0}));
    CHECK(money.hopeless({0}));
}

TEST_CASE("without a cap everything fits, and absurd sums do not wrap around")
{
    budget money({}, {});
    const microusd huge{std::numeric_limits<std::int64_t>::max() - 1};
    money.reserve(huge);
    CHECK(money.fits(huge));
    CHECK(!money.hopeless(huge));

    budget capped(microusd{1'000'000}, {});
    capped.reserve({1});
    CHECK(!capped.fits(huge));
    CHECK(capped.hopeless(huge));
}
