#include "engine/report/notable.hpp"

#include "engine/base/utf8.hpp"
#include "engine/report/advice.hpp"
#include "engine/report/html_text.hpp"

#include <fmt/format.h>

namespace engine::report {

namespace {

// One line, whatever the provider wrote into its message.
constexpr std::size_t text_bytes_max = 400;

std::string one_line(std::string_view text)
{
    return base::printable(text.substr(0, base::utf8_prefix(text, text_bytes_max)));
}

std::optional<notable> about(const job::run_started& body)
{
    std::string text = fmt::format("{} items", body.items_total);
    if (body.items_done_before > 0)
        text += fmt::format(", {} done before", body.items_done_before);
    if (body.max_cost)
        text += ", cap " + base::format_usd(*body.max_cost);
    return notable{tone::calm, text};
}

std::optional<notable> about(const job::item_ended& body)
{
    if (body.state == job::item_state::failed)
        return notable{tone::bad, fmt::format("failed {}: {}", body.item, why_text(body))};
    if (body.state == job::item_state::held)
        return notable{tone::warning, fmt::format("held {}: {}", body.item, why_text(body))};
    return std::nullopt;
}

std::optional<notable> about(const job::limit_changed& body)
{
    const auto how = body.change == "stopped" ? tone::bad : tone::warning;
    if (body.change == "learned") // many of them, and good to know only afterwards
        return std::nullopt;
    std::string text = fmt::format("{} {}", body.change, body.route);
    if (!body.reason.empty())
        text += ": " + body.reason;
    if (body.until)
        text += ", until " + base::format_rfc3339(*body.until);
    if (body.change == "stopped") // said once for all the items that it keeps from being made
        if (const auto action = action_for_cause(body.reason.substr(0, body.reason.find(':')));
            !action.empty())
            text += ". " + std::string(action);
    return notable{how, text};
}

std::optional<notable> about(const job::budget_changed& body)
{
    const bool whole_folder = body.purse.empty() || body.purse == "folder";
    return notable{tone::warning,
                   fmt::format("budget {}{}: {} needs {}, {} spent and {} reserved of {}",
                               body.change, whole_folder ? "" : " (" + body.purse + ")",
                               body.item.empty() ? "the next item" : body.item,
                               base::format_usd(body.needed), base::format_usd(body.spent),
                               base::format_usd(body.reserved), base::format_usd(body.cap))};
}

std::optional<notable> about(const job::warning_raised& body)
{
    return notable{tone::warning,
                   body.item.empty() ? body.message : body.item + ": " + body.message};
}

std::optional<notable> about(const job::run_ended& body)
{
    return notable{body.exit_code == 0 ? tone::good : tone::warning,
                   fmt::format("ended after {}: {}", milliseconds_text(body.wall_ms),
                               meaning_of_exit_code(body.exit_code))};
}

std::optional<notable> about(const job::intent_opened&)
{
    return std::nullopt;
}
std::optional<notable> about(const job::answer_named&)
{
    return std::nullopt;
}
std::optional<notable> about(const job::attempt_ended&)
{
    return std::nullopt;
}

} // namespace

std::string why_text(const job::item_ended& ended)
{
    if (ended.cause.empty() || ended.reason.starts_with(ended.cause))
        return ended.reason;
    return ended.reason.empty() ? ended.cause : ended.cause + ": " + ended.reason;
}

std::optional<notable> notable_of(const job::event& happened)
{
    auto found = std::visit([](const auto& body) { return about(body); }, happened.body);
    if (found)
        found->text = one_line(found->text);
    return found;
}

std::string item_line(const job::item_ended& ended)
{
    std::string line = ended.item;
    if (ended.state != job::item_state::done) {
        line += ": " + why_text(ended);
    } else if (ended.reason.starts_with("reused")) {
        line += "  reused";
    } else {
        line += "  " + base::format_usd(ended.cost);
        if (ended.attempts > 1)
            line += fmt::format(", {} attempts", ended.attempts);
    }
    return one_line(line);
}

std::string time_left_text(std::chrono::milliseconds left)
{
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(left);
    return seconds < std::chrono::seconds(60) ? fmt::format("about {} s left", seconds.count())
                                              : "about " + base::format_duration(seconds) + " left";
}

std::string money_of(const job::progress& now)
{
    // Cents are enough above a dollar, and keep the line still.
    const auto usd = [](base::microusd amount) {
        return base::format_usd(amount, amount.count < 1'000'000 ? 4 : 2);
    };
    std::string text = usd(now.spent);
    if (now.cap)
        text += " of " + usd(*now.cap);
    if (now.reserved.count > 0)
        text += " (+" + usd(now.reserved) + " reserved)";
    return text;
}

std::string activity_of(const job::progress& now)
{
    std::string text;
    const auto part = [&](std::int64_t count, std::string_view what) {
        if (count > 0)
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, what);
    };
    part(now.in_flight, "in flight");
    part(now.encoding, "encoding");
    part(now.waiting, "waiting");
    return text;
}

} // namespace engine::report
