// run_world: a whole run in one folder on virtual time, with a provider that does what a script
// says.
#pragma once

#include "engine/base/sha256.hpp"
#include "engine/image/encode.hpp"
#include "engine/ledger/reader.hpp"
#include "engine/run/batch.hpp"
#include "engine/run/kept_image.hpp"
#include "tests/support/failing_files.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/virtual_clock.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace support {

namespace eng = engine;

// A small whole PNG of that size: always the same bytes, so that tests can compare files. The
// encoder's are not (igzip looks a little past the end of its input for matches).
inline std::string make_png(eng::job::image_size size)
{
    static std::map<std::pair<int, int>, std::string> made_before;
    auto& bytes = made_before[{size.width, size.height}];
    if (bytes.empty()) {
        auto picture = eng::image::blank(size, false);
        for (std::size_t i = 0; i < picture.samples.size(); ++i)
            picture.samples[i] = static_cast<std::uint8_t>(i * 7);
        const auto made = eng::image::encode(picture, {}).value();
        bytes = eng::base::as_text(made.bytes);
    }
    return bytes;
}

// What the scripted provider does with one request.
struct scripted_answer {
    eng::job::outcome outcome = eng::job::outcome::delivered;
    std::string image = make_png({32, 16});
    std::chrono::milliseconds takes{100};
    std::string code = "scripted";
    int http_status = 200;
    bool possibly_billed = false;
    std::optional<eng::job::usage> used =
        eng::job::usage{.input_text = 10, .output_image = 50, .reported_cost_usd = {}};
    std::optional<std::chrono::milliseconds> retry_after = {};
    std::string response_id = {};
    std::string model_returned = {};
    std::vector<std::string> partials = {};                                      // before the image
    eng::provider::fetch_ending fetched = eng::provider::fetch_ending::answered; // fetches alone
};

// What a request was, as far as the tests of `run` ask.
struct seen_request {
    std::string prompt;
    std::string model, mainline_model, quality;
    std::string previous_response_id;
    std::string conversation_id;
    std::vector<eng::job::image_size> references;
    std::vector<std::string> reference_bytes;
};

// Keeps the provider's own bill: prompts in the order in which they were sent, and which were
// charged.
class scripted_api final : public eng::provider::image_api {
public:
    // Called with the prompt and how often it was sent before.
    using script = std::function<scripted_answer(const std::string& prompt, int before)>;

    scripted_api(eng::runtime::clock& time, script what) : time_(time), script_(std::move(what)) {}

    // What fetching an answer comes to, by its name; without it nothing can be fetched.
    script fetching;
    bool makes_places = false; // "conv of PROMPT", known before anything is sent

    bool can_fetch() const override { return fetching != nullptr; }
    eng::runtime::task<eng::base::result<std::string>>
    prepare_recovery(const eng::job::image_request& request, eng::runtime::call_context) override
    {
        CHECK(request.recoverable);
        co_return makes_places ? "conv of " + request.prompt : std::string{};
    }
    eng::runtime::task<eng::provider::reply> fetch(eng::provider::answer_handle lost, bool,
                                                   eng::provider::image_sink& sink,
                                                   eng::runtime::call_context context) override
    {
        const auto name = lost.response_id.empty() ? lost.conversation_id : lost.response_id;
        const auto answer = fetching(name, fetched[name]++);
        ++in_flight;
        in_flight_max = std::max(in_flight_max, in_flight);
        struct leave {
            int& count;
            ~leave() { --count; }
        } const on_exit{in_flight};
        const bool in_time = time_.now() + answer.takes < context.deadline;
        co_await time_.sleep_until(in_time ? time_.now() + answer.takes : context.deadline);
        eng::provider::reply reply;
        reply.fetched = in_time ? answer.fetched : eng::provider::fetch_ending::still_running;
        reply.response_id = answer.response_id;
        reply.outcome = answer.outcome;
        if (reply.fetched != eng::provider::fetch_ending::answered) {
            reply.outcome = eng::job::outcome::unknown;
            reply.possibly_billed = true;
        }
        reply.error_code = reply.outcome == eng::job::outcome::delivered ? "" : answer.code;
        if (reply.outcome != eng::job::outcome::delivered)
            co_return reply;
        reply.used = answer.used;
        auto stored = sink.begin();
        if (stored)
            stored = sink.write(eng::base::as_bytes(answer.image));
        if (!stored) {
            reply.fetched = eng::provider::fetch_ending::failed;
            reply.outcome = eng::job::outcome::unknown;
            reply.possibly_billed = true;
            reply.local_failure = stored.error();
        }
        co_return reply;
    }

    eng::base::result<eng::provider::prepared_request>
    prepare(const eng::job::image_request& request, const eng::provider::image_inputs& inputs,
            const std::string& client_request_id) const override
    {
        eng::provider::prepared_request prepared;
        prepared.hash = eng::base::sha256_hex(request.prompt);
        prepared.wire.target = request.prompt;
        prepared.wire.headers.add("id", client_request_id);
        prepared.wire.body = inputs.references;
        seen_request one{request.prompt,
                         request.model,
                         request.mainline_model,
                         request.quality,
                         request.previous_response_id,
                         request.conversation_id,
                         {},
                         {}};
        for (std::size_t i = 0; i < request.references.size(); ++i) {
            one.references.push_back(request.references[i].size);
            one.reference_bytes.push_back(*inputs.references[i]);
        }
        seen.push_back(std::move(one));
        return prepared;
    }

