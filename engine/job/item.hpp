// item: one wanted image, as the manifest's expansion yields it and everything after it works on.
#pragma once

#include "engine/base/json.hpp"
#include "engine/job/image_request.hpp"
#include "engine/job/outcome.hpp"
#include "engine/job/route.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace engine::job {

// What to do with an attempt that may have been billed without an image coming back.
enum class unknown_policy {
    hold,    // the item waits for a person: nothing is ever bought twice
    retry,   // buy again, knowing that the lost one may be billed too
    recover, // fetch what the provider still has, for nothing; what it has not is held
};
inline constexpr std::array<std::string_view, 3> unknown_policy_names = {"hold", "retry",
                                                                         "recover"};

// What the manifest may want after an outcome instead of the usual. Where it is not possible (no
// other route, nothing cheaper), the usual happens.
enum class fallback_step {
    usual,      // as docs/limits.md says for the outcome
    retry,      // again, on the same route
    next_route, // at once on the next route
    downgrade,  // at once with the next of item::downgrades
    hold,       // the item waits for a person
    fail,       // the item has failed
};
inline constexpr std::array<std::string_view, 6> fallback_step_names = {
    "usual", "retry", "next_route", "downgrade", "hold", "fail"};

struct retry_policy {
    int max_attempts = 5; // paid or possibly paid attempts and server errors; rate limits and
                          // not_sent do not count
    unknown_policy on_unknown = unknown_policy::hold;
    bool reopen_failed =
        false; // also try what an earlier run gave up: refused, invalid, bad output
    // The same for what ended in one of these ways: names of outcomes and causes. `unknown` buys
    // again what may have been billed.
    std::vector<std::string> reopen_classes = {};
    std::array<fallback_step, outcome_names.size()> after{}; // by outcome

    [[nodiscard]] fallback_step after_outcome(outcome ended) const
    {
        return after[static_cast<std::size_t>(ended)];
    }
};

// Other values for the same picture, cheaper ones as a rule; what is not given stays.
struct downgrade {
    std::optional<image_size> size;
    std::optional<std::string> quality;
    friend bool operator==(const downgrade&, const downgrade&) = default;
};

// The item whose picture this one continues. It comes earlier in the manifest, so there are no
// circles.
struct parent_link {
    std::string id;
    std::string key;                // its content key
    std::optional<image_size> size; // of its picture, when its request or its expectation says so
};

// A text model rewrites the prompt before the picture is made.
struct enrichment {
    std::string provider;
    std::string model;        // text model
    std::string instructions; // to the text model
    int output_tokens_max = 600;
    bool simulated = false; // the look-alike's text is another than a real model's
    friend bool operator==(const enrichment&, const enrichment&) = default;
};

// What the decoded pixels must be. Made from the request unless the manifest says otherwise.
struct expectation {
    enum class alpha_rule { any, required, forbidden };
    std::optional<image_size> size;     // nothing = any
    std::optional<image_format> format; // nothing = any
    alpha_rule alpha = alpha_rule::any; // required = at least one pixel lets something through
};
inline constexpr std::array<std::string_view, 3> alpha_rule_names = {"any", "required",
                                                                     "forbidden"};

// Where a thing stands in the user's files; 1-based; column in characters.
struct source_mark {
    std::shared_ptr<const std::string> file; // as the user named it
    int line = 0;
    int column = 0;
};

// The job of the manifest that an item belongs to.
struct job_mark {
    std::size_t index = 0; // in `jobs`, from 0
    int priority = 0;      // at least that of every item that continues one of its items
    std::shared_ptr<const std::string> id; // jobs[].id as the manifest has it; may be null
};

struct item {
    std::string id;  // unique within the run
    int copy = 1;    // 1 to count
    std::string key; // content key, see content_key.hpp
    std::vector<route> routes;
    image_request request; // `model` is that of the first route
    expectation expect;
    retry_policy retry;
    std::vector<downgrade> downgrades; // in order; each counts from the item's own request
    std::optional<parent_link> after;
    std::optional<enrichment> enrich;
    bool keep_partials = false;                 // partial images are stored too
    std::chrono::milliseconds timeout{300'000}; // for one attempt, connect to last byte
    std::vector<output_spec> outputs;           // at least one
    base::json variables;    // row columns and matrix cell, an object of strings and numbers
    bool log_prompt = false; // the ledger may hold the prompt's text
    source_mark origin;      // its job in the manifest, as a place in the file
    job_mark of_job;
};

// The request as it goes to `where`, `step` steps down (0 = as asked): what is priced and sent.
// What `run` knows only later (the parent's picture, an enriched prompt) is not in it.
[[nodiscard]] image_request request_for(const item& wanted, const route& where,
                                        std::size_t step = 0);
// What the pixels must be after so many steps down.
[[nodiscard]] expectation expectation_for(const item& wanted, std::size_t step);

} // namespace engine::job
