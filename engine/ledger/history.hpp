// history: what a ledger adds up to, by content key: what is done and where, what is open, what it
// cost. The one source of resume, reuse, status and recon.
//
// Read in pieces and kept packed: 1 KB for a key with two outputs; a ledger of a million lines (1
// GB, 333,000 keys) took 5 s and 335 MB. Nothing is guessed: a line that cannot be read, other than
// a torn last one, refuses the whole ledger with its number and what to do. Can be read while a run
// writes.
#pragma once

#include "engine/base/money.hpp"
#include "engine/base/result.hpp"
#include "engine/base/wall_time.hpp"
#include "engine/job/event.hpp"
#include "engine/job/outcome.hpp"
#include "engine/ledger/drift.hpp"
#include "engine/ledger/latency_table.hpp"
#include "engine/runtime/files.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace engine::ledger {

// By what a lost answer is fetched from the provider; empty = not known.
struct answer_names {
    std::string response_id;
    std::string conversation_id;
    [[nodiscard]] bool empty() const { return response_id.empty() && conversation_id.empty(); }
};

// An intent without an attempt line: the process died while the request may have been on the wire.
// Counts as `unknown`: possibly billed with all that was reserved.
struct open_intent {
    int attempt = 0;
    std::string run;
    base::wall_time opened{};
    std::string route_owner, api, model, mainline_model;
    base::microusd reserved;
    std::string request_hash;
    answer_names names;
    std::optional<job::enriched_prompt> enriched; // known once the answer was named
    std::string job;                              // as in the intent line
};

// An attempt line with outcome `unknown`, or any other that is possibly billed.
struct unknown_attempt {
    int attempt = 0;
    job::outcome outcome = job::outcome::unknown;
    std::string run; // that wrote the line
    base::wall_time ended{};
    std::string route_owner, api, model, mainline_model;
    base::microusd worst_case;
    std::string request_id; // the provider's; may be empty
    std::string client_request_id;
    answer_names names;
    std::optional<job::enriched_prompt> enriched;
    std::string error; // the provider's message or ours, else a code
};

// Everything the ledger says about one content key.
struct key_record {
    std::string key;
    std::string item;                         // the id it went by last
    std::optional<job::item_state> state;     // of the last item line; nothing = it never ended
    std::string cause;                        // of the same line
    std::string reason;                       // of the same line
    std::optional<job::outcome> last_outcome; // of the last attempt line
    int attempts = 0;              // the highest attempt number seen; the next is one more
    int done_attempts = 0;         // that of the last done line: what came later is not stored yet
    std::vector<int> bad_attempts; // numbers of those that ended as bad_output
    base::microusd settled;        // charged for certain; what is only possibly billed is apart
    std::vector<open_intent> open_intents;
    std::vector<unknown_attempt> unknown_attempts;
    base::microusd possibly_billed; // worst case of the two above; not part of `settled`
    std::string received_sha256;    // of the last done line
    // Of the last done line; where several items share the key, those of the others follow, newest
    // first.
    std::vector<job::stored_output> outputs;
};

struct run_record {
    std::string id;
    base::wall_time started{};
    std::optional<job::run_started> opening;
    std::optional<job::run_ended> ending; // nothing: still running, or it died
    base::microusd settled;               // by attempts that this run wrote
    base::microusd possibly_billed;       // not part of `settled`
    std::int64_t requests = 0;            // that left, or may have left
};

struct history_totals {
    base::microusd settled;
    base::microusd
        possibly_billed; // unknown attempts and open intents, worst case; not in `settled`
    std::int64_t requests = 0;
    std::int64_t keys = 0;
    std::int64_t done = 0, failed = 0, held = 0; // keys by their last state
    std::int64_t unknown = 0;                    // keys with an open intent or an unknown attempt
    std::int64_t lines = 0;
    // What counts against a cap that holds for the whole folder.
    [[nodiscard]] base::microusd spent() const { return settled + possibly_billed; }
};

class history {
public:
    history();
    ~history();
    history(history&&) noexcept;
    history& operator=(history&&) noexcept;

    // No file = an empty history. errc::damaged names the line; a failure of the disk stays what it
    // is.
    [[nodiscard]] static base::result<history> read(runtime::files& disk, const std::string& path);

    // Folds one more event, as a run does with those it writes itself.
    void add(const job::event& happened);

    [[nodiscard]] std::optional<key_record> find(std::string_view key) const;
    // In no particular order. The record lives during the call.
    void for_each(const std::function<void(const key_record&)>& visit) const;
    [[nodiscard]] const history_totals& totals() const;
    // What attempts cost that ended at that time or later, possibly billed included. One whose run
    // died counts at the time of its intent, also when a later run or `recon` closed it.
    [[nodiscard]] base::microusd spent_since(base::wall_time from) const;
    // What attempts cost that were made for that job (jobs[].id as the manifest has it), possibly
    // billed included, whatever their items are called now.
    [[nodiscard]] base::microusd spent_for_job(std::string_view job) const;
    [[nodiscard]] const std::vector<run_record>& runs() const; // in the order of their first line
    [[nodiscard]] const latency_table& latencies() const;
    // By route: "openai/images/gpt-image-2".
    [[nodiscard]] const drift_by_route& drifts() const;
    [[nodiscard]] std::uint64_t torn_bytes() const; // behind the last newline, not read

private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace engine::ledger
