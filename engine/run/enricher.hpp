// enricher: has prompts rewritten by a text model, each once, and keeps what came in the output
// folder, so that nobody pays for one twice.
#pragma once

#include "engine/job/event.hpp"
#include "engine/job/item.hpp"
#include "engine/job/output_folder.hpp"
#include "engine/job/price.hpp"
#include "engine/provider/text_api.hpp"
#include "engine/runtime/call_context.hpp"
#include "engine/runtime/files.hpp"
#include "engine/runtime/slots.hpp"
#include "engine/runtime/task.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace engine::run {

// Asks a text model once. See provider::text_api::ask().
using ask_text = std::function<runtime::task<provider::text_reply>(provider::text_request request,
                                                                   std::function<void()> on_sending,
                                                                   runtime::call_context context)>;

class enricher {
public:
    // All must outlive it. `asks`: by provider name.
    enricher(runtime::files& disk, const job::output_folder& folder, const job::price_table& prices,
             const std::map<std::string, ask_text>& asks);

    // What is kept for the item's prompt, or nothing. The item must have an enrichment. Blocks
    // shortly.
    [[nodiscard]] std::optional<std::string> find(const job::item& wanted) const;

    struct result {
        std::string prompt;         // not empty when reply.outcome is delivered
        job::enriched_prompt line;  // for the ledger
        provider::text_reply reply; // outcome delivered when it was there already
        bool not_begun = false;     // `before` said no: nothing was asked
        std::optional<base::failure>
            local_failure; // our disk did not take it: it would be paid again
    };
    // Asks, unless somebody else has got the same meanwhile. `reserved`: the worst case, counted
    // when the answer is lost. `before`: awaited right before it asks; false keeps it from asking.
    // A provider whose account says no is not asked again: the same refusal comes at once.
    using permission = std::function<runtime::task<bool>()>;
    [[nodiscard]] runtime::task<result> enrich(const job::item& wanted, base::microusd reserved,
                                               std::string client_request_id, permission before,
                                               std::function<void()> on_sending,
                                               runtime::call_context context);

private:
    [[nodiscard]] base::result<void> keep(const job::item& wanted, const std::string& prompt) const;

    runtime::files& disk_;
    const job::output_folder& folder_;
    const job::price_table& prices_;
    const std::map<std::string, ask_text>& asks_;
    struct turn;
    std::map<std::string, std::weak_ptr<runtime::slots>> asking_; // by enrichment hash
    std::map<std::string, provider::text_reply> stopped_;         // by provider: what it said
};

} // namespace engine::run
