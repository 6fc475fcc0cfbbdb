// event: what happens in a run, as values. The ledger writes them, recovery reads them back,
// progress and report show them: one vocabulary for all. docs/ledger.md and
// schemas/ledger.schema.json describe the lines they become.
#pragma once

#include "engine/base/json.hpp"
#include "engine/base/money.hpp"
#include "engine/base/wall_time.hpp"
#include "engine/job/image_request.hpp"
#include "engine/job/outcome.hpp"
#include "engine/job/price.hpp"
#include "engine/job/usage.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace engine::job {

struct run_started {
    std::string manifest; // as the user named it
    std::string manifest_sha256;
    std::string engine_version;
    std::string host;
    std::int64_t items_total = 0;
    std::int64_t items_done_before = 0; // finished by earlier runs over this folder
    std::optional<base::microusd> max_cost;
};

// Written and synced before the first byte of an attempt leaves.
struct intent_opened {
    std::string item;
    std::string key;
    int attempt = 1;         // over all runs: the next number for this key
    std::string route_owner; // provider
    std::string api;
    std::string model;
    std::string mainline_model; // Responses API: the text model that calls the image tool
    base::microusd reserved;
    std::string request_hash; // SHA-256 of the body as it will be sent
    // Where the provider lays the answer even if its id never reaches us; empty = nowhere.
    std::string conversation_id;
    std::string job; // jobs[].id as the manifest has it: whose purse pays
};

// Milliseconds; nothing = the point was never reached.
struct latency {
    std::optional<double> queued;     // admission to start
    std::optional<double> connect;    // 0 on a reused connection
    std::optional<double> first_byte; // all from the start of the attempt
    std::optional<double> first_event;
    std::optional<double> first_partial;
    std::optional<double> last_byte;
    std::optional<double> decode; // durations of their own from here
    std::optional<double> encode;
    std::optional<double> store;
    std::optional<double> total; // start of the attempt to its settlement
};

struct request_shape {
    std::string prompt_sha256;
    std::string prompt; // only when the manifest asks for prompts in the log
    std::vector<std::string> reference_sha256;
    std::string size; // "1536x1024" or "auto"
    std::string quality;
    std::string format;
    int partial_images = 0;
};

// A partial image that was kept.
struct stored_partial {
    int index = 0;    // from 0, in the order in which they came
    std::string path; // relative to the output folder
    std::uint64_t bytes = 0;

    friend bool operator==(const stored_partial&, const stored_partial&) = default;
};

// The prompt as a text model rewrote it before the attempt.
struct enriched_prompt {
    std::string provider;
    std::string model;
    std::string prompt_sha256; // of the new prompt; empty = the text model gave none
    bool cached = false;       // it was there already: nothing was asked
    base::microusd cost;       // part of the attempt's cost
    bool estimated = false;    // the cost is what was reserved: nobody has said what was used

    friend bool operator==(const enriched_prompt&, const enriched_prompt&) = default;
};

// The provider has named the answer that is under way: if the rest is lost, it is fetched by this
// name instead of being bought again.
struct answer_named {
    std::string item;
    std::string key;
    int attempt = 1;
    std::string route_owner;
    std::string api;
    std::string response_id;
    std::optional<enriched_prompt> enriched; // what the attempt line will say of it
};

struct attempt_ended {
    std::string item;
    std::string key;
    int attempt = 1;
    job::outcome outcome = outcome::unknown;
    std::string retry_reason;  // why this attempt was made: "", "overloaded", "bad_output", ...
    int http_status = 0;       // 0 = no answer
    std::string error_code;    // the provider's, or ours: "stream_cut", "size_mismatch"
    std::string error_message; // cleaned
    std::string request_id;
    std::string client_request_id;
    std::string response_id;    // Responses API
    std::string image_call_id;  // Responses API
    std::string mainline_model; // Responses API: the text model that called the image tool
    std::string route_owner;
    std::string api;
    std::string model_requested;
    std::string model_returned; // empty = the answer did not say
    request_shape request;
    std::optional<enriched_prompt> enriched; // nothing = none was asked for
    int partials_received = 0;
    std::vector<stored_partial> partials;
    std::optional<usage> used;
    std::string price_table; // version
    // What the plan would have said: the estimate of the form that was asked for. Nothing = nobody
    // knew a price (or the line is from before estimates were written).
    std::optional<base::microusd> expected;
    base::microusd cost;
    job::cost_basis cost_basis = cost_basis::none;
    bool possibly_billed = false; // outcome unknown: `cost` is the worst case, held against the cap
    bool recovered = false;       // the answer was lost and has been fetched, or a person found out
    latency latency_ms;
    std::uint64_t bytes_received = 0;
    std::map<std::string, std::string> rate_limit; // x-ratelimit-* and retry-after headers
};

struct stored_output {
    std::string name;
    std::string path; // relative to the output folder
    std::string sha256;
    std::string format;
    int width = 0;
    int height = 0;
    std::uint64_t bytes = 0;
    std::string c2pa;   // kept, dropped, absent
    std::string recipe; // hash of the output_spec it was made by: a changed spec is made again,
                        // from the original
};

struct item_ended {
    std::string item;
    std::string key;
    item_state state = item_state::done;
    std::string cause;  // what decided a failed, held or open item: an outcome's name, "budget",
                        // "stopped", "store"
    std::string reason; // why it failed or is held; "reused" when nothing was bought
    base::json variables;
    std::string after;   // id of the item whose picture it continues; empty = none
    std::string same_as; // id of the item that got the picture it shares; empty = it got its own
    std::string revised_prompt;
    int attempts = 0;
    base::microusd cost;         // all attempts of this item, over all runs
    std::string received_sha256; // of the bytes as the provider sent them
    std::vector<stored_output> outputs;
    std::vector<reference_image> references; // source, sha256 and rights are recorded
};

// A bucket was learned, paused or resumed; a route was stopped.
struct limit_changed {
    std::string route;
    std::string change; // "paused", "learned", "stopped"
    std::string reason;
    std::optional<base::wall_time> until;
};

struct budget_changed {
    std::string change; // "refused": no reservation fits any more
    std::string item;
    base::microusd needed, spent, reserved, cap;
    std::string purse{}; // "folder", "run", "day", or "job " and jobs[].id
};

struct warning_raised {
    std::string item; // may be empty
    std::string message;
};

struct run_ended {
    std::map<std::string, std::int64_t> items_by_state;      // done, failed, held, open
    std::map<std::string, std::int64_t> attempts_by_outcome; // of this run
    base::microusd cost;                                     // of this run, settled
    base::microusd possibly_billed; // part of it that is worst case for unknown outcomes
    std::int64_t requests_sent = 0;
    double wall_ms = 0;
    int exit_code = 0;
};

using event_body = std::variant<run_started, intent_opened, answer_named, attempt_ended, item_ended,
                                limit_changed, budget_changed, warning_raised, run_ended>;

struct event {
    base::wall_time time;
    std::string run; // id of the run, "r-20261120-100005-4f2a"
    event_body body;
};

} // namespace engine::job
