// charts: two small pictures as inline SVG. Colours come from report.css by class, so that they
// follow the reader's light or dark scheme.
#pragma once

#include "engine/report/histogram.hpp"
#include "engine/report/timeline.hpp"

#include <string>

namespace engine::report {

// How long delivered attempts took, with marks at the median and the 95th percentile.
[[nodiscard]] std::string latency_chart(const histogram& total);

// Attempts over the time of the newest run: delivered below, others above.
[[nodiscard]] std::string timeline_chart(const timeline& attempts);

} // namespace engine::report
