#include "engine/plan/name_store.hpp"

#include <doctest/doctest.h>

#include <vector>

using engine::plan::name_store;

TEST_CASE("texts of every length come back, over as many blocks as they need")
{
    name_store store;
    std::vector<name_store::place> places;
    const auto text_of = [](int i) {
        return std::string(static_cast<std::size_t>(i * 37 % 3000),
                           static_cast<char>('a' + i % 26));
    };
    for (int i = 0; i < 2000; ++i) {
        places.push_back(store.add(text_of(i)));
        CHECK(places.back() != 0);
    }
    for (int i = 0; i < 2000; ++i) {
        CHECK(store.at(places[static_cast<std::size_t>(i)]) == text_of(i));
        CHECK(store.is(places[static_cast<std::size_t>(i)], text_of(i)));
        CHECK(!store.is(places[static_cast<std::size_t>(i)], text_of(i) + "x"));
    }
}

TEST_CASE("of a text that is too long its beginning stands for it")
{
    name_store store;
    const std::string longest(name_store::text_bytes_max, 'x');
    const auto place = store.add(longest + "more");
    CHECK(store.at(place) == longest);
    CHECK(store.is(place, longest + "more"));
}
