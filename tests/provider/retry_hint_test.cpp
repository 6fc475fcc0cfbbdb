#include "engine/provider/retry_hint.hpp"

#include "tests/support/golden.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace engine;
using namespace engine::provider;
using namespace std::chrono_literals;

TEST_CASE("every header set of the contract is read as it says")
{
    for (const auto& set :
         support::golden_json("contract/ratelimit_headers.json")["sets"].items()) {
        http::header_list headers;
        for (const auto& [name, value] : set["headers"].members())
            headers.add(name, value.text_or({}));
        const auto buckets = parse_buckets(headers);
        for (const auto& [bucket, ms] : set["parsed_ms"].members()) {
            const auto found = std::ranges::find(buckets, bucket, &bucket_reading::bucket);
            REQUIRE_MESSAGE(found != buckets.end(), bucket);
            CHECK_MESSAGE(found->reset->count() == ms.integer_or(-1), bucket);
        }
        if (set.contains("retry_after_ms")) {
            const auto wait = parse_retry_after(headers, {});
            CHECK((wait ? wait->count() : -1) == set["retry_after_ms"].integer_or(-1));
        }
    }
}

TEST_CASE("durations that make no sense are no durations")
{
    for (const char* text :
         {"", "s", "-1s", "1x", "1s2", "1e9s", "999d", "nan", "1.2.3s", "9999999999999999999"})
        CHECK_MESSAGE(!parse_reset(text), text);
    CHECK(parse_reset("1s") == 1000ms);
    CHECK(parse_reset(" 6m0s ") == 360s);
    CHECK(parse_reset("0.2") == 200ms);
    CHECK(parse_reset("1d2h") == 26h);
}

TEST_CASE("a Retry-After in the past or unreadable is no wait")
{
    http::header_list past;
    past.add("Retry-After", "Wed, 25 Nov 2026 10:00:05 GMT");
    past.add("Date", "Wed, 25 Nov 2026 10:00:09 GMT");
    CHECK(parse_retry_after(past, {}) == 0ms);
    http::header_list odd;
    odd.add("Retry-After", "soon");
    CHECK(!parse_retry_after(odd, {}));
}

TEST_CASE("the text of a 429 gives limit, use and wait")
{
    const auto text = parse_limit_text(
        "Rate limit reached for gpt-image-2 (for limit gpt-image) in organization org-X on "
        "input-images per min: Limit 5, Used 4, Requested 3. Please try again in 12s.");
    CHECK(text.bucket == "input-images");
    CHECK(text.limit == 5);
    CHECK(text.used == 4);
    CHECK(text.requested == 3);
    CHECK(text.wait == 12s);
    CHECK(!text.never_fits());
    CHECK(parse_limit_text("Limit 5, Requested 10").never_fits());
    CHECK(parse_limit_text("Please try again in 240ms.").wait == 240ms);
    CHECK(parse_limit_text("Please try again in 1.5s").wait == 1500ms);
    CHECK(!parse_limit_text("per min").limit);
    CHECK(!parse_limit_text("").wait);
}

TEST_CASE("only limit headers are kept, and only so many")
{
    http::header_list headers;
    headers.add("X-RateLimit-Limit-Requests", "500");
    headers.add("Set-Cookie", "secret=1");
    headers.add("Retry-After", "1");
    for (int i = 0; i < 200; ++i)
        headers.add("x-ratelimit-limit-b" + std::to_string(i), "1");
    const auto kept = limit_headers(headers);
    CHECK(kept.at("x-ratelimit-limit-requests") == "500");
    CHECK(!kept.contains("set-cookie"));
    CHECK(kept.size() <= 48);
    CHECK(parse_buckets(headers).size() == 16);
}
