#include "engine/ledger/line.hpp"

#include "engine/base/redact.hpp"
#include "engine/base/utf8.hpp"
#include "tests/ledger/sample_events.hpp"

#include <doctest/doctest.h>
#include <limits>

using namespace engine;
using namespace engine::ledger;
using support::as_event;
using support::sample_hash;

namespace {

template <class Body>
Body there_and_back(const Body& body)
{
    const auto back = from_line(to_line(as_event(body)));
    REQUIRE_MESSAGE(back.has_value(), back.error().message());
    REQUIRE(std::holds_alternative<Body>(back->body));
    CHECK(back->time == support::sample_time());
    CHECK(back->run == "r-20261120-100005-4f2a");
    return std::get<Body>(back->body);
}

std::string complaint(std::string_view line)
{
    const auto read = from_line(line);
    REQUIRE(!read.has_value());
    return read.error().message();
}

// A line of that type with one member replaced.
std::string with(const job::event& happened, std::string_view name, base::json value)
{
    auto line = *base::parse_json(to_line(happened), "test");
    line.set(name, std::move(value));
    return line.dump();
}

} // namespace

TEST_CASE("every event reads back as it was written, with all fields set and with none")
{
    for (const auto& happened : support::sample_events()) {
        const auto line = to_line(happened);
        CAPTURE(line);
        CHECK(line.find('\n') == std::string::npos);
        const auto back = from_line(line);
        REQUIRE_MESSAGE(back.has_value(), back.error().message());
        CHECK(back->time == happened.time);
        CHECK(back->run == happened.run);
        CHECK(back->body.index() == happened.body.index());
        CHECK(to_line(*back) == line);
    }
}

