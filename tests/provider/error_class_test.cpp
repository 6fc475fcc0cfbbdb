#include "engine/provider/error_class.hpp"

#include "tests/support/golden.hpp"

#include <doctest/doctest.h>
#include <map>

using namespace engine;
using job::outcome;

namespace {

http::header_list headers_of(const base::json& object)
{
    http::header_list list;
    for (const auto& [name, value] : object.members())
        list.add(name, value.text_or({}));
    return list;
}

provider::error_report classify(const base::json& example)
{
    const auto headers = headers_of(example["headers"]);
    provider::error_input said;
    said.status = static_cast<int>(example["http_status"].integer_or(0));
    const auto& body = example["body"];
    said.body = body.is_null() ? nullptr : &body;
    said.raw_body = body.is_null() ? "<html>Gateway time-out</html>" : "";
    said.headers = &headers;
    return provider::classify_error(said);
}

provider::error_report classify(int status, std::string_view body)
{
    const auto parsed = base::parse_json(body, "test").value();
    provider::error_input said;
    said.status = status;
    said.body = &parsed;
    return provider::classify_error(said);
}

} // namespace

TEST_CASE("every error of the contract has the outcome that policy needs")
{
    const std::map<std::string, outcome> expected = {
        {"unknown_parameter", outcome::invalid},
        {"invalid_size", outcome::invalid},
        {"stream_n", outcome::invalid},
        {"mimetype", outcome::invalid},
        {"moderation_blocked", outcome::refused},
        {"content_policy_violation", outcome::refused},
        {"billing_hard_limit", outcome::account},
        {"invalid_api_key", outcome::account},
        {"org_not_verified", outcome::account},
        {"model_not_found", outcome::account},
        {"gone", outcome::account},
        {"rate_limit_images", outcome::rate_limited},
        {"rate_limit_images_headers", outcome::rate_limited},
        {"rate_limit_impossible", outcome::invalid},
        {"slow_down", outcome::overloaded},
        {"insufficient_quota", outcome::account},
        {"project_spend_limit", outcome::account},
        {"server_error", outcome::overloaded},
        {"overloaded", outcome::overloaded},
        {"x_should_retry_false", outcome::invalid},
        {"azure_content_filter", outcome::refused},
        {"gateway_200_error", outcome::overloaded},
        {"gateway_string_error", outcome::unknown},
        {"gateway_html", outcome::unknown},
    };
    const auto cases = support::golden_json("contract/errors.json")["cases"];
    for (const auto& [name, example] : cases.members()) {
        if (name == "gateway_200_empty")
            continue; // no error at all: images_reply decides
        REQUIRE_MESSAGE(expected.contains(name), name);
        const auto report = classify(example);
        CHECK_MESSAGE(report.outcome == expected.at(name), name);
        CHECK_MESSAGE(!report.message.empty(), name);
        // Of an account's no, these stop one model and not the key.
        CHECK_MESSAGE(report.about_model == (name == "org_not_verified" ||
                                             name == "model_not_found" || name == "gone"),
                      name);
        CHECK_MESSAGE(report.possibly_billed == (report.outcome == outcome::unknown), name);
        const auto wanted = example["expect"].text_or({});
        if (wanted.starts_with("retry_after:")) {
            REQUIRE_MESSAGE(report.retry_after.has_value(), name);
            CHECK_MESSAGE(report.retry_after->count() == std::stol(std::string(wanted.substr(12))),
                          name);
        }
    }
    CHECK(cases.members().size() == expected.size() + 1);
    CHECK(classify(cases["rate_limit_impossible"]).never_fits);
}

TEST_CASE("an error in the middle of an image may have been billed")
{
    const auto body =
        base::parse_json(
            R"({"error":{"type":"image_generation_server_error","code":"image_generation_failed"}})",
            "t")
            .value();
    provider::error_input said;
    said.status = 200;
    said.body = &body;
    CHECK(provider::classify_error(said).outcome == outcome::overloaded);
    said.image_had_begun = true;
    CHECK(provider::classify_error(said).outcome == outcome::unknown);
    CHECK(provider::classify_error(said).possibly_billed);
    // Moderation of the finished image is said to be billed at times.
    const auto refused = classify(
        400,
        R"({"error":{"code":"moderation_blocked","message":"no","moderation_details":{"moderation_stage":"output"}}})");
    CHECK(refused.outcome == outcome::refused);
    CHECK(refused.possibly_billed);
}

TEST_CASE("errors in shapes of their own are understood all the same")
{
    CHECK(classify(200, R"({"type":"error","code":"rate_limit_exceeded","message":"slow"})")
              .outcome == outcome::rate_limited);
    CHECK(classify(200, R"({"error":{"code":"503","message":"no channel"}})").outcome ==
          outcome::overloaded);
    CHECK(classify(301, "null").outcome == outcome::account);
    CHECK(classify(408, "null").outcome == outcome::unknown);
    CHECK(classify(409, "null").outcome == outcome::overloaded);
    CHECK(classify(413, "null").outcome == outcome::invalid);
    CHECK(classify(451, "null").outcome == outcome::refused);
    CHECK(classify(500, "null").outcome == outcome::unknown);
    CHECK(classify(524, R"({"error":{"code":"server_error","message":"x"}})").outcome ==
          outcome::unknown);
    http::header_list final_word;
    final_word.add("x-should-retry", "false");
    provider::error_input lost;
    lost.status = 502;
    lost.headers = &final_word;
    CHECK(provider::classify_error(lost).outcome ==
          outcome::unknown); // may be billed, whatever it says
    CHECK(provider::classify_error(lost).possibly_billed);
    CHECK(classify(200, R"({"error":{"message":"strange"}})").outcome == outcome::unknown);
}

TEST_CASE("what an error says is cleaned before anybody sees it")
{
    const auto report = classify(
        401,
        R"({"error":{"message":"Incorrect API key provided: sk-proj-abcdefghijkl.\u001b[31m","code":"invalid_api_key"}})");
    CHECK(report.message.find("sk-proj") == std::string::npos);
    CHECK(report.message.find('\x1b') == std::string::npos);
}
