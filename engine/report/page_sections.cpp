#include "engine/report/page_sections.hpp"

#include "engine/report/advice.hpp"
#include "engine/report/card.hpp"
#include "engine/report/charts.hpp"
#include "engine/report/contact_sheet.hpp"
#include "engine/report/html_text.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace engine::report {

namespace {

constexpr std::size_t rows_max = 500; // of one table; the ledger has them all

// Our own sentences, with `commands` set as code.
std::string sentence(std::string_view text)
{
    std::string out;
    bool inside = false;
    for (auto mark = text.find('`'); mark != std::string_view::npos; mark = text.find('`')) {
        out += escaped(text.substr(0, mark)) + (inside ? "</code>" : "<code>");
        inside = !inside;
        text.remove_prefix(mark + 1);
    }
    return out + escaped(text);
}

std::string link_to_item(const std::string& id)
{
    return fmt::format("<a href=\"#{}\"><code>{}</code></a>", card_anchor(id), escaped(id));
}

std::string latency_table(const summary& all)
{
    struct phase {
        const char* name;
        const char* label;
    };
    constexpr phase phases[] = {{"queued", "waiting for its turn"},
                                {"connect", "connecting"},
                                {"first_byte", "until the first byte"},
                                {"first_event", "until the first event"},
                                {"first_partial", "until the first partial image"},
                                {"last_byte", "until the last byte"},
                                {"decode", "decoding and checking"},
                                {"encode", "encoding the outputs"},
                                {"store", "storing"},
                                {"total", "whole attempt"}};
    std::string out =
        "<div class=\"scroll\"><table class=\"latency\"><thead><tr><th scope=\"col\">"
        "Delivered attempts</th><th scope=\"col\" class=\"n\">50 %</th>"
        "<th scope=\"col\" class=\"n\">90 %</th><th scope=\"col\" class=\"n\">95 %</th>"
        "<th scope=\"col\" class=\"n\">99 %</th><th scope=\"col\" class=\"n\">slowest"
        "</th></tr></thead><tbody>";
    for (const auto& [name, label] : phases) {
        const auto found = all.latency().find(name);
        if (found == all.latency().end())
            continue;
        out += fmt::format("<tr><th scope=\"row\">{}</th>", label);
        for (const double percent : {50.0, 90.0, 95.0, 99.0, 100.0})
            out += fmt::format("<td class=\"n\">{}</td>",
                               milliseconds_text(found->second.percentile(percent)));
        out += "</tr>";
    }
    return out + "</tbody></table></div>";
}

// "+3.1 %": charged so much more than was expected.
std::string drift_cell(const ledger::drift& compared)
{
    const auto share = compared.share();
    if (!share)
        return "–";
    return fmt::format("<span title=\"{}\">{:+.1f} %</span>", escaped(ledger::drift_text(compared)),
                       *share * 100);
}

std::string groups_rows(const std::map<std::string, group_totals>& groups, std::string_view kind)
{
    std::string out;
    for (const auto& [name, group] : groups)
        out += fmt::format(
            "<tr><th scope=\"row\">{} <code>{}</code></th><td class=\"n\">{}</td><td class=\"n\">{}"
            "</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>"
            "<td class=\"n\">{}</td></tr>",
            kind, escaped(name), count_text(group.attempts), count_text(group.delivered),
            base::format_usd(group.settled + group.possibly_billed),
            group.delivered > 0 ? base::format_usd({(group.settled + group.possibly_billed).count /
                                                    group.delivered})
                                : std::string("–"),
            drift_cell(group.drift),
            group.delivered > 0 ? milliseconds_text(group.total_ms.percentile(50))
                                : std::string("–"));
    return out;
}

} // namespace

std::string unknowns_html(const summary& all)
{
    const auto unknowns = all.unknowns();
    if (unknowns.empty())
        return {};
    std::string out = fmt::format(
        "<section id=\"unknown\"><h2>Unknown outcomes <span class=\"count\">{}</span></h2>"
        "<p>{} At worst <b>{}</b>. {}</p><div class=\"scroll\"><table><thead><tr>"
        "<th scope=\"col\">Item</th><th scope=\"col\">When</th><th scope=\"col\">Route</th>"
        "<th scope=\"col\">What happened</th><th scope=\"col\" class=\"n\">Worst case</th>"
        "<th scope=\"col\">Request id</th></tr></thead><tbody>",
        unknowns.size(), advice_for(job::outcome::unknown).meaning,
        base::format_usd(all.possibly_billed()),
        sentence(advice_for(job::outcome::unknown).action));
    for (std::size_t i = 0; i < std::min(unknowns.size(), rows_max); ++i) {
        const auto& one = unknowns[i];
        const auto id = one.request_id.empty() ? one.client_request_id : one.request_id;
        out += fmt::format(
            "<tr><td>{} <small>attempt {}</small></td><td class=\"t\">{}</td><td>{}</td><td>{}</td>"
            "<td class=\"n\">{}</td><td><code>{}</code></td></tr>",
            link_to_item(one.item), one.attempt, minute_text(one.time), escaped(one.route),
            one.intent_only    ? "the run died while it was on the wire"
            : one.what.empty() ? "no answer"
                               : escaped(one.what),
            base::format_usd(one.worst_case), id.empty() ? "none" : escaped(id));
    }
    out += "</tbody></table></div>";
    if (unknowns.size() > rows_max)
        out += fmt::format("<p>And {} more: see the ledger.</p>", unknowns.size() - rows_max);
    return out + "</section>";
}

