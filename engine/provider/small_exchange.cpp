#include "engine/provider/small_exchange.hpp"

#include "engine/provider/answer_reader.hpp"
#include "engine/provider/error_class.hpp"

#include <algorithm>

namespace engine::provider {

namespace {

constexpr std::size_t body_bytes_max = 4u << 20;

class small_handler final : public http::response_handler {
public:
    explicit small_handler(const std::function<void()>& on_sending) : on_sending_(on_sending) {}

    void on_sending() override
    {
        if (on_sending_)
            on_sending_();
    }
    base::result<void> on_head(const http::response_head&) override { return {}; }
    base::result<void> on_body(std::string_view piece) override
    {
        if (piece.size() > body_bytes_max - body.size()) {
            too_large = true;
            return base::fail(make_error_code(base::json_errc::too_large), "read the answer");
        }
        body += piece;
        return {};
    }

    std::string body;
    bool too_large = false;

private:
    const std::function<void()>& on_sending_;
};

void refuse(small_answer& answer, job::outcome outcome, std::string code, std::string message)
{
    answer.outcome = outcome;
    answer.error_code = std::move(code);
    answer.error_message = base::clean_detail(message);
}

void take_head(small_answer& answer, const http::response_head& head, base::wall_time now)
{
    answer.http_status = head.status;
    if (const auto id = head.headers.find("x-request-id"))
        answer.request_id = base::clean_detail(*id, 128);
    answer.buckets = parse_buckets(head.headers);
    answer.rate_limit_headers = limit_headers(head.headers);
    answer.retry_after = parse_retry_after(head.headers, now);
    if (const auto date = head.headers.find("date"))
        answer.date = base::parse_http_date(*date);
}

void take_error(small_answer& answer, const small_handler& heard, const http::response_head& head,
                base::wall_time now)
{
    error_input said;
    said.status = head.status;
    said.body = &answer.body;
    said.raw_body = std::string_view(heard.body).substr(0, 4096);
    said.headers = &head.headers;
    said.now = now;
    const auto report = classify_error(said);
    refuse(answer, report.outcome, report.code, report.message);
    answer.possibly_billed = report.possibly_billed;
    answer.never_fits = report.never_fits;
    answer.limits = report.limits;
    if (report.retry_after)
        answer.retry_after = report.retry_after;
}

} // namespace

lost_answer classify_lost(const http::exchange_report& exchange)
{
    if (!exchange.failure)
        return {job::outcome::unknown, "no_answer", "the exchange ended without an answer", true};
    const auto& failure = *exchange.failure;
    std::string code = failure.code.message();
    std::ranges::replace(code, ' ', '_');
    if (!exchange.sent_any)
        return {job::outcome::not_sent, code, failure.message(), false};
    const bool cut = exchange.head && exchange.head->status == 200;
    return {job::outcome::unknown, cut ? "stream_cut" : code, failure.message(), true};
}

runtime::task<small_answer> exchange_small(http::client& client, const runtime::clock& time,
                                           http::endpoint where, http::request wanted,
                                           std::function<void()> on_sending,
                                           runtime::call_context context)
{
    small_handler heard(on_sending);
    const auto exchange =
        co_await client.exchange(std::move(where), std::move(wanted), heard, std::move(context));
    small_answer answer;
    const auto now = time.wall_now();
    if (exchange.head)
        take_head(answer, *exchange.head, now);
    if (auto body = base::parse_json(heard.body, "answer"))
        answer.body = std::move(*body);
    if (heard.too_large) {
        refuse(answer, job::outcome::bad_output, "answer_too_large", "the answer is too large");
        co_return answer;
    }
    const bool says_no = exchange.head && exchange.head->status >= 300;
    if (!exchange.complete && !says_no) {
        const auto lost = classify_lost(exchange);
        refuse(answer, lost.outcome, lost.code, lost.message);
        answer.possibly_billed = lost.possibly_billed;
        co_return answer;
    }
    if (says_no || is_truthy_error(answer.body["error"])) {
        take_error(answer, heard, *exchange.head, now);
        co_return answer;
    }
    if (!answer.body.is_object()) {
        refuse(answer, job::outcome::bad_output, "not_json",
               "the answer is no JSON document: " + base::clean_detail(heard.body, 200));
        co_return answer;
    }
    answer.outcome = job::outcome::delivered;
    co_return answer;
}

} // namespace engine::provider
