#include "engine/http/descriptors.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

TEST_CASE("the soft limit of descriptors is raised to the hard one")
{
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    rlimit lowered = before;
    lowered.rlim_cur = 256;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &lowered) == 0);
    CHECK(engine::http::raise_descriptor_limit() == before.rlim_max);
    CHECK(engine::http::raise_descriptor_limit() == before.rlim_max);
    rlimit after{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &after) == 0);
    CHECK(after.rlim_cur == before.rlim_max);
}
