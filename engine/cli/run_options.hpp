// run_options: what a run is given besides the machinery it stands on: the same for a real run and
// for one that is rehearsed.
#pragma once

#include "engine/base/wall_time.hpp"
#include "engine/cli/preparation.hpp"
#include "engine/cli/settings.hpp"
#include "engine/run/batch.hpp"

namespace engine::cli {

// `prepared` is planned. `now`: part of the run's id. May say on standard error that fewer requests
// at once are possible here than were asked for.
[[nodiscard]] run::batch_options make_run_options(const run_settings& wanted,
                                                  const preparation& prepared, base::wall_time now);

} // namespace engine::cli
