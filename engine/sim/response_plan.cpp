#include "engine/sim/response_plan.hpp"

#include "engine/sim/reply_text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace engine::sim {

namespace {

using std::chrono::microseconds;

constexpr double start_share = 0.02; // of the time; when the text model has begun

class planner {
public:
    planner(std::shared_ptr<const response_facts> facts, std::shared_ptr<kept_picture> picture,
            int partials, microseconds latency, double first_partial)
        : facts_(std::move(facts)), picture_(std::move(picture)), partials_(partials),
          latency_(latency), first_partial_(first_partial)
    {}

    response_plan write()
    {
        plan_.starts = share(start_share);
        plan_.ends = latency_;
        snapshot("response.created", facts_->order.background ? "queued" : "in_progress");
        if (facts_->order.background)
            snapshot("response.queued", "queued");
        now_ = start_share;
        snapshot("response.in_progress", "in_progress");
        if (facts_->order.draws && facts_->end != response_end::words_only)
            image_call();
        now_ = 1;
        if (plan_.paid_from == 0)
            plan_.paid_from = plan_.events.size();
        if (facts_->has_words())
            message();
        last();
        return std::move(plan_);
    }

private:
    microseconds share(double of) const
    {
        return microseconds(static_cast<std::int64_t>(static_cast<double>(latency_.count()) * of));
    }

    // `fields` makes what the event says beside its type and number.
    void add(std::string type, std::function<std::string()> fields, bool heavy = false)
    {
        auto text = [facts = facts_, type = std::move(type), number = plan_.events.size(),
                     fields = std::move(fields)] {
            return response_event(*facts, type, number, fields());
        };
        plan_.events.push_back({share(now_), std::move(text), heavy});
    }
    void add_text(std::string type, std::string fields)
    {
        add(std::move(type), [fields = std::move(fields)] { return fields; });
    }

    void keepalive()
    {
        if (facts_->wire.keepalives)
            add_text("keepalive", {});
    }

    void snapshot(std::string type, std::string status)
    {
        add(std::move(type), [facts = facts_, status = std::move(status)] {
            return R"("response":)" + response_document(*facts, status, {});
        });
    }

    std::string at_item() const
    {
        return fmt::format(R"("item_id":"{}","output_index":{})", facts_->image_id, index_);
    }

    void image_call()
    {
        const std::string index = fmt::format(R"("output_index":{},)", index_);
        now_ = 0.05;
        add_text("response.output_item.added", index + R"("item":)" + begun_image_item(*facts_));
        add_text("response.image_generation_call.in_progress", at_item());
        now_ = 0.06;
        add_text("response.image_generation_call.generating", at_item());
        keepalive();
        partial_images();
        now_ = 1;
        plan_.paid_from = plan_.events.size();
        if (facts_->end == response_end::failed || facts_->end == response_end::incomplete ||
            (facts_->end == response_end::nothing && !facts_->empty_item))
            return;
        if (facts_->end != response_end::item_failed)
            add_text("response.image_generation_call.completed", at_item());
        add(
            "response.output_item.done",
            [facts = facts_, picture = picture_, index] {
                const bool failed = facts->end == response_end::item_failed;
                const bool shown = facts->shows_picture();
                const std::string_view status = failed                          ? "failed"
                                                : facts->wire.status_generating ? "generating"
                                                                                : "completed";
                return index + R"("item":)" +
                       done_image_item(*facts, shown ? *picture->finished() : std::string{},
                                       status);
            },
            facts_->shows_picture());
        ++index_;
    }

    void partial_images()
    {
        const auto& request = facts_->order.image.request;
        const std::string about =
            fmt::format(R"(,"size":"{}","quality":"{}","background":"{}","output_format":"{}")",
                        job::to_string(*request.size), request.quality, request.background,
                        job::name_of(*request.format));
        for (int i = 0; i < partials_; ++i) {
            now_ = first_partial_ + (0.95 - first_partial_) * i / partials_;
            add(
                "response.image_generation_call.partial_image",
                [picture = picture_, place = at_item(), about, i, count = partials_] {
                    return place +
                           fmt::format(R"(,"partial_image_index":{},"partial_image_b64":")", i) +
                           *picture->partial(i, count) + '"' + about;
                },
                true);
            keepalive();
        }
    }

    void message()
    {
        const std::string index = fmt::format(R"("output_index":{},)", index_);
        const std::string place =
            fmt::format(R"("item_id":"{}",)", facts_->message_id) + index + R"("content_index":0,)";
        add_text("response.output_item.added", index + R"("item":)" + message_item(*facts_, false));
        add_text("response.content_part.added", place + R"("part":)" + text_part({}));
        for (const auto& piece : pieces_of(facts_->words))
            add_text("response.output_text.delta",
                     place + R"("delta":)" + base::json(piece).dump() + R"(,"logprobs":[])");
        add_text("response.output_text.done",
                 place + R"("text":)" + base::json(facts_->words).dump() + R"(,"logprobs":[])");
        add_text("response.content_part.done", place + R"("part":)" + text_part(facts_->words));
        add_text("response.output_item.done", index + R"("item":)" + message_item(*facts_, true));
        ++index_;
    }

    // Some words each, cut before a space: never inside a character.
    static std::vector<std::string> pieces_of(std::string_view text)
    {
        std::vector<std::string> pieces;
        while (!text.empty()) {
            const auto cut = std::min(text.find(' ', 24), text.size());
            pieces.emplace_back(text.substr(0, cut));
            text.remove_prefix(cut);
        }
        return pieces;
    }

    void last()
    {
        const auto status = facts_->final_status();
        if (facts_->end == response_end::failed) {
            const auto error = error_in_event(facts_->error);
            auto flat = error;
            flat.erase("type"); // the event's own type stands there
            const std::string text = flat.dump();
            add_text("error", facts_->wire.flat_errors ? text.substr(1, text.size() - 2)
                                                       : R"("error":)" + error.dump());
        }
        add(
            "response." + std::string(status),
            [facts = facts_, picture = picture_, status = std::string(status)] {
                const bool shown = facts->shows_picture() && !facts->wire.empty_output;
                return R"("response":)" +
                       response_document(*facts, status,
                                         shown ? *picture->finished() : std::string{},
                                         !facts->wire.empty_output);
            },
            facts_->shows_picture());
    }

    std::shared_ptr<const response_facts> facts_;
    std::shared_ptr<kept_picture> picture_;
    int partials_;
    microseconds latency_;
    double first_partial_;
    response_plan plan_;
    double now_ = 0;
    int index_ = 0; // of the item in the output
};

} // namespace

response_plan plan_response(std::shared_ptr<const response_facts> facts,
                            std::shared_ptr<kept_picture> picture, int partials,
                            microseconds latency, double first_partial)
{
    return planner(std::move(facts), std::move(picture), partials, latency, first_partial).write();
}

} // namespace engine::sim
