// settlement: what an attempt's ending means in money, for the ledger and for the scheduler. Pure.
#pragma once

#include "engine/job/event.hpp"
#include "engine/job/item.hpp"
#include "engine/ledger/doubt.hpp"
#include "engine/provider/image_api.hpp"
#include "engine/run/image_store.hpp"
#include "engine/schedule/event.hpp"

#include <optional>
#include <string>
#include <vector>

namespace engine::run {

// What is reserved for one attempt.
struct reservation {
    base::microusd whole;
    base::microusd image; // the part that is the drawing model's
    // Not held, only expected: what the plan says. Nothing = no price is known.
    std::optional<base::microusd> expected = std::nullopt;
    base::microusd expected_enrichment = {}; // the part of it that rewrites the prompt
};

// What is charged for an ending. Delivered and bad output: by usage, or the reserved worst case if
// none was told. Unknown (and whatever else may have been billed): the reserved worst case.
// Anything else for which tokens were told (a text model that answered and drew nothing): those.
// The rest: nothing.
[[nodiscard]] job::cost cost_of_ending(job::outcome outcome, bool possibly_billed,
                                       const std::optional<job::usage>& used,
                                       const job::route_price& price, reservation reserved);

// What an attempt line says about the request, whatever comes of it. `request`: as it is sent.
[[nodiscard]] job::attempt_ended describe_attempt(const job::item& wanted,
                                                  const job::image_request& request,
                                                  const job::route& route, int attempt,
                                                  const std::string& price_table);

// The line for a lost answer of an earlier run, as `unknown` as the ledger has it.
[[nodiscard]] job::attempt_ended describe_lost(const job::item& wanted, const ledger::doubt& lost,
                                               const std::string& price_table);
// What its text model had, where nobody lived to write it down: at most what was reserved, or
// nothing, when the intent was opened for the picture alone. Nothing to say without a text model.
[[nodiscard]] std::optional<job::enriched_prompt>
assumed_enrichment(const job::item& wanted, const ledger::doubt& lost,
                   const job::price_table& prices);

// Adds what its text model cost to what the picture did, and says how sure the sum is.
void add_enrichment(job::attempt_ended& line);

// The same line when the answer has been fetched after all. `image_reserved`: of the worst case,
// the drawing model's part.
void settle_fetched(job::attempt_ended& line, const provider::reply& reply,
                    const job::price_table& prices, const ledger::doubt& lost,
                    base::microusd image_reserved);

// The line by which a person who looked at the provider's records settles a doubt: charged with its
// worst case, or free. A lost picture can then be bought again.
[[nodiscard]] job::attempt_ended settle_by_person(const std::string& item, const std::string& key,
                                                  const ledger::doubt& doubt, bool charged,
                                                  const std::string& price_table);

// Whether the model that an answer names is another one than was asked for. A dated snapshot
// ("gpt-image-2-2026-04-21") and a vendor's prefix ("openai/gpt-image-2") are not.
[[nodiscard]] bool is_other_model(std::string_view requested, std::string_view returned);

// Fills in what the reply said. The cost is not part of it.
void describe_reply(job::attempt_ended& attempt, const provider::reply& reply);

// What headers said about the buckets.
[[nodiscard]] std::vector<schedule::bucket_reading>
readings_of(const std::vector<provider::bucket_reading>& buckets);

// What became of the bytes that the reply brought.
void note_stored(job::attempt_ended& line, const store_result& stored);

// The same for the scheduler. `attempt` is complete.
[[nodiscard]] schedule::attempt_settled
settle(schedule::item_handle item, const job::attempt_ended& attempt, const provider::reply& reply);

} // namespace engine::run
