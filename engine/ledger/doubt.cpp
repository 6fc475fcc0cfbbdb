#include "engine/ledger/doubt.hpp"

#include <algorithm>
#include <tuple>

namespace engine::ledger {

std::string client_request_id(std::string_view run, std::string_view key, int attempt)
{
    return std::string(run) + "." + std::string(key.substr(0, 16)) + "." + std::to_string(attempt);
}

std::vector<doubt> doubts_of(const key_record& record)
{
    std::vector<doubt> all;
    for (const auto& intent : record.open_intents) {
        auto& one = all.emplace_back();
        one.attempt = intent.attempt;
        one.intent_only = true;
        one.run = intent.run;
        one.since = intent.opened;
        one.route_owner = intent.route_owner;
        one.api = intent.api;
        one.model = intent.model;
        one.mainline_model = intent.mainline_model;
        one.worst_case = intent.reserved;
        one.client_request_id = client_request_id(intent.run, record.key, intent.attempt);
        one.request_hash = intent.request_hash;
        one.names = intent.names;
        one.enriched = intent.enriched;
        one.error = "run " + intent.run + " ended before the answer came";
    }
    for (const auto& lost : record.unknown_attempts) {
        auto& one = all.emplace_back();
        one.attempt = lost.attempt;
        one.outcome = lost.outcome;
        one.run = lost.run;
        one.since = lost.ended;
        one.route_owner = lost.route_owner;
        one.api = lost.api;
        one.model = lost.model;
        one.mainline_model = lost.mainline_model;
        one.worst_case = lost.worst_case;
        one.request_id = lost.request_id;
        one.client_request_id = lost.client_request_id;
        one.names = lost.names;
        one.enriched = lost.enriched;
        one.error = lost.error;
    }
    std::ranges::sort(all, [](const doubt& a, const doubt& b) {
        return std::tuple(a.attempt, a.intent_only) < std::tuple(b.attempt, b.intent_only);
    });
    return all;
}

} // namespace engine::ledger
