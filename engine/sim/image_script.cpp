#include "engine/sim/image_script.hpp"

#include "engine/sim/reply_text.hpp"

#include <algorithm>
#include <cmath>

namespace engine::sim {

namespace {

using std::chrono::microseconds;

constexpr std::string_view gateway_page_502 =
    "<html><head><title>502 Bad Gateway</title></head>\n"
    "<body><center><h1>502 Bad Gateway</h1></center></body></html>\n";
constexpr std::string_view gateway_page_504 =
    "<html><head><title>504 Gateway Time-out</title></head>\n"
    "<body><center><h1>504 Gateway Time-out</h1></center></body></html>\n";

content just(std::string text)
{
    return {std::move(text), {}};
}
content made_later(std::function<std::string()> make)
{
    return {{}, std::move(make)};
}

class writer {
public:
    writer(const script_facts& facts, std::shared_ptr<drawing> work)
        : facts_(facts), work_(std::move(work)), order_(work_->order())
    {
        reply_.created = facts.created;
        reply_.used = order_.usage(partials_sent(order_, facts.drawn));
        reply_.revised_prompt = facts.profile.wire.revised_prompt;
        reply_.short_usage = facts.profile.wire.short_usage;
        reply_.completion_usage = facts.profile.wire.completion_usage;
        reply_.crlf = facts.profile.wire.crlf;
        reply_.openrouter = order_.openrouter;
        reply_.cost_usd = facts.cost_usd;
        made_.many_images = order_.images > 1;
    }

    script write()
    {
        if (work_->has_inputs()) // a reference that is broken inside is found before anything is
                                 // sent
            made_.steps.emplace_back(check_step{[work = work_]() -> std::optional<std::string> {
                                                    const auto wrong = work->prepare();
                                                    return wrong ? std::optional(wrong->body())
                                                                 : std::nullopt;
                                                },
                                                400, headers_with("application/json")});
        const bool streams = order_.request.stream && facts_.drawn.what != fault::json_to_stream;
        switch (facts_.drawn.what) {
        case fault::server_error:
            server_error(streams);
            break;
        case fault::bad_gateway:
            bad_gateway();
            break;
        case fault::moderation:
            moderation(streams);
            break;
        default:
            streams ? stream() : document();
            break;
        }
        return std::move(made_);
    }

private:
    http::header_list headers_with(std::string_view content_type) const
    {
        http::header_list all = facts_.headers;
        all.add("Content-Type", content_type);
        return all;
    }

    void wait(double share)
    {
        const auto until = static_cast<double>(facts_.latency.count()) * share;
        made_.steps.emplace_back(wait_step{microseconds(static_cast<std::int64_t>(until))});
    }

    void answer(int status, std::string_view content_type, std::string body)
    {
        made_.steps.emplace_back(
            answer_step{status, headers_with(content_type), just(std::move(body))});
    }

    void open_stream()
    {
        auto headers = headers_with("text/event-stream; charset=utf-8");
        headers.add("Cache-Control", "no-cache");
        made_.steps.emplace_back(open_step{200, std::move(headers)});
        if (facts_.profile.wire.keepalives)
            piece(keepalive_comment(reply_));
    }

    void piece(std::string text) { made_.steps.emplace_back(piece_step{just(std::move(text))}); }

    void error_in_stream(const api_error& error)
    {
        open_stream();
        wait(0.3);
        piece(error_event(error, reply_));
        made_.steps.emplace_back(finish_step{});
    }

    void server_error(bool streams)
    {
        made_.planned = ending::server_error;
        const auto kind = facts_.drawn.choice % 3;
        if (kind == 2 && streams) {
            error_in_stream({.message = "Image generation failed",
                             .type = "image_generation_server_error",
                             .code = "image_generation_failed"});
            return;
        }
        wait(0.3);
        made_.steps.emplace_back(server_error_answer(facts_));
    }

    void bad_gateway()
    {
        made_.planned = ending::gateway_error;
        wait(1);
        made_.steps.emplace_back(charge_step{});
        made_.steps.emplace_back(bad_gateway_answer(facts_.drawn));
    }

    void moderation(bool streams)
    {
        made_.planned = ending::refused;
        const api_error error = moderation_error("input");
        if (streams && facts_.drawn.choice % 2 == 1) {
            error_in_stream(error);
            return;
        }
        wait(0.1);
        answer(400, "application/json", error.body());
    }

    void stream()
    {
        const fault what = facts_.drawn.what;
        wait(0.05); // when the real one opens its stream
        if (breaks_before_answer()) {
            wait(1);
            made_.steps.emplace_back(charge_step{});
            break_off();
            return;
        }
        open_stream();
        const int partials = partials_sent(order_, facts_.drawn);
        const double first = facts_.profile.latency.first_partial;
        for (int i = 0; i < partials; ++i) {
            wait(first + (0.95 - first) * i / partials);
            made_.steps.emplace_back(
                piece_step{made_later([work = work_, reply = reply_, i, partials] {
                    return partial_event(work->order(), reply, *work->partial(i, partials), i);
                })});
            if (facts_.profile.wire.keepalives)
                piece(keepalive_comment(reply_));
        }
        wait(1);
        made_.steps.emplace_back(charge_step{});
        if (what == fault::moderation_output) {
            made_.planned = ending::refused;
            piece(error_event(moderation_error("output"), reply_));
        } else {
            made_.steps.emplace_back(piece_step{
                shortened([work = work_, reply = reply_, empty = what == fault::empty_data] {
                    return completed_event(work->order(), reply,
                                           empty ? std::string{} : *work->finished(0));
                })});
        }
        if (breaks()) {
            break_off();
            return;
        }
        if (facts_.profile.wire.done_marker || order_.openrouter)
            piece(done_marker(reply_));
        made_.steps.emplace_back(finish_step{});
    }

