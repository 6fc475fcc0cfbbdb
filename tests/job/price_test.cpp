#include "engine/job/price.hpp"

#include "engine/job/token_estimate.hpp"
#include "tests/support/job_samples.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <limits>

using namespace engine;
using base::microusd;
using job::cost_basis;
using job::cost_of;
using job::image_size;
using job::mainline_cost_of;
using job::model_price;
using job::price_table;
using job::settle_cost;
using job::usage;
using support::request_for;

namespace {

price_table table_from(std::string_view text)
{
    auto document = base::parse_json(text, "prices.json");
    REQUIRE(document);
    auto table = price_table::parse(*document, "prices.json");
    REQUIRE(table);
    return *table;
}

std::string parse_failure(std::string_view text)
{
    auto document = base::parse_json(text, "prices.json");
    REQUIRE(document);
    auto table = price_table::parse(*document, "prices.json");
    REQUIRE(!table);
    return table.error().message();
}

constexpr job::token_prices gpt_image_2 = {.input_text = {5'000'000},
                                           .input_cached = {1'250'000},
                                           .input_image = {8'000'000},
                                           .output_image = {30'000'000},
                                           .output_text = {10'000'000}};

job::token_prices tokens_of(const std::optional<model_price>& price)
{
    REQUIRE(price);
    REQUIRE(price->tokens);
    return *price->tokens;
}

} // namespace

TEST_CASE("the built-in table has the prices of the contract and says when it was made")
{
    const auto& table = price_table::builtin();
    CHECK(table.version() == "2026-11-20");
    const auto two = tokens_of(table.find("openai", "gpt-image-2"));
    CHECK(two.input_text == microusd{5'000'000});
    CHECK(two.input_cached == microusd{1'250'000});
    CHECK(two.input_image == microusd{8'000'000});
    CHECK(two.output_image == microusd{30'000'000});
    CHECK(two.output_text == microusd{10'000'000});
    CHECK(tokens_of(table.find("openai", "gpt-image-1.5")).output_image == microusd{32'000'000});
    CHECK(tokens_of(table.find("openai", "gpt-image-1")).output_image == microusd{40'000'000});
    CHECK(tokens_of(table.find("openai", "gpt-image-1-mini")).output_image == microusd{8'000'000});
    CHECK(tokens_of(table.find("openai", "gpt-image-1-mini")).input_cached == microusd{200'000});
}

TEST_CASE("the longest entry that covers a model's name wins, and a stranger has no price")
{
    const auto table = table_from(R"({"version": "t", "models": {
        "gpt-image-1":      {"per_image_usd": 1},
        "gpt-image-1-mini": {"per_image_usd": 2},
        "gpt-image-2":      {"per_image_usd": 3},
        "gpt-image-2.5":    {"per_image_usd": 4},
        "gpt-image-2.5-sunburst": {"per_image_usd": 5}}})");
    const auto dollars = [&](std::string_view model) -> std::int64_t {
        const auto price = table.find("openai", model);
        return price && price->per_image ? price->per_image->count / 1'000'000 : -1;
    };
    CHECK(dollars("gpt-image-1") == 1);
    CHECK(dollars("gpt-image-1-2025-04-23") == 1);
    CHECK(dollars("gpt-image-1-mini") == 2);
    CHECK(dollars("gpt-image-1-mini-2025-10-06") == 2);
    CHECK(dollars("gpt-image-2") == 3);
    CHECK(dollars("gpt-image-2-2026-04-21") == 3);
    CHECK(dollars("gpt-image-2.5") == 4);
    CHECK(dollars("gpt-image-2.5-flare") == 4);
    CHECK(dollars("gpt-image-2.5-sunburst") == 5);
    CHECK(dollars("gpt-image-2.5-sunburst-2026-09-08") == 5);
    CHECK(dollars("gpt-image-2.6-flare") == -1);
    CHECK(dollars("gpt-image-1.5") == -1);
    CHECK(dollars("gpt-image-20") == -1);
    CHECK(dollars("gpt-image") == -1);
    CHECK(dollars("") == -1);
}

