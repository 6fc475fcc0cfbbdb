#include "engine/report/charts.hpp"

#include "engine/report/html_text.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <vector>

namespace engine::report {

namespace {

// Units of the viewBox; the page scales it to its column.
constexpr double width = 560;
constexpr double height = 190;
constexpr double plot_left = 36, plot_right = width - 8;
constexpr double plot_top = 26, plot_bottom = height - 26;
constexpr double plot_width = plot_right - plot_left;
constexpr double plot_height = plot_bottom - plot_top;
constexpr int latency_bins = 36;
constexpr std::size_t bars_min = 24; // a short run gets thin bars at the left, not a wall

// The next round number: 1, 1.5, 2, ... times a power of ten.
double nice_above(double value)
{
    if (!(value > 0))
        return 1;
    const double power = std::pow(10, std::floor(std::log10(value)));
    for (const double step : {1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0})
        if (value <= step * power)
            return step * power;
    return 10 * power;
}

std::string begin(const std::string& label)
{
    return fmt::format("<svg class=\"chart\" viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" "
                       "aria-label=\"{}\">",
                       width, height, escaped(label));
}

std::string text_at(double x, double y, std::string_view anchor, const std::string& text)
{
    return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>", x, y, anchor,
                       escaped(text));
}

std::string bar(double x, double bar_width, double from, double share, std::string_view kind)
{
    if (share <= 0)
        return {};
    // Never thinner than can be seen: one failure among a thousand images matters.
    const double tall = std::max(share * plot_height, 1.5);
    return fmt::format("<rect class=\"{}\" x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" "
                       "height=\"{:.2f}\"/>",
                       kind, x, plot_bottom - from - tall, bar_width, tall);
}

std::string axis(double top_value, const std::string& unit)
{
    return fmt::format("<path class=\"axis\" d=\"M{0:.1f} {1:.1f}H{2:.1f}\"/>"
                       "<path class=\"grid\" d=\"M{0:.1f} {3:.1f}H{2:.1f}\"/>",
                       plot_left, plot_bottom, plot_right, plot_top) +
           text_at(plot_left - 6, plot_bottom + 4, "end", "0") +
           text_at(plot_left - 6, plot_top + 4, "end", count_text(std::llround(top_value))) +
           (unit.empty() ? std::string() : text_at(plot_left, plot_top - 10, "start", unit));
}

} // namespace

std::string latency_chart(const histogram& total)
{
    // The last few may have taken minutes: they are in the last bar, or the rest would be one bar.
    const double high = nice_above(std::min(total.percentile(98) * 1.05, total.percentile(90) * 2));
    const double low = 0;
    const double step = (high - low) / latency_bins;
    std::vector<std::int64_t> counts;
    for (int i = 0; i < latency_bins; ++i)
        counts.push_back(total.between(low + i * step, low + (i + 1) * step));
    counts.back() += total.between(high, 1e18);
    const auto tallest = static_cast<double>(std::max<std::int64_t>(1, std::ranges::max(counts)));
    const double p50 = total.percentile(50);
    const double p95 = total.percentile(95);
    std::string out = begin(fmt::format("{} images: half within {}, 95 % within {}, slowest {}",
                                        total.count(), milliseconds_text(p50),
                                        milliseconds_text(p95), milliseconds_text(total.max())));
    out += axis(tallest, {});
    const double bin_width = plot_width / latency_bins;
    for (int i = 0; i < latency_bins; ++i)
        out += bar(plot_left + i * bin_width + 0.75, bin_width - 1.5, 0,
                   static_cast<double>(counts[static_cast<std::size_t>(i)]) / tallest, "good");
    // The median's name to the left of its mark and the other's to the right, so that they never
    // meet, unless the edge is near.
    const auto mark = [&](double ms, const std::string& name, bool before) {
        const double share = std::min(ms / high, 1.0);
        const double x = plot_left + share * plot_width;
        const bool left = before ? share > 0.2 : share > 0.8;
        return fmt::format("<path class=\"mark\" d=\"M{0:.1f} {1:.1f}V{2:.1f}\"/>", x, plot_top - 8,
                           plot_bottom) +
               text_at(x + (left ? 2 : -2), plot_top - 11, left ? "end" : "start",
                       name + " " + milliseconds_text(ms));
    };
    out += mark(p50, "half within", true);
    if ((p95 - p50) / high > 0.02)
        out += mark(p95, "95 % within", false);
    for (int i = 0; i <= 4; ++i)
        out += text_at(plot_left + plot_width * i / 4, plot_bottom + 18,
                       i == 0   ? "start"
                       : i == 4 ? "end"
                                : "middle",
                       i == 0 ? "0"
                              : milliseconds_text(high * i / 4) +
                                    (i == 4 && total.max() > high ? " or more" : ""));
    return out + "</svg>";
}

std::string timeline_chart(const timeline& attempts)
{
    const std::size_t slots = std::max(attempts.used(), bars_min);
    const auto total = attempts.width() * static_cast<std::int64_t>(slots);
    std::int64_t delivered = 0, failed = 0, tallest = 1;
    for (std::size_t i = 0; i < attempts.used(); ++i) {
        delivered += attempts.at(i).delivered;
        failed += attempts.at(i).failed;
        tallest = std::max(tallest, attempts.at(i).delivered + attempts.at(i).failed);
    }
    std::string out =
        begin(fmt::format("over {}: {} delivered, {} other endings, at most {} within {}",
                          base::format_duration(total), delivered, failed, tallest,
                          base::format_duration(attempts.width())));
    out += axis(static_cast<double>(tallest),
                "attempts ended within " + base::format_duration(attempts.width()));
    const double slot_width = plot_width / static_cast<double>(slots);
    const double gap = std::min(1.5, slot_width * 0.2);
    for (std::size_t i = 0; i < attempts.used(); ++i) {
        const auto& slot = attempts.at(i);
        const double x = plot_left + static_cast<double>(i) * slot_width + gap / 2;
        const double good = static_cast<double>(slot.delivered) / static_cast<double>(tallest);
        const double bad = static_cast<double>(slot.failed) / static_cast<double>(tallest);
        out += bar(x, slot_width - gap, 0, good, "good");
        out += bar(x, slot_width - gap, good * plot_height, bad, "bad");
    }
    for (int i = 0; i <= 2; ++i)
        out += text_at(plot_left + plot_width * i / 2, plot_bottom + 18,
                       i == 0   ? "start"
                       : i == 2 ? "end"
                                : "middle",
                       i == 0 ? minute_text(attempts.start()).substr(11)
                              : "+" + base::format_duration(total * i / 2));
    return out + "</svg>";
}

} // namespace engine::report
