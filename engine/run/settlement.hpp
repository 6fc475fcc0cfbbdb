// settlement: what an attempt's ending means in money, for the ledger and for the scheduler. Pure.
#pragma once

#include "engine/job/event.hpp"
#include "engine/job/item.hpp"
#include "engine/provider/image_api.hpp"
#include "engine/schedule/event.hpp"

#include <optional>
#include <string>

namespace engine::run {

// What is charged for an ending. Delivered and bad output: by usage, or the reserved worst case if
// none was told. Unknown (and whatever else may have been billed): the reserved worst case.
// Everything else: nothing.
[[nodiscard]] job::cost cost_of_ending(job::outcome outcome, bool possibly_billed,
                                       const std::optional<job::usage>& used,
                                       const std::optional<job::model_price>& price,
                                       base::microusd reserved);

// What an attempt line says about the request, whatever comes of it.
[[nodiscard]] job::attempt_ended describe_attempt(const job::item& wanted, const job::route& route,
                                                  int attempt, const std::string& price_table);

// Fills in what the reply said. The cost is not part of it.
void describe_reply(job::attempt_ended& attempt, const provider::reply& reply);

// The same for the scheduler. `attempt` is complete.
[[nodiscard]] schedule::attempt_settled
settle(schedule::item_handle item, const job::attempt_ended& attempt, const provider::reply& reply);

} // namespace engine::run