TEST_CASE("an attempt keeps every field")
{
    const auto was = support::full_attempt();
    const auto is = there_and_back(was);
    CHECK(is.item == was.item);
    CHECK(is.key == was.key);
    CHECK(is.attempt == 3);
    CHECK(is.outcome == job::outcome::delivered);
    CHECK(is.retry_reason == "overloaded");
    CHECK(is.http_status == 200);
    CHECK(is.error_code == "size_mismatch");
    CHECK(is.error_message == was.error_message);
    CHECK(is.request_id == "req_011CSabc");
    CHECK(is.client_request_id == "dk-4f2a-1-3");
    CHECK(is.response_id == "resp_68d1");
    CHECK(is.image_call_id == "ig_68d2");
    CHECK(is.mainline_model == "gpt-5.5");
    CHECK((is.enriched == was.enriched));
    CHECK((is.partials == was.partials));
    CHECK(is.route_owner == "openai");
    CHECK(is.api == "images");
    CHECK(is.model_requested == "gpt-image-2");
    CHECK(is.model_returned == "gpt-image-2-2026-04-21");
    CHECK(is.request.prompt_sha256 == was.request.prompt_sha256);
    CHECK(is.request.prompt == was.request.prompt);
    CHECK(is.request.reference_sha256 == was.request.reference_sha256);
    CHECK(is.request.size == "1536x1024");
    CHECK(is.request.quality == "medium");
    CHECK(is.request.format == "png");
    CHECK(is.request.partial_images == 2);
    CHECK(is.partials_received == 1);
    CHECK(is.used == was.used);
    CHECK(is.price_table == "2026-11-01");
    CHECK(is.expected == was.expected);
    CHECK(is.cost == was.cost);
    CHECK(is.cost_basis == job::cost_basis::usage);
    CHECK(is.possibly_billed);
    CHECK(is.recovered);
    CHECK(is.latency_ms.queued == 0.25);
    CHECK(is.latency_ms.connect == 81.5);
    CHECK(is.latency_ms.first_byte == 420.125);
    CHECK(is.latency_ms.first_event == 421.0);
    CHECK(is.latency_ms.first_partial == 5000.0);
    CHECK(is.latency_ms.last_byte == 12'000.0);
    CHECK(is.latency_ms.decode == 45.75);
    CHECK(is.latency_ms.encode == 130.5);
    CHECK(is.latency_ms.store == 4.0);
    CHECK(is.latency_ms.total == 12'345.678901);
    CHECK(is.bytes_received == std::numeric_limits<std::uint64_t>::max());
    CHECK(is.rate_limit == was.rate_limit);
}

TEST_CASE("an item keeps every field that a line has")
{
    const auto was = support::full_item();
    const auto is = there_and_back(was);
    CHECK(is.state == job::item_state::done);
    CHECK(is.cause == "store");
    CHECK(is.reason == "reused");
    CHECK(is.variables == was.variables);
    CHECK(is.after == was.after);
    CHECK(is.same_as == "lamp-first");
    CHECK(is.revised_prompt == was.revised_prompt);
    CHECK(is.attempts == 4);
    CHECK(is.cost == was.cost);
    CHECK(is.received_sha256 == was.received_sha256);
    REQUIRE(is.outputs.size() == 2);
    CHECK(is.outputs[1].name == "web");
    CHECK(is.outputs[1].path == "lamp-studio/web.webp");
    CHECK(is.outputs[1].sha256 == was.outputs[1].sha256);
    CHECK(is.outputs[1].format == "webp");
    CHECK(is.outputs[1].width == 1600);
    CHECK(is.outputs[1].height == 1067);
    CHECK(is.outputs[1].bytes == 180'000);
    CHECK(is.outputs[1].c2pa == "dropped");
    CHECK(is.outputs[1].recipe == sample_hash(71));
    REQUIRE(is.references.size() == 1);
    CHECK(is.references[0].source == "refs/palette.png");
    CHECK(is.references[0].sha256 == was.references[0].sha256);
    CHECK(is.references[0].rights == "owned, 2026 brand book");
}

TEST_CASE("money is written in digits and comes back to the millionth")
{
    for (const std::int64_t count : {0LL, 1LL, 10LL, 999'999LL, 1'000'000LL, 41'200LL,
                                     123'456'789LL, 999'999'999'999'999LL, -1LL, -2'500'000LL}) {
        job::intent_opened intent = support::sample_intent();
        intent.reserved = {count};
        CHECK(there_and_back(intent).reserved.count == count);
    }
    auto intent = support::sample_intent();
    intent.reserved = {53};
    CHECK(to_line(as_event(intent)).find("\"reserved_usd\":0.000053,") != std::string::npos);
    intent.reserved = {-2'500'000};
    CHECK(to_line(as_event(intent)).find("\"reserved_usd\":-2.5,") != std::string::npos);
}

TEST_CASE("what is not a number is written as null, not as broken JSON")
{
    auto attempt = support::sample_attempt();
    attempt.latency_ms.total = std::numeric_limits<double>::quiet_NaN();
    attempt.latency_ms.queued = std::numeric_limits<double>::infinity();
    const auto back = there_and_back(attempt);
    CHECK(!back.latency_ms.total);
    CHECK(!back.latency_ms.queued);
}

TEST_CASE("whatever a row holds, the line can be read again")
{
    auto item = support::sample_item();
    item.variables = base::json::make_object({{"serial", 123456789012345678901.0},
                                              {"small", -0x1p70},
                                              {"huge", 1e300},
                                              {"whole", 12.0},
                                              {"nan", std::numeric_limits<double>::quiet_NaN()},
                                              {"largest", std::numeric_limits<std::int64_t>::max()},
                                              {"yes", true},
                                              {"list", base::json::array{1, nullptr, "x"}}});
    const auto back = there_and_back(item).variables;
    CHECK(back["serial"].number_or(0) == 123456789012345678901.0);
    CHECK(back["small"].number_or(0) == -0x1p70);
    CHECK(back["huge"].number_or(0) == 1e300);
    CHECK(back["whole"].integer_or(0) == 12);
    CHECK(back["nan"].is_null());
    CHECK(back["largest"] == item.variables["largest"]);
    CHECK(back["list"] == item.variables["list"]);
    base::json deep = "x";
    for (int i = 0; i < 150; ++i)
        deep = i % 2 == 0 ? base::json(base::json::array{deep})
                          : base::json::make_object({{"a", deep}});
    item.variables = deep;
    CHECK(there_and_back(item).variables.is_null());
}

TEST_CASE("whatever numbers and times a provider led to, the line can be read again")
{
    using time_limits = std::numeric_limits<std::int64_t>;
    for (const auto extreme : {time_limits::min(), time_limits::max(), std::int64_t{-1}}) {
        const auto small = static_cast<int>(extreme);
        const auto number = static_cast<double>(extreme);
        auto attempt = support::full_attempt();
        attempt.attempt = attempt.http_status = attempt.partials_received = small;
        attempt.request.partial_images = small;
        attempt.used = job::usage{extreme, extreme, extreme, extreme, extreme,
                                  extreme, extreme, extreme, number};
        attempt.cost = {extreme};
        attempt.latency_ms.total = number;
        there_and_back(attempt);
        auto item = support::full_item();
        item.attempts = item.outputs[0].width = item.outputs[0].height = small;
        item.cost = {extreme};
        there_and_back(item);
        there_and_back(job::run_started{"", "", "", "", extreme, extreme, base::microusd{extreme}});
        job::run_ended end{{{"", extreme}}, {}, {extreme}, {extreme}, extreme, number, small};
        there_and_back(end);
        const auto until = base::wall_time(std::chrono::milliseconds(extreme));
        const auto limit = there_and_back(job::limit_changed{"", "", "", until});
        if (extreme > 0)
            CHECK(base::format_rfc3339(*limit.until) == "9999-12-31T23:59:59.999Z");
        job::event happened = as_event(limit);
        happened.time = until;
        CHECK(from_line(to_line(happened)).has_value());
    }
}

TEST_CASE("hostile text stays inside its string")
{
    for (const std::string text :
         {"\",\"state\":\"done", "a\nb\rc\t", "\x01\x1b[31m", "</script><script>", "\\u0000\\",
          "\xE2\x80\xAE right to left"}) {
        job::warning_raised warning;
        warning.item = text;
        warning.message = text;
        const auto back = there_and_back(warning);
        CHECK(back.item == text);
        CHECK(back.message == text);
        job::run_ended end;
        end.items_by_state[text] = 3;
        CHECK(there_and_back(end).items_by_state == end.items_by_state);
        auto attempt = support::sample_attempt();
        attempt.rate_limit[text] = text;
        CHECK(there_and_back(attempt).rate_limit == attempt.rate_limit);
    }
    job::warning_raised warning;
    warning.message = "cut \xC3 off \xFF";
    CHECK(there_and_back(warning).message == "cut \xEF\xBF\xBD off \xEF\xBF\xBD");
}

TEST_CASE("no key of ours gets into a line, whatever field it is in")
{
    const std::string secret = "canary/secret+41";
    base::remember_secret(secret);
    const std::string text = "x " + secret + " y";
    for (auto happened : support::sample_events()) {
        happened.run = text;
        std::visit(
            [&](auto& body) {
                using body_type = std::decay_t<decltype(body)>;
                if constexpr (requires { body.item; })
                    body.item = text;
                if constexpr (requires { body.key; })
                    body.key = text;
                if constexpr (requires { body.reason; })
                    body.reason = text;
                if constexpr (requires { body.model; })
                    body.model = body.api = body.route_owner = body.request_hash = text;
                if constexpr (std::is_same_v<body_type, job::run_started>)
                    body.manifest = body.host = body.engine_version = body.manifest_sha256 = text;
                if constexpr (std::is_same_v<body_type, job::attempt_ended>) {
                    body.error_code = body.error_message = body.retry_reason = text;
                    body.request_id = body.client_request_id = body.response_id = text;
                    body.model_requested = body.model_returned = body.price_table = text;
                    body.request = {text, text, {text}, text, text, text, 0};
                    body.rate_limit = {{text, text}};
                }
                if constexpr (std::is_same_v<body_type, job::item_ended>) {
                    body.revised_prompt = body.received_sha256 = body.cause = text;
                    body.variables = base::json::make_object(
                        {{text, text}, {"list", base::json::array{text, 1, nullptr}}});
                    body.outputs = {{text, text, text, text, 1, 1, 1, text, text}};
                    body.references.emplace_back();
                    body.references.back().source = body.references.back().rights = text;
                    body.references.back().sha256 = text;
                }
                if constexpr (std::is_same_v<body_type, job::limit_changed>)
                    body.route = body.change = text;
                if constexpr (std::is_same_v<body_type, job::budget_changed>)
                    body.change = text;
                if constexpr (std::is_same_v<body_type, job::warning_raised>)
                    body.message = text;
                if constexpr (std::is_same_v<body_type, job::run_ended>)
                    body.items_by_state = body.attempts_by_outcome = {{text, 1}};
            },
            happened.body);
        const auto line = to_line(happened);
        CAPTURE(line);
        CHECK(line.find("canary") == std::string::npos);
        CHECK(line.find("[redacted]") != std::string::npos);
    }
}

TEST_CASE("what looks like a key is taken out of messages, but not out of names and paths")
{
    auto attempt = support::sample_attempt("sk-20417-oak");
    attempt.error_message = "Incorrect API key provided: sk-proj-abcdefgh12345678";
    const auto back = there_and_back(attempt);
    CHECK(back.item == "sk-20417-oak");
    CHECK(back.error_message == "Incorrect API key provided: [redacted]");
    auto item = support::sample_item("sk-20417-oak");
    CHECK(there_and_back(item).outputs[1].path == "sk-20417-oak/web.webp");
}

TEST_CASE("a line stays below its bound whatever the provider says")
{
    auto attempt = support::full_attempt();
    std::string flood;
    while (flood.size() < 2'000'000)
        flood += "\x01漢字";
    attempt.error_message = attempt.error_code = attempt.request_id = attempt.response_id = flood;
    attempt.model_returned = attempt.request.prompt = attempt.retry_reason = flood;
    for (int i = 0; i < 1000; ++i)
        attempt.rate_limit["x-ratelimit-" + std::to_string(i)] = "1";
    attempt.rate_limit["x"] = flood;
    const auto line = to_line(as_event(attempt));
    CHECK(line.size() < line_bytes_max);
    const auto back = from_line(line);
    REQUIRE(back.has_value());
    const auto& read = std::get<job::attempt_ended>(back->body);
    CHECK(read.error_message.size() <= message_bytes_max);
    CHECK(read.error_message.size() > message_bytes_max - 4);
    CHECK(!base::find_invalid_utf8(read.error_message));
    CHECK(read.rate_limit.size() == 64);

    auto item = support::full_item();
    item.revised_prompt = flood;
    item.reason = flood;
    item.variables.set("text", flood);
    const auto item_line = to_line(as_event(item));
    CHECK(item_line.size() < line_bytes_max);
    const auto item_back = from_line(item_line);
    REQUIRE(item_back.has_value());
    CHECK(std::get<job::item_ended>(item_back->body).variables.is_null());
}

TEST_CASE("a line that cannot be read is refused with a sentence")
{
    const auto intent = as_event(support::sample_intent());
    auto body = support::full_attempt();
    body.bytes_received = 1; // base::json has no room for the largest
    const auto attempt = as_event(body);
    const auto item = as_event(support::full_item());

    CHECK(from_line("").error().code == errc::malformed_line);
    CHECK(from_line("[]").error().code == errc::malformed_line);
    CHECK(from_line("{}").error().code == errc::malformed_line);
    CHECK(from_line("{\"type\":\"intent\"").error().code == errc::malformed_line);
    CHECK(from_line(to_line(intent) + "x").error().code == errc::malformed_line);
    CHECK(from_line(std::string(20, '\0')).error().code == errc::malformed_line);
    CHECK(from_line(std::string(line_bytes_max + 1, ' ')).error().code == errc::line_too_long);
    std::string deep = "{\"x\":";
    for (int i = 0; i < 5000; ++i)
        deep += '[';
    CHECK(from_line(deep).error().code == errc::malformed_line);

    CHECK(from_line(with(intent, "schema_version", 2)).error().code == errc::unknown_version);
    CHECK(complaint(with(intent, "schema_version", 2)) ==
          "read ledger line: ledger line of a version that this darkroom does not read "
          "(schema_version 2, this darkroom reads 1; use the newer one that wrote it)");
    CHECK(from_line(with(intent, "schema_version", nullptr)).error().code == errc::unknown_version);
    CHECK(from_line(with(intent, "type", "intnt")).error().code == errc::unknown_type);
    CHECK(complaint(with(intent, "type", "intnt")).find("'intnt'") != std::string::npos);

    CHECK(complaint(with(intent, "time", "yesterday")).find("'time'") != std::string::npos);
    CHECK(complaint(with(intent, "time", nullptr)).find("'time'") != std::string::npos);
    CHECK(complaint(with(intent, "run", "")).find("'run'") != std::string::npos);
    CHECK(complaint(with(intent, "item", 3)).find("'item'") != std::string::npos);
    CHECK(complaint(with(intent, "key", nullptr)).find("'key'") != std::string::npos);
    CHECK(complaint(with(intent, "attempt", 1e20)).find("'attempt'") != std::string::npos);
    CHECK(complaint(with(intent, "reserved_usd", "1")).find("'reserved_usd'") != std::string::npos);
    CHECK(complaint(with(intent, "attempt", 1LL << 40)).find("'attempt'") != std::string::npos);
    CHECK(complaint(with(attempt, "outcome", "great")).find("not 'great'") != std::string::npos);
    CHECK(complaint(with(attempt, "possibly_billed", 1)).find("'possibly_billed'") !=
          std::string::npos);
    CHECK(complaint(with(attempt, "bytes_received", -1)).find("'bytes_received'") !=
          std::string::npos);
    CHECK(complaint(with(attempt, "usage", 1)).find("'usage'") != std::string::npos);
    CHECK(complaint(with(attempt, "rate_limit", base::json::make_object({{"a", 1}})))
              .find("'rate_limit'") != std::string::npos);
    CHECK(complaint(with(attempt, "request_shape",
                         base::json::make_object({{"references", base::json::array{1}}})))
              .find("'references'") != std::string::npos);
    CHECK(complaint(with(item, "outputs", base::json::array{1})).find("'outputs'") !=
          std::string::npos);
    CHECK(complaint(with(item, "outputs", 1)).find("'outputs'") != std::string::npos);
    CHECK(complaint(with(item, "outputs", base::json::array{base::json::make_object()}))
              .find("'path'") != std::string::npos);
    const auto end = as_event(job::run_ended{});
    CHECK(complaint(with(end, "items_by_state", base::json::make_object({{"done", "1"}})))
              .find("'items_by_state'") != std::string::npos);
}

TEST_CASE("members in another order, absent ones and unknown ones do not matter")
{
    const auto read = from_line(
        R"({"run":"r","future":{"a":[1]},"attempt":2,"key":"k","item":"a","time":"2026-11-20T10:00:05.123Z","schema_version":1,"type":"intent"})");
    REQUIRE_MESSAGE(read.has_value(), read.error().message());
    const auto& intent = std::get<job::intent_opened>(read->body);
    CHECK(intent.item == "a");
    CHECK(intent.attempt == 2);
    CHECK(intent.reserved.count == 0);
}