TEST_CASE("a provider's own price wins over the model's, its price for one model over both")
{
    auto table = price_table::builtin();
    CHECK(table.find("laozhang", "gpt-image-2")->per_image == microusd{30'000});
    CHECK(table.find("laozhang", "whatever")->per_image == microusd{30'000});
    CHECK(table.find("xai-router", "gpt-image-2")->tokens);

    table.set_provider_price("studio", {70'000});
    CHECK(table.find("studio", "gpt-image-2")->per_image == microusd{70'000});
    CHECK(table.find("openai", "gpt-image-2")->tokens);
    table.set_provider_price("studio", {80'000});
    CHECK(table.find("studio", "gpt-image-2")->per_image == microusd{80'000});

    table.set_model_price("studio", "gpt-image-2", {{}, microusd{90'000}});
    table.set_model_price("openai", "secret", {gpt_image_2, {}});
    CHECK(table.find("studio", "gpt-image-2")->per_image == microusd{90'000});
    CHECK(table.find("studio", "gpt-image-1.5")->per_image == microusd{80'000});
    CHECK(table.find("openai", "secret")->tokens);
    CHECK(!table.find("studio2", "secret"));
    // The built-in table is nobody's to change.
    CHECK(!price_table::builtin().find("openai", "secret"));
}

TEST_CASE("a table that cannot be meant is refused, naming file, entry and field")
{
    CHECK(parse_failure("{}").find("a price table needs a version") != std::string::npos);
    CHECK(parse_failure(R"({"version": 3})").find("version") != std::string::npos);
    const auto of_model = [](const std::string& entry) {
        return parse_failure(R"({"version": "t", "models": {"m": )" + entry + "}}");
    };
    const auto missing = of_model(R"({"input_text": 5, "input_cached": 1, "output_image": 30})");
    CHECK(missing.find("prices.json: models.m") != std::string::npos);
    CHECK(missing.find("input_image: expected USD per 1,000,000 tokens") != std::string::npos);
    for (const char* entry : {
             "7",
             "{}",
             R"({"per_image_usd": -0.01})",
             R"({"per_image_usd": "0.03"})",
             R"({"per_image_usd": 1001})",
             R"({"per_image_usd": 0.03, "input_text": 5})", // one way of charging
             R"({"input_text": -5, "input_cached": 1, "input_image": 8, "output_image": 30,
                 "output_text": 10})",
             R"({"input_text": 5, "input_cached": 1, "input_image": 8, "output_image": 1e6,
                 "output_text": 10})",
         })
        CHECK_MESSAGE(of_model(entry).find("models.m") != std::string::npos, entry);
    CHECK(parse_failure(R"({"version": "t", "providers": {"p": {"per_image_usd": true}}})")
              .find("providers.p") != std::string::npos);
    // Free is a price.
    CHECK(table_from(R"({"version": "t", "providers": {"p": {"per_image_usd": 0}}})")
              .find("p", "m")
              ->per_image == microusd{0});
}

TEST_CASE("the official dollars for each picture come out of tokens times price")
{
    // Contract, section 8: low, medium, high; each square, portrait, landscape.
    struct {
        const char* model;
        double dollars[3][3];
    } const rows[] = {
        {"gpt-image-2", {{.006, .005, .005}, {.053, .041, .041}, {.211, .165, .165}}},
        {"gpt-image-1.5", {{.009, .013, .013}, {.034, .050, .050}, {.133, .200, .200}}},
        {"gpt-image-1", {{.011, .016, .016}, {.042, .063, .063}, {.167, .250, .250}}},
        {"gpt-image-1-mini", {{.005, .006, .006}, {.011, .015, .015}, {.036, .052, .052}}},
    };
    constexpr image_size sizes[] = {{1024, 1024}, {1024, 1536}, {1536, 1024}};
    constexpr const char* qualities[] = {"low", "medium", "high"};
    for (const auto& [model, dollars] : rows)
        for (std::size_t q = 0; q < 3; ++q)
            for (std::size_t s = 0; s < 3; ++s) {
                const usage one = {.output_image =
                                       job::output_tokens(model, sizes[s], qualities[q])};
                const double computed =
                    cost_of(one, tokens_of(price_table::builtin().find("openai", model))).usd();
                // The table for gpt-image-2 is exact to its three decimals. Those of the others
                // were rounded more than once: 6208 tokens at 32 USD are 0.1987, printed as 0.200.
                const double slack = std::string_view(model) == "gpt-image-2" ? 0.0005 : 0.0018;
                CHECK_MESSAGE(std::abs(computed - dollars[q][s]) <= slack,
                              model << " " << qualities[q] << " " << to_string(sizes[s]) << ": "
                                    << computed);
            }
}

TEST_CASE("the cost of an attempt is rounded up once, over the sum")
{
    CHECK(cost_of({}, gpt_image_2) == microusd{0});
    CHECK(cost_of({.input_text = 1}, gpt_image_2) == microusd{5});
    CHECK(cost_of({.input_text = 10, .input_image = 194, .output_image = 1756, .output_text = 3},
                  gpt_image_2) == microusd{50 + 1552 + 52'680 + 30});
    job::token_prices thirds;
    thirds.input_text = thirds.output_image = {333'333};
    CHECK(cost_of({.input_text = 1, .output_image = 1}, thirds) == microusd{1}); // not 2
    CHECK(cost_of({.input_text = 3, .output_image = 1}, thirds) == microusd{2});
}

TEST_CASE("cached input is cheaper by its share, text first and then images, each once")
{
    CHECK(cost_of({.input_text = 100, .input_cached = 40}, gpt_image_2) == microusd{60 * 5 + 50});
    // 100 of text, then 50 of the images at 2 USD: the contract's price for cached image input.
    CHECK(cost_of({.input_text = 100, .input_image = 200, .input_cached = 150}, gpt_image_2) ==
          microusd{125 + 50 * 2 + 150 * 8});
    // More cached than there is cannot make the rest negative.
    CHECK(cost_of({.input_text = 100, .input_cached = 1'000'000}, gpt_image_2) == microusd{125});
    // No price for text: images stay at their own.
    job::token_prices images_only;
    images_only.input_image = {8'000'000};
    CHECK(cost_of({.input_image = 10, .input_cached = 10}, images_only) == microusd{80});
}

TEST_CASE("absurd counts cost at most a bound, and negative ones nothing")
{
    constexpr auto huge = std::numeric_limits<std::int64_t>::max();
    const usage absurd = {.input_text = huge, .input_image = huge, .output_image = huge};
    CHECK(cost_of(absurd, gpt_image_2) == microusd{1'000'000'000'000'000});
    CHECK(cost_of({.input_text = -5, .input_cached = -7, .output_image = 1}, gpt_image_2) ==
          microusd{30});
}

TEST_CASE("an estimate is low, expected and worst in this order, and says when there is no price")
{
    const auto price = price_table::builtin().find("openai", "gpt-image-2");
    auto request = request_for("gpt-image-2");
    for (const char* quality : {"low", "high", "auto", ""})
        for (const bool open_size : {false, true})
            for (const int partials : {0, 3}) {
                request.quality = quality;
                request.size = open_size ? std::nullopt : std::optional(image_size{1536, 1024});
                request.partial_images = partials;
                const auto estimate = estimate_cost(request, price);
                CHECK(estimate.priced);
                CHECK(estimate.low <= estimate.expected);
                CHECK(estimate.expected <= estimate.worst);
                CHECK(estimate.low > microusd{0});
                CHECK(estimate.worst_tokens == job::estimate_tokens(request).worst.total());
            }
    const auto unpriced = estimate_cost(request, std::nullopt);
    CHECK(!unpriced.priced);
    CHECK(unpriced.worst == microusd{0});
    CHECK(unpriced.worst_tokens > 0); // limits hold without a price

    const auto flat = estimate_cost(request, model_price{{}, microusd{30'000}});
    CHECK(flat.priced);
    CHECK(flat.low == microusd{30'000});
    CHECK(flat.expected == microusd{30'000});
    CHECK(flat.worst == microusd{30'000});
}

TEST_CASE("what is reserved covers what the reported usage will cost")
{
    // Usage as the provider would report it: the formula's output, all partials, a token for every
    // two bytes of the prompt, the full budget for each reference.
    const auto price = price_table::builtin().find("openai", "gpt-image-2");
    auto request = request_for("gpt-image-2");
    request.references = {support::photo("a.png", {1024, 1024})};
    request.partial_images = 2;
    const usage reported = {
        .input_text = static_cast<std::int64_t>(request.prompt.size()) / 2 + 6,
        .input_image = 1536,
        .output_image = job::output_tokens(request.model, request.size, request.quality) + 200};
    const auto settled = settle_cost(reported, price, {});
    CHECK(settled.amount <= estimate_cost(request, price).worst);
}

TEST_CASE("the bill goes by the gateway's figure, then usage, then the flat price, then the "
          "reservation")
{
    const microusd reserved = {99'000};
    const model_price by_tokens = {gpt_image_2, {}};
    const model_price flat = {{}, microusd{30'000}};
    usage used = {.output_image = 1000};
    const auto check = [&](const job::cost& is, std::int64_t amount, cost_basis basis) {
        CHECK(is.amount == microusd{amount});
        CHECK(is.basis == basis);
    };
    check(settle_cost(used, by_tokens, reserved), 30'000, cost_basis::usage);
    check(settle_cost(std::nullopt, by_tokens, reserved), 99'000, cost_basis::estimate);
    check(settle_cost(used, flat, reserved), 30'000, cost_basis::usage);
    check(settle_cost(std::nullopt, flat, reserved), 30'000, cost_basis::usage);
    check(settle_cost(used, std::nullopt, reserved), 0, cost_basis::unpriced);
    check(settle_cost(std::nullopt, std::nullopt, reserved), 0, cost_basis::unpriced);

    used.reported_cost_usd = 0.0412;
    check(settle_cost(used, by_tokens, reserved), 41'200, cost_basis::usage);
    check(settle_cost(used, flat, reserved), 41'200, cost_basis::usage);
    check(settle_cost(used, std::nullopt, reserved), 41'200, cost_basis::usage);
    used.reported_cost_usd = 0;
    check(settle_cost(used, by_tokens, reserved), 0, cost_basis::usage);
    // A figure that cannot be one is as if nothing was said.
    for (const double nonsense : {-0.01, 1e12, std::nan(""), HUGE_VAL}) {
        used.reported_cost_usd = nonsense;
        check(settle_cost(used, by_tokens, reserved), 30'000, cost_basis::usage);
    }
}

TEST_CASE("usage adds up without its cached part, which is counted already")
{
    CHECK(usage{.input_text = 1,
                .input_image = 2,
                .input_cached = 2,
                .output_image = 4,
                .output_text = 8}
              .total() == 15);
}

TEST_CASE("a text model's price is found for itself and its snapshots, never for its cousins")
{
    const auto& table = price_table::builtin();
    const job::text_prices gpt_5_5 = {{5'000'000}, {500'000}, {30'000'000}};
    CHECK(table.find_text("openai", "gpt-5.5") == gpt_5_5);
    CHECK(table.find_text("simulator", "gpt-5.5-2026-03-05") == gpt_5_5);
    for (const char* other : {"gpt-5.5-pro", "gpt-5-nano", "gpt-5-codex", "gpt-5.5-2026-03-05x",
                              "gpt-5.5-20260305aa", "gpt-5.", "gpt-image-2", ""})
        CHECK(!table.find_text("openai", other));
    auto own = table;
    own.set_text_price("studio", "gpt-5.5", {{1}, {2}, {3}});
    CHECK(own.find_text("studio", "gpt-5.5") == job::text_prices{{1}, {2}, {3}});
    CHECK(own.find_text("openai", "gpt-5.5") == gpt_5_5);
    const auto wrong =
        base::parse_json(R"({"version":"1","text_models":{"a":{"input":1,"output":2}}})", "test");
    const auto refused = price_table::parse(*wrong, "test");
    REQUIRE(!refused);
    CHECK(refused.error().message().find("text_models.a") != std::string::npos);
    CHECK(refused.error().message().find("input_cached") != std::string::npos);
}

TEST_CASE("mainline tokens cost their own price, more in a long context, rounded up once")
{
    const job::text_prices prices = {{5'000'000}, {500'000}, {30'000'000}};
    CHECK(mainline_cost_of({.mainline_input = 311, .mainline_output = 58}, prices) ==
          microusd{311 * 5 + 58 * 30});
    CHECK(mainline_cost_of({.mainline_input = 100, .mainline_cached = 40}, prices) ==
          microusd{60 * 5 + 20});
    CHECK(mainline_cost_of({.mainline_input = 10, .mainline_cached = 99}, prices) == microusd{5});
    CHECK(mainline_cost_of({.mainline_input = 272'000, .mainline_output = 1}, prices) ==
          microusd{272'000 * 5 + 30});
    CHECK(mainline_cost_of({.mainline_input = 272'001, .mainline_output = 1}, prices) ==
          microusd{272'001 * 10 + 45});
    CHECK(mainline_cost_of({.mainline_input = 1}, {{1}, {1}, {1}}) == microusd{1});
    CHECK(mainline_cost_of({.output_image = 1000}, prices) == microusd{0});
    CHECK(mainline_cost_of({.mainline_input = -5, .mainline_output = -1}, prices) == microusd{0});
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    CHECK(mainline_cost_of({.mainline_input = most, .mainline_output = most}, prices) ==
          microusd{1'000'000'000'000'000});
}

TEST_CASE("a route of the Responses API is priced by both its models, or not at all")
{
    const auto& table = price_table::builtin();
    job::route way{"openai", "responses", "gpt-image-2", "gpt-5.5"};
    auto request = request_for("gpt-image-2");
    request.mainline_model = "gpt-5.5";
    const auto both = estimate_cost(request, table.find_route(way));
    way.api = "images";
    const auto image = estimate_cost(request, table.find_route(way));
    CHECK(both.priced);
    CHECK(both.worst_tokens == image.worst_tokens); // the limit is the drawing model's
    CHECK(both.image_worst == image.worst);
    const auto bytes = static_cast<std::int64_t>(request.prompt.size());
    CHECK(both.worst - image.worst == microusd{(bytes + 1500) * 5 + 2000 * 30});
    CHECK(both.low - image.low > microusd{0});
    CHECK(both.expected - image.expected < both.worst - image.worst);

    request.references = {support::photo("a.png", {64, 64}), support::photo("b.png", {64, 64})};
    request.previous_response_id = "resp_1";
    way.api = "responses";
    const auto with_images = estimate_cost(request, table.find_route(way));
    CHECK(with_images.worst - with_images.image_worst ==
          microusd{(2 * bytes + 1500 + 3 * 1536 + 2000) * 5 + 2000 * 30});
    // Everything that a chain has said and shown is read again.
    request.chain_length = 4;
    const auto chained = estimate_cost(request, table.find_route(way));
    CHECK(chained.worst - chained.image_worst ==
          microusd{(5 * bytes + 1500 + 6 * 1536 + 4 * 2000) * 5 + 2000 * 30});

    way.mainline_model = "nobody-knows";
    CHECK(!table.find_route(way).priced());
    const auto unpriced = estimate_cost(request, table.find_route(way));
    CHECK(!unpriced.priced);
    CHECK(unpriced.worst == microusd{0});
    CHECK(unpriced.worst_tokens > 0);

    // A flat price is for the whole call.
    way.provider = "laozhang";
    CHECK(table.find_route(way).priced());
    CHECK(estimate_cost(request, table.find_route(way)).worst == microusd{30'000});
}

TEST_CASE(
    "an ended attempt with a text model pays for what was told, and the reserved for the rest")
{
    job::route_price price;
    price.image = model_price{gpt_image_2, {}};
    price.text = job::text_prices{{5'000'000}, {500'000}, {30'000'000}};
    price.has_mainline = true;
    const auto settle = [&](std::optional<usage> used, bool drawn) {
        return settle_cost({used, microusd{99'000}, microusd{60'000}, drawn}, price);
    };
    const auto check = [&](const job::cost& is, std::int64_t amount, cost_basis basis) {
        CHECK(is.amount == microusd{amount});
        CHECK(is.basis == basis);
    };
    const usage mainline = {.mainline_input = 100, .mainline_output = 10}; // 800
    usage all = mainline;
    all.output_image = 1000;
    check(settle(all, true), 30'800, cost_basis::usage);
    check(settle(mainline, true), 60'800, cost_basis::estimate);
    check(settle(mainline, false), 800, cost_basis::usage); // a refusal in words
    check(settle(std::nullopt, true), 99'000, cost_basis::estimate);
    all.reported_cost_usd = 0.05;
    check(settle(all, true), 50'000, cost_basis::usage);
    all.reported_cost_usd = std::nan("");
    check(settle(all, true), 30'800, cost_basis::usage);
    price.text.reset();
    check(settle(mainline, true), 0, cost_basis::unpriced);
    price.image = model_price{{}, microusd{30'000}};
    check(settle(mainline, true), 30'000, cost_basis::usage);
    price.has_mainline = false;
    check(settle(std::nullopt, true), 30'000, cost_basis::usage);
}