std::string causes_html(const summary& all)
{
    const auto causes = all.causes();
    if (causes.empty())
        return {};
    std::int64_t items = 0;
    for (const auto& group : causes)
        items += group.items;
    std::string out = fmt::format("<section id=\"not-done\"><h2>Not done, and what to do "
                                  "<span class=\"count\">{}</span></h2><div class=\"causes\">",
                                  count_text(items));
    for (const auto& group : causes) {
        const auto cause = group.cause.empty() ? std::string("no cause given") : group.cause;
        auto reason = std::string_view(group.example_reason);
        if (reason.starts_with(cause + ": "))
            reason.remove_prefix(cause.size() + 2);
        out += fmt::format("<div class=\"cause {0}\"><h3>{1} {2} <small>{3} item{4}</small></h3>",
                           name_of(group.state), state_badge(group.state), escaped(cause),
                           count_text(group.items), group.items == 1 ? "" : "s");
        out += fmt::format("<p>{}{}{}</p>", link_to_item(group.example_item),
                           reason.empty() ? "" : ": ", escaped(reason));
        if (const auto action = action_for_cause(group.cause); !action.empty())
            out += fmt::format("<p class=\"action\">{}</p>", sentence(action));
        out += "</div>";
    }
    return out + "</div></section>";
}

std::string failures_html(const summary& all)
{
    const auto failures = all.failures();
    if (failures.empty())
        return {};
    std::int64_t attempts = 0;
    for (const auto& group : failures)
        attempts += group.attempts;
    std::string out = fmt::format(
        "<section id=\"failures\"><h2>Attempts that brought no image <span "
        "class=\"count\">{}</span>"
        "</h2><p>The retry policy makes them again; the last column says how many items that left "
        "undone.</p>"
        "<div class=\"scroll\"><table><thead><tr>"
        "<th scope=\"col\">Outcome</th><th scope=\"col\">Reason</th><th scope=\"col\" class=\"n\">"
        "Attempts</th><th scope=\"col\">For example</th><th scope=\"col\">What it means</th>"
        "<th scope=\"col\" class=\"n\">Items not done</th></tr></thead><tbody>",
        count_text(attempts));
    for (const auto& group : failures) {
        std::string example = link_to_item(group.example_item);
        if (!group.example_message.empty() && group.example_message != group.reason)
            example += " <small>" + escaped(group.example_message) + "</small>";
        if (!group.example_request_id.empty())
            example += " <small><code>" + escaped(group.example_request_id) + "</code></small>";
        out += fmt::format(
            "<tr><td><b>{}</b></td><td>{}</td><td class=\"n\">{}</td><td>{}</td>"
            "<td>{}</td><td class=\"n\">{}</td></tr>",
            name_of(group.outcome), group.reason.empty() ? "not given" : escaped(group.reason),
            count_text(group.attempts), example, escaped(advice_for(group.outcome).meaning),
            count_text(group.items_open));
    }
    return out + "</tbody></table></div></section>";
}

std::string charts_html(const summary& all, const timeline& attempts)
{
    const auto total = all.latency().find("total");
    if (total == all.latency().end())
        return {};
    return "<section id=\"latency\"><h2>Time</h2><div class=\"charts\"><figure>" +
           latency_chart(total->second) +
           "<figcaption>How long an image took, and how many took so "
           "long</figcaption></figure><figure>" +
           timeline_chart(attempts) +
           "<figcaption><span class=\"key good\"></span>delivered <span class=\"key bad\"></span>"
           "other endings, over the largest run</figcaption></figure></div>" +
           latency_table(all) + "</section>";
}

std::string money_html(const summary& all)
{
    if (all.by_route().empty())
        return {};
    return "<section id=\"money\"><h2>Money by route and model</h2><div class=\"scroll\"><table>"
           "<thead><tr><th scope=\"col\">Where</th><th scope=\"col\" class=\"n\">Attempts</th>"
           "<th scope=\"col\" class=\"n\">Delivered</th><th scope=\"col\" class=\"n\">Spent</th>"
           "<th scope=\"col\" class=\"n\">Per image</th>"
           "<th scope=\"col\" class=\"n\">Against the estimate</th>"
           "<th scope=\"col\" class=\"n\">Median</th></tr></thead><tbody>" +
           groups_rows(all.by_route(), "route") + groups_rows(all.by_model(), "model") +
           "</tbody></table></div></section>";
}

std::string runs_html(const summary& all)
{
    if (all.runs().size() < 2)
        return {};
    std::string out = "<section id=\"runs\"><h2>Runs</h2><div class=\"scroll\"><table><thead><tr>"
                      "<th scope=\"col\">Started</th><th scope=\"col\">Run</th>"
                      "<th scope=\"col\" class=\"n\">Took</th><th scope=\"col\" class=\"n\">Images"
                      "</th><th scope=\"col\" class=\"n\">Spent</th><th scope=\"col\">Ended</th>"
                      "</tr></thead><tbody>";
    const auto& runs = all.runs();
    const std::size_t first = runs.size() > rows_max ? runs.size() - rows_max : 0;
    for (std::size_t i = first; i < runs.size(); ++i) {
        const auto& run = runs[i];
        out += fmt::format(
            "<tr><td>{}</td><td><code>{}</code></td><td class=\"n\">{}</td><td class=\"n\">{}</td>"
            "<td class=\"n\">{}</td><td>{}</td></tr>",
            minute_text(run.started), escaped(run.id), base::format_duration(run.took()),
            count_text(run.images), base::format_usd(run.settled + run.possibly_billed),
            run.ending ? fmt::format("{}: {}", run.ending->exit_code,
                                     meaning_of_exit_code(run.ending->exit_code))
                       : "without saying so");
    }
    return out + "</tbody></table></div></section>";
}

} // namespace engine::report