    eng::runtime::task<eng::provider::reply> send(eng::provider::prepared_request prepared,
                                                  eng::provider::image_sink& sink,
                                                  eng::runtime::call_context context) override
    {
        const std::string prompt = prepared.wire.target;
        const auto answer = script_(prompt, sent[prompt]++);
        ++in_flight;
        in_flight_max = std::max(in_flight_max, in_flight);
        struct leave {
            int& count;
            ~leave() { --count; }
        } const on_exit{in_flight};
        if (answer.outcome != eng::job::outcome::not_sent)
            sink.on_sending();
        if (!answer.response_id.empty())
            sink.on_response_id(answer.response_id);
        const bool in_time = time_.now() + answer.takes < context.deadline;
        const bool pays = answer.outcome == eng::job::outcome::delivered ||
                          answer.outcome == eng::job::outcome::bad_output ||
                          answer.outcome == eng::job::outcome::unknown;
        if (pays)
            ++charged[prompt];
        co_await time_.sleep_until(in_time ? time_.now() + answer.takes : context.deadline);
        eng::provider::reply reply;
        reply.outcome = in_time ? answer.outcome : eng::job::outcome::unknown;
        reply.error_code = reply.outcome == eng::job::outcome::delivered ? "" : answer.code;
        reply.http_status = answer.http_status;
        reply.possibly_billed =
            answer.possibly_billed || reply.outcome == eng::job::outcome::unknown;
        reply.retry_after = answer.retry_after;
        reply.response_id = answer.response_id;
        reply.model_returned = answer.model_returned;
        for (const auto& partial : answer.partials) {
            if (sink.begin_partial(reply.partials_received++)) {
                sink.write_partial(eng::base::as_bytes(partial));
                sink.end_partial();
            }
        }
        if (reply.outcome == eng::job::outcome::delivered) {
            reply.used = answer.used;
            auto stored = sink.begin();
            if (stored)
                stored = sink.write(eng::base::as_bytes(answer.image));
            if (!stored) {
                reply.outcome = eng::job::outcome::unknown;
                reply.possibly_billed = true;
                reply.local_failure = stored.error();
            }
        }
        co_return reply;
    }

    mutable std::vector<seen_request> seen; // in order
    std::map<std::string, int> sent;        // by prompt
    std::map<std::string, int> charged;     // by prompt
    std::map<std::string, int> fetched;     // by the name of the answer
    int in_flight = 0;
    int in_flight_max = 0;

private:
    eng::runtime::clock& time_;
    script script_;
};

// The folder lives as long as this; each run() is a process of its own over it.
class run_world {
public:
    run_world()
    {
        folder = eng::job::output_folder(root_.path());
        for (auto& provider : providers)
            if (provider.name == "openai")
                provider.limits.concurrency = 4;
    }

    static eng::job::item item(const std::string& id)
    {
        eng::job::item wanted;
        wanted.id = id;
        wanted.key = eng::base::sha256_hex("key of " + id);
        wanted.routes = {{"openai", "images", "gpt-image-2"}};
        wanted.request.model = "gpt-image-2";
        wanted.request.prompt = id;
        wanted.request.size = eng::job::image_size{32, 16};
        wanted.request.quality = "low";
        wanted.expect.size = wanted.request.size;
        wanted.variables = eng::base::json::make_object({{"n", id}});
        eng::job::output_spec master, small;
        master.name = "master";
        master.path = id + "/master.png";
        small.name = "small";
        small.path = id + "/small.jpg";
        small.format = eng::job::output_format::jpeg;
        small.fit.emplace();
        small.fit->width = 16;
        wanted.outputs = {master, small};
        return wanted;
    }
    void add_items(int count)
    {
        for (int i = 0; i < count; ++i)
            items.push_back(item("item-" + std::to_string(i)));
    }

