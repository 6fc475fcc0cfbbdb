#include "engine/report/doubt_list.hpp"

#include "engine/base/utf8.hpp"
#include "engine/report/html_text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <tuple>

namespace engine::report {

namespace {

// Ids and messages are a provider's: one line each, whatever it wrote into them.
std::string shown(std::string_view text)
{
    constexpr std::size_t bytes_max = 300;
    return base::printable(text.substr(0, base::utf8_prefix(text, bytes_max)));
}

} // namespace

std::vector<listed_doubt> list_doubts(const ledger::history& history)
{
    std::vector<listed_doubt> all;
    history.for_each([&](const ledger::key_record& record) {
        for (auto& one : ledger::doubts_of(record))
            all.push_back({record.item, record.key, std::move(one), {}});
    });
    std::ranges::sort(all, [](const listed_doubt& a, const listed_doubt& b) {
        return std::tie(a.what.since, a.item, a.what.attempt) <
               std::tie(b.what.since, b.item, b.what.attempt);
    });
    return all;
}

base::microusd total_of(const std::vector<listed_doubt>& all)
{
    base::microusd sum;
    for (const auto& one : all)
        sum += one.what.worst_case;
    return sum;
}

std::string doubts_text(const std::vector<listed_doubt>& all)
{
    if (all.empty())
        return "nothing is in doubt: every attempt is known to be charged or free\n";
    std::string text =
        fmt::format("{} attempt{} may have been charged without anybody knowing, up to {} in all\n",
                    all.size(), all.size() == 1 ? "" : "s", base::format_usd(total_of(all)));
    for (const auto& one : all) {
        const auto& what = one.what;
        text += fmt::format("\n{} #{}  up to {}  {}  {}/{}/{}\n", shown(one.item), what.attempt,
                            base::format_usd(what.worst_case), minute_text(what.since),
                            shown(what.route_owner), shown(what.api), shown(what.model));
        const auto line = [&](std::string_view name, const std::string& value) {
            if (!value.empty())
                text += fmt::format("  {:<13}{}\n", name, shown(value));
        };
        line("request id", what.request_id);
        line("our id", what.client_request_id);
        line("response", what.names.response_id);
        line("conversation", what.names.conversation_id);
        line("what came", std::string(job::name_of(what.outcome)) +
                              (what.error.empty() ? "" : ": " + what.error));
        line("what to do", one.can);
    }
    return text;
}

base::json doubts_json(const std::vector<listed_doubt>& all)
{
    base::json::array list;
    const auto text = [](const std::string& value) {
        return value.empty() ? base::json() : base::json(value);
    };
    for (const auto& one : all) {
        const auto& what = one.what;
        list.push_back(base::json::make_object(
            {{"item", one.item},
             {"key", one.key},
             {"attempt", std::int64_t{what.attempt}},
             {"time", base::format_rfc3339(what.since)},
             {"run", what.run},
             {"outcome", job::name_of(what.outcome)},
             {"route", what.route_owner + "/" + what.api + "/" + what.model},
             {"request_id", text(what.request_id)},
             {"client_request_id", text(what.client_request_id)},
             {"response_id", text(what.names.response_id)},
             {"conversation_id", text(what.names.conversation_id)},
             {"worst_case_usd", what.worst_case},
             {"error", text(what.error)},
             {"can", text(one.can)}}));
    }
    return base::json(std::move(list));
}

} // namespace engine::report
