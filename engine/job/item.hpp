// item: one wanted image, as the manifest's expansion yields it and everything after it works on.
#pragma once

#include "engine/base/json.hpp"
#include "engine/job/image_request.hpp"
#include "engine/job/route.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace engine::job {

// What to do with an attempt that may have been billed without an image coming back.
enum class unknown_policy {
    hold,  // the item waits for a person: nothing is ever bought twice
    retry, // buy again, knowing that the lost one may be billed too
};
inline constexpr std::array<std::string_view, 2> unknown_policy_names = {"hold", "retry"};

struct retry_policy {
    int max_attempts = 5; // paid or possibly paid attempts and server errors; rate limits and
                          // not_sent do not count
    unknown_policy on_unknown = unknown_policy::hold;
    bool reopen_failed =
        false; // also try what an earlier run gave up: refused, invalid, bad output
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

struct item {
    std::string id;  // unique within the run
    int copy = 1;    // 1 to count
    std::string key; // content key, see content_key.hpp
    std::vector<route> routes;
    image_request request; // `model` is that of the first route
    expectation expect;
    retry_policy retry;
    std::chrono::milliseconds timeout{300'000}; // for one attempt, connect to last byte
    std::vector<output_spec> outputs;           // at least one
    base::json variables;    // row columns and matrix cell, an object of strings and numbers
    bool log_prompt = false; // the ledger may hold the prompt's text
    source_mark origin;      // its job in the manifest
};

} // namespace engine::job
