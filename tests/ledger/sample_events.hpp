// sample_events: one event of each type with everything set, and one with nothing set.
#pragma once

#include "engine/job/event.hpp"

#include <string>
#include <vector>

namespace support {

inline engine::base::wall_time sample_time(int ms = 0)
{
    return *engine::base::parse_rfc3339("2026-11-20T10:00:05.123Z") + std::chrono::milliseconds(ms);
}

inline engine::job::event as_event(engine::job::event_body body, int ms = 0,
                                   std::string run = "r-20261120-100005-4f2a")
{
    return {sample_time(ms), std::move(run), std::move(body)};
}

// 64 hexadecimal digits that differ by `seed`.
inline std::string sample_hash(int seed)
{
    std::string digits = std::to_string(seed);
    return std::string(64 - digits.size(), 'a') + digits;
}

inline engine::job::intent_opened sample_intent(std::string item = "lamp-studio", int key = 1,
                                                int attempt = 1)
{
    engine::job::intent_opened body;
    body.item = std::move(item);
    body.key = sample_hash(key);
    body.attempt = attempt;
    body.route_owner = "openai";
    body.api = "images";
    body.model = "gpt-image-2";
    body.reserved = {82'400};
    body.request_hash = sample_hash(1000 + key);
    body.job = "{{sku}}-{{scene}}";
    return body;
}

inline engine::job::answer_named sample_name(std::string item = "lamp-studio", int key = 1,
                                             int attempt = 1, std::string id = "resp_68d1")
{
    engine::job::answer_named body;
    body.item = std::move(item);
    body.key = sample_hash(key);
    body.attempt = attempt;
    body.route_owner = "openai";
    body.api = "responses";
    body.response_id = std::move(id);
    return body;
}

inline engine::job::attempt_ended
sample_attempt(std::string item = "lamp-studio", int key = 1, int attempt = 1,
               engine::job::outcome outcome = engine::job::outcome::delivered)
{
    using engine::job::outcome;
    engine::job::attempt_ended body;
    body.item = std::move(item);
    body.key = sample_hash(key);
    body.attempt = attempt;
    body.outcome = outcome;
    body.route_owner = "openai";
    body.api = "images";
    body.model_requested = "gpt-image-2";
    body.request.prompt_sha256 = sample_hash(7);
    body.request.size = "1536x1024";
    body.request.quality = "medium";
    body.request.format = "png";
    body.latency_ms.total = 12'345.5;
    if (outcome == outcome::delivered) {
        body.http_status = 200;
        body.model_returned = "gpt-image-2-2026-04-21";
        body.used = engine::job::usage{
            .input_text = 42, .input_image = 1536, .input_cached = 10, .output_image = 1372};
        body.cost = {41'200};
        body.cost_basis = engine::job::cost_basis::usage;
    } else if (outcome == outcome::unknown) {
        body.error_code = "stream_cut";
        body.error_message = "the connection was reset after 18200 bytes";
        body.cost = {82'400};
        body.cost_basis = engine::job::cost_basis::estimate;
        body.possibly_billed = true;
    }
    return body;
}

inline engine::job::attempt_ended full_attempt()
{
    auto body = sample_attempt("lamp-studio", 1, 3);
    body.retry_reason = "overloaded";
    body.http_status = 200;
    body.error_code = "size_mismatch";
    body.error_message = "expected 1536x1024, got 1024x1024";
    body.request_id = "req_011CSabc";
    body.client_request_id = "dk-4f2a-1-3";
    body.response_id = "resp_68d1";
    body.image_call_id = "ig_68d2";
    body.mainline_model = "gpt-5.5";
    body.enriched = {"openai", "gpt-5.4-mini", sample_hash(31), true, {1'250}};
    body.partials = {{0, "partials/lamp.attempt-3.partial-0.png", 88'123},
                     {1, "partials/x.jpg", 0}};
    body.request.prompt = "a brass lamp, \"studio\" light\nsecond line, 灯";
    body.request.reference_sha256 = {sample_hash(21), sample_hash(22)};
    body.request.partial_images = 2;
    body.partials_received = 1;
    body.used = engine::job::usage{42, 1536, 10, 1372, 5, 311, 7, 58, 0.0417};
    body.price_table = "2026-11-01";
    body.expected = {40'900};
    body.possibly_billed = true;
    body.recovered = true;
    body.latency_ms = {0.25,   81.5,  420.125, 421.0, 5000.0,
                       12'000, 45.75, 130.5,   4.0,   12'345.678901};
    body.bytes_received = 18'446'744'073'709'551'615u;
    body.rate_limit = {{"x-ratelimit-remaining-requests", "49"}, {"retry-after", "1"}};
    return body;
}

inline engine::job::item_ended
sample_item(std::string item = "lamp-studio", int key = 1,
            engine::job::item_state state = engine::job::item_state::done)
{
    engine::job::item_ended body;
    body.item = item;
    body.key = sample_hash(key);
    body.state = state;
    body.attempts = 1;
    body.cost = {41'200};
    if (state == engine::job::item_state::done) {
        body.received_sha256 = sample_hash(5000 + key);
        body.outputs = {{"master", item + "/master.png", sample_hash(5000 + key), "png", 1536, 1024,
                         2'100'000, "kept", sample_hash(70)},
                        {"web", item + "/web.webp", sample_hash(6000 + key), "webp", 1600, 1067,
                         180'000, "dropped", sample_hash(71)}};
    }
    return body;
}

inline engine::job::item_ended full_item()
{
    auto body = sample_item();
    body.cause = "store";
    body.reason = "reused";
    body.variables = engine::base::json::make_object(
        {{"sku", "lamp-01"}, {"price", 12.5}, {"stock", 3}, {"title", "Stehlampe „Öl“"}});
    body.after = "lamp-front";
    body.same_as = "lamp-first";
    body.revised_prompt = "A brass lamp in a studio";
    body.attempts = 4;
    auto& reference = body.references.emplace_back();
    reference.source = "refs/palette.png";
    reference.sha256 = sample_hash(31);
    reference.rights = "owned, 2026 brand book";
    return body;
}

// Every type, first with all fields set and then with as few as a type can have.
inline std::vector<engine::job::event> sample_events()
{
    using namespace engine::job;
    std::vector<event> all;
    run_started run{"manifests/spring.yaml", sample_hash(9), "0.1.0", "build-7", 120, 12, {}};
    run.max_cost = engine::base::microusd{25'000'000};
    all.push_back(as_event(run));
    auto opened = sample_intent();
    opened.mainline_model = "gpt-5.5";
    opened.conversation_id = "conv_68d0";
    all.push_back(as_event(opened));
    auto named = sample_name();
    named.enriched = {"openai", "gpt-5.4-mini", sample_hash(31), false, {1'250}, true};
    all.push_back(as_event(named));
    all.push_back(as_event(full_attempt()));
    all.push_back(as_event(full_item()));
    all.push_back(as_event(limit_changed{"openai/images/gpt-image-2", "paused", "429: requests",
                                         sample_time(60'000)}));
    all.push_back(as_event(budget_changed{
        "refused", "lamp-beach", {82'400}, {24'950'000}, {41'200}, {25'000'000}, "folder"}));
    all.push_back(as_event(warning_raised{"lamp-beach", "two rows have the same picture"}));
    run_ended end{{{"done", 118}, {"failed", 1}, {"held", 1}, {"open", 0}},
                  {{"delivered", 118}, {"unknown", 1}},
                  {24'950'000},
                  {82'400},
                  119,
                  72'000.5,
                  8};
    all.push_back(as_event(end));

    all.push_back(as_event(run_started{}));
    intent_opened intent;
    intent.item = "a";
    intent.key = sample_hash(1);
    all.push_back(as_event(intent));
    answer_named unenriched;
    unenriched.item = "a";
    unenriched.key = sample_hash(1);
    unenriched.response_id = "resp_1";
    all.push_back(as_event(unenriched));
    attempt_ended attempt;
    attempt.item = "a";
    attempt.key = sample_hash(1);
    all.push_back(as_event(attempt));
    item_ended item;
    item.item = "a";
    item.key = sample_hash(1);
    all.push_back(as_event(item));
    all.push_back(as_event(limit_changed{}));
    all.push_back(as_event(budget_changed{}));
    all.push_back(as_event(warning_raised{}));
    all.push_back(as_event(run_ended{}));
    return all;
}

} // namespace support
