// The Conversations API of the behaviour: made empty, filled by the responses that name them, read
// back item by item.
#include "engine/sim/call.hpp"

#include "engine/sim/identifier.hpp"
#include "engine/sim/response_text.hpp"

#include <utility>

namespace engine::sim {

namespace {

api_error no_such_conversation(const std::string& id)
{
    return {.status = 404,
            .message = "Conversation with id '" + base::clean_detail(id, 100) + "' not found."};
}

std::string shown(const std::string& id, const kept_conversation& what)
{
    return base::json::make_object({{"id", id},
                                    {"object", "conversation"},
                                    {"created_at", what.created},
                                    {"metadata", base::json::object{}}})
               .dump_pretty() +
           "\n";
}

// What one response left there, the newest first: words, the image call, what was asked.
std::vector<std::string> items_of(const response_facts& facts, kept_picture* picture)
{
    std::vector<std::string> items;
    if (facts.has_words())
        items.push_back(message_item(facts, true));
    if (facts.shows_picture())
        items.push_back(done_image_item(facts, *picture->finished(), "completed"));
    else if (facts.end == response_end::item_failed)
        items.push_back(done_image_item(facts, {}, "failed"));
    items.push_back(asked_item(facts));
    return items;
}

} // namespace

script behaviour::conversations(call& from)
{
    const auto id = identifier("conv_", profile_.seed, from.serial);
    conversations_.make(id, unix_seconds(from.now.wall));
    return whole_answer(200, from.headers, shown(id, *conversations_.find(id)));
}

script behaviour::conversation(call& from, const std::string& id)
{
    const auto* found = conversations_.find(id);
    if (!found)
        return refuse(from, no_such_conversation(id), ending::rejected);
    if (from.request.method == "GET")
        return whole_answer(200, from.headers, shown(id, *found));
    conversations_.remove(id);
    return whole_answer(
        200, from.headers,
        base::json::make_object({{"id", id}, {"object", "conversation.deleted"}, {"deleted", true}})
                .dump_pretty() +
            "\n");
}

script behaviour::conversation_items(call& from, const std::string& id)
{
    const auto* found = conversations_.find(id);
    if (!found)
        return refuse(from, no_such_conversation(id), ending::rejected);
    std::vector<std::pair<std::shared_ptr<const response_facts>, std::shared_ptr<kept_picture>>>
        all;
    for (auto one = found->responses.rbegin(); one != found->responses.rend(); ++one) {
        const auto* response = responses_.find(*one);
        // Items are added when a response is completed, not before.
        if (!response || response->status_at(from.now.steady) != "completed")
            continue;
        bill_.fetched(response->serial);
        all.emplace_back(response->facts, response->picture);
    }
    auto make = [all = std::move(all)] {
        std::string text = R"({"object":"list","data":[)";
        bool first = true;
        for (const auto& [facts, picture] : all)
            for (const auto& item : items_of(*facts, picture.get())) {
                text += (first ? "" : ",") + item;
                first = false;
            }
        return text + R"(],"has_more":false})" + "\n";
    };
    auto headers = from.headers;
    headers.add("Content-Type", "application/json");
    script made;
    made.steps.emplace_back(answer_step{200, std::move(headers), {{}, std::move(make)}});
    return made;
}

earlier_conversation behaviour::conversation_before(std::string_view id, runtime::steady_time now)
{
    earlier_conversation before;
    const auto* found = conversations_.find(id);
    if (!found)
        return before;
    before.known = true;
    for (const auto& one : found->responses) {
        const auto* response = std::as_const(responses_).find(one);
        if (!response)
            continue;
        before.locked = before.locked || !response->ended_at(now);
        if (response->status_at(now) == "completed")
            before.last = response->as_earlier(now);
    }
    return before;
}

} // namespace engine::sim
