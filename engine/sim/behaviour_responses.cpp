// The Responses API of the behaviour.
#include "engine/sim/call.hpp"

#include "engine/base/assert.hpp"
#include "engine/sim/identifier.hpp"
#include "engine/sim/response_script.hpp"

#include <utility>

namespace engine::sim {

namespace {

api_error no_such_response(const std::string& id)
{
    return {.status = 404,
            .message = "Response with id '" + base::clean_detail(id, 100) + "' not found."};
}

// What the text model says costs a few tokens more than its letters.
std::int64_t spoken_tokens(const response_facts& facts)
{
    const auto text = facts.words.size() + facts.revised_prompt.size();
    return static_cast<std::int64_t>(text) / 4 + 18;
}

response_parts parts_of(const stored_response& stored)
{
    return {stored.facts, stored.plan, stored.picture};
}

} // namespace

script behaviour::responses(call& from)
{
    const auto earlier = [&](const stored_response* found) -> std::optional<earlier_response> {
        return found ? std::optional(found->as_earlier(from.now.steady)) : std::nullopt;
    };
    const response_context context{
        profile_, files_,
        [&](std::string_view id) { return earlier(std::as_const(responses_).find(id)); },
        [&](std::string_view id) { return earlier(responses_.find_image(id)); },
        [&](std::string_view id) { return conversation_before(id, from.now.steady); }};
    auto order = read_response_order(context, *from.request.body);
    if (!order)
        return refuse(from, order.error(), ending::rejected);
    from.mainline_model = order->model;
    from.model = order->draws ? order->image.request.model : order->model;
    from.tokens = order->tokens_in;
    if (order->draws) {
        from.tokens += order->image.usage(order->image.request.partial_images).total();
        from.images = 1;
        if (profile_.limits.references_count)
            from.images += static_cast<std::int64_t>(order->image.references.size());
    }
    if (order->background && background_.size() >= background_max_)
        return refuse(from,
                      {.status = 429,
                       .message = "Too many responses are under way in the background.",
                       .type = "rate_limit_error",
                       .code = "slow_down"},
                      ending::rate_limited);
    fate_subject subject;
    subject.content = order->content;
    subject.moderated = is_moderated(order->image.request.prompt);
    subject.stream = order->stream;
    subject.partials = order->image.request.partial_images;
    subject.responses = true;
    fate drawn;
    if (auto over = admit(from, subject, drawn))
        return std::move(*over);
    return answer_response(from, std::move(*order), drawn);
}

script behaviour::answer_response(call& from, response_order order, const fate& drawn)
{
    response_facts facts;
    facts.id = identifier("resp_", profile_.seed, from.serial);
    facts.image_id = identifier("ig_", profile_.seed, from.serial);
    facts.message_id = identifier("msg_", profile_.seed, from.serial);
    facts.wire = profile_.wire;
    const auto parent = std::exchange(order.parent, nullptr); // see kept_picture: not for ever
    const auto image = order.image;
    facts.order = std::move(order);
    decide_end(facts, drawn);

    // Words take as long as a quarter of a small picture.
    const auto latency = facts.order.draws ? latency_of(profile_, drawn, image.size(), 1)
                                           : latency_of(profile_, drawn, {512, 512}, 1) / 4;
    facts.created = unix_seconds(from.now.wall);
    facts.completed = unix_seconds(from.now.wall +
                                   std::chrono::duration_cast<std::chrono::milliseconds>(latency));
    const bool pictured = facts.order.draws &&
                          (facts.end == response_end::whole || facts.end == response_end::nothing ||
                           drawn.what == fault::moderation_output);
    const int partials =
        pictured && facts.end == response_end::whole ? partials_sent(image, drawn) : 0;
    facts.charged = is_charged(drawn.what);
    if (facts.charged) {
        if (pictured)
            facts.used = image.usage(partials);
        facts.used.mainline_input = facts.order.tokens_in;
        facts.used.mainline_output = spoken_tokens(facts);
    }
    const bool background = facts.order.background;
    const bool stored = facts.order.store && !ends_before_response(facts.order, drawn);

    from.response_id = facts.id;
    add_processing_header(from, background ? std::chrono::microseconds{} : latency);
    debt owed;
    owed.used = facts.used;
    owed.partials = partials;
    owed.owed = facts.charged;
    owed.response_id = facts.id;
    owed.planned = !facts.charged                           ? ending::server_error
                   : drawn.what == fault::moderation_output ? ending::refused
                                                            : ending::delivered;
    if (drawn.what == fault::moderation)
        owed.planned = ending::refused;
    open_entry(from, owed, pictured && facts.charged ? 1 : 0);

    response_parts parts;
    if (facts.order.draws)
        parts.picture = std::make_shared<kept_picture>(image, parent, drawn, profile_.art, store_);
    parts.facts = std::make_shared<const response_facts>(std::move(facts));
    parts.plan = std::make_shared<const response_plan>(plan_response(
        parts.facts, parts.picture, partials, latency, profile_.latency.first_partial));

    if (stored) {
        stored_response kept;
        kept.serial = from.serial;
        kept.facts = parts.facts;
        kept.plan = parts.plan;
        kept.picture = parts.picture;
        kept.begun = from.now.steady;
        kept.last_drawn = parts.facts->shows_picture() ? parts.picture : parent;
        if (parts.facts->shows_picture()) {
            kept.last_seen.size = image.size();
            kept.last_seen.format = *image.request.format;
            kept.last_seen.has_alpha = image.transparent();
        } else if (image.earlier) {
            kept.last_seen = *image.earlier;
        }
        responses_.keep(std::move(kept));
        if (auto* joined = conversations_.find(parts.facts->order.conversation_id))
            joined->responses.push_back(parts.facts->id);
    }
    if (background)
        background_.emplace(from.now.steady + latency, std::pair(from.serial, parts.facts->id));

    script_facts about;
    about.profile = profile_;
    about.drawn = drawn;
    about.headers = from.headers;
    about.latency = latency;
    script made = write_response_script(about, parts);
    made.serial = from.serial;
    made.goes_on = background;
    return made;
}

script behaviour::response(call& from, const std::string& id)
{
    const auto* found = responses_.find(id);
    if (!found)
        return refuse(from, no_such_response(id), ending::rejected);
    if (from.request.method == "DELETE") {
        (void)responses_.remove(id);
        return whole_answer(
            200, from.headers,
            base::json::make_object({{"id", id}, {"object", "response"}, {"deleted", true}})
                    .dump_pretty() +
                "\n");
    }
    bill_.fetched(found->serial);
    const std::string_view query = from.request.query;
    if (query_value(query, "stream").value_or("") != "true")
        return write_response_document(from.headers, parts_of(*found),
                                       found->status_at(from.now.steady));
    const auto after = query_value(query, "starting_after");
    const auto from_number = after ? query_number(query, "starting_after", ~std::uint64_t{0}) : 0;
    if (after && from_number == ~std::uint64_t{0})
        return refuse(from, wrong_type("starting_after", "an integer", "other text"),
                      ending::rejected);
    const auto until = found->cancelled.value_or(from.now.steady);
    return write_response_replay(
        from.headers, parts_of(*found), after ? from_number + 1 : 0,
        std::chrono::duration_cast<std::chrono::microseconds>(until - found->begun),
        found->cancelled.has_value());
}

script behaviour::cancel_response(call& from, const std::string& id)
{
    auto* found = responses_.find(id);
    if (!found)
        return refuse(from, no_such_response(id), ending::rejected);
    if (!found->facts->order.background)
        return refuse(from,
                      {.message = "Only responses in the background can be cancelled.",
                       .param = "response_id",
                       .code = "invalid_value"},
                      ending::rejected);
    const auto now = from.now.steady;
    if (!found->ended_at(now)) {
        found->cancelled = now;
        const auto serial = found->serial;
        std::erase_if(background_, [&](const auto& one) { return one.second.first == serial; });
        debts_.erase(serial); // what was not finished is not charged
        bill_.close(serial, ending::cancelled, 200);
    }
    return write_response_document(from.headers, parts_of(*found), found->status_at(now));
}

void behaviour::abandoned(std::uint64_t serial, std::chrono::microseconds earliest,
                          std::chrono::microseconds latest)
{
    const auto owed = debts_.find(serial);
    if (profile_.wire.finishes_abandoned || owed == debts_.end())
        return;
    const auto* found = responses_.find(owed->second.response_id);
    if (!found || found->facts->order.background)
        return;
    // Who may have stayed until after the end (a stalled answer) has not called it off.
    const auto ends = found->plan->ends;
    if (earliest < ends && latest <= ends)
        (void)responses_.remove(owed->second.response_id);
}

void behaviour::settle(runtime::steady_time now)
{
    while (!background_.empty() && background_.begin()->first <= now) {
        const auto serial = background_.begin()->second.first;
        background_.erase(background_.begin());
        const auto planned = debts_.at(serial).planned;
        ended(serial, planned, 200);
    }
}

} // namespace engine::sim
