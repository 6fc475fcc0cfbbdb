// settlement: what an attempt's ending means in money, for the ledger and for the scheduler. Pure.
#pragma once

#include "engine/job/event.hpp"
#include "engine/job/item.hpp"
#include "engine/provider/image_api.hpp"
#include "engine/schedule/event.hpp"

#include <optional>
#include <string>

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

// Whether the model that an answer names is another one than was asked for. A dated snapshot
// ("gpt-image-2-2026-04-21") and a vendor's prefix ("openai/gpt-image-2") are not.
[[nodiscard]] bool is_other_model(std::string_view requested, std::string_view returned);

// Fills in what the reply said. The cost is not part of it.
void describe_reply(job::attempt_ended& attempt, const provider::reply& reply);

// The same for the scheduler. `attempt` is complete.
[[nodiscard]] schedule::attempt_settled
settle(schedule::item_handle item, const job::attempt_ended& attempt, const provider::reply& reply);

} // namespace engine::run
