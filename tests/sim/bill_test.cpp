#include "engine/sim/bill.hpp"

#include "engine/job/price.hpp"

#include <doctest/doctest.h>

using namespace engine;
using namespace engine::sim;

namespace {

bill_entry entry(std::uint64_t serial, ending how = ending::accepted)
{
    bill_entry made;
    made.serial = serial;
    made.client_request_id = "client-" + std::to_string(serial);
    made.model = "gpt-image-2";
    made.api = "generations";
    made.ended = how;
    made.images = 1;
    return made;
}

const job::usage used{.input_text = 10, .output_image = 1000, .reported_cost_usd = {}};

} // namespace

TEST_CASE("a charge is booked once, with the price of its model, and stays through every end")
{
    bill all(1, 100);
    all.open(entry(1));
    all.open(entry(2));
    CHECK(all.in_flight() == 2);
    CHECK(all.to_json({})["charged"].integer_or(-1) == 0);
    all.charge(1, used, 2);
    all.close(1, ending::cut, 200);
    all.close(2, ending::server_error, 500);
    all.add(entry(3, ending::rate_limited));
    const auto document = all.to_json({.details = true});
    CHECK(document["requests_total"].integer_or(0) == 3);
    CHECK(document["in_flight"].integer_or(-1) == 0);
    CHECK(document["charged"].integer_or(0) == 1);
    CHECK(document["images_charged"].integer_or(0) == 1);
    CHECK(document["outcomes"]["cut"].integer_or(0) == 1);
    CHECK(document["outcomes"]["server_error"].integer_or(0) == 1);
    CHECK(document["outcomes"]["rate_limited"].integer_or(0) == 1);
    const auto price = job::price_table::builtin().find("openai", "gpt-image-2");
    CHECK(document["usd"].number_or(0) ==
          doctest::Approx(job::cost_of(used, *price->tokens).usd()));
    const auto& rows = document["requests"].items();
    REQUIRE(rows.size() == 3);
    CHECK(rows[0]["client_request_id"].text_or("") == "client-1");
    CHECK(rows[0]["request_id"].text_or("") == request_id(1, 1));
    CHECK(rows[0]["charged"].bool_or(false));
    CHECK(rows[0]["partials"].integer_or(0) == 2);
    CHECK(rows[0]["usage"]["output_image"].integer_or(0) == 1000);
    CHECK(!rows[1]["charged"].bool_or(true));
}

TEST_CASE("requests under way are listed, and the list can be read in pages")
{
    bill all(1, 100);
    for (std::uint64_t serial = 1; serial <= 5; ++serial)
        all.open(entry(serial));
    all.close(4, ending::delivered, 200); // out of order
    const auto page = all.to_json({.details = true, .after = 2, .limit = 2});
    const auto& rows = page["requests"].items();
    REQUIRE(rows.size() == 2);
    CHECK(rows[0]["serial"].integer_or(0) == 3);
    CHECK(rows[0]["outcome"].text_or("") == "accepted");
    CHECK(rows[1]["serial"].integer_or(0) == 4);
    CHECK(rows[1]["outcome"].text_or("") == "delivered");
    CHECK(!all.to_json({}).contains("requests"));
}

TEST_CASE("beyond its bound the bill keeps sums and says what it does not list")
{
    bill all(1, 3);
    for (std::uint64_t serial = 1; serial <= 10; ++serial) {
        all.open(entry(serial));
        all.charge(serial, used, 0);
        all.close(serial, ending::delivered, 200);
    }
    const auto document = all.to_json({.details = true});
    CHECK(document["requests"].items().size() == 3);
    CHECK(document["requests_not_listed"].integer_or(0) == 7);
    CHECK(document["charged"].integer_or(0) == 10);
    CHECK(document["usage"]["output_image"].integer_or(0) == 10'000);
}

TEST_CASE("a model without a price is charged in tokens and costs nothing")
{
    bill all(1, 3);
    auto strange = entry(1);
    strange.model = "mystery-1";
    all.open(strange);
    all.charge(1, used, 0);
    all.close(1, ending::delivered, 200);
    CHECK(all.to_json({})["charged"].integer_or(0) == 1);
    CHECK(all.to_json({})["usd"].number_or(-1) == 0);
}

TEST_CASE("request ids are the same for the same seed and serial, and never twice")
{
    CHECK(request_id(1, 1) == request_id(1, 1));
    CHECK(request_id(1, 1) != request_id(1, 2));
    CHECK(request_id(1, 1) != request_id(2, 1));
    CHECK(request_id(1, 1).size() == 36);
    CHECK(request_id(1, 1).starts_with("req_"));
}
