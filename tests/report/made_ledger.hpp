// made_ledger: the events of two runs over a catalogue of some fifty items, with everything in them
// that a report has to show: endings of each kind, long ids, CJK, hostile text.
#pragma once

#include "engine/base/random.hpp"
#include "engine/base/sha256.hpp"
#include "engine/job/event.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace support {

class made_ledger {
public:
    std::vector<engine::job::event> events;

    explicit made_ledger(int items = 52) : items_(items)
    {
        first_run();
        second_run();
    }

    static std::string key_of(const std::string& id) { return engine::base::sha256_hex(id); }

private:
    using outcome = engine::job::outcome;

    void say(engine::job::event_body body) { events.push_back({now_, run_, std::move(body)}); }
    void wait(double ms) { now_ += std::chrono::milliseconds(static_cast<std::int64_t>(ms)); }

    static std::string id_of(int number)
    {
        constexpr const char* scenes[] = {"studio", "beach", "window-light", "winter"};
        constexpr const char* things[] = {"lamp",  "kettle", "chair", "rug",
                                          "clock", "vase",   "mirror"};
        switch (number) {
        case 7:
            return "ステンレス製ケトル-スタジオ撮影-白背景";
        case 11:
            return "sku-000000-an-extremely-long-product-identifier-that-somebody-exported-from-an-"
                   "enterprise-resource-planning-system-without-any-thought-for-the-reader-studio";
        case 13:
            return "<script>alert('id')</script>";
        default:
            return std::string(things[number % 7]) + "-" + std::to_string(100 + number / 4) + "-" +
                   scenes[number % 4];
        }
    }

