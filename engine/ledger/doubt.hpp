// doubt: an attempt of which nobody knows whether it was charged, in one shape, whether its process
// died before it could say so or not. What recovery and recon work on.
#pragma once

#include "engine/ledger/history.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace engine::ledger {

struct doubt {
    int attempt = 0;
    job::outcome outcome = job::outcome::unknown;
    bool intent_only = false; // the ledger still lacks its attempt line
    std::string run;
    base::wall_time since{};
    std::string route_owner, api, model, mainline_model;
    base::microusd worst_case;
    std::string request_id; // the provider's; may be empty
    std::string client_request_id;
    std::string request_hash; // of the intent; empty when the attempt has its line
    answer_names names;
    std::optional<job::enriched_prompt> enriched;
    std::string error;

    // A picture may be waiting at the provider; other doubts are about money alone.
    [[nodiscard]] bool may_have_picture() const
    {
        return outcome == job::outcome::unknown && !names.empty();
    }
};

// Those of one key, by attempt.
[[nodiscard]] std::vector<doubt> doubts_of(const key_record& record);

// Joins our ledger with a provider's records: the run, the picture, the attempt. ASCII.
[[nodiscard]] std::string client_request_id(std::string_view run, std::string_view key,
                                            int attempt);

} // namespace engine::ledger
