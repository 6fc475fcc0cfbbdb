// attempt_runner: one attempt for one item, from its references to the line that settles it; and
// the fetching of an answer that was lost (attempt_recovery.cpp).
#pragma once

#include "engine/job/output_folder.hpp"
#include "engine/job/price.hpp"
#include "engine/ledger/doubt.hpp"
#include "engine/provider/image_api.hpp"
#include "engine/run/enricher.hpp"
#include "engine/run/image_store.hpp"
#include "engine/run/picture_work.hpp"
#include "engine/run/received_image.hpp"
#include "engine/run/recorder.hpp"
#include "engine/run/reference_store.hpp"
#include "engine/run/settlement.hpp"
#include "engine/runtime/worker_pool.hpp"

#include <functional>
#include <optional>
#include <string>

namespace engine::run {

// What is to be sent: fixed before the attempt starts.
struct attempt_order {
    const job::item* wanted = nullptr; // lives until the attempt has ended
    job::route route;
    job::image_request request; // as it goes to that route, but for an enriched prompt
    int number = 1;             // over all runs
    reservation reserved;       // with what an enrichment costs at most
    base::microusd enrichment_reserved;
    std::string retry_reason;
    runtime::steady_time queued_since;
    // Told what the head of the picture's answer says about limits, before the rest of it comes.
    std::function<void(const std::vector<provider::bucket_reading>&)> limits_read;
};

// An attempt of an earlier run whose answer was lost: it is fetched, nothing is sent that costs.
struct recovery_order {
    const job::item* wanted = nullptr; // lives until it has ended
    ledger::doubt lost;
    base::microusd image_reserved; // of `lost.worst_case`, the drawing model's part
};

struct attempt_result {
    job::attempt_ended line;
    bool line_due = false; // an intent is in the ledger: this line must follow it
    provider::reply reply;
    std::optional<store_result> stored; // the bytes were whole and were looked at
    bool by_text_model = false;         // the ending is the text model's: no picture was asked for
    std::optional<base::failure> fatal; // our disk or ledger: the run cannot go on

    // Of a recovery: the doubt is settled, and the line says how.
    [[nodiscard]] bool settled() const
    {
        return reply.fetched == provider::fetch_ending::answered && line.recovered;
    }
};

class attempt_runner {
public:
    struct parts {
        runtime::clock& time;
        runtime::files& disk;
        runtime::worker_pool& pool;
        recorder& events;
        const job::output_folder& folder;
        const job::price_table& prices;
        const std::map<std::string, ask_text>& texts; // by provider name
        const picture_work& pictures;
    };
    attempt_runner(parts machinery, std::uint64_t reference_bytes_max);

    // `response_ended` is called when the slot on the wire is free and the attempt is not settled
    // yet. Never throws for a cancellation: a cancelled attempt is `cancelled` before anything was
    // sent and `unknown` after.
    [[nodiscard]] runtime::task<attempt_result> run(attempt_order order, provider::image_api& api,
                                                    std::function<void()> response_ended);

    // Asks the provider for the answer, until the item's timeout is over since the attempt began,
    // and for ten seconds at least. Throws when it is
    // cancelled while it asks: the ledger is then as it was before, and nothing is lost. Without an
    // answer the doubt stays a doubt, and `reply` says why; `line` is then what the ledger lacks if
    // its intent is still open.
    [[nodiscard]] runtime::task<attempt_result> recover(recovery_order order,
                                                        provider::image_api& api);

private:
    struct under_way;
    [[nodiscard]] runtime::task<> send(under_way& state);
    // Gives the request its enriched prompt; false when the attempt ends here.
    [[nodiscard]] runtime::task<bool> enrich(under_way& state);
    [[nodiscard]] runtime::task<bool> open_intent(under_way& state, std::string request_hash);
    [[nodiscard]] runtime::task<> find_place(under_way& state);
    [[nodiscard]] runtime::task<> fetch_lost(under_way& state);
    [[nodiscard]] runtime::task<store_result>
    store_fetched(const job::item& wanted, const job::attempt_ended& line,
                  std::shared_ptr<received_image> received);
    [[nodiscard]] runtime::call_context context_of(const under_way& state) const;
    [[nodiscard]] runtime::task<> check_and_store(under_way& state);
    void settle(under_way& state) const;

    parts with_;
    reference_store references_;
    enricher enricher_;
};

} // namespace engine::run