    void document()
    {
        wait(1);
        made_.steps.emplace_back(charge_step{});
        if (breaks_before_answer()) {
            break_off();
            return;
        }
        if (facts_.drawn.what == fault::moderation_output) {
            made_.planned = ending::refused;
            answer(400, "application/json", moderation_error("output").body());
            return;
        }
        const bool empty = facts_.drawn.what == fault::empty_data;
        const auto make = [work = work_, reply = reply_, empty, results = facts_.results,
                           urls = facts_.result_urls] {
            std::vector<shared_text> pictures;
            for (int i = 0; i < work->order().images && !empty; ++i)
                pictures.push_back(work->finished(i));
            if (!results || empty)
                return images_document(work->order(), reply, pictures);
            for (std::size_t i = 0; i < pictures.size(); ++i)
                results->keep(urls[i].substr(urls[i].rfind('/') + 1), pictures[i]);
            return images_document(work->order(), reply, pictures, urls);
        };
        if (breaks()) { // an answer without a length can stop anywhere
            made_.steps.emplace_back(open_step{200, headers_with("application/json")});
            made_.steps.emplace_back(piece_step{shortened(make)});
            break_off();
            return;
        }
        made_.steps.emplace_back(
            answer_step{200, headers_with("application/json"), made_later(make)});
    }

    bool breaks() const
    {
        return facts_.drawn.what == fault::cut_stream || facts_.drawn.what == fault::stall;
    }
    bool cuts_at_fixed_byte() const
    {
        return facts_.drawn.what == fault::cut_stream && facts_.profile.cut_at_byte.has_value();
    }
    // One in five breaks comes before the head of the answer.
    bool breaks_before_answer() const
    {
        return breaks() && !cuts_at_fixed_byte() && facts_.drawn.place < 0.2;
    }

    // The last piece as far as it gets before the break.
    content shortened(std::function<std::string()> make)
    {
        if (!breaks())
            return made_later(std::move(make));
        if (cuts_at_fixed_byte()) {
            made_.cut_at_byte = facts_.profile.cut_at_byte;
            return made_later(std::move(make));
        }
        const double share = (facts_.drawn.place - 0.2) / 0.8;
        return made_later([make = std::move(make), share] {
            std::string text = make();
            text.resize(static_cast<std::size_t>(static_cast<double>(text.size()) * share));
            return text;
        });
    }

    void break_off()
    {
        made_.planned = ending::cut;
        if (facts_.drawn.what == fault::stall) {
            const auto silence =
                microseconds(static_cast<std::int64_t>(facts_.profile.stall_ms * 1000));
            made_.steps.emplace_back(wait_step{facts_.latency + silence});
        }
        made_.steps.emplace_back(cut_step{facts_.drawn.choice % 2 == 1});
    }

    const script_facts& facts_;
    std::shared_ptr<drawing> work_;
    const image_order& order_;
    reply_facts reply_;
    script made_;
};

} // namespace

api_error moderation_error(std::string_view stage)
{
    return {.message = "Your request was rejected by the safety system.",
            .type = "image_generation_user_error",
            .code = "moderation_blocked",
            .moderation_stage = std::string(stage)};
}

answer_step server_error_answer(const script_facts& facts)
{
    auto headers = facts.headers;
    headers.add("Content-Type", "application/json");
    if (facts.drawn.choice % 3 == 1) {
        const api_error error{.message = "The service is overloaded.",
                              .type = "service_unavailable_error",
                              .code = "server_is_overloaded"};
        if (facts.profile.limits.headers)
            headers.add("Retry-After", "1");
        return {503, std::move(headers), just(error.body())};
    }
    const api_error error{.message = "The server had an error while processing the request.",
                          .type = "server_error",
                          .code = "server_error"};
    return {500, std::move(headers), just(error.body())};
}

answer_step bad_gateway_answer(const fate& drawn)
{
    const bool timed_out = drawn.choice % 2 == 1;
    http::header_list headers; // of the proxy: it knows no request id
    headers.add("Content-Type", "text/html");
    return {timed_out ? 504 : 502, std::move(headers),
            just(std::string(timed_out ? gateway_page_504 : gateway_page_502))};
}

bool is_charged(fault what)
{
    return what != fault::rate_limit_429 && what != fault::server_error &&
           what != fault::moderation;
}

int partials_sent(const image_order& order, const fate& drawn)
{
    const int asked = order.request.partial_images;
    const bool plain = !order.request.stream || drawn.what == fault::json_to_stream;
    if (plain || asked == 0)
        return 0;
    return drawn.fewer_partials ? asked - 1 : asked;
}

script write_image_script(const script_facts& facts, const std::shared_ptr<drawing>& work)
{
    return writer(facts, work).write();
}

} // namespace engine::sim
