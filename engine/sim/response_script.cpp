#include "engine/sim/response_script.hpp"

#include "engine/sim/reply_text.hpp"

#include <algorithm>
#include <utility>

namespace engine::sim {

namespace {

using std::chrono::microseconds;

content made_later(std::function<std::string()> make)
{
    return {{}, std::move(make)};
}

piece_step piece_of(const planned_event& event)
{
    return {event.heavy ? made_later(event.text) : content{event.text(), {}}};
}

content document_of(const response_parts& parts, std::string_view status)
{
    const auto make = [parts, status = std::string(status)] {
        const bool shown = parts.facts->shows_picture() && status == parts.facts->final_status();
        return response_document(*parts.facts, status,
                                 shown ? *parts.picture->finished() : std::string{}) +
               "\n";
    };
    const bool heavy = parts.facts->shows_picture() && status == parts.facts->final_status();
    return heavy ? made_later(make) : content{make(), {}};
}

http::header_list stream_headers(http::header_list headers)
{
    headers.add("Content-Type", "text/event-stream; charset=utf-8");
    headers.add("Cache-Control", "no-cache");
    return headers;
}

http::header_list json_headers(http::header_list headers)
{
    headers.add("Content-Type", "application/json");
    return headers;
}

std::string end_mark(const response_facts& facts)
{
    return facts.wire.crlf ? "data: [DONE]\r\n\r\n" : "data: [DONE]\n\n";
}

class writer {
public:
    writer(const script_facts& facts, const response_parts& parts)
        : facts_(facts), parts_(parts), order_(parts.facts->order)
    {}

    script write()
    {
        if (parts_.picture && parts_.picture->has_inputs())
            made_.steps.emplace_back(
                check_step{[picture = parts_.picture]() -> std::optional<std::string> {
                               const auto wrong = picture->prepare();
                               return wrong ? std::optional(wrong->body()) : std::nullopt;
                           },
                           400, json_headers(facts_.headers)});
        const fault what = facts_.drawn.what;
        plan_ending();
        if (ends_before_response(order_, facts_.drawn))
            refusal();
        else if (what == fault::bad_gateway)
            lost_at_gateway();
        else if (order_.stream && what != fault::json_to_stream)
            stream();
        else
            document();
        return std::move(made_);
    }

private:
    void plan_ending()
    {
        const fault what = facts_.drawn.what;
        if (what == fault::moderation || what == fault::moderation_output)
            made_.planned = ending::refused;
        if (what == fault::server_error)
            made_.planned = ending::server_error;
    }

    void wait(microseconds until) { made_.steps.emplace_back(wait_step{until}); }
    void wait(double share)
    {
        wait(microseconds(
            static_cast<std::int64_t>(static_cast<double>(parts_.plan->ends.count()) * share)));
    }
    void charge()
    {
        if (!order_.background) // that is charged when its time has come
            made_.steps.emplace_back(charge_step{});
    }

    void refusal()
    {
        wait(0.1);
        if (facts_.drawn.what == fault::moderation) {
            made_.steps.emplace_back(answer_step{
                400, json_headers(facts_.headers), {moderation_error("input").body(), {}}});
            return;
        }
        made_.steps.emplace_back(server_error_answer(facts_));
    }

    void lost_at_gateway()
    {
        made_.planned = ending::gateway_error;
        wait(order_.background ? 0.0 : 1.0);
        charge();
        made_.steps.emplace_back(bad_gateway_answer(facts_.drawn));
    }

    bool breaks() const
    {
        return facts_.drawn.what == fault::cut_stream || facts_.drawn.what == fault::stall;
    }
    bool cuts_at_fixed_byte() const
    {
        return facts_.drawn.what == fault::cut_stream && facts_.profile.cut_at_byte.has_value();
    }
    bool breaks_before_answer() const
    {
        return breaks() && !cuts_at_fixed_byte() && facts_.drawn.place < 0.2;
    }

    void break_off()
    {
        made_.planned = ending::cut;
        if (facts_.drawn.what == fault::stall)
            wait(facts_.latency +
                 microseconds(static_cast<std::int64_t>(facts_.profile.stall_ms * 1000)));
        made_.steps.emplace_back(cut_step{facts_.drawn.choice % 2 == 1});
    }

    // A text as far as it gets before the break.
    content shortened(std::function<std::string()> make) const
    {
        if (cuts_at_fixed_byte())
            return made_later(std::move(make));
        const double share = (facts_.drawn.place - 0.2) / 0.8;
        return made_later([make = std::move(make), share] {
            std::string text = make();
            text.resize(static_cast<std::size_t>(static_cast<double>(text.size()) * share));
            return text;
        });
    }

    // The event in which a broken stream ends: one of those before the picture, the one with it, or
    // the last.
    std::size_t broken_event() const
    {
        const auto& events = parts_.plan->events;
        const std::size_t paid = std::min(parts_.plan->paid_from, events.size() - 1);
        switch (facts_.drawn.choice / 2 % 3) {
        case 0:
            return std::min(paid,
                            std::size_t{2} + facts_.drawn.choice / 6 %
                                                 std::max<std::size_t>(1, paid > 2 ? paid - 2 : 1));
        case 1:
            return std::min(paid + 1, events.size() - 1);
        default:
            return events.size() - 1;
        }
    }

