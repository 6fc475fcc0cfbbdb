#include "engine/provider/lost_answer_fetch.hpp"

#include "engine/provider/conversation_reply.hpp"
#include "engine/provider/responses_reply.hpp"

#include <algorithm>

namespace engine::provider {

namespace {

// What a sink hears of a fetch: the picture. Ids are known and limits are those of other requests.
class picture_only final : public image_sink {
public:
    explicit picture_only(image_sink& sink) : sink_(sink) {}
    base::result<void> begin() override { return sink_.begin(); }
    base::result<void> write(base::byte_view bytes) override { return sink_.write(bytes); }

private:
    image_sink& sink_;
};

// The doubt stays as it was: whatever this GET said about errors is not about the picture.
void leave_in_doubt(reply& answer, fetch_ending how, std::string code, std::string message)
{
    answer.fetched = how;
    answer.outcome = job::outcome::unknown;
    answer.possibly_billed = true;
    answer.never_fits = false;
    answer.error_code = std::move(code);
    answer.error_message = base::clean_detail(message);
    answer.used.reset();
}

void leave_in_doubt(reply& answer, fetch_ending how, std::string message)
{
    leave_in_doubt(answer, how, std::string(name_of(how)), std::move(message));
}

// 405: this gateway has no such door at all.
bool says_not_there(int status)
{
    return status == 404 || status == 405 || status == 410;
}

void keep_failure(reply& answer)
{
    const std::string code = answer.error_code.empty() ? "fetch_failed" : answer.error_code;
    leave_in_doubt(answer, fetch_ending::failed, code,
                   "fetching the lost answer failed: " + answer.error_message);
}

} // namespace

runtime::task<reply> lost_answer_fetch::run(answer_handle lost, bool is_edit, image_sink& sink,
                                            runtime::call_context context)
{
    const auto& wire = access_.spec.wire;
    const auto& base_path = access_.endpoint.base_path;
    picture_only picture(sink);
    reply answer;
    leave_in_doubt(answer, fetch_ending::not_found, "nothing names the lost answer");
    if (!lost.response_id.empty()) {
        auto target =
            request_target_of(base_path, wire.responses_path, lost.response_id, {}, wire, {});
        answer = co_await poll<responses_reply>(std::move(target), lost.response_id, is_edit,
                                                picture, context);
        answer.response_id = lost.response_id;
    }
    if (answer.fetched != fetch_ending::not_found || lost.conversation_id.empty())
        co_return answer;
    auto target = request_target_of(base_path, wire.conversations_path, lost.conversation_id,
                                    "/items", wire, {});
    answer = co_await poll<conversation_reply>(std::move(target), {}, is_edit, picture, context);
    answer.response_id = lost.response_id;
    co_return answer;
}

template <class Reader>
runtime::task<reply> lost_answer_fetch::poll(std::string target, std::string expected_id,
                                             bool is_edit, image_sink& sink,
                                             runtime::call_context context)
{
    auto wait = pace_.first;
    bool missed_before = false;
    for (;;) {
        http::request wanted;
        wanted.target = target;
        add_common_headers(wanted.headers, access_, {}, "application/json", "darkroom-fetch");
        Reader heard(sink, time_, is_edit);
        const auto exchange =
            co_await client_.exchange(access_.endpoint, std::move(wanted), heard, context);
        reply answer = heard.finish(exchange);
        const bool another = !expected_id.empty() && !answer.response_id.empty() &&
                             answer.response_id != expected_id;
        if (another) {
            leave_in_doubt(answer, fetch_ending::failed, "another_response",
                           "the provider answered with another response than the one asked for");
            co_return answer;
        }
        if (answer.local_failure) {
            keep_failure(answer);
            co_return answer;
        }
        if (answer.outcome == job::outcome::delivered)
            co_return answer;
        const bool running = exchange.complete && heard.still_running();
        const bool missed = exchange.head && says_not_there(exchange.head->status);
        if (exchange.complete && heard.has_ended()) {
            // "completed", and nothing in it, not even usage: some stores may keep no pictures.
            // The picture may have been made and charged all the same.
            if (answer.error_code == "empty_response" && !answer.used) {
                answer.outcome = job::outcome::unknown;
                answer.possibly_billed = true;
            }
            co_return answer;
        }
        if (!running && !missed) {
            keep_failure(answer);
            co_return answer;
        }
        // A name can be newer than the store that is asked: one more look before it counts.
        const bool too_late = time_.now() + wait >= context.deadline;
        if (missed && (missed_before || too_late)) {
            leave_in_doubt(answer, fetch_ending::not_found,
                           "the provider does not know the answer (any more): " +
                               answer.error_message);
            co_return answer;
        }
        if (too_late) {
            leave_in_doubt(answer, fetch_ending::still_running,
                           "the provider has not finished it yet");
            co_return answer;
        }
        missed_before = missed;
        co_await time_.sleep_until(time_.now() + wait);
        wait = std::min(wait * 3 / 2, pace_.longest);
    }
}

} // namespace engine::provider
