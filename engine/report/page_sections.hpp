// page_sections: the tables and charts of report.html, each a <section>, or nothing where there is
// nothing to show. Pure. Only page.cpp puts them together.
#pragma once

#include "engine/report/summary.hpp"
#include "engine/report/timeline.hpp"

#include <string>

namespace engine::report {

// What may have been charged, with its worst case.
[[nodiscard]] std::string unknowns_html(const summary& all);
// Failed and held items by cause, and what to do about each.
[[nodiscard]] std::string causes_html(const summary& all);
// Attempts without an image, by outcome and reason.
[[nodiscard]] std::string failures_html(const summary& all);
// Latency and pace: two charts and the percentiles of each phase.
[[nodiscard]] std::string charts_html(const summary& all, const timeline& attempts);
// By route and by model.
[[nodiscard]] std::string money_html(const summary& all);
// Only where there was more than one.
[[nodiscard]] std::string runs_html(const summary& all);

} // namespace engine::report