    struct run_settings {
        scripted_api::script script = [](const std::string&, int) { return scripted_answer{}; };
        scripted_api::script fetching = {}; // see scripted_api
        bool makes_places = false;
        bool only_recover = false;
        std::optional<eng::base::microusd> cap = {};
        // Further options of the batch.
        std::function<void(eng::run::batch_options&)> adjust = {};
        long disk_fails_at = -1; // number of the changing operation
        bool disk_stays_down = false;
        std::function<void(eng::run::batch&, eng::runtime::clock&, boost::asio::io_context&)>
            meanwhile = {};
        // What the text model says to a prompt.
        std::function<eng::provider::text_reply(const eng::provider::text_request&)> text = {};
    };
    eng::run::batch_result run(const run_settings& settings)
    {
        const auto real = eng::runtime::make_posix_files();
        failing_files disk(*real);
        REQUIRE(disk.make_directories(folder.received_folder()));
        auto history = eng::ledger::history::read(disk, folder.ledger()).value();
        eng::ledger::journal_options direct;
        direct.own_thread = false;
        direct.flush_after = {};
        auto opened = eng::ledger::journal::open(disk, folder.ledger(), direct);
        REQUIRE(opened);
        if (settings.disk_fails_at >= 0)
            disk.fail_from(settings.disk_fails_at, settings.disk_stays_down ? EIO : ENOSPC,
                           settings.disk_stays_down);
        boost::asio::io_context loop(1);
        eng::runtime::worker_pool pool(0, 4);
        api = std::make_unique<scripted_api>(time, settings.script);
        api->fetching = settings.fetching;
        api->makes_places = settings.makes_places;
        if (last_api) { // the provider's memory outlives our process
            api->sent = last_api->sent;
            api->charged = last_api->charged;
            api->fetched = last_api->fetched;
        }
        const auto prices = eng::job::price_table::builtin();
        eng::plan::planner planner(history, disk, folder, prices, providers);
        const eng::plan::picture_cache pictures(disk, cache, providers);
        if (!cache.empty())
            planner.use_cache(pictures, true);
        planned_warnings.clear();
        for (const auto& wanted : items) {
            const auto planned = planner.add(wanted);
            planned_warnings += planned.decision.warning;
            if (eng::plan::moves_original(planned, folder))
                (void)eng::run::preserve_original(disk, folder, wanted.key,
                                                  planned.decision.source);
        }
        std::map<std::string, eng::run::ask_text> texts;
        if (settings.text)
            texts["openai"] = [this, &settings](eng::provider::text_request request,
                                                std::function<void()> on_sending,
                                                eng::runtime::call_context) {
                return say(time, settings.text, std::move(request), std::move(on_sending),
                           texts_asked);
            };
        watcher seen;
        eng::run::batch_options options;
        options.run_id = "r-" + std::to_string(++runs_);
        options.folder = folder;
        options.providers = providers;
        options.prices = prices;
        options.cap = settings.cap;
        options.spent_before = history.totals().spent();
        options.cache = cache;
        options.opening.items_total = static_cast<std::int64_t>(items.size());
        if (settings.adjust)
            settings.adjust(options);
        std::size_t next = 0, next_lost = 0;
        options.only_recover = settings.only_recover;
        eng::run::batch batch(
            {time,
             disk,
             pool,
             **opened,
             history,
             planner,
             seen,
             {{"openai/images", api.get()},
              {"xai-router/images", api.get()},
              {"openai/responses", api.get()},
              {"xai-router/responses", api.get()}},
             texts},
            options,
            [&]() -> std::optional<eng::job::item> {
                if (next == items.size())
                    return std::nullopt;
                return items[next++];
            },
            [&]() -> std::optional<eng::job::item> {
                if (next_lost == items.size())
                    return std::nullopt;
                return items[next_lost++];
            });
        if (settings.meanwhile)
            settings.meanwhile(batch, time, loop);
        const auto result = time.run(loop, batch.run());
        disk_failed = disk.failed();
        CHECK(api->in_flight == 0);
        last_api = std::move(api);
        return result;
    }

    std::vector<eng::job::event> events() const
    {
        const auto disk = eng::runtime::make_posix_files();
        std::vector<eng::job::event> all;
        REQUIRE(eng::ledger::read_events(*disk, folder.ledger(),
                                         [&](eng::job::event&& one, eng::ledger::line_place) {
                                             all.push_back(std::move(one));
                                         }));
        return all;
    }
    template <class Body>
    std::vector<Body> events_of() const
    {
        std::vector<Body> found;
        for (const auto& one : events())
            if (const auto* body = std::get_if<Body>(&one.body))
                found.push_back(*body);
        return found;
    }
    std::string read(const std::string& path) const
    {
        return eng::runtime::make_posix_files()->read(folder.file(path), 1u << 24).value_or("");
    }
    bool exists(const std::string& path) const
    {
        return eng::runtime::make_posix_files()->info(folder.file(path)).has_value();
    }

    eng::job::output_folder folder{""};
    std::vector<eng::job::item> items;
    std::vector<eng::job::provider_spec> providers = eng::job::builtin_providers();
    std::string cache;            // shared with other folders; empty = none
    std::string planned_warnings; // of the last run's plan
    virtual_clock time;
    std::unique_ptr<scripted_api> api, last_api;
    bool disk_failed = false;
    int texts_asked = 0;

private:
    static eng::runtime::task<eng::provider::text_reply>
    say(virtual_clock& time,
        std::function<eng::provider::text_reply(const eng::provider::text_request&)> script,
        eng::provider::text_request request, std::function<void()> on_sending, int& asked)
    {
        on_sending();
        ++asked;
        co_await time.sleep_until(time.now() + std::chrono::milliseconds(10));
        co_return script(request);
    }

    struct watcher final : eng::job::observer {
        void on_event(const eng::job::event&) override {}
        void on_progress(const eng::job::progress& now) override
        {
            if (now.cap)
                CHECK(now.spent + now.reserved <= *now.cap);
        }
    };
    temporary_folder root_;
    int runs_ = 0;
};

} // namespace support
