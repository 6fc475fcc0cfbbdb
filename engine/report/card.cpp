#include "engine/report/card.hpp"

#include "engine/report/contact_sheet.hpp"
#include "engine/report/html_text.hpp"
#include "engine/report/notable.hpp"

#include <fmt/format.h>

namespace engine::report {

namespace {

std::string_view mark_of(job::item_state state)
{
    switch (state) {
    case job::item_state::done:
        return "✓";
    case job::item_state::failed:
        return "✗";
    case job::item_state::held:
        return "‖";
    case job::item_state::open:
        break;
    }
    return "…";
}

std::string picture_html(const card_facts& facts)
{
    if (facts.picture.empty())
        return fmt::format("<div class=\"pic none\" aria-hidden=\"true\"><span>{}</span></div>",
                           mark_of(facts.state));
    const auto image =
        fmt::format("<img src=\"{}\" alt=\"Picture of {}\"{} decoding=\"async\">", facts.picture,
                    escaped(facts.id), facts.picture_is_file ? " loading=\"lazy\"" : "");
    if (!facts.item || facts.item->outputs.empty())
        return "<div class=\"pic\">" + image + "</div>";
    return fmt::format("<a class=\"pic\" href=\"{}\">{}</a>",
                       relative_url(facts.item->outputs.front().path), image);
}

std::string facts_html(const card_facts& facts)
{
    std::string out = "<p class=\"facts\">" + state_badge(facts.state);
    if (facts.item) {
        const bool reused = facts.item->reason.starts_with("reused");
        out += fmt::format(" <span>{}</span>", base::format_usd(facts.item->cost));
        if (reused)
            out += " <span>reused</span>";
        else if (facts.item->attempts > 0)
            out += fmt::format(" <span>{} attempt{}</span>", facts.item->attempts,
                               facts.item->attempts == 1 ? "" : "s");
    }
    if (facts.attempt && facts.attempt->possibly_billed)
        out += fmt::format(" <span class=\"missing\">{} possibly billed</span>",
                           base::format_usd(facts.attempt->cost));
    if (facts.attempt && facts.attempt->latency_ms.total)
        out += fmt::format(" <span>{}</span>", milliseconds_text(*facts.attempt->latency_ms.total));
    return out + "</p>";
}

std::string why_html(const card_facts& facts)
{
    if (!facts.item || facts.state == job::item_state::done)
        return {};
    const auto text = why_text(*facts.item);
    return text.empty() ? std::string() : "<p class=\"why\">" + escaped(text) + "</p>";
}

std::string files_html(const job::item_ended& item)
{
    if (item.outputs.empty())
        return {};
    std::string out = "<ul class=\"files\">";
    for (const auto& output : item.outputs)
        out += fmt::format("<li><a href=\"{}\">{}</a> <small>{}×{} {} {}</small></li>",
                           relative_url(output.path),
                           escaped(output.name.empty() ? output.path : output.name), output.width,
                           output.height, escaped(output.format), bytes_text(output.bytes));
    return out + "</ul>";
}

// Rows of the fold-out part; nothing for what is not known.
class details {
public:
    void row(std::string_view name, const std::string& value)
    {
        if (!value.empty())
            rows_ += fmt::format("<dt>{}</dt><dd>{}</dd>", name, escaped(value));
    }
    void references(const std::vector<job::reference_image>& all)
    {
        if (all.empty())
            return;
        rows_ += "<dt>References</dt>";
        for (const auto& reference : all)
            rows_ += fmt::format(
                "<dd>{} <small class=\"{}\">{}</small></dd>", escaped(reference.source),
                reference.rights.empty() ? "missing" : "rights",
                reference.rights.empty() ? "no rights recorded" : escaped(reference.rights));
    }
    [[nodiscard]] std::string html() const
    {
        return rows_.empty()
                   ? std::string()
                   : "<details><summary>Details</summary><dl>" + rows_ + "</dl></details>";
    }

private:
    std::string rows_;
};

std::string variable_text(const base::json& value)
{
    return value.is_string() ? std::string(value.text_or({})) : value.dump();
}

std::string details_html(const card_facts& facts)
{
    details rows;
    if (facts.attempt) {
        const auto& attempt = *facts.attempt;
        rows.row("Prompt", attempt.request.prompt);
        rows.row("Model",
                 attempt.model_returned.empty() ? attempt.model_requested : attempt.model_returned);
        rows.row("Route", attempt.route_owner + "/" + attempt.api);
        std::string asked = attempt.request.size;
        for (const auto& part : {attempt.request.quality, attempt.request.format})
            if (!part.empty())
                asked += (asked.empty() ? "" : ", ") + part;
        rows.row("Asked for", asked);
        rows.row("Request id", attempt.request_id);
        if (attempt.outcome != job::outcome::delivered)
            rows.row("Last error", std::string(name_of(attempt.outcome)) +
                                       (attempt.error_message.empty() ? "" : ": ") +
                                       attempt.error_message);
    }
    if (facts.item) {
        rows.row("Revised prompt", facts.item->revised_prompt);
        rows.references(facts.item->references);
        for (const auto& [name, value] : facts.item->variables.members())
            rows.row(escaped(name), variable_text(value));
        if (!facts.item->outputs.empty())
            rows.row("Provenance", facts.item->outputs.front().c2pa);
        rows.row("Key", facts.item->key.substr(0, 12));
    }
    return rows.html();
}

} // namespace

std::string state_badge(job::item_state state)
{
    return fmt::format("<span class=\"state {}\">{} {}</span>", name_of(state), mark_of(state),
                       name_of(state));
}

std::string card_html(const card_facts& facts)
{
    const auto cost = facts.item ? facts.item->cost.count : 0;
    const double ms = facts.attempt ? facts.attempt->latency_ms.total.value_or(0) : 0;
    std::string out = fmt::format("<article class=\"card {}\" id=\"{}\" data-state=\"{}\" "
                                  "data-cost=\"{}\" data-ms=\"{:.0f}\" "
                                  "data-id=\"{}\">",
                                  name_of(facts.state), card_anchor(facts.id), name_of(facts.state),
                                  cost, ms, escaped(facts.id));
    out += picture_html(facts);
    out += "<div class=\"text\"><h3>" + escaped(facts.id) + "</h3>" + facts_html(facts) +
           why_html(facts);
    if (facts.item)
        out += files_html(*facts.item);
    out += details_html(facts);
    return out + "</div></article>\n";
}

} // namespace engine::report