    void stream()
    {
        if (breaks_before_answer()) {
            wait(1.0);
            charge();
            break_off();
            return;
        }
        made_.steps.emplace_back(open_step{200, stream_headers(facts_.headers)});
        if (cuts_at_fixed_byte())
            made_.cut_at_byte = facts_.profile.cut_at_byte;
        const auto& events = parts_.plan->events;
        const bool inside = breaks() && !cuts_at_fixed_byte();
        const std::size_t broken = inside ? broken_event() : events.size();
        for (std::size_t i = 0; i < events.size(); ++i) {
            wait(events[i].at);
            if (i == parts_.plan->paid_from)
                charge();
            if (i == broken) {
                made_.steps.emplace_back(piece_step{shortened(events[i].text)});
                break;
            }
            made_.steps.emplace_back(piece_of(events[i]));
        }
        if (breaks()) {
            break_off();
            return;
        }
        if (facts_.profile.wire.done_marker)
            made_.steps.emplace_back(piece_step{{end_mark(*parts_.facts), {}}});
        made_.steps.emplace_back(finish_step{});
    }

    void document()
    {
        if (order_.background) {
            made_.planned = ending::delivered;
            made_.steps.emplace_back(
                answer_step{200, json_headers(facts_.headers), document_of(parts_, "queued")});
            return;
        }
        wait(1.0);
        charge();
        if (breaks_before_answer()) {
            break_off();
            return;
        }
        auto body = document_of(parts_, parts_.facts->final_status());
        if (!breaks()) {
            made_.steps.emplace_back(
                answer_step{200, json_headers(facts_.headers), std::move(body)});
            return;
        }
        if (cuts_at_fixed_byte())
            made_.cut_at_byte = facts_.profile.cut_at_byte;
        if (!body.make)
            body.make = [text = std::move(body.ready)] { return text; };
        made_.steps.emplace_back(open_step{200, json_headers(facts_.headers)});
        made_.steps.emplace_back(piece_step{shortened(std::move(body.make))});
        break_off();
    }

    const script_facts& facts_;
    const response_parts& parts_;
    const response_order& order_;
    script made_;
};

} // namespace

bool ends_before_response(const response_order& order, const fate& drawn)
{
    if (order.background) // it has been accepted long before
        return false;
    if (drawn.what == fault::moderation)
        return !order.stream || drawn.choice % 2 == 0;
    return drawn.what == fault::server_error && drawn.choice % 3 != 2;
}

void decide_end(response_facts& facts, const fate& drawn)
{
    const auto& order = facts.order;
    facts.revised_prompt = order.draws ? rewritten(order.image.request.prompt) : std::string{};
    if (order.talks)
        facts.words = order.draws ? "Here is the picture." : rewritten(order.image.request.prompt);
    const auto without_words = [&](response_end end) {
        facts.end = end;
        facts.words.clear();
    };
    switch (drawn.what) {
    case fault::server_error:
        without_words(response_end::failed);
        facts.error = {.message = "The image service had a temporary problem.",
                       .type = "server_error",
                       .code = "server_error"};
        break;
    case fault::moderation:
        without_words(response_end::failed);
        facts.error = moderation_error("input");
        break;
    case fault::moderation_output:
        without_words(order.draws && drawn.choice % 2 == 0 ? response_end::item_failed
                                                           : response_end::failed);
        facts.error = moderation_error("output");
        break;
    case fault::text_instead:
        if (!order.draws)
            break;
        facts.end = response_end::words_only;
        facts.words =
            "I cannot make that picture as it is described. Which part of it matters most "
            "to you?";
        break;
    case fault::empty_data:
        without_words(response_end::nothing);
        facts.empty_item = drawn.choice % 2 == 1;
        break;
    case fault::incomplete:
        without_words(response_end::incomplete);
        facts.reason = drawn.choice % 2 == 0 ? "content_filter" : "max_output_tokens";
        break;
    default:
        break;
    }
}

script write_response_script(const script_facts& facts, const response_parts& parts)
{
    return writer(facts, parts).write();
}

script write_response_document(http::header_list headers, const response_parts& parts,
                               std::string_view status)
{
    script made;
    made.steps.emplace_back(
        answer_step{200, json_headers(std::move(headers)), document_of(parts, status)});
    return made;
}

script write_response_replay(http::header_list headers, const response_parts& parts,
                             std::size_t from, microseconds elapsed, bool cancelled)
{
    script made;
    made.steps.emplace_back(open_step{200, stream_headers(std::move(headers))});
    const auto& events = parts.plan->events;
    for (std::size_t i = from; i < events.size(); ++i) {
        if (cancelled && events[i].at > elapsed)
            break;
        made.steps.emplace_back(wait_step{std::max(microseconds{0}, events[i].at - elapsed)});
        made.steps.emplace_back(piece_of(events[i]));
    }
    if (parts.facts->wire.done_marker)
        made.steps.emplace_back(piece_step{{end_mark(*parts.facts), {}}});
    made.steps.emplace_back(finish_step{});
    return made;
}

} // namespace engine::sim
