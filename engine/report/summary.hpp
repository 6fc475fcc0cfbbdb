// summary: what a ledger amounts to, for summary.json, the report and the last line on the screen.
//
// A fold: give it every event in order. It keeps one small record for each item id and nothing else
// that grows. Covers the whole folder, all runs; `last_run` is what the newest one did.
#pragma once

#include "engine/base/json.hpp"
#include "engine/base/money.hpp"
#include "engine/job/event.hpp"
#include "engine/ledger/drift.hpp"
#include "engine/report/histogram.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace engine::report {

// Attempts that share something: a route, a model.
struct group_totals {
    std::int64_t attempts = 0;
    std::int64_t delivered = 0;
    base::microusd settled, possibly_billed;
    ledger::drift drift; // charged against expected
    histogram total_ms;  // of delivered attempts
};

// Attempts that ended alike.
struct failure_group {
    job::outcome outcome = job::outcome::unknown;
    std::string reason; // error code, else the message's beginning
    std::int64_t attempts = 0;
    std::int64_t items_open = 0; // items whose last attempt this was and that are not done
    std::string example_item, example_message, example_request_id;
};

// Items that are failed or held for the same cause.
struct cause_group {
    job::item_state state = job::item_state::failed;
    std::string cause; // an outcome, "attempts", "output", ...
    std::int64_t items = 0;
    std::string example_item, example_reason;
};

// What may have been charged without anybody knowing: an unknown attempt, or an intent whose
// attempt line never came.
struct unknown_note {
    std::string item, key;
    int attempt = 0;
    base::microusd worst_case;
    std::string request_id, client_request_id;
    std::string route; // provider/api/model
    std::string what;  // error message or code; empty for an intent
    bool intent_only = false;
    base::wall_time time{};
    job::outcome outcome = job::outcome::unknown; // or another that may have been charged
};

struct item_counts {
    std::int64_t done = 0, failed = 0, held = 0, open = 0;
};

struct run_totals {
    std::string id;
    base::wall_time started{}, last_line{};
    std::optional<job::run_started> opening;
    std::optional<job::run_ended> ending;
    std::int64_t attempts = 0, images = 0;
    base::microusd settled, possibly_billed;

    // What the run took: as it said itself at its end, else from its first to its last line.
    [[nodiscard]] std::chrono::milliseconds took() const;
};

class summary {
public:
    void add(const job::event& happened);

    [[nodiscard]] item_counts items() const; // by their last state; open = started, never ended
    [[nodiscard]] const std::map<std::string, std::int64_t>& attempts_by_outcome() const;
    [[nodiscard]] base::microusd settled() const { return settled_; }
    // Worst case of unknown attempts and of intents that never got their attempt line.
    [[nodiscard]] base::microusd possibly_billed() const;
    [[nodiscard]] base::microusd spent() const { return settled() + possibly_billed(); }
    [[nodiscard]] std::int64_t images() const { return images_; } // delivered attempts
    [[nodiscard]] std::int64_t unknown() const;                   // how many those are
    [[nodiscard]] std::vector<unknown_note> unknowns() const;     // oldest first
    [[nodiscard]] std::int64_t unpriced() const { return unpriced_; }
    [[nodiscard]] const ledger::drift& drift() const { return drift_; }
    // Attempts that were charged more than was held for them, and how much more: a cap may not have
    // held.
    [[nodiscard]] std::int64_t over_reserved() const { return over_reserved_; }
    [[nodiscard]] base::microusd over_reserved_amount() const { return over_reserved_amount_; }
    [[nodiscard]] std::uint64_t bytes_received() const { return bytes_received_; }
    [[nodiscard]] std::uint64_t bytes_stored() const { return bytes_stored_; }
    // spent() over images(); nothing without an image.
    [[nodiscard]] std::optional<base::microusd>
    cost_per_image(base::microusd not_counted = {}) const;
    // Images of the newest run for each second of it; 0 when it took none.
    [[nodiscard]] double images_per_second() const;

    // Phases of delivered attempts: "queued", "connect", "first_byte", ... "total".
    [[nodiscard]] const std::map<std::string, histogram>& latency() const { return latency_; }
    [[nodiscard]] const std::map<std::string, group_totals>& by_route() const { return by_route_; }
    [[nodiscard]] const std::map<std::string, group_totals>& by_model() const { return by_model_; }
    // Failed before held, most items first.
    [[nodiscard]] std::vector<cause_group> causes() const;
    // Most attempts first.
    [[nodiscard]] std::vector<failure_group> failures() const;
    [[nodiscard]] const std::vector<run_totals>& runs() const { return runs_; }

    // The document of summary.json: schema_version 1, docs/ledger.md lists its members.
    [[nodiscard]] base::json to_json() const;

private:
    struct item_note {
        std::optional<job::item_state> state;
        std::uint32_t failure = 0; // 1 + index of the group of its last attempt; 0 = delivered
        std::uint32_t cause = 0;   // 1 + index of its cause; 0 = it is not failed or held
        std::uint64_t bytes_stored = 0;
    };
    struct possibly_billed_note {
        unknown_note what;
        std::uint32_t run = 0;     // index into runs_
        std::uint32_t failure = 0; // as above
        bool unpriced = false;
        std::string model;
    };
    void add_body(const job::event& happened, const job::run_started& body);
    void add_body(const job::event& happened, const job::intent_opened& body);
    void add_body(const job::event& happened, const job::attempt_ended& body);
    void add_body(const job::event& happened, const job::item_ended& body);
    void add_body(const job::event& happened, const job::run_ended& body);
    void add_body(const job::event&, const job::answer_named&) {}
    void add_body(const job::event&, const job::limit_changed&) {}
    void add_body(const job::event&, const job::budget_changed&) {}
    void add_body(const job::event&, const job::warning_raised&) {}
    void take_back(const std::string& attempt);
    void note_over_reserved(const std::string& attempt, base::microusd cost);
    void add_latency(const job::attempt_ended& body);
    std::uint32_t failure_of(const job::attempt_ended& body);
    std::uint32_t cause_of(const job::item_ended& body);

    std::vector<run_totals> runs_;
    std::unordered_map<std::string, item_note> items_;
    std::unordered_map<std::string, possibly_billed_note> possibly_; // by "key attempt"
    std::map<std::string, std::int64_t> attempts_by_outcome_;
    std::map<std::string, histogram> latency_;
    std::map<std::string, group_totals> by_route_, by_model_;
    std::vector<failure_group> failures_;
    std::vector<cause_group> causes_;
    base::microusd settled_, possibly_billed_;
    ledger::drift drift_;
    base::microusd over_reserved_amount_;
    std::int64_t images_ = 0, unpriced_ = 0, over_reserved_ = 0;
    std::uint64_t bytes_received_ = 0, bytes_stored_ = 0;
};

// The last line of a run: "42 done, 1 failed, 1 held · spent $2.3541 (of it $0.0530 possibly billed
// for 1 unknown) of a $5.00 cap · $0.0561 per image · 1 min 12 s". Parts that are nothing are left
// out.
struct money_line_figures {
    std::int64_t done = 0, failed = 0, held = 0, open = 0;
    std::int64_t reused = 0;    // of `done`: nothing was bought for them
    std::int64_t recovered = 0; // of `done`: bought by an earlier run, fetched by this one
    base::microusd spent;       // possibly_billed included
    base::microusd possibly_billed;
    std::int64_t unknown = 0;
    std::int64_t images = 0; // bought
    std::optional<base::microusd> cap;
    std::chrono::milliseconds took{0};
};
[[nodiscard]] std::string money_line(const money_line_figures& figures);

} // namespace engine::report
