#include "engine/report/page.hpp"

#include "engine/report/advice.hpp"
#include "engine/report/html_text.hpp"
#include "engine/report/page_sections.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace engine::embedded {
extern const std::string_view report_css;
extern const std::string_view report_js;
} // namespace engine::embedded

namespace engine::report {

namespace {

std::string tile(std::string_view name, const std::string& value, const std::string& note,
                 const std::string& extra = {}, std::string_view kind = {})
{
    return fmt::format(
        "<div class=\"tile {}\"><dt>{}</dt><dd><b>{}</b>{}<small>{}</small></dd></div>", kind, name,
        value, extra, note);
}

std::string meter(const std::vector<std::pair<std::string_view, double>>& parts, double whole,
                  const std::string& label)
{
    std::string out =
        fmt::format("<span class=\"meter\" role=\"img\" aria-label=\"{}\">", escaped(label));
    for (const auto& [kind, amount] : parts)
        if (amount > 0 && whole > 0)
            out += fmt::format("<i class=\"{}\" style=\"width:{:.2f}%\"></i>", kind,
                               std::min(amount / whole, 1.0) * 100);
    return out + "</span>";
}

std::int64_t items_total(const summary& all)
{
    const auto items = all.items();
    const auto seen = items.done + items.failed + items.held + items.open;
    const auto& runs = all.runs();
    const bool said = !runs.empty() && runs.back().opening;
    return std::max(seen, said ? runs.back().opening->items_total : 0);
}

bool is_simulated(const summary& all)
{
    return !all.by_route().empty() && std::ranges::all_of(all.by_route(), [](const auto& route) {
        return route.first.starts_with("simulator/");
    });
}

std::string nav_html(const summary& all)
{
    std::string out = "<nav aria-label=\"Parts of this page\">";
    const auto link = [&](bool there, std::string_view anchor, std::string_view name) {
        if (there)
            out += fmt::format("<a href=\"#{}\">{}</a>", anchor, name);
    };
    link(all.unknown() > 0, "unknown", "Unknown outcomes");
    link(!all.causes().empty(), "not-done", "Not done");
    link(true, "sheet", "Contact sheet");
    link(all.latency().contains("total"), "latency", "Time");
    link(!all.failures().empty(), "failures", "Attempts");
    link(!all.by_route().empty(), "money", "Money");
    link(all.runs().size() > 1, "runs", "Runs");
    return out + "</nav>";
}

std::string header_html(const summary& all, const page_facts& facts)
{
    std::string out = "<header class=\"top\"><p class=\"brand\">darkroom</p><h1>" +
                      escaped(facts.title) + "</h1>";
    if (is_simulated(all))
        out += "<p class=\"ribbon\">Rehearsal against the simulator: no real money, no real "
               "images.</p>";
    if (all.runs().empty())
        return out + "<p class=\"sub\">Nothing has run here yet.</p></header>";
    const auto& run = all.runs().back();
    std::string sub = minute_text(run.started) + " · " + base::format_duration(run.took());
    if (run.ending)
        sub += fmt::format(" · ended with {}: {}", run.ending->exit_code,
                           meaning_of_exit_code(run.ending->exit_code));
    else
        sub += " · not ended: still running, or it died";
    if (all.runs().size() > 1)
        sub += fmt::format(" · {} runs", all.runs().size());
    if (run.opening && !run.opening->engine_version.empty())
        sub += " · darkroom " + run.opening->engine_version;
    out += "<p class=\"sub\">" + escaped(sub) + "</p>";
    out += nav_html(all);
    if (facts.torn_bytes > 0)
        out +=
            fmt::format("<p class=\"sub\">The ledger ends in half a line of {} bytes: it is being "
                        "written, or the last run died.</p>",
                        facts.torn_bytes);
    return out + "</header>";
}

std::string tiles_html(const summary& all)
{
    const auto items = all.items();
    const auto total = items_total(all);
    const auto to_go = std::max<std::int64_t>(total - items.done - items.failed - items.held, 0);
    std::string state_note = fmt::format("of {} items", count_text(total));
    if (items.failed > 0)
        state_note += fmt::format(", {} failed", count_text(items.failed));
    if (items.held > 0)
        state_note += fmt::format(", {} held", count_text(items.held));
    if (to_go > 0)
        state_note += fmt::format(", {} to go", count_text(to_go));
    std::string out = "<dl class=\"tiles\">";
    out += tile("Done", count_text(items.done), state_note,
                meter({{"good", static_cast<double>(items.done)},
                       {"bad", static_cast<double>(items.failed)},
                       {"warn", static_cast<double>(items.held)}},
                      static_cast<double>(total), state_note));

    const auto& runs = all.runs();
    const auto cap = !runs.empty() && runs.back().opening ? runs.back().opening->max_cost
                                                          : std::optional<base::microusd>();
    std::string money_note = "all runs of this folder";
    std::string money_meter;
    if (cap && runs.size() == 1) {
        money_note = "of a " + base::format_usd(*cap) + " cap";
        money_meter = meter({{"good", all.settled().usd()}, {"warn", all.possibly_billed().usd()}},
                            cap->usd(), base::format_usd(all.spent()) + " " + money_note);
    }
    if (all.unpriced() > 0)
        money_note += fmt::format("; {} attempts have no known price and count as $0",
                                  count_text(all.unpriced()));
    if (all.over_reserved() > 0)
        money_note += fmt::format("; {} attempts cost more than was reserved for them",
                                  count_text(all.over_reserved()));
    out += tile("Spent", base::format_usd(all.spent()), money_note, money_meter);
    if (all.unknown() > 0)
        out += tile("Possibly billed", base::format_usd(all.possibly_billed()),
                    fmt::format("worst case of {} unknown, in “spent”", count_text(all.unknown())),
                    {}, "warn");
    if (const auto each = all.cost_per_image())
        out += tile("Per image", base::format_usd(*each),
                    fmt::format("over {} delivered", count_text(all.images())));
    if (const auto found = all.latency().find("total"); found != all.latency().end())
        out += tile("Latency", milliseconds_text(found->second.percentile(50)),
                    "median; 95 % within " + milliseconds_text(found->second.percentile(95)));
    if (all.images_per_second() > 0)
        out += tile("Pace", fmt::format("{:.1f}", all.images_per_second() * 60),
                    "images per minute, newest run");
    out += tile("Data", bytes_text(all.bytes_received()),
                "received; " + bytes_text(all.bytes_stored()) + " in files");
    return out + "</dl>";
}

} // namespace

std::string page_head(const summary& all, const page_facts& facts)
{
    std::string out = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                      "<meta name=\"color-scheme\" content=\"light dark\">"
                      // Nothing from elsewhere, even if something slipped through the escaping.
                      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                      "img-src 'self' data: file:; style-src 'unsafe-inline'; script-src "
                      "'unsafe-inline'; base-uri 'none'; form-action 'none'\">"
                      "<meta name=\"generator\" content=\"darkroom\"><title>" +
                      escaped(facts.title) + " · darkroom report</title>\n<style>\n";
    out += embedded::report_css;
    out += "</style></head>\n<body><a class=\"skip\" href=\"#sheet\">To the pictures</a>\n";
    out += header_html(all, facts) + "\n<main>\n" + tiles_html(all) + "\n";
    for (const auto& section : {unknowns_html(all), causes_html(all)})
        if (!section.empty())
            out += section + "\n";
    return out;
}

std::string sheet_head(std::size_t items, std::size_t items_left_out, const item_counts& by_state)
{
    std::string out = fmt::format("<section id=\"sheet\"><h2>Contact sheet <span class=\"count\">{}"
                                  "</span></h2>",
                                  count_text(static_cast<std::int64_t>(items)));
    if (items_left_out > 0)
        out += fmt::format("<p>{} more done items are not shown: the page would be too large. The "
                           "ledger and the folder have them.</p>",
                           count_text(static_cast<std::int64_t>(items_left_out)));
    out += "<div class=\"tools\" hidden><label>Find <input type=\"search\" id=\"find\" "
           "placeholder=\"id, prompt, reason\"></label><fieldset><legend>Show</legend>";
    const auto chip = [&](job::item_state state, std::int64_t count) {
        if (count > 0)
            out += fmt::format("<label class=\"chip\"><input type=\"checkbox\" value=\"{0}\" "
                               "checked> {0} {1}</label>",
                               name_of(state), count_text(count));
    };
    chip(job::item_state::done, by_state.done);
    chip(job::item_state::failed, by_state.failed);
    chip(job::item_state::held, by_state.held);
    chip(job::item_state::open, by_state.open);
    out +=
        "</fieldset><label>Order <select id=\"order\"><option value=\"run\">as they came</option>"
        "<option value=\"id\">by id</option><option value=\"cost\">dearest first</option>"
        "<option value=\"ms\">slowest first</option><option value=\"state\">problems first"
        "</option></select></label><output id=\"shown\"></output></div>\n<div class=\"sheet\">\n";
    return out;
}

std::string page_foot(const summary& all, const timeline& attempts)
{
    std::string out = "</div></section>\n";
    for (const auto& section :
         {charts_html(all, attempts), failures_html(all), money_html(all), runs_html(all)})
        if (!section.empty())
            out += section + "\n";
    out += "</main>\n<footer>";
    if (!all.runs().empty()) {
        const auto& run = all.runs().back();
        std::string text =
            "Made from ledger.jsonl, last line " + minute_text(run.last_line) + ", run " + run.id;
        if (run.opening && !run.opening->host.empty())
            text += " on " + run.opening->host;
        out += "<p>" + escaped(text) + ".</p>";
    }
    out +=
        "<p><a href=\"./ledger.jsonl\">ledger.jsonl</a> · <a href=\"./summary.json\">summary.json"
        "</a></p></footer>\n<script>\n";
    out += embedded::report_js;
    return out + "</script></body></html>\n";
}

} // namespace engine::report