    engine::job::intent_opened intent(const std::string& id, int attempt)
    {
        engine::job::intent_opened body;
        body.item = id;
        body.key = key_of(id);
        body.attempt = attempt;
        body.route_owner = attempt > 2 ? "xai-router" : "openai";
        body.api = "images";
        body.model = "gpt-image-2";
        body.reserved = {82'400};
        body.request_hash = key_of("body " + id);
        return body;
    }

    engine::job::attempt_ended attempt(const std::string& id, int number, outcome how)
    {
        engine::job::attempt_ended body;
        body.item = id;
        body.key = key_of(id);
        body.attempt = number;
        body.outcome = how;
        body.route_owner = number > 2 ? "xai-router" : "openai";
        body.api = "images";
        body.model_requested = "gpt-image-2";
        body.request_id = "req_" + key_of(id).substr(0, 20);
        body.request.prompt_sha256 = key_of("prompt " + id);
        body.request.prompt = "Editorial product photograph of " + id +
                              ", centred, soft daylight, <b>no text</b> & no logos";
        body.request.size = "1536x1024";
        body.request.quality = "medium";
        body.request.format = "png";
        const double total =
            6'000 + 14'000 * random_.unit() * random_.unit() + (random_.chance(0.05) ? 60'000 : 0);
        body.latency_ms.queued = 400 * random_.unit();
        body.latency_ms.connect = random_.chance(0.6) ? 0 : 60 + 40 * random_.unit();
        body.latency_ms.first_byte = 300 + 200 * random_.unit();
        body.latency_ms.total = total;
        if (how == outcome::delivered) {
            body.http_status = 200;
            body.model_returned = "gpt-image-2-2026-04-21";
            body.used = engine::job::usage{90, 3072, 0, 1372, 0, {}};
            body.cost = {41'160 + static_cast<std::int64_t>(random_.below(20'000))};
            body.cost_basis = engine::job::cost_basis::usage;
            body.latency_ms.last_byte = total - 160;
            body.latency_ms.decode = 25 + 10 * random_.unit();
            body.latency_ms.encode = 90 + 60 * random_.unit();
            body.latency_ms.store = 3 + 2 * random_.unit();
            body.bytes_received = 2'000'000 + random_.below(900'000);
        }
        body.price_table = "2026-11-01";
        return body;
    }

    void fail(engine::job::attempt_ended& body, int status, std::string code, std::string message)
    {
        body.http_status = status;
        body.error_code = std::move(code);
        body.error_message = std::move(message);
        body.latency_ms.total = 900;
    }

    engine::job::item_ended item(const std::string& id, engine::job::item_state state, int attempts)
    {
        engine::job::item_ended body;
        body.item = id;
        body.key = key_of(id);
        body.state = state;
        body.attempts = attempts;
        body.variables = engine::base::json::make_object(
            {{"sku", id.substr(0, 8)}, {"price", 129.5}, {"stock", 12}});
        auto& palette = body.references.emplace_back();
        palette.source = "refs/palette.png";
        palette.sha256 = key_of("palette");
        palette.rights = "owned, 2026 brand book";
        auto& photo = body.references.emplace_back();
        photo.source = "photos/" + id + ".jpg";
        photo.sha256 = key_of("photo " + id);
        return body;
    }

    void done(const std::string& id, int attempts, engine::base::microusd cost)
    {
        auto body = item(id, engine::job::item_state::done, attempts);
        body.cost = cost;
        body.received_sha256 = key_of("received " + id);
        body.revised_prompt = "An editorial photograph of " + id;
        body.outputs = {{"master", id + "/master 1.png", key_of("m" + id), "png", 1536, 1024,
                         2'300'000, "kept", key_of("r1")},
                        {"web", id + "/web.webp", key_of("w" + id), "webp", 1600, 1067, 180'000,
                         "dropped", key_of("r2")},
                        {"thumb", id + "/thumb.jpg", key_of("t" + id), "jpeg", 320, 320, 24'000,
                         "dropped", key_of("r3")}};
        say(body);
    }

    void ended(const std::string& id, engine::job::item_state state, int attempts,
               std::string cause, std::string reason, engine::base::microusd cost = {})
    {
        auto body = item(id, state, attempts);
        body.cost = cost;
        body.cause = std::move(cause);
        body.reason = std::move(reason);
        say(body);
    }

    // One item of the first run, by its number: most are delivered, some get into trouble.
    void make(int number)
    {
        const auto id = id_of(number);
        using engine::job::item_state;
        say(intent(id, 1));
        if (number == items_ - 1)
            return; // the run dies while it is on the wire
        if (number % 17 == 5) {
            auto lost = attempt(id, 1, outcome::unknown);
            fail(lost, 0, "stream_cut", "the connection was reset after 18,200 bytes");
            lost.possibly_billed = true;
            lost.cost = {82'400};
            lost.cost_basis = engine::job::cost_basis::estimate;
            say(lost);
            ended(id, item_state::held, 1, "unknown", "the answer was lost after sending",
                  {82'400});
        } else if (number % 19 == 3) {
            auto refused = attempt(id, 1, outcome::refused);
            fail(refused, 400, "moderation_blocked",
                 "Your request was rejected by the safety system. <img src=x onerror=alert(1)>");
            say(refused);
            ended(id, item_state::failed, 1, "refused", "moderation_blocked: the safety system");
        } else if (number % 23 == 9) {
            for (int i = 1; i <= 3; ++i) {
                if (i > 1)
                    say(intent(id, i));
                auto bad = attempt(id, i, outcome::bad_output);
                fail(bad, 200, "size_mismatch", "expected 1536x1024, got 1024x1024");
                bad.cost = {41'160};
                bad.cost_basis = engine::job::cost_basis::usage;
                say(bad);
            }
            ended(id, item_state::failed, 3, "bad_output", "expected 1536x1024, got 1024x1024",
                  {123'480});
        } else {
            int tries = 1;
            if (number % 7 == 2) {
                auto busy = attempt(id, 1, outcome::overloaded);
                fail(busy, 503, "server_is_overloaded", "The server is overloaded. Try again.");
                say(busy);
                wait(800);
                say(intent(id, ++tries));
            }
            auto good = attempt(id, tries, outcome::delivered);
            say(good);
            done(id, tries, good.cost);
        }
    }

    void first_run()
    {
        run_ = "r-20261120-100005-4f2a";
        say(engine::job::run_started{"manifests/spring-catalog.yaml", key_of("manifest"), "0.1.0",
                                     "build-7", items_, 0, engine::base::microusd{5'000'000}});
        say(engine::job::limit_changed{"openai/images/gpt-image-2", "paused",
                                       "429: images per minute",
                                       now_ + std::chrono::milliseconds(4'000)});
        for (int i = 0; i < items_; ++i) {
            wait(300 + 2'500 * random_.unit());
            make(i);
        }
    }

    void second_run()
    {
        wait(3'600'000);
        run_ = "r-20261120-113000-77b0";
        say(engine::job::run_started{"manifests/spring-catalog.yaml", key_of("manifest"), "0.1.0",
                                     "build-7", items_ + 2, std::max(items_ - 8, 0),
                                     engine::base::microusd{5'000'000}});
        for (const auto* id : {"late-arrival-studio", "late-arrival-beach"}) {
            say(intent(id, 1));
            wait(9'000);
            auto good = attempt(id, 1, outcome::delivered);
            say(good);
            done(id, 1, good.cost);
        }
        say(engine::job::warning_raised{"late-arrival-beach", "two rows have the same picture"});
        engine::job::run_ended end;
        end.items_by_state = {
            {"done", std::max(items_ - 6, 0)}, {"failed", 4}, {"held", 4}, {"open", 0}};
        end.wall_ms = 21'500;
        end.exit_code = 8;
        say(end);
    }

    int items_;
    std::string run_;
    engine::base::wall_time now_ = *engine::base::parse_rfc3339("2026-11-20T10:00:05.123Z");
    engine::base::random random_{20261120};
};

} // namespace support
