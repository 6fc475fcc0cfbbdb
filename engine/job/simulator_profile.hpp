// simulator_profile: how the look-alike provider (sim/) behaves, as data: how slow, how limited,
// how broken, and what it draws. A manifest's `simulator:` block, or the file of `darkroom
// simulate`.
//
// Every field has a default, and the default is a pleasant provider: a quarter of a second an image
// and no faults. docs/simulator.md lists the fields for people.
#pragma once

#include "engine/base/json.hpp"
#include "engine/job/capability.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace engine::job {

struct simulator_profile {
    // Changes every choice below that is left to chance. The same seed and the same requests give
    // the same pictures and the same faults, whatever the order and the concurrency.
    std::uint64_t seed = 1;

    // How long an image takes: (base_ms + per_megapixel_ms * megapixels) * exp(tail_sigma *
    // N(0,1)). The answer to a request that is refused comes at once.
    struct latency_model {
        double base_ms = 250;         // 0 to 3,600,000
        double per_megapixel_ms = 60; // 0 to 3,600,000
        double tail_sigma = 0.35;     // 0 to 3; 0 = always the same. 0.35: p99 is 2.3 x the median
        double first_partial =
            0.35; // 0 to 1: when the first partial comes, as a share of the whole
        friend bool operator==(const latency_model&, const latency_model&) = default;
    } latency;

    // What one key may do; 0 = no limit. Windows slide over 60 s and count accepted requests.
    struct limit_model {
        int requests_per_minute = 0;        // 0 to 1,000,000
        int images_per_minute = 0;          // 0 to 1,000,000
        std::int64_t tokens_per_minute = 0; // 0 to 1e12; the tokens that the usage will say
        int concurrency = 0;                // 0 to 100,000; one more is a 429 slow_down
        bool references_count = false; // each reference of an edit takes from images_per_minute
        bool headers = true; // x-ratelimit-* on every answer, retry-after on a 429. Without them
                             // only the text of a 429 tells
        friend bool operator==(const limit_model&, const limit_model&) = default;
    } limits;

    // Shares of the accepted requests, 0 to 1 each, at most 1 together: a request has at most one.
    struct fault_model {
        double rate_limit_429 = 0;    // a 429 although no limit is reached; not charged
        double server_error = 0;      // 500, 503 or an error event, before any image; not charged
        double bad_gateway = 0;       // 502 or 504 with HTML, after the work: charged
        double moderation = 0;        // refused by the prompt; not charged
        double moderation_output = 0; // refused after the work, by the picture: charged
        double cut_stream = 0;        // the connection ends inside the answer: charged
        double stall = 0; // the answer stops in the middle and the connection stays: charged
        double truncated_image = 0; // a whole answer with half a file in it: charged
        double wrong_size = 0;      // a good image of another size: charged
        double wrong_format = 0;    // a good image in another format: charged
        double empty_data = 0;      // 200 without an image: charged
        double json_to_stream =
            0; // plain JSON to a request for a stream: charged, and a good image
        // Responses API only; elsewhere the request meets no fault.
        double text_instead = 0; // words and no image: the text model's tokens are charged
        double incomplete = 0;   // status incomplete, without an image: likewise
        friend bool operator==(const fault_model&, const fault_model&) = default;
    } faults;
    double fewer_partials = 0; // 0 to 1; on its own: one partial fewer than asked (or none)

    // Where cut_stream cuts, in bytes of the body; nothing = somewhere else each time, one in five
    // of them before the first byte of the answer.
    std::optional<std::uint64_t> cut_at_byte;
    double stall_ms = 600'000; // 1 to 3,600,000; after that the look-alike hangs up

    // A prompt that has one of these words (ASCII, any case) is refused: for examples and tests.
    std::vector<std::string> moderated_words;
    // Models that the account may not use until it is verified: 403.
    std::vector<std::string> unverified_models;

    // How it differs from OpenAI's own wire, towards what gateways do.
    struct wire_model {
        bool keepalives = false;        // ": keepalive" comments in streams; on Responses events
        bool done_marker = false;       // "data: [DONE]" at the end of streams
        bool crlf = false;              // CRLF line ends in streams
        bool response_format = false;   // takes the field; OpenAI refuses it
        bool revised_prompt = false;    // answers with one (plain JSON)
        bool short_usage = false;       // usage without its parts
        bool any_model = false;         // takes every model name; otherwise unknown ones are a 404
        bool flat_errors = false;       // error events of Responses as documented, not as observed
        bool empty_output = false;      // response.completed without its output (Responses streams)
        bool status_generating = false; // the finished image's item says "generating" (likewise)
        // Responses: finishes and stores what its client hung up on. OpenAI does not: to close the
        // connection is how a response in the foreground is cancelled (guide on background mode).
        bool finishes_abandoned = false;
        bool completion_usage = false; // prompt_tokens and completion_tokens
        bool error_in_200 = false;     // refusals come with status 200
        bool numeric_codes = false;    // error codes are the status as a number
        bool url_only = false;         // images as URLs that the look-alike serves
        bool azure = false;            // the deployment paths, api-version and the api-key header
        bool openrouter = false;       // POST .../images in and out as OpenRouter has it
        friend bool operator==(const wire_model&, const wire_model&) = default;
    } wire;

    // scene: pictures of the prompt. flat: a few colour fields, nearly free to draw and small.
    // grain: flat with noise, so that files are as large as photos; for benchmarks of the wire.
    enum class art_style { scene, flat, grain } art = art_style::scene;

    std::string api_key; // requests must carry it as a bearer token; empty = any or none will do

    friend bool operator==(const simulator_profile&, const simulator_profile&) = default;
};

inline constexpr std::array<std::string_view, 3> art_style_names = {"scene", "flat", "grain"};

// instant: no latency. quick: the default. realistic: 10 to 60 s and the limits of a small account.
// stormy: quick, with 5 % cut streams, 5 % 429, 3 % server errors and 2 % wrong sizes.
[[nodiscard]] std::vector<std::string_view> simulator_preset_names();
[[nodiscard]] std::optional<simulator_profile> simulator_preset(std::string_view name);

// Null: the default. A string: a preset. An object: `profile: PRESET` (default quick) and then what
// differs, grouped as above ("latency": {"base_ms": 10}). Answers with everything that is wrong;
// the field is a path such as "faults.cut_stream". `out` is only complete when nothing is.
[[nodiscard]] std::vector<complaint> read_simulator_profile(const base::json& document,
                                                            simulator_profile& out);

// The same as a document that reads back to an equal profile, every field written out.
[[nodiscard]] base::json to_json(const simulator_profile& profile);

} // namespace engine::job
